// What the page says to the kernel: taken once, in order, whichever of the kernel's shells it reaches, and when.
//
// It goes as messages, not as changes of the model: ipywidgets holds a model's changes back until the kernel has said
// "idle" about the last one, and of what comes before JupyterLab has its subshell the kernel never says so. Each thing
// said has a number, and each message holds all that is still unanswered. So no message builds on another one: the
// kernel takes what is new to it, and one that comes late or twice has nothing new. Without an answer it is said again.

import { CLOCK } from "./clock.js";

/** @import { Clock } from "./clock.js" */
/** @import { Answer, Commands, Seen, ToKernel } from "./types.d.ts" */

const AGAIN_MS = 500; // doubled each time, so that a kernel that is busy for an hour does not find thousands
const AGAIN_AT_MOST_MS = 15_000;
const LONG_MS = 1000; // whoever waits for longer is told for what

/**
 * Of these only the newest counts, and none goes while a message is under way: a key that is held, or a wheel, says
 * more of them than a kernel can answer. How the newest takes the place of the one before it:
 * @type {{ [Name in keyof Commands]?: (before: Commands[Name], newest: Commands[Name]) => Commands[Name] }}
 */
const NEWEST_COUNTS = {
  hello: (before, newest) => ({ plotly: before.plotly || newest.plotly }),
  plan: (before, newest) => ({ ...before, ...newest }),
  move: (_, newest) => newest,
  bounds: (_, newest) => newest,
  bandwidth: (_, newest) => newest,
};

/**
 * Whether it waits for the answer to what is under way. The wish for plotly is no hand's, and the figure waits for it.
 * @param {keyof Commands} name
 * @param {any} args
 */
const waits = (name, args) => name in NEWEST_COUNTS && !(name === "hello" && args.plotly);

/** @typedef {{ n: number, name: keyof Commands, args: any, seen: Seen, since: number }} Saying */
/** @typedef {Saying & { tell: ((answer: Answer) => void)[] }} Said */

export class Wire {
  /** @type {Said[]} Unanswered, in order. */
  #open = [];
  #count = 0;
  /** The highest number that a message has carried. */
  #carried = 0;
  #gap = AGAIN_MS;
  /** @type {unknown} */
  #again;
  /** @type {unknown} */
  #watch;
  /** @type {(keyof Commands)[]} */
  #waiting = [];
  #closed = false;
  /** Whether it has been said that the kernel cannot be reached. */
  #unreached = false;

  /**
   * @param {(message: ToKernel) => void} send
   * @param {() => void} changed Called when `waiting` has changed.
   * @param {Clock} clock
   */
  constructor(send, changed, clock = CLOCK) {
    this.page = crypto.randomUUID?.() ?? `page-${Math.random()}-${Math.random()}`; // no UUIDs without https
    this.send = send;
    this.changed = changed;
    this.clock = clock;
  }

  /** What is unanswered, oldest first. @returns {readonly Saying[]} */
  get open() {
    return this.#open;
  }

  /** What has been unanswered for long, oldest first. */
  get waiting() {
    return this.#waiting;
  }

  /**
   * @template {keyof Commands} Name
   * @param {Name} name
   * @param {Commands[Name]} args
   * @param {Seen} seen
   * @returns {Promise<Answer>}
   */
  say(name, args, seen) {
    this.#count += 1;
    const n = this.#count;
    if (this.#closed) return Promise.resolve(unheard(n));
    return new Promise((tell) => {
      this.#open.push({ n, name, args, seen, since: this.clock.now(), tell: [tell] });
      if (!(name in NEWEST_COUNTS)) this.#gap = AGAIN_MS;
      if (waits(name, args) && this.#underWay()) {
        this.#open = newestOf(this.#open, this.#carried);
        this.#look();
      } else {
        this.say_again();
      }
    });
  }

  /** Send all that is unanswered, be it nothing: that too tells the kernel that a page is there. */
  say_again() {
    if (this.#closed) return;
    this.clock.clear(this.#again);
    this.#open = newestOf(this.#open, 0);
    this.#carried = this.#open.at(-1)?.n ?? this.#carried;
    if (this.#open.length > 0) {
      this.#again = this.clock.set(() => {
        this.#gap = Math.min(2 * this.#gap, AGAIN_AT_MOST_MS);
        this.say_again();
      }, this.#gap);
    }
    this.#look();
    try {
      const said = this.#open.map(({ n, name, args, seen }) => ({ n, name, args, seen }));
      this.send({ page: this.page, said });
      this.#unreached = false;
    } catch (error) {
      // It may be back at the next try.
      if (!this.#unreached) console.warn("lrwidget: the kernel cannot be reached now", error);
      this.#unreached = true;
    }
  }

  /**
   * Take an answer; one to another page, or to what has been answered before, is none.
   * @param {{ page: string, upto: number, answers?: Answer[] }} answer
   */
  answered({ page, upto, answers = [] }) {
    if (page !== this.page || !this.#open.some(({ n }) => n <= upto)) return;
    const heard = this.#open.filter(({ n }) => n <= upto);
    this.#open = this.#open.filter(({ n }) => n > upto);
    if (!this.#underWay()) {
      this.clock.clear(this.#again);
      this.#gap = AGAIN_MS;
      if (this.#open.length > 0) this.say_again();
    }
    this.#look();
    for (const { n, tell } of heard) {
      const answer = answers.find((each) => each.n === n) ?? unheard(n);
      for (const each of tell) each(answer);
    }
  }

  close() {
    const left = this.#open;
    this.#open = [];
    this.#closed = true;
    this.clock.clear(this.#again);
    this.#look();
    for (const { n, tell } of left) for (const each of tell) each(unheard(n));
  }

  #underWay() {
    return this.#open.length > 0 && this.#open[0].n <= this.#carried;
  }

  /** See for what is waited, and look again when there is more. */
  #look() {
    this.clock.clear(this.#watch);
    const now = this.clock.now();
    const names = this.#open.filter(({ since }) => now - since >= LONG_MS).map(({ name }) => name);
    const next = Math.min(...this.#open.map(({ since }) => since + LONG_MS).filter((due) => due > now));
    if (next < Infinity) this.#watch = this.clock.set(() => this.#look(), next - now);
    const waiting = [...new Set(names)];
    if (waiting.join() === this.#waiting.join()) return;
    this.#waiting = waiting;
    this.changed();
  }
}

/**
 * Leave out what something newer has made void; of what a message has carried nothing, up to `kept`.
 *
 * It reaches no further back than the last press: "rate, export, other rate" exports the first one.
 * @param {Said[]} open
 * @param {number} kept
 */
function newestOf(open, kept) {
  /** @type {Said[]} */
  const left = [];
  /** @type {Map<keyof Commands, Said>} */
  const newer = new Map();
  for (const said of [...open].reverse()) {
    const join = NEWEST_COUNTS[said.name];
    const newest = newer.get(said.name);
    if (join && newest && said.n > kept) {
      newest.args = join(/** @type {never} */ (said.args), /** @type {never} */ (newest.args));
      newest.since = Math.min(said.since, newest.since);
      newest.tell.unshift(...said.tell);
      continue;
    }
    if (!join) newer.clear();
    else if (!newest) newer.set(said.name, said);
    left.unshift(said);
  }
  return left;
}

/** @param {number} n @returns {Answer} */
function unheard(n) {
  return { n, done: false, why: "The kernel's answer has not come." };
}
