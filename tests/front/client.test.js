import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Client } from "../../lrwidget/widget/front/client.js";
import { BareModel, BLANK, random, Time } from "./sim.js";
import { stateWith } from "./state.js";

/** @typedef {import("../../lrwidget/widget/front/types.d.ts").FrameHead} FrameHead */

const FOR_EVER = new AbortController().signal;

/** @param {Record<string, any>} traits */
function clientOf(traits = {}) {
  const time = new Time();
  const model = new BareModel({
    _state: stateWith({ sweep: 1, choice: { lr: 0.01, suggested_lr: 0.02 } }),
    ...traits,
  });
  const client = new Client(/** @type {any} */ (model), { clock: time, page: {} });
  /** @type {string[]} */
  const told = [];
  client.subscribe((what) => told.push(what), FOR_EVER);
  return { time, model, client, told };
}

/** @param {number} sweep @param {number} revision @param {number} first @param {number} count */
function frame(sweep, revision, first, count) {
  const bytes = new DataView(new ArrayBuffer(8 * (count - first)));
  const head = {
    kind: "frame",
    sweep,
    revision,
    first,
    count,
    curve_first: first,
    metric: false,
    axes: null,
  };
  return /** @type {const} */ ([head, [bytes, bytes, bytes, bytes, bytes]]);
}

