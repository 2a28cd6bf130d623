// The third panel of one view: short trainings, loss over steps, one curve a rate. It is there when there are any.

import { element, icon, setAttribute, setText } from "../controls/element.js";
import { swatch, tintSwatch } from "../controls/swatch.js";
import { amount } from "../controls/texts.js";
import { exactRate } from "../format.js";
import { paced } from "../pace.js";
import { groundOf, watchTheme } from "./theme.js";
import { TrialTints } from "./tints.js";
import { endedEarly, HEIGHT, trialsFigure } from "./trialsPicture.js";

/** @import { Client, TrialCurve, Trials, What } from "../types.d.ts" */

const CONFIG = { displayModeBar: false, showTips: false, responsive: false, doubleClick: false };

export class TrialsFigure {
  /** @type {any} */
  #Plotly = null;
  #loading = false;
  #begun = false;
  #tints = new TrialTints();
  /** What plotly has drawn. */
  #shown = "";

  /**
   * @param {HTMLElement} host
   * @param {Client} client
   * @param {AbortSignal} signal
   */
  constructor(host, client, signal) {
    this.client = client;
    this.signal = signal;
    this.legend = element("ul", { class: "lrwidget-trials-legend", "aria-label": "Rates that were tried" });
    this.graph = /** @type {any} */ (element("div", { class: "lrwidget-trials-graph" }));
    this.graph.style.height = `${HEIGHT}px`;
    this.el = element(
      "div",
      {
        class: "lrwidget-trials",
        role: "group",
        "aria-label": "Short trainings: loss over steps",
        hidden: true,
      },
      element(
        "div",
        { class: "lrwidget-trials-head" },
        element("b", {}, "loss in short trainings"),
        this.legend,
      ),
      this.graph,
    );
    if (signal.aborted) return;
    host.append(this.el);
    this.draw = paced(
      () => this.#draw(),
      () => 0,
      signal,
    );
    client.subscribe((what) => this.#follow(what), signal);
    const resized = new ResizeObserver(this.draw);
    resized.observe(this.el);
    watchTheme(this.draw, signal);
    signal.addEventListener("abort", () => {
      resized.disconnect();
      if (this.#begun) this.#Plotly.purge(this.graph);
      this.el.remove();
    });
    this.#follow("state");
  }

  /** @param {What} what */
  #follow(what) {
    const { trials } = this.client.state;
    this.el.hidden = trials === null;
    if (!trials) return;
    if (what !== "hand") this.#list(trials, this.#curves(trials) ?? []);
    if (!this.#loading) this.#load();
    this.draw?.();
  }

  /** The curves of these trials; null while a rate is new, and what is known is of the others alone. @param {Trials} trials */
  #curves(trials) {
    const curves = this.client.trialCurves.of(trials);
    return curves.length === 0 || curves.length === trials.trials.length ? curves : null;
  }

  async #load() {
    this.#loading = true;
    try {
      this.#Plotly = await this.client.plotly();
    } catch {
      return; // the figure above says so
    }
    this.draw?.();
  }

  /**
   * @param {Trials} all
   * @param {TrialCurve[]} curves
   */
  #list(all, curves) {
    const { trials, winner } = all;
    const tints = this.#tints.of(all);
    while (this.legend.childElementCount > trials.length) this.legend.lastElementChild?.remove();
    trials.forEach((trial, i) => {
      const at = this.legend.children[i] ?? this.legend.appendChild(entry());
      const [line, rate, loss, why] = at.children;
      tintSwatch(/** @type {SVGSVGElement} */ (line), tints[i]);
      const best = winner === i;
      const early = endedEarly(trial);
      const last = trial.loss ?? curves[i]?.losses.at(-1) ?? Number.NaN;
      at.classList.toggle("is-best", best);
      at.classList.toggle("is-faded", early && !best);
      setText(rate, exactRate(trial.lr));
      setText(loss, early || !Number.isFinite(last) ? "" : `loss ${amount(last)}`);
      setText(/** @type {Element} */ (why.lastElementChild), best ? "best" : (trial.ended ?? ""));
      setAttribute(why, "hidden", !best && !early);
      setAttribute(/** @type {Element} */ (why.firstElementChild), "hidden", !best);
    });
  }

  async #draw() {
    const { blank, state, trialCurves } = this.client;
    const { trials } = state;
    const width = this.el.clientWidth;
    if (!this.#Plotly || this.signal.aborted || !trials || width === 0) return;
    const { theme } = groundOf(this.el);
    const key = JSON.stringify([trials, trialCurves.count, theme, width]);
    if (key === this.#shown) return;
    const curves = this.#curves(trials);
    if (!curves) return;
    const tints = this.#tints.of(trials);
    const { data, layout } = trialsFigure({ blank, theme, trials, curves, tints, width });
    await this.#Plotly.react(this.graph, data, layout, CONFIG);
    if (this.signal.aborted) return this.#Plotly.purge(this.graph); // removed while it was being drawn
    this.#begun = true;
    this.#shown = key;
    for (const svg of this.graph.querySelectorAll(".main-svg")) svg.setAttribute("aria-hidden", "true");
  }
}

/** A line of the legend: curve, rate, loss, and how it ended. */
function entry() {
  return element(
    "li",
    {},
    swatch(),
    element("b"),
    element("span"),
    element("span", { class: "lrwidget-trials-why" }, icon("accept"), element("span")),
  );
}
