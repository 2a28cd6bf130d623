// A world without a page or a kernel: time that can be wound on, a bad line, and the kernel's rules of the wire.

/** @import { Answer, Blank, State, ToKernel } from "../../lrwidget/widget/front/types.d.ts" */
import { stateWith } from "./state.js";

/** Numbers in [0, 1) that a seed fixes (mulberry32). @param {number} seed */
export function random(seed) {
  let a = seed >>> 0;
  return () => {
    a = (a + 0x6d2b79f5) >>> 0;
    let t = Math.imul(a ^ (a >>> 15), a | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Time, in ms, which goes on only when it is told to. */
export class Time {
  #now = 0;
  #count = 0;
  /** @type {Map<number, { due: number, task: () => void }>} */
  #timers = new Map();

  now = () => this.#now;

  /** @param {() => void} task @param {number} ms */
  set = (task, ms) => {
    this.#count += 1;
    this.#timers.set(this.#count, { due: this.#now + Math.max(ms, 0), task });
    return this.#count;
  };

  /** @param {number} timer */
  clear = (timer) => void this.#timers.delete(timer);

  get pending() {
    return this.#timers.size;
  }

  /** Let so much time go by, each timer in its turn, and all that follows from it. @param {number} ms */
  async go(ms) {
    const until = this.#now + ms;
    await settled();
    for (;;) {
      const [next] = [...this.#timers].sort(([i, a], [j, b]) => a.due - b.due || i - j);
      if (!next || next[1].due > until) break;
      this.#timers.delete(next[0]);
      this.#now = next[1].due;
      next[1].task();
      await settled();
    }
    this.#now = until;
  }
}

/** All that waits for no timer has been done. */
async function settled() {
  for (let i = 0; i < 8; i += 1) await Promise.resolve();
}

/** anywidget's model, with no kernel behind it. */
export class BareModel {
  /** @type {Map<string, ((...given: any[]) => void)[]>} */
  #listeners = new Map();
  /** @type {any[]} */
  sent = [];

  /** @param {Record<string, any>} traits */
  constructor(traits = {}) {
    /** @type {Record<string, any>} */
    this.traits = { _id: "a", _css: "", _state: stateWith({}), _figure: BLANK, ...traits };
  }

  /** @param {string} name */
  get = (name) => this.traits[name];

  /** @param {unknown} message */
  send = (message) => void this.sent.push(structuredClone(message));

  /** @param {string} event @param {(...given: any[]) => void} handler */
  on = (event, handler) => {
    this.#listeners.set(event, [...(this.#listeners.get(event) ?? []), handler]);
  };

  /** @param {string} event @param {(...given: any[]) => void} handler */
  off = (event, handler) => {
    this.#listeners.set(
      event,
      (this.#listeners.get(event) ?? []).filter((each) => each !== handler),
    );
  };

  /** @param {string} event @param {...any} given */
  tell(event, ...given) {
    for (const handler of this.#listeners.get(event) ?? []) handler(...given);
  }

  /** @param {Record<string, any>} traits */
  change(traits) {
    Object.assign(this.traits, traits);
    for (const name of Object.keys(traits)) this.tell(`change:${name}`);
  }

  get listening() {
    return [...this.#listeners.values()].reduce((sum, all) => sum + all.length, 0);
  }
}

/** @type {Blank} */
export const BLANK = {
  data: [],
  layout: {},
  themes: { light: {}, dark: {} },
  limits: [1e-7, 10],
  plotly_version: "6.0.0",
};

/**
 * How bad the line is: each share in [0, 1], delays in ms.
 * @typedef {{ lost: number, doubled: number, least: number, most: number }} Badness
 */

/** A line on which messages are lost, doubled, and overtake one another. */
export class Line {
  /**
   * @param {Time} time
   * @param {() => number} chance
   * @param {Badness} badness
   */
  constructor(time, chance, badness) {
    Object.assign(this, { time, chance, badness });
    this.time = time;
    this.chance = chance;
    this.badness = badness;
  }

  /** @param {() => void} arrive @param {{ sure?: boolean }} options `sure`: it is not lost. */
  carry(arrive, { sure = false } = {}) {
    const { lost, doubled, least, most } = this.badness;
    const delay = () => least + this.chance() * (most - least);
    if (sure || this.chance() >= lost) this.time.set(arrive, delay());
    if (this.chance() < doubled) this.time.set(arrive, delay());
  }
}

/** The kernel, as far as the wire knows it: each number is taken once, and answered for good. */
export class Kernel {
  /** @type {Map<string, { upto: number, answers: Map<number, Answer> }>} */
  pages = new Map();
  /** All that was done, in order. @type {{ name: string, args: any, seen: any }[]} */
  done = [];
  /** Messages, as they came. @type {ToKernel[]} */
  heard = [];
  deaf = false;

  /** @param {BareModel} model @param {Line} line */
  constructor(model, line) {
    this.model = model;
    this.line = line;
    this.state = stateWith({ sweep: 1, state: "finished", choice: { lr: 0.01, suggested_lr: 0.01 } });
    model.traits._state = this.state;
    model.send = (message) => {
      const copy = /** @type {ToKernel} */ (structuredClone(message));
      line.carry(() => this.hear(structuredClone(copy)));
    };
  }

  /** @param {ToKernel} message */
  hear(message) {
    if (this.deaf) return;
    this.heard.push(message);
    const { page, said } = message;
    const known = this.pages.get(page) ?? { upto: 0, answers: new Map() };
    this.pages.set(page, known);
    for (const { n, name, args, seen } of said) {
      if (n <= known.upto) continue;
      known.upto = n;
      known.answers.set(n, { n, done: true, why: null, ...this.take(name, args, seen) });
    }
    const answers = said.flatMap(({ n }) => known.answers.get(n) ?? []);
    this.tell({ kind: "answer", page, upto: known.upto, answers });
  }

  /** @param {object} message @param {ArrayBufferView[]} buffers @param {{ sure?: boolean }} options */
  tell(message, buffers = [], options = {}) {
    this.line.carry(() => this.model.tell("msg:custom", structuredClone(message), buffers), options);
  }

  /** @param {Partial<State>} changes */
  set(changes) {
    this.state = structuredClone({ ...this.state, ...changes, version: this.state.version + 1 });
    const { state } = this;
    // A trait's changes are not lost, but may overtake one another.
    this.line.carry(() => this.model.change({ _state: structuredClone(state) }), { sure: true });
  }

  /** @param {string} name @param {any} args @param {any} seen @returns {Partial<Answer>} */
  take(name, args, seen) {
    const { choice, plan, sweep } = this.state;
    if (name !== "hello" && name !== "run" && seen.sweep !== sweep) return { done: false, why: "over" };
    this.done.push({ name, args, seen });
    if (name === "move") this.set({ choice: { ...choice, lr: args.lr ?? choice.suggested_lr } });
    if (name === "bounds") this.set({ choice: { ...choice, bounds: args.bounds } });
    if (name === "bandwidth") this.set({ choice: { ...choice, ...args } });
    if (name === "plan") this.set({ plan: { ...plan, ...args } });
    if (name === "accept") {
      this.set({ state: "accepted", choice: { ...choice, lr: args.lr, accepted_lr: args.lr } });
    }
    if (name === "pause") this.set({ state: "paused" });
    if (name === "resume") this.set({ state: "running" });
    if (name === "run") {
      this.set({ state: "running", sweep: sweep + 1, choice: { ...choice, lr: null, suggested_lr: null } });
    }
    return {};
  }
}
