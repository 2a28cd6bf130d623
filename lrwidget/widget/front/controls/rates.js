// What hands write into fields, as numbers.

/** Digits that are kept of what is typed: what is shown is then what is used. */
const TYPED_DIGITS = 6;
/** Digits of what an arrow key chooses: more would promise what no range test can tell. */
const CHOSEN_DIGITS = 3;
const STEP = 0.02; // of a decade for an arrow key (5 %), and of 1/8 of a linear axis

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
  const rate = Number(Number(plain).toPrecision(TYPED_DIGITS));
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
 * The rate one arrow key further up (`direction` 1) or down (-1), within `limits`; at least one unit of its last digit
 * away, so that the key does something on a narrow axis too.
 *
 * @param {number} lr
 * @param {1 | -1} direction
 * @param {[number, number]} limits
 * @param {boolean} linear
 * @returns {number}
 */
export function stepRate(lr, direction, limits, linear) {
  const [low, high] = limits;
  const aim = linear ? lr + (direction * STEP * (high - low)) / 8 : lr * 10 ** (direction * STEP);
  let next = Number(aim.toPrecision(CHOSEN_DIGITS));
  if ((next - lr) * direction <= 0) {
    const unit = 10 ** (Math.floor(Math.log10(lr)) - CHOSEN_DIGITS + 1);
    next = Number((lr + direction * unit).toPrecision(CHOSEN_DIGITS));
  }
  // A rate that was set outside of the limits is not thrown back to them by a key that leads away.
  return direction > 0 ? Math.min(next, Math.max(high, lr)) : Math.max(next, Math.min(low, lr));
}
