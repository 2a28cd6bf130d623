import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { contrast, luminance } from "../../lrwidget/widget/front/controls/colours.js";
import { blobOf } from "../../lrwidget/widget/front/controls/files.js";
import { isOurs } from "../../lrwidget/widget/front/controls/keys.js";
import { readRate, readSteps, stepRate } from "../../lrwidget/widget/front/controls/rates.js";
import { chosen, tableOf, valueAt } from "../../lrwidget/widget/front/controls/table.js";
import { amount, duration, speed } from "../../lrwidget/widget/front/controls/texts.js";
import { groundOf, readColour } from "../../lrwidget/widget/front/figure/theme.js";
import { decimal, exactRate } from "../../lrwidget/widget/front/format.js";

describe("a rate that is typed", () => {
  for (const [text, rate] of /** @type {[string, number][]} */ ([
    ["0.001", 1e-3],
    ["1e-3", 1e-3],
    ["3e-4", 3e-4],
    ["3E-4", 3e-4],
    ["0,001", 1e-3],
    [" .5 ", 0.5],
    ["5.", 5],
    ["+2", 2],
    ["1e\u22123", 1e-3],
    ["0.00123456789", 0.00123457],
  ])) {
    it(`"${text}" is ${rate}`, () => assert.equal(readRate(text), rate));
  }

  for (const text of [
    "",
    " ",
    "abc",
    "0",
    "0e5",
    "-1",
    "1e-400",
    "1e400",
    "1e",
    "1 2",
    "0.1.2",
    "1,2,3",
    "NaN",
    "Infinity",
    "0x10",
    "1_0",
    "1e-3 lr",
    "\u0661",
  ]) {
    it(`"${text}" is none`, () => assert.equal(readRate(text), null));
  }

  it("is shown as it is used", () => {
    for (const text of ["0.00123456789", "1e-7", "12345.678", "9999.999", "0.001"]) {
      const rate = readRate(text);
      assert.equal(readRate(exactRate(rate ?? 0)), rate);
    }
  });
});

describe("a number in an attribute", () => {
  it("has no exponent", () => {
    const said = [1e-7, 1.25e-9, 0.001, 10, 12345, 0.1 + 0.2, 1e-300].map(decimal);
    assert.deepEqual(said.slice(0, -1), [
      "0.0000001",
      "0.00000000125",
      "0.001",
      "10",
      "12345",
      String(0.1 + 0.2),
    ]);
    assert.match(said[6], /^0\.0{100}$/);
  });
});

describe("a number of steps that is typed", () => {
  it("is whole and at least 2", () => {
    assert.deepEqual(["100", " 2 ", "1e3", "50."].map(readSteps), [100, 2, 1000, 50]);
    assert.deepEqual(["1", "0", "-5", "1.5", "", "x", "1e30", "1,5"].map(readSteps), Array(8).fill(null));
  });
});

describe("an arrow key in the field", () => {
  /** @param {string} type @param {[number, number]} limits */
  const blankWith = (type, limits) => /** @type {any} */ ({ limits, layout: { xaxis: { type } } });
  const decades = blankWith("log", [1e-7, 10]);

  it("goes 5 % up and down, in three digits", () => {
    assert.equal(stepRate("ArrowUp", 0.0012, decades), 0.00126);
    assert.equal(stepRate("ArrowDown", 0.0012, decades), 0.00114);
  });

  it("stays within the axis", () => {
    assert.equal(stepRate("ArrowUp", 10, decades), 10);
    assert.equal(stepRate("ArrowDown", 1e-7, decades), 1e-7);
    assert.equal(stepRate("ArrowUp", 9.9, decades), 10);
  });

  it("always does something inside, on however narrow an axis", () => {
    for (const type of ["linear", "log"]) {
      for (const limits of /** @type {[number, number][]} */ ([
        [0.9, 1],
        [0.95, 0.96],
        [1e-7, 10],
        [1e-9, 1e-8],
      ])) {
        let lr = limits[0];
        for (let i = 0; i < 2000 && lr < limits[1]; i += 1) {
          const next = stepRate("ArrowUp", lr, blankWith(type, limits));
          assert.ok(next > lr, `${lr} stays`);
          lr = next;
        }
        assert.equal(lr, limits[1]);
      }
    }
  });
});

