import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { shown, waitingFor } from "../../lrwidget/widget/front/controls/shown.js";
import { CAN, stateWith } from "./state.js";

/** @import { Facts } from "../../lrwidget/widget/front/controls/shown.js" */

const SCENES = {
  idle: stateWith({ can: { run: true } }),
  running: stateWith({
    state: "running",
    sweep: 1,
    can: { pause: true, stop: true },
    progress: { step: 62, seconds_left: 1.3, steps_per_second: 43.2, loss: 0.4831, best_loss: 0.31 },
  }),
  paused: stateWith({
    state: "paused",
    sweep: 1,
    can: { resume: true, stop: true },
    progress: { step: 62, seconds_left: 1.3, steps_per_second: 43.2, loss: 0.4831, best_loss: 0.31 },
  }),
  finished: stateWith({
    state: "finished",
    sweep: 1,
    can: { run: true, accept: true, move: true, clear: true, try: true },
    progress: { step: 81 },
    choice: { lr: 0.0012, suggested_lr: 0.0012 },
    words: { headline: "0.0012: the loss falls fastest here.", text: "It blows up at 0.07.", tone: "good" },
  }),
  unsure: stateWith({
    state: "finished",
    sweep: 1,
    can: { run: true, move: true, clear: true, try: true },
    progress: { step: 100 },
    words: { headline: "No suggestion.", tone: "warning" },
  }),
  failed: stateWith({
    state: "failed",
    sweep: 1,
    can: { run: true, clear: true },
    progress: { step: 30 },
    words: { headline: "The sweep failed at step 30.", tone: "error" },
  }),
  "failed at once": stateWith({ state: "failed", sweep: 1, can: { run: true, clear: true } }),
  accepted: stateWith({
    state: "accepted",
    sweep: 1,
    can: { run: true, undo: true, move: true, clear: true, try: true },
    progress: { step: 81 },
    choice: { lr: 0.0012, suggested_lr: 0.0012, accepted_lr: 0.0012 },
    words: { headline: "Your optimizer now holds 0.0012", tone: "good" },
  }),
};

/**
 * @param {keyof typeof SCENES} scene
 * @param {Partial<Facts>} facts
 */
function look(scene, facts = {}) {
  const state = SCENES[scene];
  return shown(state, { lr: state.choice.lr, waiting: [], refused: null, ...facts });
}

/**
 * The row as it is read: what can be pressed, then in brackets what is there and cannot.
 *
 * @param {ReturnType<typeof look>} now
 */
function row({ run, stop, suggestion, undo, rate, accept, try: trying }) {
  /** @type {[{there: boolean, on: boolean}, string][]} */
  const all = [
    [run, run.text],
    [stop, "Stop"],
    [suggestion, "suggestion"],
    [undo, "Undo"],
    [rate, `rate ${rate.lr}`],
    [accept, accept.text],
    [trying, "Try"],
  ];
  return all
    .filter(([{ there }]) => there)
    .map(([{ on }, text]) => (on ? text : `(${text})`))
    .join(" ");
}

describe("the row of controls", () => {
  /** @type {[keyof typeof SCENES, Partial<Facts>, string][]} */
  const table = [
    ["idle", {}, "Run"],
    ["idle", { lr: 0.01 }, "Run (rate 0.01) (Accept) (Try)"],
    ["running", {}, "Pause Stop (rate null) (Accept) (Try)"],
    ["paused", {}, "Resume Stop (rate null) (Accept) (Try)"],
    ["finished", {}, "Run again rate 0.0012 Accept Try"],
    ["finished", { lr: 0.02 }, "Run again suggestion rate 0.02 Accept Try"],
    ["unsure", {}, "Run again rate null (Accept) Try"],
    ["unsure", { lr: 0.02 }, "Run again rate 0.02 Accept Try"],
    ["unsure", { typed: 0.02 }, "Run again rate null Accept Try"],
    ["accepted", { typed: 0.02 }, "Run again Undo rate 0.0012 Accept Try"],
    ["finished", { typed: 0.02 }, "Run again rate 0.0012 Accept Try"],
    ["failed", {}, "Run again (rate null) (Accept) (Try)"],
    ["failed at once", {}, "Run (rate null) (Accept) (Try)"],
    ["accepted", {}, "Run again Undo rate 0.0012 (Accepted) Try"],
    ["accepted", { lr: 0.02 }, "Run again suggestion Undo rate 0.02 Accept Try"],
  ];
  for (const [scene, facts, expected] of table) {
    it(`${scene} ${JSON.stringify(facts)}: ${expected}`, () => {
      assert.equal(row(look(scene, facts)), expected);
    });
  }

  it("calls its first button by what it does, whatever stands on it", () => {
    const names = ["idle", "running", "paused", "finished", "failed"].map(
      (scene) => look(/** @type {keyof typeof SCENES} */ (scene)).run.name,
    );
    assert.deepEqual(names, ["Run", "Pause", "Resume", "Run", "Run"]);
  });

  it("lets nothing be pressed when the widget is closed", () => {
    const state = { ...SCENES.finished, closed: true, can: CAN };
    const now = shown(state, { lr: 0.0012, waiting: [], refused: null });
    assert.equal(row(now), "(Run again) (rate 0.0012) (Accept) (Try)");
    assert.deepEqual(now.runs, { choose: false, change: false });
    assert.equal(now.settings.plan, false);
  });
});

