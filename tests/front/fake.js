// A made-up kernel for the page: it keeps the wire's rules, and plays a sweep that somebody else has recorded.

/** @import { Answer, Blank, FrameHead, Model, State, ToKernel } from "../../lrwidget/widget/front/types.d.ts" */
/** @typedef {{ head: FrameHead, buffers: string[] }} Packed */
/**
 * @typedef {{
 *   blank: Blank, frames: Packed[], snapshot: Packed, overlay: State["overlay"], metric_name: string | null,
 *   plan: State["plan"], losses: number[], rates: number[],
 * }} World
 */
/**
 * What is shown at the beginning of each scene, and what is special about it.
 * @typedef {{
 *   state: State["state"], at?: number, linear?: boolean, metric?: boolean, deaf?: boolean, mute?: boolean,
 *   bounds?: boolean, refuses?: boolean, reason?: string, notes?: string[], list?: boolean, moved?: boolean,
 *   runs?: string[], trials?: State["trials"], extends?: boolean,
 * }} Scene
 */

/** The made-up losses of short trainings at some rates, after so many steps. @type {Record<string, (step: number) => number>} */
const DESCENTS = {
  0.00316: (step) => 0.9 + 1.4 * Math.exp(-step / 70),
  0.01: (step) => 0.35 + 1.95 * Math.exp(-step / 22) + 0.02 * Math.sin(step / 3),
  0.0316: (step) => 0.7 + 1.6 * Math.exp(-step / 12) + 0.12 * Math.sin(step / 4),
  0.1: (step) => 2.3 - 0.5 * Math.exp(-((step - 6) ** 2) / 20) + Math.expm1(Math.max(step - 8, 0) / 3),
};

/** @type {Record<string, Scene>} */
export const SCENES = {
  idle: { state: "idle" },
  running: { state: "running", at: 0.4 },
  paused: { state: "paused", at: 0.6 },
  finished: { state: "finished" },
  moved: { state: "finished", moved: true },
  diverged: { state: "finished", reason: "diverged" },
  stopped: { state: "finished", at: 0.5, reason: "stopped" },
  failed: {
    state: "failed",
    at: 0.3,
    reason: "error",
    notes: ["RuntimeError: mat1 and mat2 shapes cannot be multiplied (32x784 and 100x10)"],
  },
  accepted: { state: "accepted" },
  refused: { state: "finished", refuses: true },
  notes: {
    state: "finished",
    notes: [
      "Two rates are nearly as steep: look at the curve, and choose.",
      "The loss falls by little more than its own noise: fixed_batches=4 would make the curve quieter.",
    ],
  },
  metric: { state: "finished", metric: true },
  "metric running": { state: "running", at: 0.5, metric: true },
  bounds: { state: "finished", bounds: true },
  linear: { state: "finished", linear: true },
  list: { state: "idle", list: true },
  waiting: { state: "finished", mute: true },
  deaf: { state: "running", at: 0.4, deaf: true },
  runs: { state: "finished", runs: ["AdamW", "AdamW, wd 0.1", "SGD, momentum 0.9"] },
  "runs running": { state: "running", at: 0.4, runs: ["AdamW", "AdamW, wd 0.1", "SGD, momentum 0.9"] },
  "many runs": {
    state: "finished",
    runs: [
      "AdamW, weight decay 0.01, batch size 256, seed 1",
      "AdamW, weight decay 0.1, batch size 256, seed 1",
      "AdamW, weight decay 1, batch size 256, seed 1",
      "SGD with momentum 0.9 and Nesterov, batch size 64",
      "Lion, betas (0.9, 0.99), weight decay 0.3, batch size 256",
      "the_encoder_alone_with_a_name_that_has_no_space_to_break_at",
      "seed 7",
      "all parameters, the head ten times as fast as the body",
    ],
  },
  trying: { state: "running", trials: trialsOf(1, [100, 40, 0], ["", null, null]) },
  "trying paused": { state: "paused", trials: trialsOf(1, [100, 40, 0], ["", null, null]) },
  tried: { state: "finished", trials: trialsOf(1, [100, 100, 100], ["", "", ""], 1) },
  "tried early": {
    state: "finished",
    trials: trialsOf(1, [44, 100, 17], ["behind", "", "diverged"], 1, [0.00316, 0.01, 0.1]),
  },
  extendable: {
    state: "finished",
    extends: true,
    notes: ["The loss has not blown up: better rates may be above 10."],
  },
};

