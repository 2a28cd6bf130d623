import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { TrialTints } from "../../lrwidget/widget/front/figure/tints.js";
import { endOf, lossRange } from "../../lrwidget/widget/front/figure/trialsPicture.js";
import { stepsMade, TrialCurves } from "../../lrwidget/widget/front/trials.js";

const bytes = (/** @type {number[]} */ ...numbers) => new DataView(Float64Array.from(numbers).buffer);
const trial = { lr: 0.1, step: 0, ended: /** @type {string | null} */ (null), loss: null };
const of = (/** @type {number} */ number) => ({ number, steps: 100, trials: [], winner: null });

describe("the curves of short trainings", () => {
  it("are those of the set that is shown, and grow only", () => {
    const curves = new TrialCurves();
    const head = { kind: /** @type {const} */ ("trials"), number: 2, count: 3 };
    assert.equal(curves.take(head, [bytes(1, 2), bytes(5, 4), bytes(1), bytes(6)]), true);
    assert.deepEqual(curves.of(of(2)), [
      { steps: Float64Array.of(1, 2), losses: Float64Array.of(5, 4) },
      { steps: Float64Array.of(1), losses: Float64Array.of(6) },
    ]);
    assert.equal(curves.take({ ...head, count: 2 }, []), false);
    assert.equal(curves.take(head, []), false);
    assert.equal(curves.of(of(2)).length, 2);
    assert.deepEqual(curves.of(of(3)), []);
    assert.equal(
      curves.take({ ...head, number: 1, count: 0 }, []),
      true,
      "an earlier run's trials come back",
    );
    assert.deepEqual(curves.of(of(1)), []);
  });

  it("need no more steps where they were ended early", () => {
    const trials = [{ ...trial, step: 100, ended: "" }, { ...trial, step: 12, ended: "diverged" }, trial];
    assert.equal(stepsMade({ ...of(1), trials }), 200);
  });
});

describe("what of the losses is to be seen", () => {
  const curve = (/** @type {number[]} */ ...losses) => ({
    steps: Float64Array.from(losses, (_, i) => i + 1),
    losses: Float64Array.from(losses),
  });

  const seen = (/** @type {ReturnType<typeof curve>[]} */ ...curves) => {
    const range = lossRange(curves);
    assert.ok(range);
    return range;
  };

  it("is nothing without a loss", () => {
    assert.equal(lossRange([]), null);
    assert.equal(lossRange([curve(), curve(Number.NaN)]), null);
  });

  it("is all of a fall, and a rise only so far that the fall can still be read", () => {
    for (const top of [3, 1e3, 1e30, Number.POSITIVE_INFINITY]) {
      const { low, high, log } = seen(curve(2.3, 1.2, 0.4), curve(2.3, 2, top));
      assert.equal(log, false);
      assert.ok(low < 0.4 && high > 2.3, `${low} to ${high}`);
      assert.ok(2.3 - 0.4 > 0.4 * (high - low), `${low} to ${high}`);
    }
  });

  it("is there of losses that are equal, zero, negative, or only rise", () => {
    for (const losses of [[1, 1, 1], [0, 0], [-5, -6, -7], [1, 2, 3, 4], [1e-9, 2e-9], [1e12]]) {
      const { low, high } = seen(curve(...losses));
      assert.ok(Number.isFinite(low) && high > low, `${losses}: ${low} to ${high}`);
      assert.ok(low < losses[0] && losses[0] < high);
    }
  });

  it("is logarithmic where a fall is so deep that its end would be a line at the bottom", () => {
    const { low, high, log } = seen(curve(2.3, 0.5, 0.03), curve(2.3, 1, 0.05), curve(2.3, 1e9));
    assert.equal(log, true);
    assert.ok(low > 0.02 && low < 0.03 && high > 2.3 && high < 6, `${low} to ${high}`);
    assert.equal(seen(curve(2.3, 0.5, 0)).log, false);
    assert.equal(seen(curve(2.3, 0.5, -0.1)).log, false);
    assert.equal(seen(curve(2.3, 1e9)).log, false);
  });

  for (const floor of [0.4, 0.01]) {
    it(`holds all of a curve that falls to ${floor}, and changes seldom`, () => {
      const losses = Array.from(
        { length: 200 },
        (_, i) => floor + 1.9 * Math.exp(-i / 30) * (1 + 0.1 * Math.sin(i)),
      );
      const ranges = losses.map((_, i) => seen(curve(...losses.slice(0, i + 1))));
      for (const [i, { low, high }] of ranges.entries()) {
        for (const loss of losses.slice(0, i + 1)) assert.ok(low < loss && loss < high);
      }
      const different = new Set(ranges.map((range) => JSON.stringify(range))).size;
      assert.ok(different < 25, `${different} ranges`);
    });
  }
});

describe("the tints of trials", () => {
  const at = (/** @type {number} */ number, /** @type {number[]} */ ...rates) => ({
    ...of(number),
    trials: rates.map((lr) => ({ ...trial, lr })),
  });

  it("stay when rates are added, whatever their place, and begin anew with another set", () => {
    const tints = new TrialTints();
    const before = tints.of(at(1, 0.01, 0.1, 1));
    const after = tints.of(at(1, 0.001, 0.01, 0.03, 0.1, 1));
    assert.deepEqual([after[1], after[3], after[4]], before);
    assert.equal(new Set(after.map(({ colours, dash }) => colours.light + dash)).size, 5);
    assert.deepEqual(tints.of(at(2, 5))[0], before[0]);
    const many = tints.of(at(3, ...Array.from({ length: 15 }, (_, i) => i + 1)));
    assert.equal(new Set(many.map(({ colours, dash }) => colours.light + dash)).size, 15);
  });
});

describe("where a curve ends", () => {
  it("is its last finite loss, or where it leaves the panel", () => {
    const end = (/** @type {number[]} */ ...losses) =>
      endOf(
        Float64Array.from(losses, (_, i) => i + 1),
        Float64Array.from(losses),
        4,
      );
    assert.deepEqual(end(3, 2, 1), { x: 3, y: 1 });
    assert.deepEqual(end(3, 2, Number.NaN), { x: 2, y: 2 });
    assert.deepEqual(end(3, 2, 6, 100), { x: 2.5, y: 4 });
    assert.deepEqual(end(3, 2, Number.POSITIVE_INFINITY), { x: 2, y: 2 });
    assert.deepEqual(end(9, 9), { x: 1, y: 4 });
    assert.equal(end(), null);
    assert.equal(end(Number.NaN), null);
  });
});
