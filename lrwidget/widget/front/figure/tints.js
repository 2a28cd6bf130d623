// The colours of what is compared: told apart by colour-blind readers, and by their dashes where there is no colour.

/** @import { Trials } from "../types.d.ts" */
/**
 * @typedef {{ light: string, dark: string }} Colours
 * @typedef {{ colours: Colours, dash: string }} Tint Dashes as both plotly and SVG take them; "solid" is none.
 */

/** Neither the blue nor the green of the active run's curves. @type {Colours[]} */
const OTHERS = [
  { light: "#b45f06", dark: "#e8a15a" },
  { light: "#7e3f98", dark: "#c79be0" },
  { light: "#5e6670", dark: "#a9b2bd" },
  { light: "#c2446a", dark: "#f08ca8" },
];
const BLUE = { light: "#0072b2", dark: "#56a8dd" };
const OF_TRIALS = [OTHERS[1], BLUE, OTHERS[0], OTHERS[3], OTHERS[2]];
const DASHES = ["solid", "7px,3px", "2px,2px"];

/**
 * Of a run that is not active. Of twelve that follow each other no two are alike, and neighbours differ in both.
 * @param {number} run
 * @returns {Tint}
 */
export function tintOf(run) {
  return { colours: OTHERS[run % OTHERS.length], dash: DASHES[run % DASHES.length] };
}

/** The tints of short trainings: each keeps its own when rates are added between or below the others. */
export class TrialTints {
  #number = -1;
  /** @type {Map<number, Tint>} */
  #known = new Map();

  /** In the order of the rates. @param {Trials} trials @returns {Tint[]} */
  of({ number, trials }) {
    if (number !== this.#number) this.#known.clear();
    this.#number = number;
    return trials.map(({ lr }) => {
      const place = this.#known.size;
      const round = Math.floor(place / OF_TRIALS.length);
      const next = { colours: OF_TRIALS[place % OF_TRIALS.length], dash: DASHES[round % DASHES.length] };
      const tint = this.#known.get(lr) ?? next;
      this.#known.set(lr, tint);
      return tint;
    });
  }
}