describe("the client", () => {
  it("greets the kernel as soon as there is a model, before any view", () => {
    const { model } = clientOf();
    assert.deepEqual(
      model.sent[0].said.map((/** @type {any} */ { name, args }) => [name, args]),
      [["hello", { plotly: false }]],
    );
  });

  it("takes the newest state, whatever the order in which states come", async () => {
    for (let seed = 1; seed < 50; seed += 1) {
      const { model, client, time } = clientOf();
      const chance = random(seed);
      const states = Array.from({ length: 20 }, (_, i) => stateWith({ version: i + 2, sweep: i }));
      for (const state of [...states, ...states].sort(() => chance() - 0.5)) {
        const before = client.state.version;
        model.change({ _state: state });
        assert.equal(client.state.version, Math.max(before, state.version));
      }
      await time.go(0);
      assert.equal(client.state, states.at(-1));
    }
  });

  it("takes the progress of a sweep, which is in no version, and nothing late of it", () => {
    const { model, client } = clientOf();
    for (const step of [3, 5, 4, 9, 9, 5]) {
      model.change({ _state: stateWith({ version: 2, progress: { step } }) });
    }
    assert.equal(client.state.progress.step, 9);
    model.change({ _state: stateWith({ version: 3, progress: { step: 0 } }) });
    assert.equal(client.state.progress.step, 0);
  });

  it("shows the rate under the hand, else the newest unanswered, else the kernel's", async () => {
    const { model, client, time } = clientOf();
    const page = model.sent[0].page;
    assert.equal(client.lr, 0.01);
    client.say("move", { lr: 0.5 });
    assert.equal(client.lr, 0.5);
    client.say("move", { lr: null }); // back to the suggestion
    assert.equal(client.lr, 0.02);
    client.drag(0.7);
    assert.equal(client.lr, 0.7);
    model.change({ _state: stateWith({ version: 2, sweep: 1, choice: { lr: 0.3 } }) });
    assert.equal(client.lr, 0.7, "a hand that is ahead is not put back");
    client.drag(null);
    client.say("accept", { lr: 0.7 });
    assert.equal(client.lr, 0.7);
    model.tell("msg:custom", { kind: "answer", page, upto: 99, answers: [] });
    assert.equal(client.lr, 0.3);
    await time.go(0);
  });

  it("shows nothing of a rate that was meant for an earlier sweep", async () => {
    const { model, client, time } = clientOf();
    client.say("move", { lr: 0.5 });
    client.say("bounds", { bounds: [0.1, 0.2] });
    client.drag(0.7);
    model.change({ _state: stateWith({ version: 2, sweep: 2, choice: { lr: null } }) });
    assert.equal(client.lr, null);
    assert.equal(client.bounds, null);
    await time.go(0);
  });

  it("says of a drag over which sweep the hand took hold", async () => {
    const { model, client, time } = clientOf();
    model.tell("msg:custom", { kind: "answer", page: model.sent[0].page, upto: 1, answers: [] });
    client.drag(0.7);
    await time.go(0);
    model.change({ _state: stateWith({ version: 2, sweep: 2, choice: { lr: 0.3 } }) });
    client.drag(0.8);
    client.drag(null);
    client.say("move", { lr: 0.8 });
    await time.go(0);
    assert.deepEqual(model.sent.at(-1).said.at(-1).seen, { sweep: 1, state: "idle", lr: 0.01 });
    assert.equal(client.lr, 0.3, "the kernel will not follow it");
    client.say("move", { lr: 0.9 });
    assert.equal(client.lr, 0.9);
  });

  it("tells its views once of all that changes in one go, and of points as points", async () => {
    const { model, client, told, time } = clientOf();
    await time.go(0);
    told.length = 0;
    client.drag(1);
    client.drag(2);
    client.drag(3);
    assert.deepEqual(told, []);
    await time.go(0);
    assert.deepEqual(told, ["hand"]);
    told.length = 0;
    model.tell("msg:custom", ...frame(1, 1, 0, 3));
    model.tell("msg:custom", ...frame(1, 2, 3, 5));
    await time.go(0);
    assert.deepEqual(told, ["points"]);
    assert.equal(client.series.get("lr").length, 5);
    model.change({ _figure: { ...BLANK } });
    await time.go(0);
    assert.deepEqual(told, ["points", "blank"]);
  });

  it("asks for all numbers when some are missing, once a second at most", async () => {
    const { model, client, time } = clientOf();
    /** All numbers of the page that were ever said. */
    const hellos = () =>
      new Set(model.sent.flatMap(({ said }) => said.map((/** @type {any} */ { n }) => n))).size;
    const answer = () =>
      model.tell("msg:custom", { kind: "answer", page: model.sent[0].page, upto: 1e6, answers: [] });
    answer();
    for (let i = 0; i < 45; i += 1) {
      model.tell("msg:custom", ...frame(3, 10 + i, 100 + i, 101 + i));
      answer();
      await time.go(1000 / 15);
    }
    assert.equal(hellos(), 4); // the greeting, and one a second
    model.tell("msg:custom", ...frame(3, 60, 0, 200));
    assert.equal(client.series.get("lr").length, 200);
  });

  it("goes on when a view fails, and when the kernel sends what no kernel of ours would", async (t) => {
    t.mock.method(console, "warn", () => {});
    const { model, client, time, told } = clientOf();
    client.subscribe(() => {
      throw new Error("a view");
    }, FOR_EVER);
    let heard = 0;
    client.subscribe(() => {
      heard += 1;
    }, FOR_EVER);
    for (const odd of [null, undefined, 3, "x", {}, { kind: "answer" }, { kind: "plotly", version: "1" }]) {
      model.tell("msg:custom", odd, undefined);
    }
    model.tell(
      "msg:custom",
      { kind: "frame", sweep: 1, revision: 1, first: 0, count: 4, curve_first: 0 },
      [],
    );
    assert.equal(client.series.get("lr").length, 0);
    told.length = 0;
    client.drag(1);
    await time.go(0);
    assert.ok(heard > 0);
    assert.ok(told.includes("hand"));
  });

  it("forgets a view with its signal", async () => {
    const { client, time } = clientOf();
    await time.go(0);
    const ended = new AbortController();
    let heard = 0;
    client.subscribe(() => {
      heard += 1;
    }, ended.signal);
    client.drag(1);
    await time.go(0);
    assert.equal(heard, 1);
    ended.abort();
    client.drag(2);
    await time.go(0);
    assert.equal(heard, 1);
    client.subscribe(() => {
      heard += 1;
    }, ended.signal);
    client.drag(3);
    await time.go(0);
    assert.equal(heard, 1);
  });

  it("knows the curves of other runs and of trials, and tells that there are new ones", async () => {
    const { model, client, time, told } = clientOf();
    const bytes = new DataView(Float64Array.of(1, 2).buffer);
    await time.go(0);
    told.length = 0;
    model.tell("msg:custom", { kind: "runs", version: 1, runs: [4] }, [bytes, bytes, bytes]);
    await time.go(0);
    model.tell("msg:custom", { kind: "runs", version: 1, runs: [4] }, [bytes, bytes, bytes]);
    await time.go(0);
    assert.deepEqual(told, ["points"]);
    assert.equal(client.curves.get(4)?.lr.length, 2);
    model.tell("msg:custom", { kind: "trials", number: 1, count: 2 }, [bytes, bytes]);
    await time.go(0);
    assert.deepEqual(told, ["points", "points"]);
    assert.equal(client.trialCurves.of({ number: 1, steps: 9, trials: [], winner: null }).length, 1);
    client.close();
    assert.equal(client.curves.get(4), null);
  });

  it("shows what a hand did to a run at once, and what became of it when that is answered", async () => {
    const run = { id: 1, name: "a", lr: 0.1, shown: true, active: false };
    const { model, client, time } = clientOf({ _state: stateWith({ sweep: 1, runs: [run] }) });
    client.say("rename_run", { run: 1, name: "b" });
    assert.equal(client.runs[0].name, "b");
    const page = model.sent.at(-1).page;
    model.tell("msg:custom", {
      kind: "answer",
      page,
      upto: 2,
      answers: [{ n: 2, done: false, why: "no" }],
    });
    await time.go(0);
    assert.equal(client.runs[0].name, "a");
  });

  it("takes no trial's progress back while the version stays", () => {
    const trials = (/** @type {number} */ step) => ({
      number: 1,
      steps: 100,
      winner: null,
      trials: [{ lr: 0.1, step, ended: null, loss: null }],
    });
    const at = (/** @type {number} */ step) =>
      stateWith({ version: 5, doing: "trials", trials: trials(step) });
    const { model, client } = clientOf({ _state: at(3) });
    for (const step of [7, 5]) model.change({ _state: at(step) });
    assert.equal(client.state.trials?.trials[0].step, 7);
  });

  it("leaves nothing behind when the widget is closed", async () => {
    const { model, client, time } = clientOf();
    model.tell("msg:custom", ...frame(1, 1, 0, 1000));
    const plotly = client.plotly();
    const said = client.say("export", { format: "csv" });
    client.drag(1);
    client.close();
    client.close();
    await assert.rejects(plotly, /closed/);
    assert.equal((await said).done, false);
    assert.equal(model.listening, 0);
    assert.equal(time.pending, 0);
    assert.equal(client.series.get("lr").length, 0);
    const sent = model.sent.length;
    client.say("run", { start_lr: 1, end_lr: 2, num_iter: 3 });
    await assert.rejects(client.plotly(), /closed/);
    await time.go(100_000);
    assert.equal(model.sent.length, sent);
    assert.equal(time.pending, 0);
  });
});