describe("texts", () => {
  it("say durations as Python does", () => {
    const said = [0, 0.84, 9.94, 9.96, 42.4, 59.6, 185, 3600, 7_800].map(duration);
    assert.deepEqual(said, [
      "0.0 s",
      "0.8 s",
      "9.9 s",
      "10 s",
      "42 s",
      "1 min 00 s",
      "3 min 05 s",
      "1 h 00 min",
      "2 h 10 min",
    ]);
  });

  it("say speeds, and how long a slow step takes", () => {
    const said = [1234, 43.2, 9.94, 1, 0.5, 0.01, 0, Number.NaN].map(speed);
    assert.deepEqual(said, [
      "1234 steps/s",
      "43 steps/s",
      "9.9 steps/s",
      "1.0 steps/s",
      "2.0 s a step",
      "1 min 40 s a step",
      "",
      "",
    ]);
  });

  it("say amounts with three digits", () => {
    assert.deepEqual([0.48312, 0, -0.25, 1e-9, 123456].map(amount), [
      "0.483",
      "0",
      "\u22120.25",
      "1e-9",
      "1.23e5",
    ]);
  });
});

describe("keys", () => {
  /**
   * @param {string} key
   * @param {"text" | "choice" | "press"} kind
   * @param {string} [with_]
   */
  const ours = (key, kind, with_ = "") =>
    isOurs(
      {
        key,
        ctrlKey: with_.includes("c"),
        metaKey: with_.includes("m"),
        altKey: with_.includes("a"),
        shiftKey: with_.includes("s"),
      },
      kind,
    );

  it("press buttons, but run and save in the notebook", () => {
    assert.ok(ours("Enter", "press"));
    assert.ok(ours(" ", "press"));
    assert.ok(ours("ArrowDown", "press"));
    assert.ok(!ours("Enter", "press", "s"));
    assert.ok(!ours("Enter", "press", "c"));
    assert.ok(!ours("s", "press", "c"));
    assert.ok(!ours("b", "press"));
  });

  it("write in fields, also those that are commands of the notebook", () => {
    for (const key of ["d", "a", "Enter", "Escape", "ArrowUp", "0"]) assert.ok(ours(key, "text"));
    for (const key of ["a", "c", "v", "z", "Backspace"]) assert.ok(ours(key, "text", "c"));
    assert.ok(!ours("s", "text", "c"));
    assert.ok(!ours("s", "text", "m"));
  });

  it("choose in lists and menus", () => {
    assert.ok(ours("d", "choice"));
    assert.ok(!ours("s", "choice", "c"));
  });
});

describe("files", () => {
  it("are the bytes of a data URL", async () => {
    const image = blobOf("data:image/png;base64,iVBORw0KGgo=");
    assert.equal(image.type, "image/png");
    assert.deepEqual([...new Uint8Array(await image.arrayBuffer())], [137, 80, 78, 71, 13, 10, 26, 10]);
    const drawing = blobOf("data:image/svg+xml;charset=utf-8,%3Csvg%3E%C3%A9,%3C/svg%3E");
    assert.equal(drawing.type, "image/svg+xml");
    assert.equal(await drawing.text(), "<svg>\u00e9,</svg>");
    assert.throws(() => blobOf("https://example.org/x.png"), TypeError);
  });
});

