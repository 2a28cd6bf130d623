import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  curvesAt,
  filledFigure,
  isDimmed,
  pointAt,
  rateTicks,
  uidsOf,
  withMarks,
} from "../../lrwidget/widget/front/figure/picture.js";

/** @import { Parts } from "../../lrwidget/widget/front/figure/picture.js" */

const THEME = {
  loss: "#00f",
  change: "#0a0",
  metric: "#a60",
  suggestion: "#f60",
  paper: "#fff",
  layout: { "xaxis.gridcolor": "#eee", "font.color": "#555" },
  band: { type: "rect", fillcolor: "#cfc" },
  bounds: { type: "rect", fillcolor: "#ccf" },
  static_marker: {
    line: { type: "line", y0: 0 },
    ring: { type: "scatter", name: "marker", mode: "markers" },
    pill: { showarrow: false },
    heading: 18,
  },
};

/** @param {boolean} metric */
function blank(metric) {
  const dots = (/** @type {string} */ name) => ({ name, mode: "markers", marker: { size: 5, color: "?" } });
  const line = (/** @type {string} */ name) => ({ name, mode: "lines", line: { width: 2, color: "?" } });
  const axis = () => ({ range: [0, 1], domain: [0.4, 1], tickfont: {} });
  return {
    data: [
      dots("loss"),
      line("smoothed loss"),
      line("change in loss"),
      dots("suggestion"),
      dots("suggestion"),
      ...(metric ? [dots("metric"), line("smoothed metric")] : []),
    ],
    layout: {
      height: 420,
      margin: { l: 50, r: 16, t: 38, b: 42 },
      xaxis: { type: "log", range: [-3.04, -0.96], dtick: 1 },
      yaxis: axis(),
      yaxis2: axis(),
      ...(metric ? { yaxis3: axis() } : {}),
      annotations: [
        { name: "rate title", text: "learning rate" },
        { name: "metric heading", text: "acc", font: { color: "?" } },
      ],
    },
    themes: { light: THEME, dark: THEME },
    limits: /** @type {[number, number]} */ ([1e-3, 0.1]),
    plotly_version: "7",
  };
}

/** @param {Partial<Parts> & { numbers?: Record<string, number[]>, metric?: boolean }} given @returns {Parts} */
function parts({ numbers, metric = false, ...given } = {}) {
  /** @type {Record<string, number[]>} */
  const all = numbers ?? {
    lr: [1e-3, 1e-2, 0.1],
    loss: [3, Number.NaN, 1],
    curveLr: [1e-3, 1e-2, 0.1],
    smoothed: [3, 2, 1],
    change: [-1, -2, -3],
    metric: [0.1, 0.2, Number.POSITIVE_INFINITY],
    smoothedMetric: [0.1, 0.2, 0.3],
  };
  const axes = {
    loss: /** @type {[number, number]} */ ([0, 4]),
    change: /** @type {[number, number]} */ ([-3, 1]),
    metric: /** @type {[number, number]} */ ([0, 0.5]),
    threshold: 0.5,
    tickvals: [0],
    ticktext: ["0"],
  };
  return {
    blank: blank(metric),
    series: { version: 1, sweep: 1, axes, get: (field) => Float64Array.from(all[field] ?? []) },
    overlay: { lr: 0.01, loss: 2, change: -2, band: [2e-3, 0.05] },
    theme: THEME,
    themeName: "light",
    others: [],
    dim: 0.5,
    zoom: {},
    banded: true,
    dragmode: "zoom",
    width: 800,
    most: 512,
    ...given,
  };
}

describe("the point at a place", () => {
  const rates = Float64Array.of(1e-4, 1e-3, 1e-2, 1e-1);
  const losses = Float64Array.of(2, 1, Number.NaN, 3);
  const axis = { d2p: (/** @type {number} */ lr) => 100 * (Math.log10(lr) + 4) };

  it("is the nearest one that can be seen", () => {
    assert.equal(pointAt(rates, losses, axis, 3), 1e-4);
    assert.equal(pointAt(rates, losses, axis, 85), 1e-3);
    assert.equal(pointAt(rates, losses, axis, 310), 1e-1);
  });

  it("is none where none is near", () => {
    assert.equal(pointAt(rates, losses, axis, 50), null);
    assert.equal(pointAt(rates, losses, axis, 200), null, "its loss is not finite");
    assert.equal(pointAt(new Float64Array(), new Float64Array(), axis, 0), null);
  });
});

