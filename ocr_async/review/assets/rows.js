// The fields of a document as rows of the list.

import { element, valueNodes } from "./nodes.js";
import { texts } from "./texts.js";

// One field: its name, what was read, and how sure that is; its crop comes later.
export function row({ name, value, score, mark }, place, choose) {
  const item = element("li");
  item.role = "option";
  item.id = `field-${place}`;
  item.className = mark;
  item.classList.toggle("empty", value === null || !value.trim());
  const label = element("span", name, "name");
  label.lang = "en";
  const sure = score === null ? "" : `${Math.floor(score * 1000) / 10} %`;
  const text = element("bdi", "", "value");
  text.dir = "auto";
  text.append(...(value === null || !value.trim() ? [texts.empty] : valueNodes(value)));
  item.append(label, element("span", [texts[mark], sure].filter(Boolean).join(" "), "said"), text);
  item.addEventListener("click", () => choose(place));
  return item;
}

// The field that is looked at first.
export function worst(fields) {
  const wrong = fields.findIndex(({ mark }) => mark === "wrong");
  if (wrong >= 0) return wrong;
  const scores = fields.map(({ score }) => score ?? 2);
  return Math.max(0, scores.indexOf(Math.min(...scores)));
}
