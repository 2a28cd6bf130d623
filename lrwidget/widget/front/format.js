// How rates are written; the same rules as format_rate and exact_rate of lrwidget/_text.py.

const PLAIN_FROM = 1e-3;
const PLAIN_BELOW = 1e4;
/** That a rate which was chosen is said with: what is shown is then what is used. */
export const MOST_DIGITS = 6;
const ALL_DIGITS = 100; // more than the exact value of any number has that lies half-way between two short ones

/**
 * A learning rate with so many significant digits: plainly in [0.001, 10000), else with an exponent.
 * @param {number} lr
 */
export function formatRate(lr, digits = 3) {
  if (Number.isNaN(lr)) return "nan";
  if (!Number.isFinite(lr)) return lr < 0 ? "-inf" : "inf";
  if (lr === 0) return Object.is(lr, -0) ? "-0" : "0";
  const text = roundedText(lr, digits);
  const rounded = Number(text);
  const size = Math.abs(rounded);
  if (size >= PLAIN_FROM && size < PLAIN_BELOW) return String(rounded);
  return text.replace(/\.?0*e\+?/, "e");
}

/**
 * A rate that was chosen: as it is, where six significant digits say it, else to six.
 * @param {number} lr
 */
export function exactRate(lr) {
  return formatRate(lr, MOST_DIGITS);
}

/**
 * A rate rounded to so many significant digits.
 * @param {number} lr
 */
export function roundRate(lr, digits = 3) {
  return Number(roundedText(lr, digits));
}

/**
 * Like "1.230e-5"; a half goes to the even digit, as in Python, and not away from zero.
 * @param {number} lr
 * @param {number} digits
 */
function roundedText(lr, digits) {
  const exact = lr.toExponential(ALL_DIGITS).replace(/0*(e.*)$/, "$1");
  const half = exact.replace(/e.*|\D/g, "").length === digits + 1 && /[02468]\.?5e/.test(exact);
  return half ? exact.replace(/5e/, "e") : lr.toExponential(digits - 1);
}

/**
 * A number without an exponent, as attributes that assistive technology reads have to have it.
 * @param {number} value
 */
export function decimal(value) {
  const [digits, exponent = "0"] = String(value).split("e");
  const places = (digits.split(".")[1]?.length ?? 0) - Number(exponent);
  return value.toFixed(Math.min(Math.max(places, 0), 100));
}
