// From numbers to plotly's data and layout. Nothing here touches the page.

import { exactRate, formatRate } from "../format.js";
import { chosen } from "./thinning.js";
import { tintOf } from "./tints.js";

/** @import { Blank, Overlay, RunCurve, Series } from "../types.d.ts" */
/** @typedef {{ run: number, curve: RunCurve }} Other A curve of a run that is not active. */
/** @typedef {Record<string, [number, number]>} Zoom The user's ranges, by axis. */
/**
 * What a figure is made of: the blank one, the numbers, the pick, the colours of one theme, the user's zoom, what a
 * drag in the plot does, the width in pixels, and how many raw points a panel may have in view. `banded` is whether the
 * band of good rates is shown; `others` are the runs that stand dimmed behind it, and `dim` how opaque they are.
 * @typedef {{
 *   blank: Blank, series: Series, overlay: Overlay, theme: any, themeName: "light" | "dark", zoom: Zoom, banded: boolean, dragmode: string,
 *   width: number, most: number, others: Other[], dim: number,
 * }} Parts
 */
/** @typedef {{ data: any[], layout: any }} Filled */

const NEAR_PX = 20; // as near as plotly wants the pointer for the words at a point
const LEAST_DECADE = 30; // px between labels of a logarithmic axis
const LEAST_LABEL = 64; // px between others
const NARROW = 1.5; // decades; a shorter axis has labels within a decade
const FEWEST_ROUND = 3; // labels of round rates; an even shorter axis has whichever fit
const LABEL = 11; // px
const POWER = 9; // px, which plotly writes a quarter larger
const MOST_PLACES = 300; // of a dimmed curve
const DIMMED = "lrwidget-run-";
const NO_TITLE = 560; // px; in a narrower figure the rates of the bounds have the place of the axis' title

/**
 * Data and layout of the figure, filled.
 * @param {Parts} parts
 * @returns {Filled}
 */
export function filledFigure(parts) {
  const layout = layoutOf(parts);
  return { data: [...traces(parts, layout), ...dimmed(parts)], layout };
}

/** Whether a trace is of a run that is not active. @param {any} trace */
export function isDimmed({ uid }) {
  return String(uid).startsWith(DIMMED);
}

/** @param {string} colour Like "#12ab9f". @param {number} alpha In [0, 1]. */
function withAlpha(colour, alpha) {
  const byte = Math.round(255 * alpha);
  return colour + byte.toString(16).padStart(2, "0");
}

/** What the traces of a run are known by. @param {number} run */
export function uidsOf(run) {
  return [`${DIMMED}${run}-loss`, `${DIMMED}${run}-change`];
}

/**
 * The curves of the runs that are not active, on the axes of the one that is.
 * @param {Parts} parts
 * @returns {any[]}
 */
function dimmed({ series, themeName, others, dim }) {
  const threshold = series.axes?.threshold ?? 1;
  return others.flatMap(({ run, curve }) => {
    const { colours, dash } = tintOf(run);
    const every = Math.ceil(curve.lr.length / MOST_PLACES);
    const thin = (/** @type {Float64Array} */ values) =>
      every > 1 ? values.filter((_, i) => i % every === 0 || i === values.length - 1) : values;
    const x = Array.from(thin(curve.lr));
    const change = thin(curve.change).map((value) => Math.asinh(value / threshold));
    const [loss, slope] = uidsOf(run);
    const look = {
      type: "scatter",
      mode: "lines",
      hoverinfo: "skip",
      // Not the opacity of the trace, for which a browser paints each of them apart.
      line: { color: withAlpha(colours[themeName], dim), width: 1.5, dash, simplify: false },
    };
    return [
      { ...look, name: `run ${run}`, uid: loss, x, y: drawable(thin(curve.smoothed)) },
      { ...look, name: `change of run ${run}`, uid: slope, x, y: drawable(change), yaxis: "y2" },
    ];
  });
}

/** @param {Parts} parts */
function layoutOf({ blank, series, overlay, theme, zoom, banded, dragmode, width }) {
  const layout = patched(blank.layout, theme.layout);
  const { axes } = series;
  layout.yaxis.showticklabels = axes !== null; // what they would say of no loss at all is made up
  if (axes) {
    layout.yaxis.range = axes.loss.slice();
    Object.assign(layout.yaxis2, {
      range: axes.change.slice(),
      tickvals: axes.tickvals,
      ticktext: axes.ticktext,
    });
  }
  if (layout.yaxis3) {
    if (axes?.metric) layout.yaxis3.range = axes.metric.slice();
    layout.yaxis3.tickfont.color = theme.metric;
  }
  layout.annotations = layout.annotations.filter(
    (/** @type {any} */ { name }) => name !== "rate title" || banded || width >= NO_TITLE,
  );
  for (const note of layout.annotations) if (note.name === "metric heading") note.font.color = theme.metric;
  for (const [axis, range] of Object.entries(zoom)) if (layout[axis]) layout[axis].range = range.slice();
  for (const axis of axesOf(layout)) layout[axis].autorange = false;
  Object.assign(layout, { width, dragmode });
  Object.assign(layout.xaxis, rateTicks(layout.xaxis, width - layout.margin.l - layout.margin.r));
  layout.shapes = banded && overlay.band ? [{ ...theme.band, x0: overlay.band[0], x1: overlay.band[1] }] : [];
  return layout;
}

