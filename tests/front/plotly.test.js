import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { asModule, Plotly } from "../../lrwidget/widget/front/plotly.js";
import { Time } from "./sim.js";

const PACKED = new DataView(new ArrayBuffer(8));
const CACHE = Symbol.for("lrwidget.plotly");

/** A page, and widgets on it that need plotly. */
function pageOf() {
  const time = new Time();
  const page = {};
  let loads = 0;
  let fails = 0;
  /** @type {import("../../lrwidget/widget/front/plotly.js").Load} */
  const load = async () => {
    loads += 1;
    if (fails > 0) {
      fails -= 1;
      throw new Error("no script");
    }
    return { load: loads };
  };
  const widget = (version = "6.0") => {
    const ended = new AbortController();
    const own = {
      asked: 0,
      end: () => ended.abort(),
      plotly: new Plotly(
        () => version,
        () => {
          own.asked += 1;
        },
        ended.signal,
        { load, page, clock: time },
      ),
    };
    return own;
  };
  return {
    time,
    page,
    widget,
    loads: () => loads,
    fail: () => {
      fails += 1;
    },
  };
}

describe("plotly's script", () => {
  it("is asked for by one of thirty widgets, loaded once, and given to all", async () => {
    const { time, widget, loads } = pageOf();
    const widgets = Array.from({ length: 30 }, () => widget());
    const got = widgets.map(({ plotly }) => plotly.get());
    assert.equal(
      widgets.reduce((sum, { asked }) => sum + asked, 0),
      1,
    );
    for (const { plotly } of widgets) plotly.take("6.0", PACKED);
    const scripts = new Set(await Promise.all(got));
    assert.equal(scripts.size, 1);
    assert.equal(loads(), 1);
    assert.equal(time.pending, 0);
    const late = widget();
    assert.ok(scripts.has(await late.plotly.get()));
    assert.equal(late.asked, 0);
  });

  it("is taken unasked", async () => {
    const { widget, time } = pageOf();
    const one = widget();
    one.plotly.take("6.0", PACKED);
    assert.deepEqual(await one.plotly.get(), { load: 1 });
    assert.equal(one.asked, 0);
    assert.equal(time.pending, 0);
  });

  it("comes in as many versions as are needed, side by side", async () => {
    const { widget, loads } = pageOf();
    const [one, other] = [widget("6.0"), widget("7.1")];
    const got = [one.plotly.get(), other.plotly.get()];
    assert.deepEqual([one.asked, other.asked], [1, 1]);
    one.plotly.take("7.1", PACKED); // for the other, by the wrong door
    other.plotly.take("6.0", PACKED);
    const [a, b] = await Promise.all(got);
    assert.notEqual(a, b);
    assert.equal(loads(), 2);
  });

  it("is asked for by the next one when the first gets no answer, seldom", async () => {
    const { time, widget } = pageOf();
    const widgets = Array.from({ length: 30 }, () => widget());
    const got = widgets.map(({ plotly }) => plotly.get());
    const asked = () => widgets.reduce((sum, each) => sum + each.asked, 0);
    await time.go(10_000);
    assert.ok(asked() >= 2);
    await time.go(600_000);
    assert.ok(asked() <= 20, `${asked()}`);
    widgets[3].plotly.take("6.0", PACKED);
    assert.equal(new Set(await Promise.all(got)).size, 1);
    assert.equal(time.pending, 0);
  });

  it("is asked for by another one when the one that had asked is closed", async () => {
    const { time, widget } = pageOf();
    const [one, other] = [widget(), widget()];
    const gone = one.plotly.get();
    const got = other.plotly.get();
    assert.equal(other.asked, 0);
    one.end();
    assert.equal(other.asked, 1);
    await assert.rejects(gone, /closed/);
    await time.go(2000);
    assert.equal(other.asked, 1);
    other.plotly.take("6.0", PACKED);
    await got;
    assert.equal(time.pending, 0);
  });

  it("that does not load is asked for anew by a later view", async () => {
    const { widget, fail, time } = pageOf();
    const one = widget();
    fail();
    const got = one.plotly.get();
    one.plotly.take("6.0", PACKED);
    await assert.rejects(got, /no script/);
    const again = one.plotly.get();
    assert.equal(one.asked, 2);
    one.plotly.take("6.0", PACKED);
    assert.deepEqual(await again, { load: 2 });
    assert.equal(time.pending, 0);
  });

  it("that does not load though nobody asked troubles nobody", async () => {
    const { widget, fail } = pageOf();
    const one = widget();
    fail();
    one.plotly.take("6.0", PACKED);
    await new Promise((done) => setTimeout(done, 5)); // an unhandled rejection would end the process
    const got = one.plotly.get();
    one.plotly.take("6.0", PACKED);
    assert.deepEqual(await got, { load: 2 });
  });

  it("leaves one mark on the page, and no name", () => {
    const { page, widget } = pageOf();
    widget();
    assert.deepEqual(Reflect.ownKeys(page), [CACHE]);
  });
});

/** Run plotly's kind of script as the page would. @param {string} script */
const run = async (script) =>
  (await import(`data:text/javascript,${encodeURIComponent(asModule(script))}`)).default;

const UMD = (/** @type {number} */ id) => `/* ${id} */
(function(root, factory) {
  if (typeof module === "object" && module.exports) module.exports = factory();
  else if (typeof define === "function" && define.amd) define([], factory);
  else root.moduleName = factory();
}(typeof self !== "undefined" ? self : this, () => { "use strict"; globalThis.Plotly = { id: ${id} }; return globalThis.Plotly; }));`;

describe("plotly's script as a module", () => {
  const page = /** @type {any} */ (globalThis);

  it("is exported, and the page has no Plotly by it", async () => {
    assert.deepEqual(await run(UMD(1)), { id: 1 });
    assert.equal("Plotly" in globalThis, false);
    assert.equal("moduleName" in globalThis, false);
  });

  it("leaves the page's own Plotly alone, of whatever kind", async () => {
    page.Plotly = "mine";
    assert.deepEqual(await run(UMD(2)), { id: 2 });
    assert.equal(page.Plotly, "mine");
    delete page.Plotly;
    Object.defineProperty(page, "Plotly", { get: () => "read only", configurable: true, enumerable: false });
    assert.deepEqual(await run(UMD(3)), { id: 3 });
    assert.equal(page.Plotly, "read only");
    assert.equal(Object.keys(page).includes("Plotly"), false);
    delete page.Plotly;
  });

  it("does so also when it fails", async () => {
    page.Plotly = "mine";
    await assert.rejects(run("globalThis.Plotly = 4; throw new Error('broken');"), /broken/);
    assert.equal(page.Plotly, "mine");
    delete page.Plotly;
  });

  it("is not handed to a page's module loader", async () => {
    page.define = Object.assign(() => assert.fail("handed on"), { amd: true });
    assert.deepEqual(await run(UMD(5)), { id: 5 });
    const definesFirst = "typeof define === 'function' ? define([], {}) : (module.exports = { id: 6 });";
    assert.deepEqual(await run(definesFirst), { id: 6 });
    delete page.define;
  });
});