describe("the filled figure", () => {
  it("shows all numbers, a gap where one is not finite, and true changes beside their heights", () => {
    const { data, layout } = filledFigure(parts({ metric: true }));
    assert.deepEqual(data[0].y, [3, null, 1]);
    assert.deepEqual(data[5].y, [0.1, 0.2, null]);
    assert.deepEqual(data[2].customdata, [-1, -2, -3]);
    assert.equal(data[2].y[0], Math.asinh(-2));
    assert.deepEqual([data[3].x, data[3].y, data[4].y], [[0.01], [2], [Math.asinh(-4)]]);
    assert.deepEqual(layout.yaxis.range, [0, 4]);
    assert.deepEqual(layout.yaxis3.range, [0, 0.5]);
    assert.equal(layout.shapes[0].x1, 0.05);
    assert.ok(data.every(({ marker, line }) => marker?.color !== "?" && line?.color !== "?"));
    assert.equal(layout.annotations.at(-1).font.color, THEME.metric);
  });

  it("can be drawn before there is a number, a pick or a band", () => {
    const empty = parts({ numbers: {}, overlay: { lr: null, loss: 0, change: 0, band: null } });
    const { data, layout } = filledFigure({ ...empty, series: { ...empty.series, axes: null } });
    assert.ok(data.every(({ x, y }) => x.length === 0 && y.length === 0));
    assert.deepEqual(layout.shapes, []);
    assert.deepEqual(layout.yaxis.range, [0, 1]);
  });

  it("leaves the blank figure as it was, for the next drawing", () => {
    const given = parts({ zoom: { xaxis: [-2, -1] } });
    const before = structuredClone(given.blank);
    filledFigure(given);
    assert.deepEqual(given.blank, before);
  });

  it("keeps the user's zoom over the numbers' own ranges, but of no axis that has gone", () => {
    const { layout } = filledFigure(parts({ zoom: { yaxis: [1, 2], yaxis3: [0, 1] } }));
    assert.deepEqual(layout.yaxis.range, [1, 2]);
    assert.equal(layout.yaxis3, undefined);
  });

  it("has the curves of other runs behind its own traces, on the same axes, thinned where they are long", () => {
    const long = Float64Array.from({ length: 5000 }, (_, i) => 1e-3 * 10 ** (i / 2500));
    const curve = { lr: long, smoothed: long, change: long.map(() => -1) };
    const short = {
      lr: Float64Array.of(0.01),
      smoothed: Float64Array.of(Number.NaN),
      change: Float64Array.of(2),
    };
    const others = [
      { run: 5, curve },
      { run: 6, curve: short },
    ];
    const plain = filledFigure(parts());
    const { data, layout } = filledFigure(parts({ others, dim: 0.3 }));
    assert.deepEqual(data.slice(0, plain.data.length), plain.data);
    assert.deepEqual(layout, plain.layout);
    const more = data.slice(plain.data.length);
    assert.deepEqual(
      more.map(({ yaxis, line }) => [yaxis, line.color.slice(-2)]),
      [
        [undefined, "4d"],
        ["y2", "4d"],
        [undefined, "4d"],
        ["y2", "4d"],
      ],
    );
    assert.ok(more[0].x.length <= 301 && more[0].x.length === more[0].y.length);
    assert.deepEqual([more[0].x[0], more[0].x.at(-1)], [long[0], long[4999]]);
    assert.equal(more[1].y[0], Math.asinh(-2));
    assert.deepEqual([more[2].y, more[3].x], [[null], [0.01]]);
    assert.ok(more.every(isDimmed) && !plain.data.some(isDimmed));
    assert.deepEqual(
      more.slice(0, 2).map(({ uid }) => uid),
      uidsOf(5),
    );
  });

  it("shows no band beside bounds, and where these need its place no title of the axis", () => {
    const narrow = filledFigure(parts({ banded: false, width: 320 })).layout;
    assert.deepEqual(narrow.shapes, []);
    assert.ok(!narrow.annotations.some((/** @type {any} */ { name }) => name === "rate title"));
    for (const wide of [
      { banded: true, width: 320 },
      { banded: false, width: 900 },
    ]) {
      const { annotations } = filledFigure(parts(wide)).layout;
      assert.ok(annotations.some((/** @type {any} */ { name }) => name === "rate title"));
    }
  });
});