/**
 * Short trainings, so far done.
 * @param {number} number
 * @param {number[]} done
 * @param {(string | null)[]} ended
 * @param {number | null} winner
 * @param {number[]} rates
 * @returns {NonNullable<State["trials"]>}
 */
function trialsOf(number, done, ended, winner = null, rates = [0.00316, 0.01, 0.0316]) {
  const trials = rates.map((lr, i) => ({
    lr,
    step: done[i],
    ended: ended[i],
    loss: ended[i] === null ? null : DESCENTS[lr](done[i]),
  }));
  return { number, steps: 100, trials, winner };
}

const RULES = [
  { name: "steepest", words: "steepest descent" },
  { name: "valley", words: "valley" },
  { name: "minimum", words: "a tenth of the minimum's rate" },
  { name: "knee", words: "knee" },
];
const STEP_MS = 20;

/**
 * @param {URLSearchParams} asked
 * @param {Scene} scene
 * @returns {Promise<World>}
 */
export async function fetchWorld(asked, scene) {
  const query = new URLSearchParams(asked);
  if (scene.linear) query.set("linear", "1");
  if (scene.metric) query.set("metric", "1");
  return (await fetch(`/world.json?${query}`)).json();
}

export class FakeKernel {
  /** @type {Map<string, Set<(...given: any[]) => void>>} */
  #listeners = new Map();
  /** @type {Record<string, any>} */
  traits = {};
  /** How far each page has been heard, and what it was told. @type {Map<string, { upto: number, answers: Answer[] }>} */
  pages = new Map();
  /** Everything that was taken, in order. @type {{ name: string, args: any, seen: any }[]} */
  taken = [];
  sweep = 0;
  /** Points that the sweep has. */
  at = 0;
  /** Lists of runs that were sent. */
  #lists = 0;
  /** Of earlier sweeps; frames are numbered on. */
  #revisions = 0;
  /** @type {ReturnType<typeof setInterval> | undefined} */
  #timer;

  /**
   * @param {World} world
   * @param {{ scene: string, latency?: number }} options
   */
  constructor(world, { scene, latency = 30 }) {
    this.world = world;
    this.scene = SCENES[scene];
    this.latency = latency;
    /** @type {State} */
    this.state = first(world, this.scene);
    this.traits = { _id: "fake", _css: "", _state: this.state, _figure: world.blank };
    this.sweep = this.state.sweep;
    this.at = this.sweep ? Math.round((this.scene.at ?? 1) * world.losses.length) : 0;
    /** @type {Model} */
    this.model = {
      get: (name) => this.traits[name],
      send: (message) => this.#later(() => this.#hear(/** @type {ToKernel} */ (structuredClone(message)))),
      on: (event, handler) => {
        const all = this.#listeners.get(event) ?? new Set();
        this.#listeners.set(event, all.add(handler));
      },
      off: (event, handler) => void this.#listeners.get(event)?.delete(handler),
    };
  }

  /** How many handlers the page has for what comes. */
  get listening() {
    return [...this.#listeners.values()].reduce((sum, handlers) => sum + handlers.size, 0);
  }

  /** Let time go: a sweep that is on runs on. */
  begin() {
    clearInterval(this.#timer);
    this.#sendRuns();
    this.#sendTrials();
    this.#timer = setInterval(() => this.#step(), STEP_MS);
  }

  /** Change what the page sees. @param {Partial<State>} changes */
  set(changes) {
    this.state = structuredClone({ ...this.state, ...changes, version: this.state.version + 1 });
    this.state.can = can(this.state, this.scene);
    const state = this.state;
    this.#later(() => {
      this.traits._state = state;
      this.#tell("change:_state");
    });
  }

  /** @param {object} message @param {ArrayBufferView[]} buffers */
  send(message, buffers = []) {
    this.#later(() => this.#tell("msg:custom", message, buffers));
  }

  /** @param {string} event @param {...any} given */
  #tell(event, ...given) {
    for (const handler of [...(this.#listeners.get(event) ?? [])]) handler(...given);
  }

  /** @param {() => void} task */
  #later(task) {
    setTimeout(task, this.latency);
  }

  #step() {
    if (this.state.state !== "running") return;
    if (this.state.doing === "trials") return this.#train();
    this.at += 1;
    if (this.at >= this.world.losses.length) return this.#end("completed");
    this.#frame(this.world.frames[this.at]);
    this.set({ progress: progress(this.world, this.at), words: words(this.world, "running", this.at) });
  }

