// The figure of one view: keeps plotly's picture, the marker, the bounds and the client in step.

import { Button } from "../controls/button.js";
import { focused } from "../controls/element.js";
import { formatRate } from "../format.js";
import { afterwards, paced } from "../pace.js";
import { Bounds } from "./bounds.js";
import { followHand } from "./hand.js";
import { Marker } from "./marker.js";
import { curvesAt, filledFigure, isDimmed, pointAt, traces, uidsOf, withMarks } from "./picture.js";
import { styleShadowRoot } from "./shadow.js";
import { allowed } from "./steps.js";
import { drawStrokes, withoutPoints } from "./strokes.js";
import { groundOf, watchTheme } from "./theme.js";

/** @import { Client, Commands, What } from "../types.d.ts" */
/** @import { Parts, Zoom } from "./picture.js" */

const MOST_DOTS = 512; // a panel
const HAND_FIRST_MS = 250; // while a hand moves a handle, drawings wait so long, and it is followed at once
const PLOTLY_EVERY_MS = 1000; // so far plotly, and with it what a hover finds, may be behind
const HERE = 26; // px from the lower panel up to the top of the button in the gap above it
const UNSEEN_WIDTH = 860; // px, of a picture that is asked for while the figure is hidden
const DIM = 0.65; // of curves of runs that are not active
const NAME = "Loss and change in loss over the learning rate";

/**
 * What plotly has drawn, and when; of which parts and which version of the numbers, and which version is shown over it.
 * @typedef {{
 *   parts: Record<string, unknown>, layout: any, plotly: number, version: number, since: number,
 * }} Shown
 */

export class Figure {
  /** @type {any} */
  #Plotly = null;
  /** @type {any} */
  #config = null;
  /** @type {Zoom} */
  #zoom = {};
  #dragmode = "zoom";
  /** Whether curves and points are drawn here, over plotly's. */
  #ours = true;
  #begun = false;
  /** @type {Shown | null} */
  #shown = null;
  /** Where the marker stood before a click that may be half of a double click. @type {number | null} */
  #before = null;
  #sweep = -1;
  /** Over the name of which run a hand is. @type {number | null} */
  #pointed = null;
  /** When a hand last did something, in whichever view. */
  #hand = Number.NEGATIVE_INFINITY;

  /**
   * @param {HTMLElement} host
   * @param {Client} client
   * @param {AbortSignal} signal
   * @param {(range: Commands["refine"]) => void} refine
   */
  constructor(host, client, signal, refine = (range) => void client.say("refine", range)) {
    this.client = client;
    this.signal = signal;
    this.stage = document.createElement("div");
    this.stage.className = "lrwidget-stage";
    this.stage.setAttribute("role", "group");
    this.graph = /** @type {any} */ (document.createElement("div"));
    host.append(this.stage);
    const place = {
      axis: () => this.graph._fullLayout?.xaxis,
      panels: () => panelBox(this.graph),
      limits: () => this.client.blank.limits,
      movable: () => this.client.state.can.move,
      signal,
    };
    this.marker = new Marker(this.stage, place, {
      name: "Learning rate marker",
      chosen: (lr) => this.#choose(lr),
      dragged: (lr) => this.client.drag(lr),
      heights: (lr) => this.#heights(lr),
    });
    this.bounds = new Bounds(this.stage, place, (bounds) => void client.say("bounds", { bounds }));
    this.here = new Button({
      name: "Run in this range",
      text: "Run here",
      icon: "run",
      kind: "lrw-small lrw-here",
      title: "Sweep densely over the rates that are shown; the points join this run",
      press: () => {
        const range = this.#range();
        if (range) refine(range);
      },
    });
    this.here.el.addEventListener("blur", () => this.#placeHere());
    this.here.el.hidden = true;
    this.stage.append(this.here.el);
    this.stage.append(this.graph); // last: Tab comes to the handles before plotly's buttons
    this.draw = paced(
      () => this.#draw(),
      () => this.#held(),
      signal,
    );
    this.later = afterwards(PLOTLY_EVERY_MS, this.draw, signal);
    if (signal.aborted) {
      this.#end();
      return;
    }
    this.#size();
    this.#follow();
    client.subscribe((what) => this.#changed(what), signal);
    const resized = new ResizeObserver(this.draw);
    resized.observe(this.stage);
    watchTheme(this.draw, signal);
    signal.addEventListener("abort", () => {
      resized.disconnect();
      this.#end();
    });
    this.#load();
  }

  /** @param {"png" | "svg"} format */
  async image(format) {
    const Plotly = this.#Plotly ?? (await this.client.plotly());
    const parts = this.#parts();
    const bounds = this.#bounds;
    const { data, layout } = withMarks(filledFigure(parts), parts, this.client.lr, bounds);
    layout.paper_bgcolor = parts.theme.paper;
    const { width, height } = layout;
    return Plotly.toImage({ data, layout }, { format, width, height, scale: format === "png" ? 2 : 1 });
  }

  async #load() {
    try {
      const Plotly = await this.client.plotly();
      if (this.signal.aborted) return;
      this.#Plotly = Plotly;
      this.#config = this.#configOf(Plotly);
    } catch (error) {
      if (this.signal.aborted) return;
      const why = error instanceof Error ? error.message : String(error);
      this.graph.textContent = `The figure could not be loaded: ${why}. The sweep itself is not affected.`;
      return;
    }
    this.draw();
  }

  /** @param {What} what */
  #changed(what) {
    if (what === "blank") {
      this.#zoom = {};
      this.#size();
    }
    if (what === "state" && this.client.state.sweep !== this.#sweep) {
      this.#sweep = this.client.state.sweep;
      this.marker.cancel(); // it held on to a curve that has gone
      this.bounds.cancel();
    }
    if (what === "hand") this.#hand = performance.now();
    if (what !== "points") this.#follow();
    this.draw(); // looks itself whether anything has changed
  }