describe("the status line", () => {
  it("says one sentence before the first sweep", () => {
    const { headline, text, tone, progress } = look("idle").status;
    assert.deepEqual([headline, text, tone, progress], ["", "100 rates from 1e-7 to 10.", "quiet", null]);
  });

  it("counts while a sweep runs", () => {
    assert.deepEqual(look("running").status.progress, {
      name: "Progress of the sweep",
      count: "62 of 100",
      fraction: 0.62,
      left: "1.3 s left",
      loss: "0.483",
      best: "0.31",
      speed: "43 steps/s",
    });
    assert.equal(look("running").status.tone, "running");
  });

  it("promises no time and no speed while it is paused, and says so", () => {
    const { progress, tone } = look("paused").status;
    assert.equal(tone, "paused");
    assert.equal(progress?.left, "");
    assert.equal(progress?.speed, "");
    assert.equal(progress?.count, "Paused at 62 of 100");
  });

  it("shows the kernel's words afterwards, with their tone", () => {
    assert.deepEqual(look("finished").status, {
      tone: "good",
      headline: "0.0012: the loss falls fastest here.",
      text: "It blows up at 0.07.",
      progress: null,
      marked: true,
      waiting: "",
      extend: { there: false, on: false },
      notes: [],
    });
    assert.equal(look("failed").status.tone, "error");
    const { words } = SCENES.finished;
    const quiet = { ...SCENES.finished, words: { ...words, tone: /** @type {const} */ ("quiet") } };
    assert.equal(shown(quiet, { lr: 0.0012, waiting: [], refused: null }).status.tone, "quiet");
  });

  it("is never quiet about a failure", () => {
    const state = {
      ...SCENES.failed,
      words: { ...SCENES.failed.words, tone: /** @type {const} */ ("quiet") },
    };
    assert.equal(shown(state, { lr: null, waiting: [], refused: null }).status.tone, "error");
  });

  it("shows why a command was refused, once", () => {
    const why = "Nothing was written.";
    assert.deepEqual(look("finished", { refused: why }).status.notes, [{ text: why, refused: true }]);
    assert.equal(look("finished", { refused: why }).status.tone, "error");
    const told = stateWith({
      state: "finished",
      words: { notes: [`Accept: ${why}`, "Note: x."], tone: "error" },
    });
    for (const refused of [why, null]) {
      const { notes, tone, marked } = shown(told, { lr: 1, waiting: [], refused }).status;
      assert.deepEqual(notes, [
        { text: `Accept: ${why}`, refused: true },
        { text: "Note: x.", refused: false },
      ]);
      assert.equal(tone, "error");
      assert.equal(marked, false); // the refusal is, not what the sweep has shown
    }
  });

  it("does not take what is said of a failure for a refusal", () => {
    const state = stateWith({
      state: "failed",
      words: { notes: ["Everything was restored."], tone: "error" },
    });
    const { notes, marked } = shown(state, { lr: null, waiting: [], refused: null }).status;
    assert.deepEqual(notes, [{ text: "Everything was restored.", refused: false }]);
    assert.equal(marked, true);
  });

  it("says what the kernel is waited for, and what must come first", () => {
    assert.equal(waitingFor([], true), "");
    assert.equal(waitingFor(["accept"], false), "Waiting for the kernel to answer: Accept.");
    assert.equal(
      waitingFor(["stop", "stop"], true),
      "Waiting for the kernel to answer: Stop. The cell that runs must end first.",
    );
    assert.equal(waitingFor(["hello"], false), "Waiting for the kernel to answer.");
    const { status, accept } = look("finished", { waiting: ["accept"] });
    assert.equal(status.tone, "waiting");
    assert.equal(status.headline, ""); // nothing else is said meanwhile
    assert.equal(accept.waits, true);
  });

  it("has no fraction where a sweep has no steps, and never more than all of it", () => {
    const none = stateWith({ state: "running", progress: { num_iter: 0 } });
    assert.equal(shown(none, { lr: null, waiting: [], refused: null }).status.progress?.fraction, 0);
    const more = stateWith({ state: "running", progress: { step: 101 } });
    assert.equal(shown(more, { lr: null, waiting: [], refused: null }).status.progress?.fraction, 1);
  });
});