  /** A step of the trial that is on; each is as long as planned. */
  #train() {
    const trials = structuredClone(this.state.trials);
    const on = trials?.trials.find(({ ended }) => ended === null);
    if (!trials || !on) return;
    on.step += 1;
    on.loss = DESCENTS[on.lr](on.step);
    if (on.step === trials.steps) on.ended = "";
    const all = trials.trials.every(({ ended }) => ended !== null);
    this.set(all ? this.#tried({ ...trials, winner: 1 }) : { trials, progress: progressOf(trials) });
    this.#sendTrials();
  }

  /** @param {NonNullable<State["trials"]>} trials @returns {Partial<State>} */
  #tried(trials) {
    const { winner } = trials;
    const lr = winner === null ? this.state.choice.lr : trials.trials[winner].lr;
    return {
      trials,
      state: "finished",
      doing: "sweep",
      progress: progress(this.world, this.at),
      choice: { ...this.state.choice, lr, suggested_lr: lr },
      words: words(this.world, "finished", this.at, lr),
    };
  }

  #sendTrials() {
    const { trials } = this.state;
    if (!trials) return;
    const all = trials.trials.map(({ lr, step }) => {
      const steps = Array.from({ length: step }, (_, at) => at + 1);
      return [steps, steps.map(DESCENTS[lr])];
    });
    const count = trials.trials.reduce((sum, { step }) => sum + step, 0);
    this.send(
      { kind: "trials", number: trials.number, count },
      all.flat().map((numbers) => new DataView(new Float64Array(numbers).buffer)),
    );
  }

  /** The curves of the other runs: as this sweep's, at other rates. */
  #sendRuns() {
    const others = this.state.runs.filter(({ active }) => !active);
    const [, , lr, smoothed, change] = this.world.snapshot.buffers.map(
      (text) => new Float64Array(Uint8Array.from(atob(text), (c) => c.charCodeAt(0)).buffer),
    );
    this.#lists += 1;
    this.send(
      { kind: "runs", version: this.#lists, runs: others.map(({ id }) => id) },
      others.flatMap(({ id }) => {
        const factor = 10 ** (((id * 5) % 8) / 3 - 1.4);
        const kept = lr.map((rate) => rate * factor);
        const other = [
          kept,
          smoothed.map((loss) => loss + 0.07 * id),
          change.map((slope) => slope * (1 - 0.07 * id)),
        ];
        return other.map((numbers) => new DataView(numbers.buffer));
      }),
    );
  }

  /** @param {string} reason */
  #end(reason) {
    const { trials, runs } = this.state;
    if (this.state.doing === "trials" && trials) {
      const left = trials.trials.map((trial) => ({ ...trial, ended: trial.ended ?? "stopped" }));
      return this.set(this.#tried({ ...trials, trials: left, winner: null }));
    }
    const all = reason === "completed";
    if (all) this.at = this.world.losses.length;
    this.#frame(all ? this.world.snapshot : this.world.frames[this.at]);
    this.set({
      state: "finished",
      stop_reason: reason,
      progress: progress(this.world, this.at),
      words: words(this.world, "finished", this.at),
      overlay: this.world.overlay,
      runs: runs.map((run) => (run.active ? { ...run, lr: this.world.overlay.lr } : run)),
      choice: { ...this.state.choice, lr: this.world.overlay.lr, suggested_lr: this.world.overlay.lr },
    });
  }

  /** @param {Packed} packed */
  #frame({ head, buffers }, revisions = this.#revisions) {
    const moved = { ...head, kind: "frame", sweep: this.sweep, revision: head.revision + revisions };
    this.send(
      moved,
      buffers.map((text) => new DataView(Uint8Array.from(atob(text), (c) => c.charCodeAt(0)).buffer)),
    );
  }

  /** All points known, as one frame: the last one in which the whole curve came would do; this joins them. */
  #snapshot() {
    if (this.sweep === 0) return;
    if (this.at >= this.world.losses.length) return this.#frame(this.world.snapshot);
    /** @type {number[][]} */
    const all = [];
    for (const { head, buffers } of this.world.frames.slice(0, this.at + 1)) {
      const points = [0, 1, 5];
      buffers.forEach((text, i) => {
        const more = new Float64Array(Uint8Array.from(atob(text), (c) => c.charCodeAt(0)).buffer);
        all[i] = [...(all[i] ?? []).slice(0, points.includes(i) ? head.first : head.curve_first), ...more];
      });
    }
    const { head } = this.world.frames[this.at];
    this.send(
      {
        ...head,
        kind: "frame",
        sweep: this.sweep,
        revision: head.revision + this.#revisions,
        first: 0,
        curve_first: 0,
      },
      all.map((numbers) => new DataView(new Float64Array(numbers).buffer)),
    );
  }

  /** @param {ToKernel} message */
  #hear({ page, said }) {
    if (this.scene.mute && said.some(({ name }) => name !== "hello")) return;
    const { upto, answers } = this.pages.get(page) ?? { upto: 0, answers: [] };
    let heard = upto;
    for (const { n, name, args, seen } of said) {
      if (n <= heard) continue;
      heard = n;
      this.taken.push({ name, args, seen });
      answers.push({ n, ...this.#do(name, args, seen) });
    }
    this.pages.set(page, { upto: heard, answers: answers.slice(-32) });
    this.send({ kind: "answer", page, upto: heard, answers: answers.slice(-32) });
  }

  /**
   * @param {string} name
   * @param {any} args
   * @param {any} seen
   * @returns {{ done: boolean, why: string | null, value?: unknown }}
   */
  #do(name, args, seen) {
    const { state, choice } = this.state;
    const done = { done: true, why: null };
    /** @param {string} why */
    const refuse = (why) => ({ done: false, why });
    const over = name !== "hello" && name !== "plan" && name !== "run" && seen.sweep !== this.sweep;
    if (over) return refuse("That sweep is over.");
    if (this.scene.refuses && name === "accept") {
      const why = "Nothing was written: the optimizer has no parameter group any more.";
      this.set({ words: { ...this.state.words, notes: [why], tone: "error" } });
      return refuse(why);
    }
    if (name === "hello") {
      this.#snapshot();
      this.#sendRuns();
      this.#sendTrials();
      if (args.plotly) this.#sendPlotly();
    } else if (name === "run") {
      if (state === "running" || state === "paused") return refuse("A sweep is on already.");
      this.#revisions += this.world.snapshot.head.revision + 1;
      this.sweep += 1;
      this.at = 0;
      this.#frame(this.world.frames[0]);
      const kept = this.state.runs.map((run) => ({ ...run, active: false }));
      const id = Math.max(0, ...kept.map((run) => run.id)) + 1;
      this.set({
        sweep: this.sweep,
        runs: [...kept, { id, name: `run ${id}`, lr: null, shown: true, active: true }],
        trials: null,
        state: "running",
        stop_reason: null,
        progress: progress(this.world, 0),
        words: words(this.world, "running", 0),
        overlay: NOTHING,
        choice: { ...choice, lr: null, suggested_lr: null, bounds: null },
      });
      this.#sendRuns();
    } else if (name === "pause" || name === "resume") {
      const next = name === "pause" ? "paused" : "running";
      if (state !== "running" && state !== "paused") return refuse("No sweep is on.");
      this.set({ state: next, words: words(this.world, next, this.at) });
    } else if (name === "stop") {
      this.#end("stopped");
    } else if (name === "accept") {
      this.set({
        state: "accepted",
        choice: { ...choice, lr: args.lr, accepted_lr: args.lr },
        words: words(this.world, "accepted", this.at, args.lr),
      });
    } else if (name === "undo") {
      this.set({
        state: "finished",
        choice: { ...choice, accepted_lr: null },
        words: words(this.world, "finished", this.at),
      });
    } else if (name === "clear") {
      this.#revisions += this.world.snapshot.head.revision + 1;
      this.sweep += 1;
      this.set({ ...first(this.world, SCENES.idle), sweep: this.sweep });
      this.#frame(this.world.frames[0]);
    } else if (name === "move") {
      this.set({ choice: { ...choice, lr: args.lr ?? choice.suggested_lr } });
    } else if (name === "bounds") {
      this.set({ choice: { ...choice, bounds: args.bounds ?? [1e-4, 5e-2] } });
    } else if (name === "show_bounds") {
      this.set({ choice: { ...choice, shows_bounds: args.shown, bounds: choice.bounds ?? [1e-4, 5e-2] } });
    } else if (name === "plan") {
      this.set({ plan: { ...this.state.plan, ...args } });
    } else if (name === "rule" || name === "bandwidth" || name === "on") {
      this.set({ choice: { ...choice, ...args } });
    } else if (name === "rename_run" && this.state.runs.some((run) => run.name === args.name)) {
      return refuse("Another run has that name.");
    } else if (name === "show_run" || name === "rename_run") {
      const change = name === "show_run" ? { shown: args.shown } : { name: args.name };
      this.set({ runs: this.state.runs.map((run) => (run.id === args.run ? { ...run, ...change } : run)) });
    } else if (name === "remove_run") {
      const left = this.state.runs.filter(({ id }) => id !== args.run);
      const next = left.find(({ active }) => active) ?? left.at(-1);
      this.set({ runs: left.map((run) => ({ ...run, active: run === next })) });
      this.#sendRuns();
    } else if (name === "activate_run") {
      const runs = this.state.runs.map((run) => ({ ...run, active: run.id === args.run }));
      const lr = runs.find(({ active }) => active)?.lr ?? null;
      this.#revisions += this.world.snapshot.head.revision + 1;
      this.sweep += 1;
      this.#frame(this.world.snapshot);
      this.set({ sweep: this.sweep, runs, choice: { ...choice, lr, suggested_lr: lr } });
      this.#sendRuns();
    } else if (name === "try") {
      if (this.scene.refuses) return refuse("The model cannot be put back for a trial.");
      this.set({
        state: "running",
        doing: "trials",
        trials: trialsOf((this.state.trials?.number ?? 0) + 1, [0, 0, 0], [null, null, null]),
        words: words(this.world, "running", 0),
      });
      this.#sendTrials();
    } else if (name === "refine" || name === "extend") {
      this.at = Math.round(0.7 * this.world.losses.length);
      if (name === "extend") this.scene = { ...this.scene, extends: false };
      this.set({ state: "running", words: words(this.world, "running", this.at) });
    } else if (name === "export") {
      return {
        ...done,
        value: args.format === "code" ? "for group in optimizer.param_groups:\n    …\n" : "{}",
      };
    }
    return done;
  }

  async #sendPlotly() {
    const script = (await fetch("/plotly.min.js")).body;
    const packed = script?.pipeThrough(new CompressionStream("gzip"));
    const bytes = await new Response(packed).arrayBuffer();
    this.send({ kind: "plotly", version: this.world.blank.plotly_version }, [new DataView(bytes)]);
  }
}

