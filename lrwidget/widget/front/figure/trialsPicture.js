// From short trainings to plotly's data and layout. Nothing here touches the page.

import { exactRate, formatRate } from "../format.js";
import { drawable, patched } from "./picture.js";

/** @import { Blank, TrialCurve, Trials } from "../types.d.ts" */
/** @import { Tint } from "./tints.js" */
/** @typedef {{ log: boolean, low: number, high: number }} LossRange */
/** @typedef {{ blank: Blank, theme: "light" | "dark", trials: Trials, curves: TrialCurve[], tints: Tint[], width: number }} TrialParts */

export const HEIGHT = 204; // px
const MARGIN = { t: 6, b: 38 }; // px; at the sides as in the figure above
const ROOM = 0.6; // of the fall of the loss: so far above its beginning a rise is shown
const TICKS = 6;
const DEEP = 10; // times lower than where they began
const PARTS = 8; // steps of the range, of a linear one or of a decade
const PAD = 0.5; // of a step; the lowest label does not touch those of the steps
const LABEL = 64; // px between labels of steps
const FADED = 0.45;
const QUIET = 0.8;

/**
 * Data and layout of the figure of short trainings.
 * @param {TrialParts} parts
 */
export function trialsFigure({ blank, theme, trials, curves, tints, width }) {
  const colours = blank.themes[theme];
  const layout = patched(blank.layout, colours.layout);
  const { l, r } = layout.margin;
  const range = lossRange(curves);
  const axis = {
    showgrid: true,
    zeroline: false,
    ticks: "",
    tickangle: 0,
    gridcolor: layout.yaxis.gridcolor,
    fixedrange: true,
    autorange: false,
  };
  return {
    data: [
      ...curves.map((curve, i) => line(curve, i, trials, tints[i], theme)),
      ends(curves, trials, tints, theme, colours, range),
    ],
    layout: {
      template: {},
      width,
      height: HEIGHT,
      margin: { l, r, ...MARGIN },
      paper_bgcolor: "rgba(0,0,0,0)",
      plot_bgcolor: "rgba(0,0,0,0)",
      font: layout.font,
      hoverlabel: layout.hoverlabel,
      hovermode: "x unified",
      showlegend: false,
      dragmode: false,
      xaxis: {
        ...axis,
        range: [0, trials.steps * 1.01],
        nticks: Math.max(2, Math.min(11, Math.floor((width - l - r) / LABEL))),
        unifiedhovertitle: { text: "step <b>%{x}</b>" },
        spikecolor: layout.xaxis.spikecolor,
        spikethickness: 1,
        spikedash: "solid",
      },
      yaxis: {
        ...axis,
        automargin: "left",
        exponentformat: "power",
        ...lossAxis(range),
      },
      annotations: [
        {
          text: "step",
          xref: "paper",
          yref: "paper",
          x: 1,
          xanchor: "right",
          y: 0,
          yanchor: "top",
          yshift: -20,
          showarrow: false,
          borderpad: 0,
        },
      ],
    },
  };
}

/**
 * What of the losses is to be seen: all but the greater part of a rise beyond where they began; logarithmically where
 * they fall so far that what decides would be a single line at the bottom. While the curves grow it grows in steps, so
 * that the picture does not jump with each point. Null without a loss.
 * @param {TrialCurve[]} curves
 * @returns {LossRange | null}
 */
export function lossRange(curves) {
  const all = curves.map(({ losses }) => Array.from(losses).filter(Number.isFinite));
  const begins = all.flatMap((losses) => losses.slice(0, 1));
  if (begins.length === 0) return null;
  const begin = Math.max(...begins);
  const least = all.flat().reduce((low, loss) => Math.min(low, loss));
  const most = all.flat().reduce((high, loss) => Math.max(high, loss));
  if (least > 0 && least < begin / DEEP) {
    const high = Math.min(most, (1 + ROOM) * begin);
    const [bottom, top] = [Math.floor(PARTS * Math.log10(least)), Math.ceil(PARTS * Math.log10(high))];
    return { log: true, low: 10 ** ((bottom - PAD) / PARTS), high: 10 ** ((top + PAD) / PARTS) };
  }
  const fall = Math.max(begin - least, 0.1 * Math.abs(begin), 1e-12);
  const high = Math.min(most, begin + ROOM * fall);
  const low = Math.min(least, begin - fall);
  const step = roundStep((Math.max(high, begin) - low) / PARTS);
  return {
    log: false,
    low: (Math.floor(low / step) - PAD) * step,
    high: (Math.ceil(high / step) + PAD) * step,
  };
}

