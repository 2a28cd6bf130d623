import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Client } from "../../lrwidget/widget/front/client.js";
import { Wire } from "../../lrwidget/widget/front/wire.js";
import { BareModel, Kernel, Line, random, Time } from "./sim.js";
import { stateWith } from "./state.js";

const SEEN = /** @type {const} */ ({ sweep: 1, state: "finished", lr: null });

function wired() {
  const time = new Time();
  /** @type {import("../../lrwidget/widget/front/types.d.ts").ToKernel[]} */
  const sent = [];
  let changes = 0;
  const wire = new Wire(
    (message) => void sent.push(structuredClone(message)),
    () => {
      changes += 1;
    },
    time,
  );
  /** @param {number} upto @param {any[]} answers */
  const answer = (upto, answers = []) => wire.answered({ page: wire.page, upto, answers });
  const carried = () => sent.map(({ said }) => said.map(({ n, name }) => `${n} ${name}`));
  return { time, sent, wire, answer, carried, changes: () => changes };
}

describe("what is said", () => {
  it("is repeated, all of it and in order, until it is answered", async () => {
    const { time, wire, answer, carried } = wired();
    wire.say("pause", {}, SEEN);
    wire.say("resume", {}, SEEN);
    await time.go(1600); // 500, 1000
    assert.deepEqual(carried(), [
      ["1 pause"],
      ["1 pause", "2 resume"],
      ["1 pause", "2 resume"],
      ["1 pause", "2 resume"],
    ]);
    answer(1);
    await time.go(2000);
    assert.deepEqual(carried().slice(4), [["2 resume"]]);
    answer(2);
    assert.equal(time.pending, 0);
    await time.go(60_000);
    assert.equal(carried().length, 5);
  });

  it("is repeated less and less often to a kernel that is busy for an hour, held key or not", async () => {
    const { time, sent, wire } = wired();
    wire.say("accept", { lr: 0.1 }, SEEN);
    for (let minute = 0; minute < 60; minute += 1) {
      for (let i = 0; i < 600; i += 1) {
        wire.say("move", { lr: i + 1 }, SEEN);
        await time.go(100);
      }
    }
    assert.ok(sent.length < 260, `${sent.length} messages`);
    assert.ok(sent.every(({ said }) => said.length <= 2));
    assert.ok(sent.every(({ said }) => said[0].name === "accept"));
    assert.deepEqual(sent.at(-1)?.said[0].args, { lr: 0.1 });
  });

  it("goes at once when it is a press, with the rate that was chosen right before it", () => {
    const { sent, wire } = wired();
    wire.say("move", { lr: 1 }, SEEN);
    wire.say("move", { lr: 2 }, SEEN);
    wire.say("move", { lr: 3 }, SEEN);
    wire.say("accept", { lr: 3 }, SEEN);
    assert.equal(sent.length, 2);
    assert.deepEqual(
      sent[1].said.map(({ name, args }) => [name, /** @type {any} */ (args).lr]),
      [
        ["move", 3],
        ["accept", 3],
      ],
    );
  });

  it("has one message under way when a key is held", async () => {
    const { time, sent, wire, answer } = wired();
    let most = 0;
    for (let lr = 1; lr <= 100; lr += 1) {
      const before = sent.length;
      wire.say("move", { lr }, SEEN);
      await time.go(10);
      if (lr % 20 === 0) answer(/** @type {any} */ (sent.at(-1)).said.at(-1).n); // 5 answers
      most = Math.max(most, sent.length - before);
    }
    assert.equal(most, 1);
    assert.ok(sent.length <= 6);
    answer(/** @type {any} */ (sent.at(-1)).said.at(-1).n);
    assert.equal(/** @type {any} */ (sent.at(-1)).said.at(-1).args.lr, 100);
    assert.equal(time.pending, 0);
  });

  it("does not wait for an answer when it is the wish for plotly", () => {
    const { sent, wire } = wired();
    wire.say("hello", { plotly: false }, SEEN);
    wire.say("hello", { plotly: true }, SEEN);
    assert.deepEqual(
      sent.map(({ said }) => said.map(({ n, args }) => [n, args])),
      [[[1, { plotly: false }]], [[2, { plotly: true }]]],
    );
    wire.say("hello", { plotly: false }, SEEN);
    assert.equal(sent.length, 2);
  });

  it("is not left out for something newer behind a press", () => {
    const { sent, wire } = wired();
    wire.say("move", { lr: 1 }, SEEN);
    wire.say("export", { format: "code" }, SEEN); // of rate 1
    wire.say("move", { lr: 2 }, SEEN);
    wire.say_again();
    assert.deepEqual(
      sent.at(-1)?.said.map(({ name }) => name),
      ["move", "export", "move"],
    );
  });

  it("keeps every field of the plan, and the wish for plotly", () => {
    const { sent, wire } = wired();
    wire.say("hello", { plotly: true }, SEEN);
    wire.say("plan", { start_lr: 1e-6 }, SEEN);
    wire.say("plan", { end_lr: 1 }, SEEN);
    wire.say("hello", { plotly: false }, SEEN);
    wire.say("plan", { start_lr: 1e-5 }, SEEN);
    wire.say_again();
    assert.deepEqual(
      sent.at(-1)?.said.map(({ args }) => args),
      [{ plotly: true }, { start_lr: 1e-5, end_lr: 1 }],
    );
  });

  it("is told to whoever said it, also when something newer took its place", async () => {
    const { sent, wire, answer } = wired();
    const told = [1, 2, 3].map((lr) => wire.say("move", { lr }, SEEN));
    wire.say_again();
    const n = /** @type {any} */ (sent.at(-1)).said.at(-1).n;
    answer(n, [{ n, done: false, why: "no" }]);
    for (const each of told) assert.deepEqual(await each, { n, done: false, why: "no" });
  });

  it("is not believed done when its answer is missing", async () => {
    const { wire, answer } = wired();
    const told = wire.say("accept", { lr: 1 }, SEEN);
    answer(1);
    assert.equal((await told).done, false);
  });

  it("does no harm when it is an answer to another page, to nothing, or no answer at all", () => {
    const { wire, answer, sent, time } = wired();
    wire.say("pause", {}, SEEN);
    wire.answered({ page: "another", upto: 100 });
    wire.answered(/** @type {any} */ ({ page: wire.page }));
    wire.answered(/** @type {any} */ ({ page: wire.page, upto: "x" }));
    answer(0);
    answer(-1);
    assert.equal(wire.open.length, 1);
    answer(1);
    answer(1);
    assert.equal(wire.open.length, 0);
    assert.equal(sent.length, 1);
    assert.equal(time.pending, 0);
  });

  it("is said again when the kernel could not be reached, with one note", async (t) => {
    const warned = t.mock.method(console, "warn", () => {});
    const time = new Time();
    let reached = 0;
    const wire = new Wire(
      () => {
        reached += 1;
        if (reached < 3) throw new Error("no comm");
      },
      () => {},
      time,
    );
    wire.say("stop", {}, SEEN);
    await time.go(5000);
    assert.ok(reached >= 3);
    assert.equal(warned.mock.callCount(), 1);
  });

  it("may be answered before sending has returned", async () => {
    const time = new Time();
    /** @type {Wire} */
    const wire = new Wire(
      ({ page, said }) => wire.answered({ page, upto: said.at(-1)?.n ?? 0, answers: [] }),
      () => {},
      time,
    );
    await wire.say("stop", {}, SEEN);
    await wire.say("move", { lr: 1 }, SEEN);
    assert.equal(time.pending, 0);
  });

  it("tells for what is waited after a second, oldest first, each once", async () => {
    const { time, wire, answer, changes } = wired();
    wire.say("move", { lr: 1 }, SEEN);
    await time.go(500);
    wire.say("accept", { lr: 1 }, SEEN);
    assert.deepEqual(wire.waiting, []);
    await time.go(499);
    assert.deepEqual(wire.waiting, []);
    await time.go(1);
    assert.deepEqual(wire.waiting, ["move"]);
    await time.go(500);
    assert.deepEqual(wire.waiting, ["move", "accept"]);
    assert.equal(changes(), 2);
    answer(2);
    assert.deepEqual(wire.waiting, []);
    assert.equal(changes(), 3);
    assert.equal(time.pending, 0);
  });

  it("is waited for by its name, once", async () => {
    const { time, wire } = wired();
    for (const name of /** @type {const} */ (["pause", "resume", "pause"])) wire.say(name, {}, SEEN);
    await time.go(1000);
    assert.deepEqual(wire.waiting, ["pause", "resume"]);
  });

  it("is waited for since the first time, though a held key says it anew", async () => {
    const { time, wire } = wired();
    for (let lr = 1; lr <= 50; lr += 1) {
      wire.say("move", { lr }, SEEN);
      assert.deepEqual(wire.waiting, []);
      await time.go(20);
    }
    assert.deepEqual(wire.waiting, ["move"]);
  });

  it("is not said to be waited for while a kernel keeps up with a held key", async () => {
    const { time, sent, wire, answer } = wired();
    for (let lr = 1; lr <= 100; lr += 1) {
      wire.say("move", { lr }, SEEN);
      await time.go(50);
      if (lr % 4 === 0) answer(/** @type {any} */ (sent.at(-1)).said.at(-1).n);
      assert.deepEqual(wire.waiting, []);
    }
  });

  it("leaves no timer, and no question without an answer, when the widget is closed", async () => {
    const { time, wire, sent } = wired();
    const told = wire.say("run", { start_lr: 1, end_lr: 2, num_iter: 3 }, SEEN);
    wire.say("move", { lr: 1 }, SEEN);
    wire.close();
    assert.equal(time.pending, 0);
    assert.equal((await told).done, false);
    assert.equal((await wire.say("stop", {}, SEEN)).done, false);
    wire.say_again();
    assert.equal(sent.length, 1);
    assert.equal(time.pending, 0);
  });

  it("knows its page from every other", () => {
    const pages = new Set(Array.from({ length: 100 }, () => wired().wire.page));
    assert.equal(pages.size, 100);
  });
});