/** @type {State["overlay"]} */
const NOTHING = { lr: null, loss: 0, change: 0, band: null };

/** @param {World} world @param {Scene} scene @returns {State} */
function first(world, scene) {
  const at = scene.state === "idle" ? 0 : Math.round((scene.at ?? 1) * world.losses.length);
  const judged = scene.state === "finished" || scene.state === "accepted";
  const lr = judged ? world.overlay.lr : null;
  const shown = scene.moved ? 0.0421 : scene.trials ? world.overlay.lr : lr;
  const said = words(world, scene.state, at, shown);
  /** @type {State} */
  const state = {
    version: 1,
    state: scene.state,
    sweep: scene.state === "idle" ? 0 : 1,
    stop_reason: scene.reason ?? (judged ? "completed" : null),
    closed: false,
    deaf: Boolean(scene.deaf),
    reactive: false,
    progress: scene.trials && !judged ? progressOf(scene.trials) : progress(world, at),
    plan: { ...world.plan, ...(scene.list ? { step_mode: "list" } : {}) },
    choice: {
      rule: "steepest",
      bandwidth: 0.3,
      on: "loss",
      lr: shown,
      suggested_lr: lr,
      accepted_lr: scene.state === "accepted" ? lr : null,
      bounds: scene.bounds ? [1e-4, 5e-2] : null,
      shows_bounds: Boolean(scene.bounds),
    },
    offers: { rules: RULES, metric_name: world.metric_name },
    words: {
      ...said,
      notes: scene.notes ?? [],
      tone: scene.notes && scene.state !== "failed" ? "warning" : said.tone,
    },
    overlay: judged || scene.trials ? world.overlay : NOTHING,
    doing: scene.trials && !judged ? "trials" : "sweep",
    runs: (scene.runs ?? (scene.state === "idle" ? [] : ["run 1"])).map((name, i, { length }) => ({
      id: i + 1,
      name,
      lr: i < length - 1 ? [0.00123, 0.0457, 9.1e-5, 0.2, 0.0012, 1e-3, 0.01][i] : lr,
      shown: i !== 2 || length < 4,
      active: i === length - 1,
    })),
    trials: scene.trials ?? null,
    can: /** @type {any} */ ({}),
  };
  state.can = can(state, scene);
  return state;
}

