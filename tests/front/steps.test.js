import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { allowed, keyed } from "../../lrwidget/widget/front/figure/steps.js";
import { exactRate } from "../../lrwidget/widget/front/format.js";
import { random } from "./sim.js";

/** @typedef {{ type: string, range: [number, number] }} Axis */
/** @typedef {[number, number]} Limits */

/** @type {Axis} */
const WIDE = { type: "log", range: [-7.16, 1.16] };
/** @type {Limits} */
const ALL = [1e-7, 10];
/** @type {Axis} */
const NARROW = { type: "linear", range: [0.898, 1.002] };
/** @type {Limits} */
const NEAR_ONE = [0.9, 1.0];
const MOVES = ["ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown", "PageUp", "PageDown", "Home", "End"];

describe("keys", () => {
  it("go 5 % with an arrow, a quarter of a decade with Shift or a Page key, and to the ends", () => {
    assert.equal(keyed("ArrowRight", false, 0.01, WIDE, ALL), 0.0105);
    assert.equal(keyed("ArrowUp", false, 0.01, WIDE, ALL), 0.0105);
    assert.equal(keyed("ArrowLeft", false, 0.0105, WIDE, ALL), 0.01);
    assert.equal(keyed("PageUp", false, 0.01, WIDE, ALL), 0.0178);
    assert.equal(keyed("ArrowRight", true, 0.01, WIDE, ALL), 0.0178);
    assert.equal(keyed("PageDown", false, 0.01, WIDE, ALL), 0.00562);
    assert.equal(keyed("Home", false, 0.01, WIDE, ALL), 1e-7);
    assert.equal(keyed("End", false, 0.01, WIDE, ALL), 10);
  });

  it("leave every other key to the page, whatever its name", () => {
    for (const key of ["Tab", "Enter", " ", "a", "Escape", "constructor", "__proto__", "toString"]) {
      assert.equal(keyed(key, false, 0.01, WIDE, ALL), null, key);
    }
  });

  it("move visibly on a narrow linear sweep, there and back", () => {
    const up = keyed("ArrowRight", false, 0.95, NARROW, NEAR_ONE) ?? 0;
    const share = (up - 0.95) / (NARROW.range[1] - NARROW.range[0]);
    assert.ok(share > 0.005 && share < 0.02, `${up}`);
    assert.ok(Math.abs((keyed("ArrowLeft", false, up, NARROW, NEAR_ONE) ?? 0) - 0.95) < 1e-3);
  });

  for (const [name, axis, limits] of /** @type {[string, Axis, Limits][]} */ ([
    ["eight decades", WIDE, ALL],
    ["a linear sweep", { type: "linear", range: [-0.02, 1.02] }, [1e-4, 1]],
    ["a narrow linear sweep", NARROW, NEAR_ONE],
    ["a twentieth of a decade", { type: "log", range: [-0.0467, 0.0009] }, NEAR_ONE],
    ["a zoom into a thousandth of a decade", { type: "log", range: [-2.0005, -1.9995] }, ALL],
    ["ends of many digits", { type: "log", range: [-3, -1] }, [0.00123456789, 0.0987654321]],
  ])) {
    it(`never stand still before the end, never leave the sweep, and can be said: ${name}`, () => {
      const chance = random(7);
      let lr = Math.sqrt(limits[0] * limits[1]);
      for (let i = 0; i < 2000; i++) {
        const key = MOVES[Math.floor(chance() * MOVES.length)];
        const next = keyed(key, chance() < 0.3, lr, axis, limits) ?? Number.NaN;
        assert.ok(next >= limits[0] && next <= limits[1], `${key} from ${lr} to ${next}`);
        assert.equal(Number(exactRate(next)), next, "what is said is what is shown");
        const room =
          key.endsWith("Left") || key.endsWith("Down") || key === "Home" ? lr / limits[0] : limits[1] / lr;
        if (room > 1 + 1e-5) assert.notEqual(next, lr, `${key} does nothing at ${lr}`);
        lr = next;
      }
    });
  }
});

describe("a rate that a hand chooses", () => {
  it("has three digits where these are enough", () => {
    assert.equal(allowed(0.0123456, WIDE, ALL), 0.0123);
    assert.equal(allowed(4.23456e-5, WIDE, ALL), 4.23e-5);
  });

  it("has more where three could not be told apart, six at most", () => {
    assert.equal(allowed(0.951234567, NARROW, NEAR_ONE), 0.9512);
    assert.equal(allowed(0.0123456789, { type: "log", range: [-1.9086, -1.9085] }, ALL), 0.0123457);
  });

  it("is within the sweep, also where rounding would leave it, and whatever is asked for", () => {
    /** @type {Limits} */
    const limits = [0.0010004, 0.0099996];
    for (const asked of [0, -1, 1e-300, 0.00100041, 0.00999959, 5, Number.POSITIVE_INFINITY, Number.NaN]) {
      const lr = allowed(asked, { type: "log", range: [-3, -2] }, limits);
      assert.ok(lr >= limits[0] && lr <= limits[1], `${asked} became ${lr}`);
    }
  });
});