/** Somebody at a page for half a minute, and a kernel behind a bad line. @param {number} seed @param {object} badness */
async function session(seed, badness = {}) {
  const time = new Time();
  const chance = random(seed);
  const line = new Line(time, chance, { lost: 0.3, doubled: 0.3, least: 5, most: 900, ...badness });
  const model = new BareModel();
  const kernel = new Kernel(model, line);
  const client = new Client(/** @type {any} */ (model), { clock: time, page: {} });
  /** @type {{ name: string, args: any, shown: number | null }[]} */
  const presses = [];
  /** @type {Promise<any>[]} */
  const told = [];
  /** @type {{ lr: number | null, plan: any, bounds: any }} */
  const meant = { lr: client.lr, plan: { ...client.state.plan }, bounds: client.bounds };
  for (let i = 0; i < 60; i += 1) {
    const pick = chance();
    const some = Math.round(chance() * 1e6) / 1e6 + 1e-6;
    if (pick < 0.4) {
      for (let k = 0; k < 5; k += 1) {
        client.drag(some + k);
        assert.equal(client.lr, some + k);
        await time.go(chance() * 30);
        assert.equal(client.lr, some + k, "the hand is ahead of all that comes");
      }
      client.drag(null);
      told.push(client.say("move", { lr: some + 4 }));
      meant.lr = some + 4;
      assert.equal(client.lr, meant.lr);
    } else if (pick < 0.55) {
      const args = chance() < 0.5 ? { start_lr: some } : { num_iter: i + 2 };
      told.push(client.say("plan", args));
      Object.assign(meant.plan, args);
    } else if (pick < 0.65) {
      meant.bounds = [some, some + 1];
      told.push(client.say("bounds", { bounds: meant.bounds }));
      assert.deepEqual(client.bounds, meant.bounds);
    } else {
      const names = /** @type {const} */ (["accept", "pause", "resume", "undo", "show_bounds"]);
      const name = names[Math.floor(chance() * names.length)];
      const shown = client.lr;
      const args = /** @type {any} */ ({ accept: { lr: shown }, show_bounds: { shown: i } })[name] ?? { i };
      presses.push({ name, args, shown });
      told.push(client.say(name, args));
      if (name === "accept") meant.lr = shown;
    }
    await time.go(chance() * 800);
  }
  await time.go(600_000);
  return { time, model, kernel, client, presses, told, meant };
}

