// How the page says times, speeds and losses.

import { formatRate } from "../format.js";

/**
 * A duration as people say it: "0.8 s", "42 s", "3 min 05 s", "2 h 10 min"; the same as Python's format_duration.
 *
 * @param {number} seconds
 * @returns {string}
 */
export function duration(seconds) {
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  const two = (/** @type {number} */ number) => String(number).padStart(2, "0");
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${two(whole % 60)} s`;
  return `${Math.floor(whole / 3600)} h ${two(Math.floor((whole % 3600) / 60))} min`;
}

/**
 * A speed: "43 steps/s", "4.3 steps/s"; below one step a second how long a step takes: "12 s a step".
 *
 * @param {number} perSecond
 * @returns {string}
 */
export function speed(perSecond) {
  if (!(perSecond > 0)) return "";
  if (perSecond < 0.995) return `${duration(1 / perSecond)} a step`;
  return `${perSecond < 9.95 ? perSecond.toFixed(1) : Math.round(perSecond)} steps/s`;
}

/**
 * A loss or another value of a curve, with three digits.
 *
 * @param {number} value
 * @returns {string}
 */
export function amount(value) {
  return value < 0 ? `\u2212${formatRate(-value)}` : formatRate(value);
}
