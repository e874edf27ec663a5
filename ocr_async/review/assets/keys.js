// What the keys do.

const keys = {
  a: "accept", Enter: "accept", c: "correct", e: "correct", F2: "correct", s: "skip", u: "unreadable", b: "back",
  ArrowLeft: "back", z: "undo", ArrowUp: "up", ArrowDown: "down", k: "up", j: "down", Home: "top", End: "bottom",
  "+": "larger", "=": "larger", "-": "smaller", 0: "whole", r: "turn", f: "filter", "?": "help",
};

const repeated = new Set(["up", "down", "larger", "smaller"]);

// What a key stands for; null where it is somebody else's: a field's, a button's or the browser's.
export function nameOf(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return null;
  const inside = event.target.closest?.("textarea, select, button, dialog");
  if (inside?.id === "value") return inEditor(event);
  if (inside && (event.key === "Enter" || inside.tagName !== "BUTTON")) return null;
  const name = keys[event.key] ?? keys[event.key.toLowerCase()] ?? null;
  return event.repeat && !repeated.has(name) ? "" : name;
}

function inEditor(event) {
  if (event.key === "Escape") return "cancel";
  return event.key === "Enter" && !event.shiftKey ? "save" : null;
}
