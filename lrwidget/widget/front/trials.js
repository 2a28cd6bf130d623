// The page's copy of the curves of short trainings.

import { floats } from "./series.js";

/** @import { FromKernel, TrialCurve, Trials } from "./types.d.ts" */

const PER_TRIAL = 2; // buffers

export class TrialCurves {
  /** Of which set of trainings they are. */
  number = -1;
  /** Points in all. */
  count = -1;
  /** @type {TrialCurve[]} */
  #curves = [];

  /**
   * The curves of this set, in the order of its rates; none are known of another one.
   * @param {Trials} trials
   * @returns {TrialCurve[]}
   */
  of({ number }) {
    return number === this.number ? this.#curves : [];
  }

  /**
   * Take all points so far: false where there is nothing new in them.
   * @param {Extract<FromKernel, { kind: "trials" }>} head
   * @param {readonly (ArrayBuffer | ArrayBufferView)[]} buffers
   */
  take({ number, count }, buffers) {
    if (number === this.number && count <= this.count) return false;
    const numbers = buffers.map(floats);
    this.#curves = Array.from({ length: Math.floor(numbers.length / PER_TRIAL) }, (_, i) => ({
      steps: numbers[PER_TRIAL * i],
      losses: numbers[PER_TRIAL * i + 1],
    }));
    this.number = number;
    this.count = count;
    return true;
  }

  clear() {
    this.#curves = [];
  }
}

/**
 * Steps that have been made, over all rates; those that were ended early need no more.
 * @param {Trials} trials
 */
export function stepsMade({ steps, trials }) {
  return trials.reduce((sum, { step, ended }) => sum + (ended === null ? step : steps), 0);
}