/** @param {State} state @param {Scene} scene @returns {State["can"]} */
function can({ state, choice, closed }, scene) {
  const on = state === "running" || state === "paused";
  const judged = state === "finished" || state === "accepted";
  return {
    run: !on && !closed,
    pause: state === "running",
    resume: state === "paused",
    stop: on,
    accept: judged && choice.lr !== null,
    undo: state === "accepted",
    clear: judged || state === "failed",
    move: judged,
    try: judged && !closed,
    extend: judged && Boolean(scene.extends),
    refine: judged && !closed,
  };
}

/** @param {World} world @param {number} at @returns {State["progress"]} */
function progress({ rates, losses }, at) {
  const num_iter = losses.length;
  const seen = losses.slice(0, at).filter((loss) => loss !== null);
  return {
    step: at,
    num_iter,
    seconds: at * (STEP_MS / 1000),
    seconds_left: at ? (num_iter - at) * (STEP_MS / 1000) : null,
    steps_per_second: at ? 1000 / STEP_MS : null,
    lr: at ? rates[at - 1] : null,
    loss: at ? losses[at - 1] : null,
    best_loss: seen.length ? Math.min(...seen) : null,
  };
}

/** @param {NonNullable<State["trials"]>} trials @returns {State["progress"]} */
function progressOf({ steps, trials }) {
  const made = trials.reduce((sum, { step, ended }) => sum + (ended === null ? step : steps), 0);
  const num_iter = steps * trials.length;
  const seconds_left = (num_iter - made) * (STEP_MS / 1000);
  return {
    step: made,
    num_iter,
    seconds: null,
    seconds_left,
    steps_per_second: 1000 / STEP_MS,
    lr: null,
    loss: null,
    best_loss: null,
  };
}