/**
 * The axis of the losses, in plotly's words.
 * @param {LossRange | null} range
 */
function lossAxis(range) {
  if (!range) return { range: [0, 1], showticklabels: false };
  const { log, low, high } = range;
  if (!log) return { range: [low, high], nticks: TICKS };
  const ends = [Math.log10(low), Math.log10(high)];
  const size = ends[1] - ends[0];
  const digits = size > 2.5 ? [1] : size > 1.2 ? [1, 3] : [1, 2, 5];
  const powers = Array.from(
    { length: Math.ceil(ends[1]) - Math.floor(ends[0]) },
    (_, i) => Math.floor(ends[0]) + i,
  );
  const tickvals = powers
    .flatMap((power) => digits.map((digit) => Number(`${digit}e${power}`)))
    .filter((value) => value > low && value < high);
  return { type: "log", range: ends, tickvals, ticktext: tickvals.map((value) => formatRate(value, 1)) };
}

/** The next 1, 2 or 5 times a power of ten, upward. @param {number} size */
function roundStep(size) {
  const power = 10 ** Math.floor(Math.log10(size));
  return power * ([1, 2, 5].find((digit) => digit * power >= size * (1 - 1e-9)) ?? 10);
}

/** Whether a training was ended before its time. @param {Trials["trials"][number]} trial */
export function endedEarly({ ended }) {
  return ended !== null && ended !== "";
}

/**
 * @param {TrialCurve} curve
 * @param {number} i
 * @param {Trials} trials
 * @param {Tint} tint
 * @param {"light" | "dark"} theme
 */
function line({ steps, losses }, i, { trials, winner }, { colours, dash }, theme) {
  const rate = i in trials ? exactRate(trials[i].lr) : "";
  const best = winner === i;
  return {
    type: "scatter",
    mode: "lines",
    name: rate,
    uid: `lrwidget-trial-${i}`,
    x: Array.from(steps),
    y: drawable(losses),
    opacity: best ? 1 : i in trials && endedEarly(trials[i]) ? FADED : QUIET,
    line: { color: colours[theme], width: best ? 3 : 1.75, dash, simplify: false },
    hovertemplate: `${rate}: %{y:.4g}<extra></extra>`,
  };
}

/**
 * Where a curve ends, as far as it can be seen: one that rises out of the panel does so at its top.
 * @param {Float64Array} steps
 * @param {Float64Array} losses
 * @param {number} top
 */
export function endOf(steps, losses, top) {
  const last = losses.findLastIndex(Number.isFinite);
  if (last < 0 || losses[last] <= top) return last < 0 ? null : { x: steps[last], y: losses[last] };
  const seen = losses.findLastIndex((loss) => loss <= top);
  if (seen < 0) return { x: steps[0], y: top };
  const share = (top - losses[seen]) / (losses[seen + 1] - losses[seen]);
  return { x: steps[seen] + (Number.isFinite(share) ? share : 0) * (steps[seen + 1] - steps[seen]), y: top };
}

/**
 * A mark where each curve ends now: a dot, a cross where it was ended early, a diamond on the best.
 * @param {TrialCurve[]} curves
 * @param {Trials} trials
 * @param {Tint[]} tints
 * @param {"light" | "dark"} theme
 * @param {any} colours
 * @param {LossRange | null} range
 */
function ends(curves, { trials, winner }, tints, theme, colours, range) {
  const marks = curves.flatMap(({ steps, losses }, i) => {
    if (!(i in trials) || !range) return [];
    const end = endOf(steps, losses, range.high);
    if (!end) return [];
    const [best, early] = [winner === i, endedEarly(trials[i])];
    return {
      ...end,
      symbol: best ? "diamond" : early ? "x-thin" : "circle",
      size: best ? 11 : early ? 9 : 6,
      color: best ? colours.suggestion : tints[i].colours[theme],
      line: early && !best ? 2 : best ? 1.5 : 0,
      edge: early && !best ? tints[i].colours[theme] : colours.paper,
    };
  });
  const each = (/** @type {keyof typeof marks[number]} */ name) => marks.map((mark) => mark[name]);
  return {
    type: "scatter",
    mode: "markers",
    name: "ends",
    uid: "lrwidget-trial-ends",
    hoverinfo: "skip",
    cliponaxis: false,
    x: each("x"),
    y: each("y"),
    marker: {
      symbol: each("symbol"),
      size: each("size"),
      color: each("color"),
      opacity: 1,
      line: { width: each("line"), color: each("edge") },
    },
  };
}
