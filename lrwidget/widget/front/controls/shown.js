// What a view shows, as a pure function of the kernel's state and of what this page knows: words, buttons, progress.

import { exactRate } from "../format.js";
import { stepsMade } from "../trials.js";
import { amount, duration, speed } from "./texts.js";

/** @import { Commands, State, Trials } from "../types.d.ts" */
/** @import { May } from "./runs.js" */

/**
 * What the page knows and the kernel's state does not say.
 *
 * @typedef {object} Facts
 * @property {number | null} lr The rate that this page shows.
 * @property {number | null} [typed] The rate that stands in the field and is not committed yet.
 * @property {(keyof Commands)[]} waiting What the kernel has not answered for a while, oldest first.
 * @property {string | null} refused Why the newest command of this view was refused.
 */

/**
 * A button: `there` when it can be seen, `on` when it can be pressed.
 *
 * @typedef {object} ButtonLook
 * @property {boolean} there
 * @property {boolean} on
 * @property {boolean} [waits]
 */

/**
 * How far a sweep is, or short trainings, each a text of its own; an empty one is not known.
 *
 * @typedef {object} ProgressLook
 * @property {string} name What it is the progress of.
 * @property {string} count
 * @property {number} fraction In [0, 1].
 * @property {string} left
 * @property {string} loss
 * @property {string} best
 * @property {string} speed
 */

/**
 * @typedef {object} StatusLook
 * @property {"quiet" | "running" | "paused" | "good" | "warning" | "error" | "waiting"} tone
 * @property {string} headline
 * @property {string} text
 * @property {ProgressLook | null} progress
 * @property {boolean} marked Whether the line itself is what the tone is about, and not one of the notes.
 * @property {string} waiting
 * @property {ButtonLook} extend
 * @property {{text: string, refused: boolean}[]} notes
 */

/**
 * @typedef {object} Shown
 * @property {ButtonLook & {name: "Run" | "Pause" | "Resume", text: string, main: boolean}} run
 * @property {ButtonLook} stop
 * @property {ButtonLook & {title: string}} suggestion
 * @property {ButtonLook} undo
 * @property {ButtonLook & {text: "Accept" | "Accepted"}} accept
 * @property {ButtonLook} try
 * @property {{there: boolean, lr: number | null, on: boolean}} rate
 * @property {May} runs
 * @property {StatusLook} status
 * @property {{plan: boolean, own: boolean}} settings Whether what Run will sweep can be edited; whether the rates are the user's.
 * @property {{rate: boolean, points: boolean, clear: boolean}} menu
 */

/** How each command is called when it is waited for. @type {Record<keyof Commands, string>} */
const CALLED = {
  hello: "",
  run: "Run",
  pause: "Pause",
  resume: "Resume",
  stop: "Stop",
  accept: "Accept",
  undo: "Undo",
  clear: "Clear",
  move: "the learning rate",
  bounds: "the bounds",
  show_bounds: "Bounds",
  plan: "the settings",
  rule: "Rule",
  bandwidth: "Smoothing",
  on: "On",
  show_run: "the run's curve",
  rename_run: "Rename",
  remove_run: "Remove",
  activate_run: "the run",
  try: "Try",
  refine: "Run here",
  extend: "Extend",
  export: "the export",
};

/**
 * @param {State} state
 * @param {Facts} facts
 * @returns {Shown}
 */
export function shown(state, facts) {
  const { can, choice } = state;
  const busy = state.state === "running" || state.state === "paused";
  const waits = (/** @type {(keyof Commands)[]} */ ...names) =>
    names.some((name) => facts.waiting.includes(name));
  const next = facts.typed ?? facts.lr; // what Accept would write
  const accepted = !busy && next !== null && next === choice.accepted_lr;
  // Before the first sweep there is nothing to accept or to move, so none of it is shown.
  const plain = state.state === "idle" && facts.lr === null && !can.undo && !can.accept;
  return {
    run: { ...runButton(state), waits: waits("run", "pause", "resume") },
    stop: { there: busy, on: can.stop, waits: waits("stop") },
    suggestion: {
      there: !busy && can.move && choice.suggested_lr !== null && facts.lr !== choice.suggested_lr,
      on: can.move,
      title: choice.suggested_lr === null ? "" : `Back to the suggestion, ${exactRate(choice.suggested_lr)}`,
    },
    undo: { there: !busy && can.undo, on: can.undo, waits: waits("undo") },
    accept: {
      there: !plain,
      // The kernel's answer is about the rate that it knows; the hand may be ahead of it.
      on: !busy && !accepted && next !== null && (can.accept || can.move),
      text: accepted ? "Accepted" : "Accept",
      waits: waits("accept"),
    },
    try: {
      // Beside an Accept that is off it is off too, so that its place is not empty; where it never can be it is not there.
      there: !plain && (can.try || busy || !can.move),
      on: !busy && can.try && (next !== null || choice.lr === null), // where there is no rate the kernel has one
      waits: waits("try"),
    },
    rate: { there: !plain, lr: facts.lr, on: can.move },
    runs: { choose: !busy && !state.closed, change: !state.closed },
    status: {
      ...statusLine(state, facts, busy),
      extend: { there: !busy && can.extend && facts.waiting.length === 0, on: can.extend },
    },
    settings: {
      plan: !busy && !state.closed && state.plan.step_mode !== "list",
      own: state.plan.step_mode === "list",
    },
    menu: { rate: facts.lr !== null, points: state.progress.step > 0, clear: can.clear },
  };
}

