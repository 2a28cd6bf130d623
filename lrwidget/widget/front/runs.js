// What the page knows of the runs that are kept: how they will look once the kernel has heard all, and their curves.

import { floats } from "./series.js";

/** @import { FromKernel, Run, RunCurve } from "./types.d.ts" */

const PER_RUN = 3; // buffers

/** The curves of the runs that are not active. */
export class RunCurves {
  /** @type {Map<number, RunCurve>} */
  #curves = new Map();
  /** Of the kernel's list, which comes whole. */
  version = -1;

  /** @param {number} run @returns {RunCurve | null} */
  get(run) {
    return this.#curves.get(run) ?? null;
  }

  /**
   * Take a list: false where it says nothing new, or was cut off on its way.
   * @param {Extract<FromKernel, { kind: "runs" }>} head
   * @param {readonly (ArrayBuffer | ArrayBufferView)[]} buffers
   */
  take({ version, runs }, buffers) {
    if (version <= this.version || buffers.length < PER_RUN * runs.length) return false;
    this.#curves = new Map(
      runs.map((run, i) => {
        const [lr, smoothed, change] = buffers.slice(PER_RUN * i, PER_RUN * (i + 1)).map(floats);
        return [run, { lr, smoothed, change }];
      }),
    );
    this.version = version;
    return true;
  }

  clear() {
    this.#curves.clear();
  }
}

/**
 * The runs as they will be when the kernel has done what it has not answered yet: a hand sees at once what it did.
 *
 * Which one is active changes with its curve, and that only the kernel has.
 * @param {Run[]} runs
 * @param {readonly { name: string, args: any }[]} open
 * @returns {Run[]}
 */
export function foreseen(runs, open) {
  return open.reduce((now, { name, args }) => {
    const changed = (/** @type {Partial<Run>} */ change) =>
      now.map((run) => (run.id === args.run ? { ...run, ...change } : run));
    if (name === "show_run") return changed({ shown: args.shown });
    if (name === "rename_run") return changed({ name: args.name });
    if (name === "remove_run") return now.filter(({ id, active }) => id !== args.run || active);
    return now;
  }, runs);
}
