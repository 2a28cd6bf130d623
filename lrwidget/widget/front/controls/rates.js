// What hands write into fields, as numbers.

import { keyed } from "../figure/steps.js";
import { MOST_DIGITS, roundRate } from "../format.js";

/** @import { Blank } from "../types.d.ts" */

const NUMBER = /^\+?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

/**
 * The learning rate that a text says ("0.001", "1e-3", "0,001", "3E-4"), or null where it says none.
 *
 * @param {string} text
 * @returns {number | null}
 */
export function readRate(text) {
  const plain = text
    .trim()
    .replace(/[\u2212\u2013]/g, "-") // what word processors make of a minus
    .replace(",", ".");
  if (!NUMBER.test(plain)) return null;
  const rate = roundRate(Number(plain), MOST_DIGITS);
  return rate > 0 && Number.isFinite(rate) ? rate : null;
}

/**
 * The number of steps that a text says: whole, at least 2; else null.
 *
 * @param {string} text
 * @returns {number | null}
 */
export function readSteps(text) {
  const plain = text.trim();
  if (!NUMBER.test(plain)) return null;
  const steps = Number(plain);
  return Number.isSafeInteger(steps) && steps >= 2 ? steps : null;
}

/**
 * The rate to which an arrow key in the field moves from `lr`: as far as the marker does on the whole axis.
 *
 * @param {"ArrowUp" | "ArrowDown"} key
 * @param {number} lr
 * @param {Blank} blank
 * @returns {number}
 */
export function stepRate(key, lr, { limits, layout }) {
  const type = layout.xaxis.type === "log" ? "log" : "linear";
  const [low, high] = limits;
  /** @type {[number, number]} */
  const range = type === "log" ? [Math.log10(low), Math.log10(high)] : limits;
  return keyed(key, false, lr, { type, range }, limits) ?? lr;
}