/**
 * @param {World} world
 * @param {State["state"]} state
 * @param {number} at
 * @param {number | null} lr
 * @returns {State["words"]}
 */
function words(world, state, at, lr = world.overlay.lr) {
  const { start_lr, end_lr, num_iter } = world.plan;
  const rate = lr?.toPrecision(3) ?? "";
  /** @type {Record<State["state"], Pick<State["words"], "headline" | "text" | "tone" | "announcement">>} */
  const all = {
    idle: {
      headline: "",
      text: `${num_iter} rates from ${start_lr} to ${end_lr}. Your model is given back as it is.`,
      tone: "quiet",
      announcement: "Ready to run.",
    },
    running: { headline: "", text: "", tone: "quiet", announcement: "The sweep is running." },
    paused: {
      headline: "Paused.",
      text: "Your model is in mid-sweep: resume or stop before you use it.",
      tone: "warning",
      announcement: `Paused at step ${at} of ${num_iter}.`,
    },
    finished: {
      headline: `${rate}: the loss falls fastest here.`,
      text: "It goes on falling until 0.006 and blows up at 0.07. Drag the line if you see it otherwise.",
      tone: "good",
      announcement: `The sweep has finished; ${rate} is suggested.`,
    },
    failed: {
      headline: "The sweep failed at step 30.",
      text: "Your model has been given back as it was.",
      tone: "error",
      announcement: "The sweep failed.",
    },
    accepted: {
      headline: `Your optimizer now holds ${rate}`,
      text: "(2 groups: 0.0012, 0.00012). Model, optimizer and random state are as before the sweep.",
      tone: "good",
      announcement: `Accepted ${rate}.`,
    },
  };
  const summary = `${start_lr} to ${end_lr} in ${num_iter} steps · steepest · smoothing 0.3`;
  return { ...all[state], notes: [], summary };
}
