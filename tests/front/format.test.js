import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { exactRate, formatRate, roundRate } from "../../lrwidget/widget/front/format.js";

describe("a rate", () => {
  for (const [lr, text] of /** @type {const} */ ([
    [0.0423, "0.0423"],
    [4.2e-5, "4.2e-5"],
    [0, "0"],
    [10, "10"],
    [0.001, "0.001"],
    [0.0009995, "9.99e-4"], // below the half: 9.99499...e-4
    [0.00099951, "0.001"],
    [9999, "1e4"],
    [9994, "9990"],
    [0.03125, "0.0312"], // a half goes to the even one, as in Python
    [0.09375, "0.0938"],
    [1e-300, "1e-300"],
  ])) {
    it(`${lr} is written ${text}`, () => assert.equal(formatRate(lr), text));
  }

  it("that was chosen is written as it is, with six digits at most", () => {
    assert.equal(exactRate(0.1), "0.1");
    assert.equal(exactRate(0.03125), "0.03125");
    assert.equal(exactRate(1.23456e-7), "1.23456e-7");
    assert.equal(exactRate(1 / 3), "0.333333");
    assert.equal(exactRate(123456), "1.23456e5");
  });

  it("that is rounded is the number that is written", () => {
    for (let i = 0; i < 2000; i += 1) {
      const lr = 10 ** (-8 + i / 200) * (1 + Math.sin(i));
      if (lr === 0) continue;
      const rounded = roundRate(lr);
      assert.equal(Number(formatRate(lr)), rounded);
      assert.equal(exactRate(rounded), formatRate(lr));
      assert.equal(roundRate(rounded), rounded);
    }
  });
});
