// Light or dark: read from the page itself, so that every notebook's themes work.

import { groundOf, readColour, watchTheme } from "../figure/theme.js";
import { setAttribute } from "./element.js";

/** @import { Colour } from "../figure/theme.js" */

const LEAST_CONTRAST = 7;

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
 * Keep the colours of `root` those of what is around it.
 *
 * @param {HTMLElement} root
 * @param {AbortSignal} signal
 */
export function followColours(root, signal) {
  const dress = () => {
    const around = root.parentElement ?? hostOf(root) ?? document.body;
    const { theme, paper } = groundOf(around);
    setAttribute(root, "data-theme", theme);
    put(root, "--lrw-paper", paper);
    // The notebook's ink, if it can be read on the notebook's paper.
    const text = getComputedStyle(around).color;
    const [ink, ground] = [readColour(text), readColour(paper ?? "")];
    const readable =
      ink && ground && ink.alpha > 0.9 && contrast(ink.colour, ground.colour) >= LEAST_CONTRAST;
    put(root, "--lrw-ink", readable ? text : null);
  };
  dress();
  watchTheme(dress, signal);
}

/** @param {Element} el */
function hostOf(el) {
  const { parentNode } = el;
  return parentNode instanceof ShadowRoot ? parentNode.host : null;
}

/**
 * @param {HTMLElement} target
 * @param {string} property
 * @param {string | null} value
 */
function put({ style }, property, value) {
  if (style.getPropertyValue(property) === (value ?? "")) return;
  if (value === null) style.removeProperty(property);
  else style.setProperty(property, value);
}