/**
 * @param {State} state
 * @returns {Shown["run"]}
 */
function runButton({ state, can, progress }) {
  if (state === "running") return { name: "Pause", text: "Pause", there: true, on: can.pause, main: true };
  if (state === "paused") return { name: "Resume", text: "Resume", there: true, on: can.resume, main: true };
  const again = state !== "idle" && progress.step > 0;
  return { name: "Run", text: again ? "Run again" : "Run", there: true, on: can.run, main: !again };
}

/**
 * @param {State} state
 * @param {Facts} facts
 * @param {boolean} busy
 * @returns {Omit<StatusLook, "extend">}
 */
function statusLine(state, facts, busy) {
  const { words } = state;
  const waiting = waitingFor(facts.waiting, state.deaf);
  const failed = state.state === "failed";
  const notes = notesOf(state, facts.refused, failed);
  const refused = notes.some((note) => note.refused);
  const common = { waiting, notes, marked: waiting !== "" || !refused };
  if (busy) {
    const paused = state.state === "paused";
    const own = words.tone === "quiet" ? "running" : words.tone;
    return {
      ...common,
      tone: waiting ? "waiting" : refused ? "error" : paused ? "paused" : own,
      headline: "",
      text: "",
      progress:
        state.doing === "trials" && state.trials ? progressOfTrials(state, state.trials) : progressOf(state),
    };
  }
  const silent = waiting !== "";
  return {
    ...common,
    tone: waiting ? "waiting" : refused || failed ? "error" : words.tone,
    headline: silent ? "" : words.headline,
    text: silent ? "" : words.text,
    progress: null,
  };
}

/**
 * The kernel's notes, and what it did not tell there of a refusal; a refusal is its first note.
 *
 * @param {State} state
 * @param {string | null} refused
 * @param {boolean} failed
 * @returns {StatusLook["notes"]}
 */
function notesOf({ words }, refused, failed) {
  const notes = words.notes.map((text, i) => ({
    text,
    refused: refused !== null && text.includes(refused) ? true : i === 0 && words.tone === "error" && !failed,
  }));
  const told =
    refused === null || [words.headline, words.text, ...words.notes].some((text) => text.includes(refused));
  return told ? notes : [{ text: refused, refused: true }, ...notes];
}

/**
 * @param {State} state
 * @returns {ProgressLook}
 */
function progressOf({ state, progress }) {
  const { step, num_iter, seconds_left, loss, best_loss, steps_per_second } = progress;
  const running = state === "running";
  return {
    name: "Progress of the sweep",
    count: `${running ? "" : "Paused at "}${step} of ${num_iter}`,
    fraction: num_iter > 0 ? Math.min(step / num_iter, 1) : 0,
    left: running && seconds_left !== null ? `${duration(seconds_left)} left` : "",
    loss: loss === null ? "" : amount(loss),
    best: best_loss === null ? "" : amount(best_loss),
    speed: running && steps_per_second !== null ? speed(steps_per_second) : "",
  };
}

/**
 * @param {State} state
 * @param {Trials} trials
 * @returns {ProgressLook}
 */
function progressOfTrials({ state, progress }, trials) {
  const running = state === "running";
  const { seconds_left, steps_per_second } = progress;
  const all = trials.trials;
  const begun = all.filter(({ step, ended }) => step > 0 || ended !== null).length;
  const ended = all.filter((trial) => trial.ended !== null).length;
  const on = Math.min(Math.max(begun, ended + 1), all.length);
  const step = Math.max(...all.filter((trial) => trial.ended === null).map((trial) => trial.step), 0);
  const count = `trial ${on} of ${all.length}, step ${ended === all.length ? trials.steps : step} of ${trials.steps}`;
  const planned = all.length * trials.steps;
  return {
    name: "Progress of the trials",
    count: running ? count : `Paused at ${count}`,
    fraction: planned > 0 ? Math.min(stepsMade(trials) / planned, 1) : 0,
    left: running && seconds_left !== null ? `${duration(seconds_left)} left` : "",
    loss: "", // of each stands at its curve
    best: "",
    speed: running && steps_per_second !== null ? speed(steps_per_second) : "",
  };
}

/**
 * What is waited for, in words; "" when nothing is.
 *
 * @param {(keyof Commands)[]} waiting
 * @param {boolean} deaf
 * @returns {string}
 */
export function waitingFor(waiting, deaf) {
  if (waiting.length === 0) return "";
  const names = [...new Set(waiting.map((name) => CALLED[name]))].filter((name) => name !== "");
  const what = names.length > 0 ? ` to answer: ${names.join(", ")}` : " to answer";
  return `Waiting for the kernel${what}.${deaf ? " The cell that runs must end first." : ""}`;
}
