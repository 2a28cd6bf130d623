// States as the kernel tells them.

/** @import { State } from "../../lrwidget/widget/front/types.d.ts" */

/** Nothing can be done. */
export const CAN = {
  run: false,
  pause: false,
  resume: false,
  stop: false,
  accept: false,
  undo: false,
  clear: false,
  move: false,
  try: false,
  extend: false,
  refine: false,
};

/**
 * What the kernel tells before anything was done, but for these changes.
 * @param {Omit<Partial<State>, "choice" | "progress" | "words" | "can" | "plan"> & {
 *   choice?: Partial<State["choice"]>, progress?: Partial<State["progress"]>, words?: Partial<State["words"]>,
 *   can?: Partial<State["can"]>, plan?: Partial<State["plan"]>,
 * }} changes
 * @returns {State}
 */
export function stateWith({ choice, progress, words, can, plan, ...rest }) {
  return {
    version: 1,
    state: "idle",
    sweep: 0,
    stop_reason: null,
    closed: false,
    deaf: false,
    reactive: false,
    offers: { rules: [], metric_name: null },
    overlay: { lr: null, loss: 0, change: 0, band: null },
    doing: "sweep",
    runs: [],
    trials: null,
    ...rest,
    progress: {
      step: 0,
      num_iter: 100,
      seconds: null,
      seconds_left: null,
      steps_per_second: null,
      lr: null,
      loss: null,
      best_loss: null,
      ...progress,
    },
    plan: { start_lr: 1e-7, end_lr: 10, num_iter: 100, step_mode: "exp", ...plan },
    choice: {
      rule: "steepest",
      bandwidth: 0.3,
      on: "loss",
      lr: null,
      suggested_lr: null,
      accepted_lr: null,
      bounds: null,
      shows_bounds: false,
      ...choice,
    },
    words: {
      headline: "",
      text: "100 rates from 1e-7 to 10.",
      notes: [],
      tone: "quiet",
      summary: "1e-7 to 10",
      announcement: "",
      ...words,
    },
    can: { ...CAN, ...can },
  };
}