describe("the ticks of the rate axis", () => {
  it("are so far apart that no label is turned or runs into another, at any width and zoom", () => {
    for (let width = 210; width <= 2000; width += 20) {
      for (const size of [0.02, 0.3, 1, 1.4, 1.6, 3, 8.3, 20, 60]) {
        const what = `${width} px, ${size} decades`;
        const { dtick, nticks, tickvals } = rateTicks({ type: "log", range: [-7, -7 + size] }, width);
        if (dtick) assert.ok((dtick * width) / size >= 30, `${what}: every ${dtick}`);
        else if (tickvals) assert.ok((Math.log10(2) * width) / size >= 40, what);
        else assert.ok(nticks >= 2 && width / nticks >= 60, `${what}: ${nticks}`);
      }
      const { dtick, nticks } = rateTicks({ type: "linear", range: [0.9, 1] }, width);
      assert.ok(dtick === null && nticks >= 2 && width / nticks >= 60);
    }
  });

  it("are round rates, written as rates are, where the axis is about a decade", () => {
    const { tickvals, ticktext } = rateTicks({ type: "log", range: [-3, -1.9] }, 254);
    assert.deepEqual(
      ticktext?.filter((_, i) => (tickvals?.[i] ?? 0) >= 1e-3 && (tickvals?.[i] ?? 0) < 0.0125),
      ["0.001", "0.002", "0.005", "0.01"],
    );
    assert.ok(tickvals?.includes(1e-4) && tickvals.includes(0.1), "a hand that pans finds some");
  });

  it("are whichever fit where there is hardly a round rate", () => {
    const { tickvals, nticks } = rateTicks({ type: "log", range: [-2.05, -1.95] }, 254);
    assert.equal(tickvals, null);
    assert.ok(nticks >= 2);
  });

  it("are at every decade of the default range at 320 px", () => {
    assert.equal(rateTicks({ type: "log", range: [-7.16, 1.16] }, 320 - 66).dtick, 1);
  });
});

describe("the curves at a rate", () => {
  it("are read off the drawn lines, and nothing is beside these", () => {
    const { series } = parts();
    assert.deepEqual(curvesAt(series, 1e-3), { loss: 3, change: Math.asinh(-2) });
    assert.deepEqual(curvesAt(series, 0.1), { loss: 1, change: Math.asinh(-6) });
    const at = curvesAt(series, 0.0055);
    assert.ok(at && Math.abs(at.loss - 2.5) < 1e-9);
    for (const lr of [9e-4, 0.11, Number.NaN]) assert.equal(curvesAt(series, lr), null);
    assert.equal(curvesAt(parts({ numbers: {} }).series, 0.01), null);
  });

  it("are not read where they have a gap", () => {
    const numbers = { curveLr: [1, 2, 3], smoothed: [1, Number.NaN, 1], change: [0, 0, 0] };
    assert.equal(curvesAt(parts({ numbers }).series, 1.5), null);
  });
});

describe("the marks of a figure that leaves the page", () => {
  it("are the line, its rate, and a ring on each curve", () => {
    const given = parts();
    const filled = filledFigure(given);
    const { data, layout } = withMarks(filled, given, 0.01, [0.002, 0.02]);
    assert.deepEqual(
      layout.shapes.map((/** @type {any} */ { type, x0 }) => [type, x0]),
      [
        ["rect", 2e-3],
        ["rect", 0.002],
        ["line", 0.01],
      ],
    );
    assert.deepEqual([layout.annotations.at(-1).text, layout.annotations.at(-1).x], ["<b>0.01</b>", -2]);
    assert.deepEqual(
      data.slice(-2).map(({ name, y }) => [name, y[0]]),
      [
        ["marker", 2],
        ["marker", Math.asinh(-4)],
      ],
    );
    assert.equal(filled.layout.annotations.length, 2, "the live figure has none of it");
  });

  it("are not drawn beside a zoom, nor without a marker", () => {
    const zoomed = parts({ zoom: { xaxis: [-3, -2.5] } });
    assert.equal(withMarks(filledFigure(zoomed), zoomed, 0.05, null).layout.shapes.length, 1);
    const given = parts();
    assert.equal(withMarks(filledFigure(given), given, null, null).data.length, 5);
  });
});
