// How rates are written; the same rules as format_rate and exact_rate of lrwidget/_text.py.

const PLAIN_FROM = 1e-3;
const PLAIN_BELOW = 1e4;
const MOST_DIGITS = 6;
const ALL_DIGITS = 100; // more than the exact value of any number has that lies half-way between two short ones

/**
 * A learning rate with so many significant digits: plainly in [0.001, 10000), else with an exponent.
 * @param {number} lr
 */
export function formatRate(lr, digits = 3) {
  if (Number.isNaN(lr)) return "nan";
  if (!Number.isFinite(lr)) return lr < 0 ? "-inf" : "inf";
  if (lr === 0) return Object.is(lr, -0) ? "-0" : "0";
  const rounded = roundRate(lr, digits);
  const size = Math.abs(rounded);
  if (size >= PLAIN_FROM && size < PLAIN_BELOW) return String(rounded);
  return rounded.toExponential().replace("e+", "e");
}

/**
 * A chosen rate: with as many digits as give the number back, six at most.
 * @param {number} lr
 */
export function exactRate(lr) {
  const digits = lr.toExponential().replace(/e.*|\D/g, "").length;
  return formatRate(lr, Math.min(Math.max(digits, 1), MOST_DIGITS));
}

/**
 * A rate rounded to so many significant digits, a half to the even one as Python does.
 * @param {number} lr
 */
export function roundRate(lr, digits = 3) {
  const [up] = lr.toPrecision(ALL_DIGITS).split("e");
  const exact = up.replace(/[-.]/g, "").replace(/^0+/, "").replace(/0+$/, "");
  const half = exact.length === digits + 1 && exact.endsWith("5");
  if (!half || Number(exact[digits - 1]) % 2 === 1) return Number(lr.toPrecision(digits)); // a half goes up there
  return Number(lr.toPrecision(digits + 1).replace(/5(e.*)?$/, "0$1"));
}
