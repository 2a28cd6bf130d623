import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { chosen } from "../../lrwidget/widget/front/figure/thinning.js";
import { random } from "./sim.js";

const [WIDTH, HEIGHT, MOST] = [800, 200, 512];

/** @param {number} count */
function cloud(count, chance = random(3)) {
  const x = Array.from({ length: count }, (_, i) => (WIDTH * i) / (count - 1));
  const y = x.map((at) => HEIGHT / 2 + 40 * Math.sin(at / 90) + 30 * (chance() - 0.5));
  return { x, y };
}

describe("thinning", () => {
  it("draws all where they are few", () => {
    const { x, y } = cloud(MOST);
    assert.equal(chosen(x, y, WIDTH, HEIGHT, MOST).length, MOST);
  });

  it("draws at most so many of very many, from one side to the other, in order", () => {
    for (const count of [MOST + 1, 2000, 10_000, 100_000]) {
      const { x, y } = cloud(count);
      const kept = chosen(x, y, WIDTH, HEIGHT, MOST);
      assert.ok(kept.length <= MOST && kept.length > MOST / 3, `${kept.length} of ${count}`);
      assert.ok(kept.every((i, at) => at === 0 || i > kept[at - 1]));
      for (let left = 0; left < WIDTH; left += 40) {
        assert.ok(
          kept.some((i) => x[i] >= left && x[i] <= left + 40),
          `nothing is drawn at ${left} px`,
        );
      }
    }
  });

  it("never loses the lowest and the highest point", () => {
    const { x, y } = cloud(10_000);
    y[4321] = 2;
    y[8765] = HEIGHT - 2;
    const kept = new Set(chosen(x, y, WIDTH, HEIGHT, MOST));
    assert.ok(kept.has(4321) && kept.has(8765));
  });

  it("leaves out what is nowhere, and bears a panel that shows nothing else", () => {
    const { x, y } = cloud(3000);
    for (let i = 0; i < y.length; i += 2) y[i] = i % 4 ? Number.NaN : Number.POSITIVE_INFINITY;
    assert.ok(chosen(x, y, WIDTH, HEIGHT, MOST).every((i) => Number.isFinite(y[i])));
    const nowhere = y.map(() => Number.NaN);
    assert.deepEqual(chosen(x, nowhere, WIDTH, HEIGHT, MOST), []);
    const above = y.map(() => -1e6);
    assert.ok(chosen(x, above, WIDTH, HEIGHT, MOST).length <= MOST);
  });

  it("keeps the points that it has drawn while more come", () => {
    const { x, y } = cloud(10_000);
    const before = new Set(chosen(x.slice(0, 6000), y.slice(0, 6000), WIDTH, HEIGHT, MOST));
    const after = new Set(chosen(x.slice(0, 6060), y.slice(0, 6060), WIDTH, HEIGHT, MOST));
    const stayed = [...before].filter((i) => after.has(i)).length;
    assert.ok(stayed > 0.9 * before.size, `${stayed} of ${before.size}`);
  });
});
