import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it } from "node:test";
import { afterwards, paced } from "../../lrwidget/widget/front/pace.js";

const page = /** @type {any} */ (globalThis);
const FRAME_MS = 2;
/** @type {Set<ReturnType<typeof setTimeout>>} */
const frames = new Set();

/** @param {number} ms */
const sleep = (ms) => new Promise((done) => setTimeout(done, ms));

/** @param {() => boolean} holds */
async function until(holds) {
  for (let i = 0; !holds(); i += 1) {
    assert.ok(i < 5000, "it never happens");
    await sleep(1);
  }
}

beforeEach(() => {
  page.requestAnimationFrame = (/** @type {() => void} */ task) => {
    const frame = setTimeout(() => {
      frames.delete(frame);
      task();
    }, FRAME_MS);
    frames.add(frame);
    return frame;
  };
  page.cancelAnimationFrame = (/** @type {any} */ frame) => {
    frames.delete(frame);
    clearTimeout(frame);
  };
});

afterEach(() => {
  delete page.requestAnimationFrame;
  delete page.cancelAnimationFrame;
});

describe("drawing", () => {
  it("is one drawing for all calls before its turn, and never two at once", async () => {
    let runs = 0;
    let now = 0;
    const draw = paced(
      async () => {
        runs += 1;
        now += 1;
        assert.equal(now, 1);
        await sleep(5);
        now -= 1;
      },
      () => 0,
      new AbortController().signal,
    );
    for (let i = 0; i < 50; i += 1) draw();
    await until(() => runs === 1);
    for (let i = 0; i < 50; i += 1) draw(); // while it is being drawn: once more
    await until(() => runs === 2);
    await sleep(40);
    assert.equal(runs, 2);
  });

  it("takes half of the page's time at most, however often it is asked for", async () => {
    let busy = 0;
    let runs = 0;
    const ended = new AbortController();
    const draw = paced(
      async () => {
        const began = performance.now();
        await sleep(20);
        busy += performance.now() - began;
        runs += 1;
      },
      () => 0,
      ended.signal,
    );
    const began = performance.now();
    while (runs < 5) {
      draw();
      await sleep(1);
    }
    ended.abort();
    assert.ok(busy < 0.6 * (performance.now() - began));
  });

  it("waits as long as it is held", async () => {
    let held = Number.POSITIVE_INFINITY;
    let runs = 0;
    const draw = paced(
      () => {
        runs += 1;
      },
      () => held,
      new AbortController().signal,
    );
    draw();
    await sleep(40);
    assert.equal(runs, 0);
    held = 0;
    await until(() => runs === 1);
  });

  it("ends with its view, wherever it stands, and leaves no frame behind", async () => {
    for (const after of [0, 1, 3, 6, 12, 25]) {
      let runs = 0;
      const ended = new AbortController();
      const draw = paced(
        async () => {
          runs += 1;
          await sleep(10);
        },
        () => 0,
        ended.signal,
      );
      const asking = setInterval(draw, 1);
      await sleep(after);
      ended.abort();
      const before = runs;
      await sleep(30);
      clearInterval(asking);
      assert.equal(runs, before);
      assert.equal(frames.size, 0);
    }
  });
});

describe("what is done later", () => {
  it("is done once for all calls in between, and not at all when its view is gone", async () => {
    let runs = 0;
    const ended = new AbortController();
    const later = afterwards(
      10,
      () => {
        runs += 1;
      },
      ended.signal,
    );
    for (let i = 0; i < 10; i += 1) later();
    await until(() => runs === 1);
    await sleep(20);
    assert.equal(runs, 1);
    later();
    ended.abort();
    later();
    await sleep(30);
    assert.equal(runs, 1);
  });
});
