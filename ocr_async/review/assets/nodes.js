// Elements made of text, never of markup.

const CONTROLS = /([\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff])/u;

export function element(name, text = "", className = "") {
  const node = document.createElement(name);
  node.textContent = text;
  if (className) node.className = className;
  return node;
}

// A value with what cannot be seen made visible: controls that turn text around act on nothing but themselves.
export function valueNodes(text) {
  return text.split(CONTROLS).filter(Boolean).map((part) => {
    if (!CONTROLS.test(part)) return document.createTextNode(part);
    const control = element("span", part, "control");
    control.dataset.code = `U+${part.codePointAt(0).toString(16).toUpperCase().padStart(4, "0")}`;
    return control;
  });
}