describe("a person, a bad line, and a kernel", () => {
  for (const seed of Array.from({ length: 60 }, (_, i) => i + 1)) {
    it(`end with what the person did (${seed})`, async () => {
      const { time, model, kernel, client, presses, told, meant } = await session(seed);
      const names = new Set(["accept", "pause", "resume", "undo", "show_bounds"]);
      const done = kernel.done.filter(({ name }) => names.has(name));
      assert.deepEqual(
        done.map(({ name, args }) => ({ name, args })),
        presses.map(({ name, args }) => ({ name, args })),
        "each press, once, in order",
      );
      for (const { args, seen } of done.filter(({ name }) => name === "accept")) {
        assert.equal(args.lr, seen.lr, "what is accepted is what was shown");
      }
      assert.equal(kernel.state.choice.lr, meant.lr);
      assert.deepEqual(kernel.state.plan, meant.plan);
      assert.deepEqual(kernel.state.choice.bounds, meant.bounds);
      assert.equal(client.lr, meant.lr);
      assert.deepEqual(client.state, kernel.state);
      assert.deepEqual(client.bounds, meant.bounds);
      assert.deepEqual(client.waiting, []);
      assert.equal((await Promise.all(told)).length, told.length);
      assert.equal(time.pending, 0, "nothing is repeated when all is answered");
      client.close();
      assert.equal(model.listening, 0);
    });
  }

  it("on a good line every answer says that it was done, and nothing is said twice", async () => {
    const { kernel, told } = await session(7, { lost: 0, doubled: 0, least: 5, most: 5 });
    for (const answer of await Promise.all(told)) assert.equal(answer.done, true);
    const known = new Set();
    for (const { said } of kernel.heard) {
      assert.ok(said.some(({ n }) => !known.has(n)));
      for (const { n } of said) known.add(n);
    }
  });

  it("do not begin a second sweep for a late Pause", async () => {
    const time = new Time();
    const line = new Line(time, random(1), { lost: 0, doubled: 1, least: 5, most: 3000 });
    const model = new BareModel();
    const kernel = new Kernel(model, line);
    const client = new Client(/** @type {any} */ (model), { clock: time, page: {} });
    client.say("pause", {});
    kernel.set({ sweep: 2, state: "running" });
    await time.go(60_000);
    assert.equal(kernel.state.state, "running");
    assert.equal(kernel.done.filter(({ name }) => name === "pause").length, 0);
  });

  it("tell what is waited for while the kernel is deaf, and nothing any more afterwards", async () => {
    const time = new Time();
    const line = new Line(time, random(1), { lost: 0, doubled: 0, least: 5, most: 5 });
    const model = new BareModel();
    const kernel = new Kernel(model, line);
    const client = new Client(/** @type {any} */ (model), { clock: time, page: {} });
    await time.go(100);
    kernel.deaf = true;
    /** @type {string[]} */
    const told = [];
    client.subscribe(() => told.push(client.waiting.join()), new AbortController().signal);
    client.say("accept", { lr: 0.5 });
    assert.equal(client.lr, 0.5, "the rate that was accepted is shown at once");
    await time.go(5000);
    assert.equal(told.at(-1), "accept");
    kernel.deaf = false;
    kernel.tell({ kind: "call" });
    await time.go(20);
    assert.equal(told.at(-1), "");
    assert.equal(kernel.state.choice.accepted_lr, 0.5);
  });

  it("show the kernel's rate again when a move is refused", async () => {
    const time = new Time();
    const line = new Line(time, random(1), { lost: 0, doubled: 0, least: 5, most: 5 });
    const model = new BareModel();
    const kernel = new Kernel(model, line);
    kernel.take = () => ({ done: false, why: "no" });
    const client = new Client(/** @type {any} */ (model), { clock: time, page: {} });
    const told = client.say("move", { lr: 5 });
    assert.equal(client.lr, 5);
    await time.go(100);
    assert.equal(client.lr, 0.01);
    assert.equal((await told).why, "no");
    assert.deepEqual(stateWith({}).choice.lr, null);
  });
});
