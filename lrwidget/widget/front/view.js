// One view of the widget: controls, status, figure and settings, all of it drawn from what the client knows.

import { followColours } from "./controls/colours.js";
import { element, setAttribute } from "./controls/element.js";
import { keepKeys } from "./controls/keys.js";
import { Menu } from "./controls/menu.js";
import { Offers } from "./controls/offers.js";
import { Runs } from "./controls/runs.js";
import { Settings } from "./controls/settings.js";
import { shown } from "./controls/shown.js";
import { Status } from "./controls/status.js";
import { Toolbar } from "./controls/toolbar.js";
import { Figure } from "./figure/figure.js";
import { TrialsFigure } from "./figure/trialsFigure.js";

/** @import { Answer, Client, Commands, What } from "./types.d.ts" */
/** @import { Press } from "./controls/toolbar.js" */
/** @import { Tint } from "./figure/tints.js" */

export class View {
  /**
   * Show the widget in `el` until `signal` aborts.
   *
   * @param {HTMLElement} el
   * @param {Client} client
   * @param {AbortSignal} signal
   */
  constructor(el, client, signal) {
    this.client = client;
    this.signal = signal;
    /** Why the newest command of this view was refused. @type {string | null} */
    this.refused = null;
    /** What was pressed last, until it is answered. */
    this.pressed = "";
    this.version = client.state.version;
    this.root = element("div", { class: "lrwidget" });
    this.stage = element("div", { class: "lrwidget-figure" });
    this.toolbar = new Toolbar(
      client,
      (press) => this.press(press),
      (lr) => this.say("move", { lr }),
    );
    this.status = new Status(() => void this.once("extend", {}));
    const room = () => this.root.getBoundingClientRect();
    this.runs = new Runs(
      {
        activate: (run) => void this.once("activate_run", { run }),
        show: (run, shown) => void this.say("show_run", { run, shown }),
        rename: (run, name) => void this.say("rename_run", { run, name }),
        remove: (run) => void this.once("remove_run", { run }),
        pointed: (run) => this.figure?.emphasise(run),
        left: () => this.toolbar.run.el.focus({ preventScroll: true }),
      },
      room,
      signal,
    );
    this.settings = new Settings((name, args) => this.say(name, args));
    this.menu = new Menu(() => this.offers?.items() ?? [], room, signal, {
      name: "More",
      title: "Bounds, copy, export, table of points, keyboard help",
    });
    this.toolbar.el.append(this.menu.el);
    this.root.append(this.toolbar.el, this.status.el, this.runs.el, this.stage, this.settings.el);
    this.toolbar.rate.input.addEventListener("input", () => this.draw());
    this.draw();
    if (signal.aborted) return; // gone before it was there
    el.append(this.root);
    dress(this.root, client, signal);
    followColours(this.root, signal);
    keepKeys(this.root, this.stage, signal);
    this.figure = new Figure(this.stage, client, signal, (range) => void this.once("refine", range));
    new TrialsFigure(this.stage, client, signal);
    this.offers = new Offers({
      client,
      say: (name, args) => this.say(name, args),
      figure: this.figure,
      root: this.root,
      now: () => this.shown,
      tell: (text) => this.menu.say(text),
    });
    client.subscribe((what) => this.follow(what), signal);
    signal.addEventListener("abort", () => this.root.remove(), { once: true });
  }

  /** What is to be seen now. */
  get shown() {
    const { state, lr, waiting } = this.client;
    return shown(state, { lr, typed: this.toolbar.rate.typed, waiting, refused: this.refused });
  }

  /** How the curve of the run that is judged is drawn. @returns {Tint} */
  get tint() {
    const { light, dark } = this.client.blank.themes;
    return { colours: { light: light.loss, dark: dark.loss }, dash: "solid" };
  }

  draw() {
    const { state } = this.client;
    const now = this.shown;
    setAttribute(this.root, "data-state", state.state);
    this.toolbar.show(now);
    this.status.show(now.status, state.words.announcement);
    this.runs.show(this.client.runs, now.runs, this.tint);
    this.settings.show(state, now.settings);
  }

  /** @param {What} what */
  follow(what) {
    if (what === "points") return; // what is told of them comes with the state
    const { version } = this.client.state;
    // A refusal is old news once the kernel has said something newer.
    if (version !== this.version) this.refused = null;
    this.version = version;
    this.draw();
  }

  /**
   * Say something to the kernel, and show why it would not.
   *
   * @template {keyof Commands} Name
   * @param {Name} name
   * @param {Commands[Name]} args
   * @returns {Promise<Answer>}
   */
  async say(name, args) {
    this.refused = null;
    const answer = await this.client.say(name, args);
    if (!answer.done && answer.why && !this.signal.aborted) {
      this.refused = answer.why;
      this.draw();
    }
    return answer;
  }

  /** @param {Press} press */
  press(press) {
    if (press === "run") this.run();
    else if (press === "accept" || press === "try") this.choose(press);
    else if (press === "suggestion") this.say("move", { lr: null });
    else this.once(press, {});
  }

  /**
   * Say it, unless the very same is what was pressed last and is not answered yet: an impatient hand means it once.
   *
   * @template {keyof Commands} Name
   * @param {Name} name
   * @param {Commands[Name]} args
   */
  async once(name, args) {
    const pressed = JSON.stringify([name, args]);
    if (pressed === this.pressed) return;
    this.pressed = pressed;
    await this.say(name, args);
    if (pressed === this.pressed) this.pressed = "";
  }

  run() {
    const plan = this.settings.commit() ? this.settings.plan() : null;
    if (plan) this.once("run", plan);
    else this.settings.showWrong();
  }

  /** @param {"accept" | "try"} name */
  choose(name) {
    // What stands in the field is what counts, also when nobody pressed Enter there.
    if (!this.toolbar.commit()) return this.toolbar.rate.input.focus();
    const { lr } = this.client;
    if (lr !== null) this.once(name, { lr });
    else if (name === "try") this.once("try", { lr });
  }
}

/**
 * The style of a view, and that what a saved notebook keeps of this very widget is not shown beside it; both go with
 * the view.
 *
 * @param {HTMLElement} root
 * @param {Client} client
 * @param {AbortSignal} signal
 */
function dress(root, client, signal) {
  const shadow = root.getRootNode() instanceof ShadowRoot;
  // The page's own sheet does not reach into a shadow.
  if (shadow) root.append(element("style", {}, client.css));
  if (client.id === "") return;
  const saved = `.lrwidget-of-${CSS.escape(client.id)}`;
  const areas = [".jp-OutputArea-child", ".output_area"].map(
    (area) => `${area}:has(${saved}):not(:has(.lrwidget))`,
  );
  const hiding = element("style", {}, `${[saved, ...areas].join(",")}{display:none!important}`);
  (shadow ? document.head : root).append(hiding);
  signal.addEventListener("abort", () => hiding.remove(), { once: true });
}
