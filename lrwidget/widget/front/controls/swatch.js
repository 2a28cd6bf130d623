// A piece of a curve, as it is drawn in the figure: the key to its colour and its dashes.

import { setAttribute } from "./element.js";

/** @import { Tint } from "../figure/tints.js" */

const SVG = "http://www.w3.org/2000/svg";

/** @returns {SVGSVGElement} */
export function swatch() {
  const drawing = document.createElementNS(SVG, "svg");
  const line = document.createElementNS(SVG, "path");
  const dot = document.createElementNS(SVG, "circle");
  drawing.setAttribute("viewBox", "0 0 30 12");
  drawing.setAttribute("class", "lrw-swatch");
  drawing.setAttribute("aria-hidden", "true");
  line.setAttribute("d", "M0 6h30");
  for (const [name, value] of Object.entries({ cx: "15", cy: "6", r: "3.5" })) dot.setAttribute(name, value);
  drawing.append(line, dot);
  return drawing;
}

/**
 * @param {SVGSVGElement} drawing
 * @param {Tint} tint
 */
export function tintSwatch(drawing, { colours, dash }) {
  for (const [theme, colour] of Object.entries(colours)) {
    if (drawing.style.getPropertyValue(`--lrw-${theme}`) !== colour)
      drawing.style.setProperty(`--lrw-${theme}`, colour);
  }
  setAttribute(
    /** @type {Element} */ (drawing.firstElementChild),
    "stroke-dasharray",
    dash === "solid" ? null : dash.replaceAll("px", ""),
  );
}
