// Making and changing elements. Text is set as text, never as markup, and only what differs is written.

/**
 * An element with attributes (null and false: left out, true: empty) and children.
 *
 * @template {keyof HTMLElementTagNameMap} Name
 * @param {Name} name
 * @param {Record<string, string | number | boolean | null>} [attributes]
 * @param {...(Node | string)} children
 * @returns {HTMLElementTagNameMap[Name]}
 */
export function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [attribute, value] of Object.entries(attributes)) setAttribute(made, attribute, value);
  made.append(...children);
  return made;
}

/**
 * @param {Element} target
 * @param {string} name
 * @param {string | number | boolean | null} value
 */
export function setAttribute(target, name, value) {
  const text = value === null || value === false ? null : value === true ? "" : String(value);
  if (target.getAttribute(name) === text) return;
  if (text === null) target.removeAttribute(name);
  else target.setAttribute(name, text);
}

/**
 * @param {Node} target
 * @param {string} text
 */
export function setText(target, text) {
  if (target.textContent !== text) target.textContent = text;
}

/** An id that no other view of the page has, whatever copies of this module it loaded. */
export function newId() {
  return `lrw-${Math.random().toString(36).slice(2, 12)}`;
}

/**
 * The element that has the focus in the document or shadow root of `near`.
 *
 * @param {Node} near
 * @returns {Element | null}
 */
export function focused(near) {
  const root = near.getRootNode();
  return root instanceof Document || root instanceof ShadowRoot ? root.activeElement : null;
}

/** Paths in a square of 16; shapes, not letters, so that a screen reader says the button's word only. */
const ICONS = {
  run: "M4 2.2v11.6L13.5 8z",
  pause: "M3.5 2.5h3v11h-3zM9.5 2.5h3v11h-3z",
  stop: "M3 3h10v10H3z",
  accept: "M6.2 13.2 1.4 8.4l1.7-1.7 3.1 3.1 6.7-6.7 1.7 1.7z",
  undo: "M6.4 1.6 1.6 5.7l4.8 4.1V7h3a2.6 2.6 0 0 1 0 5.2H4.2v2h5.2a4.6 4.6 0 0 0 0-9.2h-3z",
  back: "M2 2h2v12H2zM9.3 3.4 4.8 8l4.5 4.6 1.5-1.5L8.8 9H14V7H8.8l2-2.1z",
  more: "M1.6 8a1.5 1.5 0 1 1 3 0 1.5 1.5 0 0 1-3 0zm4.9 0a1.5 1.5 0 1 1 3 0 1.5 1.5 0 0 1-3 0zm4.9 0a1.5 1.5 0 1 1 3 0 1.5 1.5 0 0 1-3 0z",
  warning: "M8 1.2 15.4 14.4H.6zM7.1 6v4.2h1.8V6zm0 5.4v1.7h1.8v-1.7z",
  error:
    "M8 .8a7.2 7.2 0 1 1 0 14.4A7.2 7.2 0 0 1 8 .8zM5.7 4.5 4.5 5.7 6.8 8l-2.3 2.3 1.2 1.2L8 9.2l2.3 2.3 1.2-1.2L9.2 8l2.3-2.3-1.2-1.2L8 6.8z",
  off: "M3.5 1.5h9a2 2 0 0 1 2 2v9a2 2 0 0 1-2 2h-9a2 2 0 0 1-2-2v-9a2 2 0 0 1 2-2zm0 1.5a.5.5 0 0 0-.5.5v9a.5.5 0 0 0 .5.5h9a.5.5 0 0 0 .5-.5v-9a.5.5 0 0 0-.5-.5z",
  on: "M3.5 1.5h9a2 2 0 0 1 2 2v9a2 2 0 0 1-2 2h-9a2 2 0 0 1-2-2v-9a2 2 0 0 1 2-2zm3.4 9.8 5.2-5.2-1.2-1.2-4 4-1.8-1.8-1.2 1.2z",
  try: "M5.5 1h5v1.5h-.75v3.9l3.7 6.3A1.55 1.55 0 0 1 12.1 15H3.9a1.55 1.55 0 0 1-1.35-2.3l3.7-6.3V2.5H5.5zm2.25 1.5v4.3L6.3 9.2h3.4L8.25 6.8V2.5z",
  extend: "M1 7h9.2L7.1 3.9l1.4-1.4L14 8l-5.5 5.5-1.4-1.4L10.2 9H1z",
  waiting: "M3 1h10v3.4L9.6 8l3.4 3.6V15H3v-3.4L6.4 8 3 4.4zm2 2v.8l3 3.1 3-3.1V3zm3 6.1-3 3.1v.8h6v-.8z",
};

/** @typedef {keyof typeof ICONS} IconName */

/**
 * @param {IconName} name
 * @returns {SVGSVGElement}
 */
export function icon(name) {
  const drawing = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  drawing.setAttribute("viewBox", "0 0 16 16");
  drawing.setAttribute("class", "lrw-icon");
  drawing.setAttribute("aria-hidden", "true");
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  path.setAttribute("fill-rule", "evenodd");
  drawing.append(path);
  setIcon(drawing, name);
  return drawing;
}

/**
 * @param {SVGSVGElement} drawing
 * @param {IconName} name
 */
export function setIcon(drawing, name) {
  const path = /** @type {SVGPathElement} */ (drawing.firstElementChild);
  setAttribute(path, "d", ICONS[name]);
}
