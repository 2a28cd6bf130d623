// How far a hand moves a rate, and how it is rounded: both by what can be told apart on the axis that is shown.

import { MOST_DIGITS, roundRate } from "../format.js";

/** @typedef {{ type: string, range: readonly [number, number] }} Axis A log axis' range is of logarithms. */
/** @typedef {[number, number]} Limits */

const STEP = Math.log10(1.05); // decades; an arrow key
const LEAP = 0.25; // decades; with Shift, or a Page key
const STEPS = 40; // that an arrow key takes at least over a logarithmic axis that is shorter than a decade
const LEAPS = 8;
const LINEAR_STEPS = 100; // over a linear axis
const LINEAR_LEAPS = 10;
const FEWEST_DIGITS = 3;

/** @typedef {{ by?: number, leap?: boolean, end?: 0 | 1 }} Move Steps or leaps, or to which end. */
/** @type {Record<string, Move>} */
const KEYS = {
  ArrowLeft: { by: -1 },
  ArrowDown: { by: -1 },
  ArrowRight: { by: 1 },
  ArrowUp: { by: 1 },
  PageDown: { by: -1, leap: true },
  PageUp: { by: 1, leap: true },
  Home: { end: 0 },
  End: { end: 1 },
};

/**
 * The rate to which a key moves, or null for a key that moves nothing.
 * @param {string} key
 * @param {boolean} shift
 * @param {number} lr
 * @param {Axis} axis
 * @param {Limits} limits
 */
export function keyed(key, shift, lr, axis, limits) {
  const move = Object.hasOwn(KEYS, key) ? KEYS[key] : null;
  if (!move) return null;
  if (move.end !== undefined) return within(limits[move.end], limits);
  const by = (move.by ?? 0) * stepOf(axis, Boolean(move.leap) || shift);
  return allowed(axis.type === "log" ? lr * 10 ** by : lr + by, axis, limits);
}

/**
 * A rate that a hand may choose: within the limits, with three digits, or as many more as the axis can show.
 * @param {number} lr
 * @param {Axis} axis
 * @param {Limits} limits
 */
export function allowed(lr, axis, limits) {
  if (!(lr > limits[0])) return within(limits[0], limits);
  if (!(lr < limits[1])) return within(limits[1], limits);
  const step = stepOf(axis, false);
  const seen = (axis.type === "log" ? lr * (10 ** step - 1) : step) / 4; // what is smaller than this is not
  let digits = FEWEST_DIGITS;
  while (digits < MOST_DIGITS && unitOf(lr, digits) > 2 * seen) digits += 1;
  return within(roundRate(lr, digits), limits);
}

/**
 * How far an arrow key goes on an axis: decades on a logarithmic one, else in units of the rate.
 * @param {Axis} axis
 * @param {boolean} leap
 */
function stepOf({ type, range }, leap) {
  const size = Math.abs(range[1] - range[0]);
  if (type !== "log") return size / (leap ? LINEAR_LEAPS : LINEAR_STEPS);
  return leap ? Math.min(LEAP, size / LEAPS) : Math.min(STEP, size / STEPS);
}

/** The size of a rate's last digit, of so many. @param {number} lr @param {number} digits */
function unitOf(lr, digits) {
  return 10 ** (Math.floor(Math.log10(lr)) - digits + 1);
}

/**
 * The rate, or the end that it lies beyond; of an end only what six digits can say.
 * @param {number} lr
 * @param {Limits} limits
 */
function within(lr, [low, high]) {
  if (lr > low && lr < high) return lr;
  const end = lr <= low ? low : high;
  const said = roundRate(end, MOST_DIGITS);
  if (said >= low && said <= high) return said;
  const unit = unitOf(end, MOST_DIGITS);
  return roundRate(said < low ? end + unit : end - unit, MOST_DIGITS);
}