  #size() {
    const { layout, limits } = this.client.blank;
    this.stage.style.height = `${layout.height}px`;
    this.stage.classList.toggle("has-metric", "yaxis3" in layout);
    this.stage.setAttribute("aria-label", `${NAME}, ${formatRate(limits[0])} to ${formatRate(limits[1])}`);
  }

  /** Put marker and bounds where the client has them. */
  #follow() {
    this.marker.set(this.client.lr);
    this.bounds.set(this.#bounds);
    this.#placeHere();
  }

  /** The rates that are shown, where these are not all; else null. @returns {Commands["refine"] | null} */
  #range() {
    const { limits } = this.client.blank;
    const axis = this.graph._fullLayout?.xaxis;
    if (!this.#zoom.xaxis || !axis) return null;
    const [low, high] = [...axis.range]
      .map((/** @type {number} */ end) => (axis.type === "log" ? 10 ** end : end))
      .sort((a, b) => a - b)
      .map((lr) => allowed(lr, axis, limits));
    return low < high && (low > limits[0] || high < limits[1]) ? { low, high } : null;
  }

  /** Put the button for what is zoomed over the lower panel, at its right end. */
  #placeHere() {
    const { el } = this.here;
    const on = this.client.state.can.refine && this.#range() !== null;
    // Under the focus it stays, whatever its press has begun.
    el.hidden = !on && (el.hidden || focused(el) !== el);
    this.here.show({ there: true, on });
    const layout = this.graph._fullLayout;
    if (el.hidden || !layout) return;
    const { xaxis, yaxis2, width } = layout;
    el.style.right = `${width - xaxis._offset - xaxis._length}px`;
    el.style.top = `${yaxis2._offset - HERE}px`;
  }

  /** Let the curve of this run stand out; null: of none. @param {number | null} run */
  emphasise(run) {
    this.#pointed = run;
    this.#showPointed();
  }

  #showPointed() {
    for (const curve of this.stage.querySelectorAll(".is-pointed")) curve.classList.remove("is-pointed");
    if (this.#pointed === null) return;
    for (const uid of uidsOf(this.#pointed)) {
      this.stage.querySelector(`.trace${uid}`)?.classList.add("is-pointed");
    }
  }

  /** The curves of the runs that are to be seen behind the active one's. @returns {import("./picture.js").Other[]} */
  #others() {
    const { curves, runs } = this.client;
    return runs.flatMap(({ id, shown, active }) => {
      const curve = shown && !active ? curves.get(id) : null;
      return curve ? [{ run: id, curve }] : [];
    });
  }

  get #bounds() {
    return this.client.state.choice.shows_bounds ? this.client.bounds : null;
  }

  /** @param {number} lr */
  #choose(lr) {
    this.client.say("move", { lr });
  }

  /** Where the curves are at a rate, in pixels of the stage; none where a panel does not show it. @param {number} lr */
  #heights(lr) {
    const { yaxis, yaxis2 } = this.graph._fullLayout;
    const at = curvesAt(this.client.series, lr);
    const pixel = (/** @type {any} */ axis, /** @type {number} */ value) => {
      const y = axis.d2p(value);
      return y >= 0 && y <= axis._length ? axis._offset + y : Number.NaN;
    };
    return at ? [pixel(yaxis, at.loss), pixel(yaxis2, at.change)] : [];
  }

  /** How long a drawing waits, in ms. */
  #held() {
    if (this.graph._dragging) return Number.POSITIVE_INFINITY; // never under the user's zoom box
    return this.#busy ? HAND_FIRST_MS : 0;
  }

  /** Whether a hand moves a handle, of this or of another view. */
  get #busy() {
    const late = performance.now() - this.#hand;
    return this.marker.dragging || this.bounds.dragging || late < HAND_FIRST_MS;
  }

  /** @returns {Parts} */
  #parts() {
    const { blank, series, state } = this.client;
    const { theme, paper } = groundOf(this.stage);
    const { marker, pill, bound, bound_pill } = blank.themes[theme];
    const colours = {
      paper: paper ?? blank.themes[theme].paper,
      marker,
      pill,
      bound,
      "bound-pill": bound_pill,
    };
    for (const [name, colour] of Object.entries(colours)) {
      const { style } = this.stage;
      if (style.getPropertyValue(`--lrw-${name}`) !== colour) style.setProperty(`--lrw-${name}`, colour);
    }
    return {
      blank,
      series,
      overlay: state.overlay,
      theme: blank.themes[theme],
      themeName: theme,
      others: this.#others(),
      dim: matchMedia("(prefers-contrast: more)").matches ? 1 : DIM,
      zoom: this.#zoom,
      // One stripe at a time: the bounds, which follow the hand and so are no part of plotly's picture, or the band.
      banded: this.#bounds === null,
      dragmode: this.#dragmode,
      width: this.stage.clientWidth || UNSEEN_WIDTH,
      most: MOST_DOTS,
    };
  }

  async #draw() {
    if (!this.#Plotly || this.signal.aborted || this.stage.clientWidth === 0) return;
    const now = this.#parts();
    const { axes, version } = now.series;
    /** @type {Record<string, unknown>} */
    const parts = {
      ...now,
      overlay: JSON.stringify(now.overlay),
      others: `${this.client.curves.version}: ${now.others.map(({ run }) => run)}`,
      axes,
    };
    const changed = Object.keys(parts).filter((name) => parts[name] !== this.#shown?.parts[name]);
    if (changed.length === 0 && this.#grown(now)) return;
    const waits = changed.every((name) => name === "axes" || name === "overlay"); // what the user does is shown at once
    if (this.#shown && waits && this.#busy && performance.now() - this.#shown.since < PLOTLY_EVERY_MS) {
      return this.later();
    }
    const { data, layout } = filledFigure(now);
    await this.#Plotly.react(this.graph, this.#ours ? withoutPoints(data) : data, layout, this.#config);
    if (this.signal.aborted) return this.#Plotly.purge(this.graph); // removed while it was being drawn
    if (!this.#begun) this.#begin();
    this.#shown = { parts, layout, plotly: version, version, since: performance.now() };
    this.#dress();
  }

  /** What is done once, after the first drawing. */
  #begin() {
    this.#begun = true;
    styleShadowRoot(this.stage);
    for (const svg of this.graph.querySelectorAll(".main-svg")) svg.setAttribute("aria-hidden", "true");
    const does = {
      zoomed: (/** @type {Zoom} */ zoom, /** @type {string | undefined} */ dragmode) => {
        this.#zoom = zoom;
        this.#dragmode = dragmode ?? this.#dragmode;
        this.#dress(); // plotly has drawn the new range already; the drawing that follows is for the points within it
        this.draw();
      },
      moving: () => this.#place(),
      clicked: (/** @type {number} */ x) => this.#click(x),
      unclicked: () => this.#unclick(),
      unzoomed: () => this.#unzoom(),
    };
    followHand(this.graph, this.stage, () => this.#zoom, does, this.signal);
  }

  /** Move the marker to the point at `x`, in the window; false: there is none, or it may not move. @param {number} x */
  #click(x) {
    const { client, graph } = this;
    const { xaxis } = graph._fullLayout;
    const pixel = x - graph.getBoundingClientRect().left - xaxis._offset;
    const lr = pointAt(client.series.get("lr"), client.series.get("loss"), xaxis, pixel);
    if (lr === null || !client.state.can.move) return false;
    this.#before = client.lr;
    this.#choose(allowed(lr, xaxis, client.blank.limits));
    return true;
  }

  #unclick() {
    const { can, choice } = this.client.state;
    const lr = this.#before === choice.suggested_lr ? null : this.#before;
    if (can.move) this.client.say("move", { lr });
  }

  #unzoom() {
    this.#zoom = {};
    this.draw();
  }

  /**
   * Show the points that are new in a picture which else stays as it is; false: plotly has to draw it.
   * @param {Parts} now
   */
  #grown(now) {
    const shown = this.#shown;
    const { version } = now.series;
    if (!shown) return false;
    if (shown.plotly === version) return true;
    const late = performance.now() - shown.since > PLOTLY_EVERY_MS;
    if (!this.#ours || (late && !this.#busy)) return false;
    this.later(); // no more points may come
    if (shown.version === version) return true;
    shown.version = version;
    const drawn = drawStrokes(this.graph, traces(now, shown.layout));
    this.marker.place(); // its rings are on the curves
    return drawn;
  }

  /** All that stands on plotly's picture, after plotly has drawn. */
  #dress() {
    if (this.#ours && !drawStrokes(this.graph, this.graph.data)) {
      this.#ours = false; // a plotly that we do not know: what it draws itself is slow, but there
      for (const strokes of this.stage.querySelectorAll(".lrwidget-strokes")) strokes.remove();
      this.#shown = null;
      this.draw();
    }
    this.#sendBack();
    this.#showPointed();
    this.#place();
  }

  /** Put the curves of other runs behind all else in their panel: plotly draws in the order of the traces. */
  #sendBack() {
    for (const { uid } of this.graph.data.filter(isDimmed)) {
      const curve = this.graph.querySelector(`.trace${uid}`);
      if (curve && curve !== curve.parentNode.firstChild) curve.parentNode.prepend(curve);
    }
  }

  #place() {
    this.#placeHere();
    this.bounds.place();
    this.marker.place();
  }

  /** How plotly behaves. @param {any} Plotly */
  #configOf(Plotly) {
    const reset = {
      name: "resetZoom",
      title: "Reset the zoom",
      icon: Plotly.Icons.home,
      click: () => this.#unzoom(),
    };
    return {
      displaylogo: false,
      showTips: false, // they go into the page's body, and stay there when the figure goes
      displayModeBar: "hover",
      responsive: false, // the container is watched instead: it also changes when the window does not
      doubleClick: false, // handled by us: back to the readable range, not to plotly's own
      modeBarButtons: [["zoom2d", "pan2d", "zoomIn2d", "zoomOut2d", reset]],
    };
  }

  #end() {
    if (this.#begun) this.#Plotly.purge(this.graph);
    this.stage.remove(); // whoever still holds the view's element holds no more than that
  }
}

/**
 * Top and height, in pixels of the stage, of what the marker spans, both panels; and the width of the stage.
 * @param {any} graph
 */
function panelBox(graph) {
  const { _size: size, width } = graph._fullLayout;
  return { top: size.t, height: size.h, width };
}