describe("the table", () => {
  /** @param {Record<string, number[]>} numbers */
  const seriesOf = (numbers) => ({
    version: 1,
    sweep: 1,
    axes: null,
    get: (/** @type {string} */ field) => Float64Array.from(numbers[field] ?? []),
  });

  it("has all rows where they are few, and else at most a hundred, both ends among them", () => {
    assert.deepEqual(chosen(3, 100), [0, 1, 2]);
    assert.deepEqual(chosen(0, 100), []);
    const some = chosen(10_000, 100);
    assert.equal(some.length, 100);
    assert.equal(new Set(some).size, 100);
    assert.equal(some[0], 0);
    assert.equal(some.at(-1), 9999);
  });

  it("has a row for each step, with the curve at its rate", () => {
    const { headings, rows, count } = tableOf(
      seriesOf({
        lr: [1e-3, 1e-2, 1e-1],
        loss: [2, 1, Number.NaN],
        curveLr: [1e-3, 1e-1],
        smoothed: [2, 1],
        change: [-0.5, 0.5],
      }),
      null,
    );
    assert.equal(count, 3);
    assert.deepEqual(headings, [
      "Step",
      "Learning rate",
      "Loss",
      "Smoothed loss",
      "Change in loss per decade",
    ]);
    assert.deepEqual(rows, [
      { step: 1, lr: "0.001", cells: ["2", "2", "\u22120.5"] },
      { step: 2, lr: "0.01", cells: ["1", "1.5", "0"] },
      { step: 3, lr: "0.1", cells: ["\u2013", "1", "0.5"] },
    ]);
  });

  it("has the metric, where there is one", () => {
    const { headings, rows } = tableOf(
      seriesOf({
        lr: [1e-3],
        loss: [2],
        curveLr: [1e-3],
        smoothed: [2],
        change: [0],
        metric: [0.9],
        smoothedMetric: [0.8],
      }),
      "accuracy",
    );
    assert.deepEqual(headings.slice(5), ["accuracy", "Smoothed accuracy"]);
    assert.deepEqual(rows[0].cells.slice(3), ["0.9", "0.8"]);
  });

  it("reads a curve between its points, and not beyond its ends", () => {
    const rates = Float64Array.of(1, 10, 100);
    const values = Float64Array.of(0, 1, 3);
    assert.equal(valueAt(rates, values, 1), 0);
    assert.equal(valueAt(rates, values, 100), 3);
    assert.equal(valueAt(rates, values, 10), 1);
    assert.ok(Math.abs(valueAt(rates, values, Math.sqrt(1000)) - 2) < 1e-12);
    assert.ok(Number.isNaN(valueAt(rates, values, 0.9)));
    assert.ok(Number.isNaN(valueAt(rates, values, 101)));
    assert.ok(Number.isNaN(valueAt(Float64Array.of(), Float64Array.of(), 1)));
    assert.equal(valueAt(Float64Array.of(1), Float64Array.of(7), 1), 7);
  });
});

describe("colours", () => {
  it("are read as browsers write them", () => {
    assert.deepEqual(readColour("rgb(1, 2, 3)"), { colour: [1, 2, 3], alpha: 1 });
    assert.deepEqual(readColour("rgba(1, 2, 3, 0.5)"), { colour: [1, 2, 3], alpha: 0.5 });
    assert.deepEqual(readColour("color(srgb 1 0 0.2 / 0.25)"), { colour: [255, 0, 51], alpha: 0.25 });
    assert.equal(readColour("transparent"), null);
    assert.equal(readColour("oklch(0.7 0.1 200)"), null);
  });

  it("of the page are those of the nearest ground that is understood", () => {
    const page = /** @type {any} */ (globalThis);
    page.ShadowRoot = class {};
    page.getComputedStyle = (/** @type {any} */ node) => ({ backgroundColor: node.colour });
    const ground = (/** @type {string[]} */ ...colours) =>
      groundOf(colours.reduceRight((parentElement, colour) => ({ colour, parentElement }), page.nothing));
    const [white, black] = ["rgb(255, 255, 255)", "color(srgb 0 0 0)"];
    assert.deepEqual(ground("rgba(0, 0, 0, 0)", white, black), { theme: "light", paper: white });
    assert.deepEqual(ground("rgba(255, 255, 255, 0.4)", black, white), { theme: "dark", paper: black });
    assert.deepEqual(ground("oklch(1 0 0)", white), { theme: "light", paper: white });
    delete page.ShadowRoot;
    delete page.getComputedStyle;
  });

  it("differ as WCAG says", () => {
    assert.equal(luminance([255, 255, 255]), 1);
    assert.equal(Math.round(contrast([0, 0, 0], [255, 255, 255])), 21);
    assert.ok(Math.abs(contrast([119, 119, 119], [255, 255, 255]) - 4.48) < 0.01);
  });
});