/**
 * The labels that a rate axis of `width` pixels has room for, said in plotly's way: none is turned or runs into another.
 * @param {{ type: string, range: [number, number] }} axis
 * @param {number} width
 */
export function rateTicks({ type, range }, width) {
  const size = Math.abs(range[1] - range[0]);
  const none = { tickvals: null, ticktext: null, dtick: null, nticks: 0, tickfont: { size: LABEL } };
  if (type === "log" && size > NARROW) {
    const dtick = Math.max(1, Math.ceil((LEAST_DECADE * size) / width));
    return { ...none, tickmode: "linear", dtick, tickfont: { size: POWER } };
  }
  const round = type === "log" ? roundRates(range) : [];
  if (round.filter((lr) => inside(Math.log10(lr), range)).length >= FEWEST_ROUND) {
    return { ...none, tickmode: "array", tickvals: round, ticktext: round.map((lr) => formatRate(lr, 1)) };
  }
  return { ...none, tickmode: "auto", nticks: Math.max(2, Math.min(8, Math.floor(width / LEAST_LABEL))) };
}

/**
 * 1, 2 and 5 times powers of ten, a decade further on both sides than a range of logarithms.
 * @param {[number, number]} range
 */
function roundRates(range) {
  const [low, high] = [Math.floor(Math.min(...range)) - 1, Math.ceil(Math.max(...range)) + 1];
  const powers = Array.from({ length: high - low }, (_, i) => low + i);
  return powers.flatMap((power) => [1, 2, 5].map((digit) => Number(`${digit}e${power}`)));
}

/**
 * The traces, in the order of the blank figure's.
 * @param {Parts} parts
 * @param {any} layout
 * @returns {any[]}
 */
export function traces({ blank, series, overlay, theme, most }, layout) {
  const threshold = series.axes?.threshold ?? 1;
  const symlog = (/** @type {number} */ value) => Math.asinh(value / threshold);
  const picked = overlay.lr === null ? [] : [overlay.lr];
  const curveLr = Array.from(series.get("curveLr"));
  const change = Array.from(series.get("change"));
  const filled = [
    cloud(series.get("lr"), series.get("loss"), layout, "yaxis", most),
    { x: curveLr, y: drawable(series.get("smoothed")) },
    { x: curveLr, y: drawable(change.map(symlog)), customdata: change },
    { x: picked, y: picked.map(() => overlay.loss) },
    { x: picked, y: picked.map(() => symlog(overlay.change)) },
    layout.yaxis3 && cloud(series.get("lr"), series.get("metric"), layout, "yaxis3", most),
    { x: curveLr, y: drawable(series.get("smoothedMetric")) },
  ];
  const { loss, metric, suggestion } = theme;
  const colours = [loss, loss, theme.change, suggestion, suggestion, metric, metric];
  return blank.data.map((trace, i) => {
    const copy = { .../** @type {any} */ (structuredClone(trace)), ...filled[i], uid: `lrwidget-${i}` };
    if (copy.marker) copy.marker.color = colours[i];
    if (copy.marker?.line) copy.marker.line.color = theme.paper;
    if (copy.line) copy.line.color = colours[i];
    return copy;
  });
}

/**
 * Heights of both curves at a rate, in units of their axes; null where there is no curve.
 * @param {Series} series
 * @param {number} lr
 * @returns {{ loss: number, change: number } | null}
 */
export function curvesAt(series, lr) {
  const at = series.get("curveLr");
  if (at.length === 0 || !(lr >= at[0] && lr <= at[at.length - 1])) return null;
  const [low, high] = around(at, lr);
  const share = high > low ? (lr - at[low]) / (at[high] - at[low]) : 0;
  const between = (/** @type {Float64Array} */ values) => values[low] + share * (values[high] - values[low]);
  const loss = between(series.get("smoothed"));
  const change = Math.asinh(between(series.get("change")) / (series.axes?.threshold ?? 1));
  return Number.isFinite(loss) && Number.isFinite(change) ? { loss, change } : null;
}

/**
 * The two places next to each other between which `lr` is; of rates beyond the ends the first or the last two.
 * @param {Float64Array} rates Increasing, not empty.
 * @param {number} lr
 */
