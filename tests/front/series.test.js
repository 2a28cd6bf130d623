import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Series } from "../../lrwidget/widget/front/series.js";
import { random } from "./sim.js";

/** @import { FrameHead } from "../../lrwidget/widget/front/types.d.ts" */
/** @typedef {{ head: FrameHead, buffers: ArrayBufferView[] }} Frame */

const FIELDS = /** @type {const} */ ([
  "lr",
  "loss",
  "curveLr",
  "smoothed",
  "change",
  "metric",
  "smoothedMetric",
]);

/** The kernel's side: numbers that grow, whose curve changes from some place on, sweep after sweep. */
class Numbers {
  sweep = 0;
  revision = 0;
  sent = 0;
  /** @type {Record<string, number[]>} */
  all = {};

  /** @param {() => number} chance @param {boolean} metric */
  constructor(chance, metric = false) {
    this.chance = chance;
    this.metric = metric;
    this.begin();
  }

  begin() {
    this.sweep += 1;
    this.revision += 1;
    this.sent = 0;
    this.all = Object.fromEntries(FIELDS.map((field) => [field, []]));
  }

  /** Some points more; the end of the curve, or with another bandwidth all of it, is another. @returns {Frame} */
  grow() {
    this.revision += 1;
    const { all, chance } = this;
    const more = Math.floor(chance() * 20);
    for (let i = 0; i < more; i += 1) {
      for (const field of /** @type {const} */ (["lr", "loss", "metric"])) all[field].push(chance());
      if (chance() < 0.1) all.loss[all.loss.length - 1] = Number.NaN;
    }
    const curve = Math.floor(chance() * (all.curveLr.length + 1));
    const length = Math.max(curve, Math.floor(all.lr.length * 0.8));
    for (const field of /** @type {const} */ (["curveLr", "smoothed", "change", "smoothedMetric"])) {
      all[field].length = curve;
      while (all[field].length < length) all[field].push(chance());
    }
    const frame = this.frame(this.sent, curve);
    this.sent = all.lr.length;
    return frame;
  }

  snapshot() {
    return this.frame(0, 0);
  }

  /** @param {number} first @param {number} curve @returns {Frame} */
  frame(first, curve) {
    const { all, sweep, revision, metric } = this;
    const starts = [first, first, curve, curve, curve, first, curve];
    const fields = metric ? FIELDS : FIELDS.slice(0, 5);
    const axes = { loss: [0, all.lr.length], change: [0, 1], threshold: 1, tickvals: [], ticktext: [] };
    return {
      head: /** @type {any} */ ({
        sweep,
        revision,
        first,
        count: all.lr.length,
        curve_first: curve,
        metric,
        axes,
      }),
      buffers: fields.map((field, i) => bytes(all[field].slice(starts[i]))),
    };
  }
}

/** As Jupyter hands them on: views into a larger buffer, not aligned. @param {number[]} numbers */
function bytes(numbers) {
  const room = new Uint8Array(numbers.length * 8 + 3);
  room.set(new Uint8Array(new Float64Array(numbers).buffer), 3);
  return new DataView(room.buffer, 3);
}

/** @param {Series} series @param {Numbers} kernel */
function same(series, kernel) {
  for (const field of kernel.metric ? FIELDS : FIELDS.slice(0, 5)) {
    assert.deepEqual([...series.get(field)], kernel.all[field], field);
  }
  assert.equal(series.sweep, kernel.sweep);
}

describe("the page's numbers", () => {
  for (const seed of Array.from({ length: 200 }, (_, i) => i + 1)) {
    it(`are the kernel's in the end, whatever becomes of the frames (${seed})`, () => {
      const chance = random(seed);
      const kernel = new Numbers(chance, seed % 2 === 0);
      const series = new Series();
      /** @type {Frame[]} */
      const air = [];
      let wanted = false;
      /** @param {Frame} frame */
      const arrive = ({ head, buffers }) => {
        const before = series.version;
        const outcome = series.take(head, buffers);
        assert.equal(series.version > before, outcome === "taken");
        if (outcome === "gap") wanted = true;
        if (outcome === "taken") {
          assert.equal(series.get("loss").length, head.count);
          assert.equal(series.get("smoothed").length, series.get("curveLr").length);
        }
      };
      for (let i = 0; i < 200; i += 1) {
        const pick = chance();
        if (pick < 0.03) kernel.begin();
        else if (pick < 0.5) {
          const frame = kernel.grow();
          if (chance() > 0.2) air.push(frame);
          if (chance() < 0.3) air.push(frame);
        } else if (pick < 0.6 && wanted) {
          wanted = false;
          air.push(kernel.snapshot());
        } else if (air.length > 0) {
          arrive(air.splice(Math.floor(chance() * Math.min(air.length, 4)), 1)[0]);
        }
      }
      arrive(kernel.snapshot());
      while (air.length > 0) arrive(air.splice(Math.floor(chance() * air.length), 1)[0]); // late ones
      same(series, kernel);
    });
  }

  it("follow frame by frame without asking, when none is lost", () => {
    const kernel = new Numbers(random(5), true);
    const series = new Series();
    for (let sweep = 0; sweep < 3; sweep += 1) {
      const { head, buffers } = kernel.snapshot();
      assert.equal(series.take(head, buffers), "taken");
      for (let i = 0; i < 50; i += 1) {
        const frame = kernel.grow();
        assert.equal(series.take(frame.head, frame.buffers), "taken");
        same(series, kernel);
        assert.equal(series.take(frame.head, frame.buffers), "old");
      }
      kernel.begin();
    }
  });

  it("see that a frame is missing in which no point was new", () => {
    const kernel = new Numbers(() => 0.99);
    const series = new Series();
    const { head, buffers } = kernel.grow();
    series.take(head, buffers);
    kernel.chance = () => 0; // no points, another curve
    kernel.grow();
    const late = kernel.grow();
    assert.equal(series.take(late.head, late.buffers), "gap");
  });

  it("do not take a frame that was cut off", () => {
    const kernel = new Numbers(random(2), true);
    const series = new Series();
    const { head, buffers } = kernel.grow();
    for (const cut of [[], buffers.slice(0, 3), [...buffers.slice(0, 6), bytes([1, 2, 3])]]) {
      assert.equal(series.take(head, cut), "gap");
      assert.equal(series.get("lr").length, 0);
    }
    assert.equal(series.take(head, buffers), "taken");
    same(series, kernel);
  });

  it("are read from any kind of buffer", () => {
    const series = new Series();
    const axes = null;
    const whole = { sweep: 1, first: 0, count: 2, curve_first: 0, metric: false, axes };
    const numbers = new Float64Array([1, 2]);
    const kinds = [numbers, numbers.buffer, new Uint8Array(numbers.buffer), new DataView(numbers.buffer)];
    kinds.forEach((kind, revision) => {
      assert.equal(series.take({ ...whole, revision }, [kind, kind, kind, kind, kind]), "taken");
      assert.deepEqual([...series.get("loss")], [1, 2]);
    });
  });

  it("keep the axes as the same object while nothing in them changes", () => {
    const kernel = new Numbers(() => 0);
    const series = new Series();
    const first = kernel.snapshot();
    series.take(first.head, first.buffers);
    const { axes } = series;
    const second = structuredClone(kernel.grow().head);
    series.take(second, first.buffers);
    assert.equal(series.version, 2);
    assert.equal(series.axes, axes);
  });
});
