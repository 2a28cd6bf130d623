// The numbers of the curve as a table, for whoever cannot see the figure.

import { around } from "../figure/picture.js";
import { exactRate, formatRate } from "../format.js";
import { openDialog } from "./dialog.js";
import { element } from "./element.js";
import { amount } from "./texts.js";

/** @import { Series, State } from "../types.d.ts" */

const MOST_ROWS = 100;

/** @typedef {{step: number, lr: string, cells: string[]}} Row */

/**
 * At most `most` of `count` places, evenly chosen, both ends among them.
 *
 * @param {number} count
 * @param {number} most
 * @returns {number[]}
 */
export function chosen(count, most) {
  if (count <= most) return Array.from({ length: count }, (_, i) => i);
  return Array.from({ length: most }, (_, i) => Math.round((i * (count - 1)) / (most - 1)));
}

/**
 * Headings and rows of the table: what was recorded at a step, and the smoothed curve at its rate.
 *
 * @param {Series} series
 * @param {string | null} metric What the metric is called.
 * @param {number} [most]
 * @returns {{headings: string[], rows: Row[], count: number}}
 */
export function tableOf(series, metric, most = MOST_ROWS) {
  const [lr, loss, curveLr] = [series.get("lr"), series.get("loss"), series.get("curveLr")];
  const values = series.get("metric");
  const measured = metric !== null && values.length > 0;
  const curves = [
    series.get("smoothed"),
    series.get("change"),
    ...(measured ? [series.get("smoothedMetric")] : []),
  ];
  const headings = ["Step", "Learning rate", "Loss", "Smoothed loss", "Change in loss per decade"];
  if (measured) headings.push(metric, `Smoothed ${metric}`);
  const count = Math.min(lr.length, loss.length);
  const rows = chosen(count, most).map((i) => {
    const smooth = curves.map((curve) => written(valueAt(curveLr, curve, lr[i])));
    const metrics = measured ? [written(values[i]), smooth[2]] : [];
    return {
      step: i + 1,
      lr: formatRate(lr[i]),
      cells: [written(loss[i]), smooth[0], smooth[1], ...metrics],
    };
  });
  return { headings, rows, count };
}

/**
 * A curve's value at `lr`: on the straight line between its neighbours on a log axis; NaN beyond its ends.
 *
 * @param {Float64Array} rates Increasing.
 * @param {Float64Array} values
 * @param {number} lr
 * @returns {number}
 */
export function valueAt(rates, values, lr) {
  const last = rates.length - 1;
  // Rates are written in different ways on their way here, so ends count as reached a hair before them.
  const reached = 1e-9 * lr;
  if (last < 0 || lr < rates[0] - reached || lr > rates[last] + reached) return Number.NaN;
  const [low, high] = around(rates, lr);
  if (high === low || lr <= rates[low]) return values[low];
  if (lr >= rates[high]) return values[high];
  const share = Math.log(lr / rates[low]) / Math.log(rates[high] / rates[low]);
  return values[low] + share * (values[high] - values[low]);
}

/** @param {number} value */
function written(value) {
  return Number.isFinite(value) ? amount(value) : "\u2013";
}

/**
 * @param {HTMLElement} host
 * @param {Series} series
 * @param {State} state
 * @param {() => void} saveAll Save all points as CSV.
 */
export function openTable(host, series, state, saveAll) {
  const { headings, rows, count } = tableOf(series, state.offers.metric_name);
  const { choice } = state;
  const picked =
    choice.suggested_lr === null
      ? "There is no suggestion."
      : `Suggested: ${exactRate(choice.suggested_lr)}.`;
  const note =
    rows.length < count ? `${rows.length} of ${count} points, evenly chosen. ` : `${count} points. `;
  const all = element("button", { type: "button", class: "lrw-button" }, "Save all as CSV");
  all.addEventListener("click", saveAll);
  const table = element(
    "table",
    { class: "lrw-table" },
    element("caption", {}, `${note}${picked}`),
    element("thead", {}, element("tr", {}, ...headings.map((text) => element("th", { scope: "col" }, text)))),
    element(
      "tbody",
      {},
      ...rows.map(({ step, lr, cells }) =>
        element(
          "tr",
          {},
          element("td", {}, String(step)),
          element("th", { scope: "row" }, lr),
          ...cells.map((cell) => element("td", {}, cell)),
        ),
      ),
    ),
  );
  openDialog(host, "Points of the sweep", table, element("p", {}, all));
}