export function around(rates, lr) {
  let [low, high] = [0, rates.length - 1];
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (rates[middle] <= lr) low = middle;
    else high = middle;
  }
  return [low, high];
}

/**
 * The rate of the point that is nearest to a place on the rate axis, or null where none is near.
 * @param {Float64Array} rates
 * @param {Float64Array} losses Points without a finite one are not to be seen.
 * @param {{ d2p: (lr: number) => number }} axis Plotly's.
 * @param {number} pixel From the axis' left end.
 */
export function pointAt(rates, losses, axis, pixel) {
  let [found, nearest] = [/** @type {number | null} */ (null), NEAR_PX];
  for (const [i, lr] of rates.entries()) {
    const distance = Math.abs(axis.d2p(lr) - pixel);
    if (distance > nearest || !Number.isFinite(losses[i])) continue;
    [found, nearest] = [lr, distance];
  }
  return found;
}

/**
 * The same figure with all that a page draws over it: the marker at `lr`, and the bounds.
 * @param {Filled} filled
 * @param {Parts} parts
 * @param {number | null} lr
 * @param {[number, number] | null} bounds
 * @returns {Filled}
 */
export function withMarks({ data, layout }, { series, theme }, lr, bounds) {
  const shapes = [...layout.shapes];
  const annotations = [...layout.annotations];
  /** @type {any[]} */
  const rings = [];
  if (bounds) shapes.push({ ...theme.bounds, x0: bounds[0], x1: bounds[1] });
  const x = layout.xaxis.type === "log" ? Math.log10(lr ?? 1) : lr;
  if (lr !== null && inside(x, layout.xaxis.range)) {
    const { line, ring, pill, heading } = theme.static_marker;
    const panels = layout.height - layout.margin.t - layout.margin.b;
    shapes.push({ ...line, x0: lr, x1: lr, y1: 1 + heading / panels });
    annotations.push({ ...pill, x, yshift: heading, text: `<b>${exactRate(lr)}</b>` });
    const at = curvesAt(series, lr);
    if (at) {
      rings.push({ ...ring, x: [lr], y: [at.loss], yaxis: "y" });
      rings.push({ ...ring, x: [lr], y: [at.change], yaxis: "y2" });
    }
  }
  return { data: [...data, ...rings], layout: { ...layout, shapes, annotations } };
}

/** @param {number | null} value @param {[number, number]} range */
function inside(value, range) {
  return value !== null && value >= Math.min(...range) && value <= Math.max(...range);
}

/**
 * The raw values as points: all of them where they are few, else those that make up the picture.
 * @param {Float64Array} lr
 * @param {Float64Array} values
 * @param {any} layout
 * @param {string} yaxis
 * @param {number} most
 */
function cloud(lr, values, layout, yaxis, most) {
  if (values.length <= most) return { x: Array.from(lr.subarray(0, values.length)), y: drawable(values) };
  const { width, height, margin, xaxis } = layout;
  const [across, down] = [width - margin.l - margin.r, height - margin.t - margin.b];
  const [bottom, top] = layout[yaxis].domain;
  const place = xaxis.type === "log" ? Math.log10 : (/** @type {number} */ x) => x;
  const onto =
    (/** @type {[number, number]} */ [from, to], /** @type {number} */ pixels) =>
    (/** @type {number} */ value) =>
      ((value - from) / (to - from)) * pixels;
  const panel = down * (top - bottom);
  const [left, rise] = [onto(xaxis.range, across), onto(layout[yaxis].range, panel)];
  const points = chosen(
    lr.map((value) => left(place(value))),
    values.map((value) => panel - rise(value)),
    across,
    panel,
    most,
  );
  return { x: points.map((i) => lr[i]), y: points.map((i) => values[i]) };
}

/** For drawing: a gap where a value is not finite. @param {ArrayLike<number>} values */
export function drawable(values) {
  return Array.from(values, (value) => (Number.isFinite(value) ? value : null));
}

/** Names of the axes that a layout has. @param {any} layout */
export function axesOf(layout) {
  return ["xaxis", "yaxis", "yaxis2", "yaxis3"].filter((axis) => axis in layout);
}

/**
 * A deep copy of `layout` with {"a.b.c": value} set in it.
 * @param {any} layout
 * @param {Record<string, any>} patch
 */
export function patched(layout, patch) {
  const copy = structuredClone(layout);
  for (const [path, value] of Object.entries(patch)) {
    const keys = path.split(".");
    const last = /** @type {string} */ (keys.pop());
    let at = copy;
    for (const key of keys) {
      at[key] ??= {};
      at = at[key];
    }
    at[last] = value;
  }
  return copy;
}
