import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { tintOf } from "../../lrwidget/widget/front/figure/tints.js";
import { foreseen, RunCurves } from "../../lrwidget/widget/front/runs.js";

const bytes = (/** @type {number[]} */ ...numbers) => new DataView(Float64Array.from(numbers).buffer);

describe("the curves of other runs", () => {
  it("come whole, and a higher version replaces a lower one", () => {
    const curves = new RunCurves();
    const list = { kind: /** @type {const} */ ("runs"), version: 3, runs: [2, 7] };
    const buffers = [[1], [2], [3], [4, 5], [6, 7], [8, 9]].map((numbers) => bytes(...numbers));
    assert.equal(curves.take(list, buffers), true);
    assert.deepEqual(curves.get(7), {
      lr: Float64Array.of(4, 5),
      smoothed: Float64Array.of(6, 7),
      change: Float64Array.of(8, 9),
    });
    for (const version of [3, 2]) assert.equal(curves.take({ ...list, version, runs: [] }, []), false);
    assert.notEqual(curves.get(2), null);
    assert.equal(curves.take({ ...list, version: 4, runs: [] }, []), true);
    assert.equal(curves.get(2), null);
  });

  it("that were cut off on their way are not taken", () => {
    const curves = new RunCurves();
    assert.equal(curves.take({ kind: "runs", version: 1, runs: [1] }, [bytes(1), bytes(2)]), false);
    assert.equal(curves.take({ kind: "runs", version: 1, runs: [1] }, [bytes(1), bytes(2), bytes(3)]), true);
  });
});

describe("runs, as a hand sees them before the kernel has answered", () => {
  const run = { id: 1, name: "a", lr: 0.1, shown: true, active: false };
  const runs = [run, { ...run, id: 2, name: "b", active: true }];

  it("are what was said, in order", () => {
    const now = foreseen(runs, [
      { name: "show_run", args: { run: 1, shown: false } },
      { name: "rename_run", args: { run: 1, name: "c" } },
      { name: "show_run", args: { run: 1, shown: true } },
      { name: "rename_run", args: { run: 2, name: "d" } },
    ]);
    assert.deepEqual(
      now.map(({ name, shown }) => [name, shown]),
      [
        ["c", true],
        ["d", true],
      ],
    );
  });

  it("stay where the kernel must find out what follows", () => {
    assert.deepEqual(foreseen(runs, [{ name: "remove_run", args: { run: 2 } }]), runs);
    assert.deepEqual(foreseen(runs, [{ name: "activate_run", args: { run: 1 } }]), runs);
    assert.deepEqual(foreseen(runs, [{ name: "remove_run", args: { run: 1 } }]), [runs[1]]);
  });

  it("is nothing that changes what the kernel said", () => {
    const before = structuredClone(runs);
    foreseen(runs, [{ name: "show_run", args: { run: 1, shown: false } }]);
    assert.deepEqual(runs, before);
  });
});

describe("the tints of runs", () => {
  it("are twelve, and neighbours differ in colour and in dashes", () => {
    const tints = Array.from({ length: 12 }, (_, i) => tintOf(i + 1));
    assert.equal(new Set(tints.map(({ colours, dash }) => colours.light + dash)).size, 12);
    for (const [i, tint] of tints.slice(1).entries()) {
      assert.notEqual(tint.dash, tints[i].dash);
      assert.notEqual(tint.colours, tints[i].colours);
    }
  });
});