describe("short trainings", () => {
  const trial = (/** @type {number} */ step, /** @type {string | null} */ ended) => ({
    lr: 0.01,
    step,
    ended,
    loss: null,
  });
  /** @param {ReturnType<typeof trial>[]} trials @param {"running" | "paused"} state */
  const progress = (trials, state = "running") => {
    const all = { number: 1, steps: 100, trials, winner: null };
    const now = stateWith({
      state,
      doing: "trials",
      trials: all,
      can: { pause: true, stop: true },
      progress: { seconds_left: 12 },
    });
    return shown(now, { lr: 0.01, waiting: [], refused: null }).status.progress;
  };

  it("are counted on the status line, one after another or in turns", () => {
    /** @type {[ReturnType<typeof trial>[], string, number][]} */
    const table = [
      [[trial(0, null), trial(0, null), trial(0, null)], "trial 1 of 3, step 0 of 100", 0],
      [[trial(100, ""), trial(40, null), trial(0, null)], "trial 2 of 3, step 40 of 100", 140 / 300],
      [[trial(0, null), trial(0, null), trial(7, null)], "trial 1 of 3, step 7 of 100", 7 / 300],
      [[trial(12, "diverged"), trial(0, null), trial(100, "")], "trial 3 of 3, step 0 of 100", 200 / 300],
      [[trial(20, null), trial(20, null), trial(19, null)], "trial 3 of 3, step 20 of 100", 59 / 300],
      [[trial(100, ""), trial(100, ""), trial(30, "behind")], "trial 3 of 3, step 100 of 100", 1],
    ];
    for (const [trials, count, fraction] of table) {
      assert.equal(progress(trials)?.count, count);
      assert.equal(progress(trials)?.fraction, fraction);
    }
    assert.equal(progress([trial(5, null)], "paused")?.count, "Paused at trial 1 of 1, step 5 of 100");
    assert.equal(progress([trial(5, null)])?.name, "Progress of the trials");
    assert.equal(progress([trial(5, null)])?.left, "12 s left");
    assert.equal(progress([trial(5, null)], "paused")?.left, "");
  });

  it("have no button where there never can be any, and one that is off beside an Accept that is", () => {
    const never = { ...SCENES.finished, can: { ...SCENES.finished.can, try: false } };
    assert.equal(shown(never, { lr: 0.01, waiting: [], refused: null }).try.there, false);
    // The kernel lets the marker move while it is at work.
    const busy = { ...SCENES.running, can: { ...SCENES.running.can, move: true } };
    const { there, on } = shown(busy, { lr: 0.01, waiting: [], refused: null }).try;
    assert.deepEqual([there, on], [true, false]);
    assert.equal(look("finished", { waiting: ["try"] }).try.waits, true);
  });
});

describe("runs", () => {
  it("can be renamed and shown while a sweep is on, but not judged or removed", () => {
    assert.deepEqual(look("finished").runs, { choose: true, change: true });
    assert.deepEqual(look("running").runs, { choose: false, change: true });
  });

  it("are extended where the kernel says so, at rest and when nothing is waited for", () => {
    const state = { ...SCENES.finished, can: { ...SCENES.finished.can, extend: true } };
    const there = (/** @type {typeof state} */ now, /** @type {("extend")[]} */ waiting = []) =>
      shown(now, { lr: 0.01, waiting, refused: null }).status.extend.there;
    assert.equal(there(state), true);
    assert.equal(there(state, ["extend"]), false);
    assert.equal(there({ ...state, state: "running" }), false);
    assert.equal(there(SCENES.finished), false);
  });
});

describe("settings and menu", () => {
  it("are read only while a sweep is on, and where the rates are the user's own", () => {
    assert.equal(look("idle").settings.plan, true);
    assert.equal(look("running").settings.plan, false);
    assert.equal(look("paused").settings.plan, false);
    const list = stateWith({ plan: { step_mode: "list" } });
    assert.deepEqual(shown(list, { lr: null, waiting: [], refused: null }).settings, {
      plan: false,
      own: true,
    });
  });

  it("offer what there is", () => {
    assert.deepEqual(look("idle").menu, { rate: false, points: false, clear: false });
    assert.deepEqual(look("running").menu, { rate: false, points: true, clear: false });
    assert.deepEqual(look("finished").menu, { rate: true, points: true, clear: true });
  });
});
