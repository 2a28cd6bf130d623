// plotly.js, from the kernel: inflated once a page and version, whoever asks first.
//
// 1.6 MB need not come once for each of thirty widgets, so one of those that need it asks, and all take what comes.
// A kernel that runs a cell may not hear it, or the widget may be closed: after a while the next one asks.

import { CLOCK } from "./clock.js";

/** @import { Clock } from "./clock.js" */

const CACHE = Symbol.for("lrwidget.plotly");
const SCRIPT = "/* the script */";
const NEXT_ASKS_MS = 3000; // doubled each time
const NEXT_ASKS_AT_MOST_MS = 60_000;

/** @typedef {(packed: ArrayBuffer | ArrayBufferView) => Promise<any>} Load */
/** @typedef {(plotly: any) => void} Told */
/**
 * One version, in one page. Kept on the page itself: each widget may have its own copy of this module.
 * @typedef {{
 *   script: Promise<any> | null,
 *   waiting: Set<Waiter>,
 *   asked: { by: Waiter, at: number } | null,
 *   gap: number,
 * }} Copy
 * @typedef {{ told: (script: Promise<any>) => void, ask: () => void }} Waiter
 */

export class Plotly {
  /** @type {() => string} */
  #version;
  /** @type {() => void} */
  #ask;
  /** @type {Load} */
  #load;
  /** @type {Map<string, Copy>} */
  #copies;
  /** @type {AbortSignal} */
  #signal;
  /** @type {Clock} */
  #clock;

  /**
   * @param {() => string} version The version that is needed.
   * @param {() => void} ask Asks the kernel for it.
   * @param {AbortSignal} signal
   * @param {{ load?: Load, page?: any, clock?: Clock }} options `page`: where all widgets of a page find the same copies.
   */
  constructor(version, ask, signal, { load = loadPacked, page = globalThis, clock = CLOCK } = {}) {
    this.#version = version;
    this.#ask = ask;
    this.#load = load;
    this.#signal = signal;
    this.#clock = clock;
    page[CACHE] ??= new Map();
    this.#copies = page[CACHE];
  }

  /** plotly.js, once it has come; rejects when what has come does not load. @returns {Promise<any>} */
  get() {
    const copy = this.#copy(this.#version());
    if (copy.script) return copy.script;
    return new Promise((done, fail) => {
      /** @type {unknown} */
      let timer;
      /** @type {Waiter} */
      const waiter = {
        told: (script) => {
          this.#clock.clear(timer);
          this.#signal.removeEventListener("abort", left);
          script.then(done, fail);
        },
        ask: () => {
          const at = this.#clock.now();
          if (!copy.asked || at - copy.asked.at >= copy.gap) {
            if (copy.asked) copy.gap = Math.min(2 * copy.gap, NEXT_ASKS_AT_MOST_MS);
            copy.asked = { by: waiter, at };
            this.#ask();
          }
          this.#clock.clear(timer);
          timer = this.#clock.set(waiter.ask, NEXT_ASKS_MS);
        },
      };
      const left = () => {
        this.#clock.clear(timer);
        copy.waiting.delete(waiter);
        fail(new Error("the widget has been closed"));
        if (copy.asked?.by !== waiter) return;
        copy.asked = null;
        for (const next of [...copy.waiting].slice(0, 1)) next.ask();
      };
      if (this.#signal.aborted) return left();
      this.#signal.addEventListener("abort", left, { once: true });
      copy.waiting.add(waiter);
      waiter.ask();
    });
  }

  /**
   * Take what the kernel has sent, asked for or not.
   * @param {string} version
   * @param {ArrayBuffer | ArrayBufferView} packed
   */
  take(version, packed) {
    const copy = this.#copy(version);
    if (copy.script) return;
    const script = this.#load(packed);
    copy.script = script;
    copy.asked = null;
    copy.gap = NEXT_ASKS_MS;
    script.catch(() => {
      copy.script = null; // a later view may try again
    });
    const waiting = [...copy.waiting];
    copy.waiting.clear();
    for (const { told } of waiting) told(script);
  }

  /** @param {string} version @returns {Copy} */
  #copy(version) {
    let copy = this.#copies.get(version);
    if (!copy) {
      copy = { script: null, waiting: new Set(), asked: null, gap: NEXT_ASKS_MS };
      this.#copies.set(version, copy);
    }
    return copy;
  }
}

/**
 * @param {ArrayBuffer | ArrayBufferView} packed
 * @returns {Promise<any>}
 */
async function loadPacked(packed) {
  const part = /** @type {BlobPart} */ (packed);
  const stream = new Blob([part]).stream().pipeThrough(new DecompressionStream("gzip"));
  const script = await new Response(stream).blob(); // as text it would be decoded and encoded again, all 5 MB of it
  const [before, after] = asModule(SCRIPT).split(SCRIPT);
  const url = URL.createObjectURL(new Blob([before, script, after], { type: "text/javascript" }));
  try {
    return (await import(url)).default;
  } finally {
    URL.revokeObjectURL(url);
  }
}

/**
 * plotly's script as an ES module that exports it, and leaves the page's own `Plotly` alone.
 * @param {string} script
 */
export function asModule(script) {
  return `const page = globalThis, had = Object.getOwnPropertyDescriptor(page, "Plotly"), module = { exports: {} };
{
  const { exports } = module, define = undefined;
  if (had?.configurable) delete page.Plotly;
  try {
${script}
  } finally {
    if (!had) delete page.Plotly;
    else if (had.configurable) Object.defineProperty(page, "Plotly", had);
    else if (had.writable) page.Plotly = had.value;
  }
}
export default module.exports;
`;
}
