// Light or dark: read from the page itself, so that every notebook's themes work.

import { setAttribute } from "./element.js";

/** @typedef {[number, number, number]} Colour Red, green and blue, 0 to 255. */

const LEAST_CONTRAST = 7;

/**
 * A computed colour, and how opaque it is; null where it is not understood.
 *
 * @param {string} text
 * @returns {{colour: Colour, alpha: number} | null}
 */
export function readColour(text) {
  const parts = text.match(/-?[\d.]+(e-?\d+)?%?/g)?.map((part) => Number.parseFloat(part));
  if (!parts || parts.length < 3) return null;
  // Browsers write colours of newer kinds as color(srgb 0.1 0.2 0.3 / 0.5).
  const scale = text.startsWith("rgb") ? 1 : text.startsWith("color(srgb") ? 255 : null;
  if (scale === null) return null;
  const [red, green, blue, alpha = 1] = parts;
  return { colour: [red * scale, green * scale, blue * scale], alpha };
}

/**
 * Relative luminance after WCAG 2, in [0, 1].
 *
 * @param {Colour} colour
 */
export function luminance(colour) {
  const [red, green, blue] = colour.map((value) => {
    const share = value / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

/**
 * Contrast after WCAG 2, from 1 to 21.
 *
 * @param {Colour} one
 * @param {Colour} other
 */
export function contrast(one, other) {
  const [dark, light] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (light + 0.05) / (dark + 0.05);
}

/**
 * The first opaque background behind an element, also outside of the shadow roots that it is in; null: none is set.
 *
 * @param {Element} el
 * @returns {Colour | null}
 */
function paperBehind(el) {
  /** @type {Element | null} */
  let node = el;
  while (node) {
    const read = readColour(getComputedStyle(node).backgroundColor);
    if (read && read.alpha >= 0.5) return read.colour;
    const root = node.getRootNode();
    node = node.parentElement ?? (root instanceof ShadowRoot ? root.host : null);
  }
  return null;
}

/**
 * Keep the colours of `root` those of what is around it.
 *
 * @param {HTMLElement} root
 * @param {AbortSignal} signal
 */
export function followColours(root, signal) {
  const night = matchMedia("(prefers-color-scheme: dark)");
  const dress = () => {
    const parent = root.parentElement ?? document.body;
    const paper = paperBehind(parent) ?? (night.matches ? [17, 20, 24] : [255, 255, 255]);
    // Where black can be read better than white, it is day.
    const light = contrast(paper, [0, 0, 0]) >= contrast(paper, [255, 255, 255]);
    setAttribute(root, "data-theme", light ? "light" : "dark");
    root.style.setProperty("--lrw-paper", `rgb(${paper.join(" ")})`);
    // The notebook's ink, if it can be read on the notebook's paper.
    const ink = readColour(getComputedStyle(parent).color);
    if (ink && ink.alpha > 0.9 && contrast(ink.colour, paper) >= LEAST_CONTRAST) {
      root.style.setProperty("--lrw-ink", `rgb(${ink.colour.join(" ")})`);
    } else root.style.removeProperty("--lrw-ink");
  };
  dress();
  const observer = new MutationObserver(dress);
  for (const node of [document.documentElement, document.body]) {
    observer.observe(node, {
      attributes: true,
      attributeFilter: ["class", "style", "data-theme", "theme", "data-jp-theme-name", "data-jp-theme-light"],
    });
  }
  night.addEventListener("change", dress, { signal });
  // JupyterLab swaps a style sheet after it has set its attributes.
  const sheets = new MutationObserver(dress);
  sheets.observe(document.head, { childList: true });
  signal.addEventListener("abort", () => {
    observer.disconnect();
    sheets.disconnect();
  });
}
