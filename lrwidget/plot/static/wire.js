// What the page says to the kernel: taken once, in order, whichever of the kernel's shells it reaches, and when.
//
// It goes as messages, not as changes of the model: ipywidgets holds a model's changes back until the kernel has said
// "idle" about the last one, and of what comes before JupyterLab has its subshell the kernel never says so. Each thing
// said has a number, and each message holds all that is still unanswered. So no message builds on another one: the
// kernel takes what is new to it, and one that comes late or twice has nothing new. Without an answer it is said again.

const AGAIN_MS = 500; // doubled each time, so that a kernel that is busy for an hour does not find thousands
const AGAIN_AT_MOST_MS = 15000;
const NEWEST_WINS = new Set(["hello", "lr", "bounds"]);

class Wire {
  constructor(model, signal) {
    Object.assign(this, { model, signal, said: 0, open: [], gap: AGAIN_MS, timer: null });
    this.page = crypto.randomUUID?.() ?? String(Math.random());
    signal.addEventListener("abort", () => clearTimeout(this.timer));
  }

  /** Say something: `what` it is, its `value`, and what else the page showed then. */
  say(what, value = null, seen = {}) {
    // What has been said right before of the same is outdated; its number is not used again.
    if (NEWEST_WINS.has(what) && this.open.at(-1)?.what === what) this.open.pop();
    this.said += 1;
    this.open.push({ n: this.said, what, value, ...seen });
    this.gap = AGAIN_MS;
    this.send();
  }

  /** Send all that is unanswered, be it nothing: that too tells the kernel that a page is there. */
  send() {
    clearTimeout(this.timer);
    if (this.signal.aborted) return;
    try {
      this.model.send({ page: this.page, said: this.open });
    } catch (error) {
      console.warn("lrwidget: the kernel cannot be reached now", error); // it may be back at the next try
    }
    if (this.open.length === 0) return;
    this.timer = setTimeout(() => {
      this.gap = Math.min(2 * this.gap, AGAIN_AT_MOST_MS);
      this.send();
    }, this.gap);
  }

  /** Whether the kernel may not know the last of this kind yet. */
  waits(what) {
    return this.open.some((each) => each.what === what);
  }

  /** Take the kernel's answer, to whichever page; return what it has taken of this page since the last one. */
  answered({ page, upto }) {
    if (page !== this.page) return [];
    const taken = this.open.filter(({ n }) => n <= upto);
    this.open = this.open.filter(({ n }) => n > upto);
    if (this.open.length === 0) clearTimeout(this.timer);
    return taken;
  }
}
