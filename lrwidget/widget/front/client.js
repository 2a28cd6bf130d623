// What a page knows of one widget: the newest state, the numbers, and what hands do now. All its views share it.

import { CLOCK } from "./clock.js";
import { Plotly } from "./plotly.js";
import { foreseen, RunCurves } from "./runs.js";
import { keepSaved } from "./saved.js";
import { Series } from "./series.js";
import { stepsMade, TrialCurves } from "./trials.js";
import { Wire } from "./wire.js";

/** @import { Answer, Blank, Commands, FromKernel, Model, Seen, State, What } from "./types.d.ts" */

const ASK_AGAIN_MS = 1000; // frames come 15 times a second; a kernel that is slow to answer is not asked as often

/** @implements {Omit<import("./types.d.ts").Client, "series" | "curves" | "trialCurves">} */
export class Client {
  series = new Series();
  curves = new RunCurves();
  trialCurves = new TrialCurves();
  /** @type {State} */
  #state;
  /** @type {Blank} */
  #blank;
  /** @type {number | null} Under the hand that drags. */
  #hand = null;
  /** @type {Seen | null} What was shown when that hand took hold. */
  #grip = null;
  /** @type {Set<(what: What) => void>} */
  #views = new Set();
  /** @type {Set<What>} What has changed and has not been told. */
  #news = new Set();
  #asked = -Infinity;
  #ended = new AbortController();

  /**
   * @param {Model} model
   * @param {{ clock?: import("./clock.js").Clock, load?: import("./plotly.js").Load, page?: object }} options
   */
  constructor(model, { clock = CLOCK, load, page } = {}) {
    this.model = model;
    this.clock = clock;
    this.#state = model.get("_state");
    this.#blank = model.get("_figure");
    this.wire = new Wire(
      (message) => model.send(message),
      () => this.#changed("state"),
      clock,
    );
    this.script = new Plotly(
      () => this.#blank.plotly_version,
      () => this.say("hello", { plotly: true }),
      this.#ended.signal,
      { load, page, clock },
    );
    model.on("change:_state", this.#takeState);
    model.on("change:_figure", this.#takeBlank);
    model.on("msg:custom", this.#hear);
    this.say("hello", { plotly: false }); // a page listens, and wants all numbers
  }

  get id() {
    return String(this.model.get("_id") ?? "");
  }

  get css() {
    return String(this.model.get("_css") ?? "");
  }

  get state() {
    return this.#state;
  }

  get blank() {
    return this.#blank;
  }

  /** The rate that this page shows: what the kernel has, unless it has not heard the newest. */
  get lr() {
    if (this.#hand !== null) return this.#hand;
    const said = this.#newest("move", "accept");
    if (!said) return this.#state.choice.lr;
    return said.args.lr ?? this.#state.choice.suggested_lr;
  }

  /** @returns {[number, number] | null} */
  get bounds() {
    return this.#newest("bounds")?.args.bounds ?? this.#state.choice.bounds;
  }

  get runs() {
    return foreseen(this.#state.runs, this.wire.open);
  }

  get waiting() {
    return this.wire.waiting;
  }

  /**
   * @template {keyof Commands} Name
   * @param {Name} name
   * @param {Commands[Name]} args
   * @returns {Promise<Answer>}
   */
  say(name, args) {
    // Where the hand was let go counts for the sweep over which it took hold.
    const seen = (name === "move" && this.#grip) || this.#seen();
    const answered = this.wire.say(name, args, seen);
    this.#changed("hand");
    return answered;
  }

  /** @param {number | null} lr */
  drag(lr) {
    if (lr !== null) this.#grip ??= this.#seen();
    this.#hand = lr;
    this.#changed("hand");
  }

  /** @returns {Promise<any>} */
  plotly() {
    return this.script.get();
  }

  /**
   * @param {(what: What) => void} changed
   * @param {AbortSignal} signal
   */
  subscribe(changed, signal) {
    if (signal.aborted) return;
    const view = (/** @type {What} */ what) => changed(what); // the same function may be given twice
    this.#views.add(view);
    signal.addEventListener("abort", () => this.#views.delete(view), { once: true });
  }

  /** The widget is closed: hear and say nothing more, and let go of what is large. */
  close() {
    if (this.#ended.signal.aborted) return;
    this.#ended.abort();
    this.model.off("change:_state", this.#takeState);
    this.model.off("change:_figure", this.#takeBlank);
    this.model.off("msg:custom", this.#hear);
    this.wire.close();
    this.series.clear();
    this.curves.clear();
    this.trialCurves.clear();
    this.#views.clear();
  }

  /** @returns {Seen} */
  #seen() {
    return { sweep: this.#state.sweep, state: this.#state.state, lr: this.lr };
  }

  /** The newest of these that the kernel may not know, about the sweep that is shown. @param {...keyof Commands} names */
  #newest(...names) {
    return this.wire.open.findLast(
      ({ name, seen }) => names.includes(name) && seen.sweep === this.#state.sweep,
    );
  }

  #takeState = () => {
    /** @type {State} */
    const state = this.model.get("_state");
    const known = this.#state;
    // While a sweep or a trial runs only its progress changes, and the version does not.
    if (!(state?.version >= known.version)) return;
    if (state.version === known.version && made(state) < made(known)) return;
    if (state.reactive && state.choice.accepted_lr !== known.choice.accepted_lr) {
      // marimo runs cells again for what a page changes, and for nothing else.
      this.model.set?.("_seen", state.version);
      this.model.save_changes?.();
    }
    const other = state.sweep !== known.sweep;
    this.#state = state;
    if (other) this.#hand = null; // it held on to a curve that has gone
    this.#changed("state");
  };

  #takeBlank = () => {
    this.#blank = this.model.get("_figure");
    this.#changed("blank");
  };

  /**
   * @param {FromKernel} message
   * @param {ArrayBufferView[]} buffers
   */
  #hear = (message, buffers = []) => {
    if (message?.kind === "frame") {
      const outcome = this.series.take(message, buffers);
      if (outcome === "taken") this.#changed("points");
      if (outcome === "gap") this.#askAgain();
    } else if (message?.kind === "answer") {
      this.wire.answered(message);
      this.#changed("hand");
    } else if (message?.kind === "runs") {
      if (this.curves.take(message, buffers)) this.#changed("points");
    } else if (message?.kind === "trials") {
      if (this.trialCurves.take(message, buffers)) this.#changed("points");
    } else if (message?.kind === "call") {
      this.wire.say_again();
    } else if (message?.kind === "saved") {
      keepSaved(this.model, this.id, message.bundle);
    } else if (message?.kind === "plotly" && buffers.length > 0) {
      this.script.take(message.version, buffers[0]);
    }
  };

  #askAgain() {
    const now = this.clock.now();
    if (now - this.#asked < ASK_AGAIN_MS) return;
    this.#asked = now;
    this.say("hello", { plotly: false });
  }

  /** Tell the views, once for all that changes in one go. @param {What} what */
  #changed(what) {
    if (this.#news.size === 0) queueMicrotask(this.#tell);
    this.#news.add(what);
  }

  #tell = () => {
    const news = [...this.#news];
    this.#news.clear();
    if (this.#hand === null) this.#grip = null;
    for (const what of news) {
      for (const view of [...this.#views]) {
        try {
          view(what);
        } catch (error) {
          console.warn("lrwidget: a view could not follow", error); // the others can
        }
      }
    }
  };
}

/** Steps of whatever is on. @param {State} state */
function made({ progress, trials }) {
  return progress.step + (trials ? stepsMade(trials) : 0);
}
