// What Run will sweep, and how the curve is read: one line that says it, which opens into fields.

import { exactRate } from "../format.js";
import { Button } from "./button.js";
import { element, newId, setAttribute, setText } from "./element.js";
import { Field } from "./field.js";
import { readRate, readSteps } from "./rates.js";

/** @import { Answer, Commands, State } from "../types.d.ts" */
/** @import { Shown } from "./shown.js" */

/** @typedef {<Name extends keyof Commands>(name: Name, args: Commands[Name]) => Promise<Answer>} Say */

const SMOOTHING_STEP = 0.05; // decades
const SMOOTHING_MOST = 1;
const RATE_ALLOWED = "A rate is a number above 0, for example 1e-7.";

export class Settings {
  /** @param {Say} say */
  constructor(say) {
    this.say = say;
    const commit = () => void this.commit();
    const rate = {
      read: readRate,
      write: exactRate,
      allowed: RATE_ALLOWED,
      keys: /** @type {const} */ ("decimal"),
      commit,
    };
    this.fields = {
      start_lr: new Field({ ...rate, label: "Start", name: "Start", title: "First rate of the sweep" }),
      end_lr: new Field({ ...rate, label: "End", name: "End", title: "Last rate of the sweep" }),
      num_iter: new Field({
        label: "Steps",
        name: "Steps",
        title: "Number of rates, one for each training step",
        read: readSteps,
        write: String,
        allowed: "Steps are a whole number, 2 or more.",
        keys: "numeric",
        commit,
      }),
    };
    this.rule = new Choice("Rule", "How a rate is picked from the curve; no new sweep is needed", (rule) =>
      say("rule", { rule }),
    );
    this.on = new Choice("On", "What the rule judges", (on) =>
      say("on", { on: on === "metric" ? "metric" : "loss" }),
    );
    this.smoothing = new Smoothing((bandwidth) => say("bandwidth", { bandwidth }));
    this.bounds = new Button({
      name: "Bounds",
      text: "Bounds",
      icon: "off",
      kind: "lrw-toggle",
      title: "Show the range for a cyclical schedule, base to maximum rate, with edges to drag",
      press: () => void say("show_bounds", { shown: this.bounds.el.getAttribute("aria-pressed") !== "true" }),
    });
    this.summary = element("span");
    this.own = element(
      "p",
      { class: "lrw-hint" },
      "The rates are your own list, so start, end and steps are fixed.",
    );
    const { start_lr, end_lr, num_iter } = this.fields;
    this.el = element(
      "details",
      { class: "lrw-settings" },
      element("summary", {}, element("span", { class: "lrw-unseen" }, "Settings: "), this.summary),
      element(
        "div",
        { class: "lrw-fields", role: "group", "aria-label": "Settings" },
        start_lr.el,
        end_lr.el,
        num_iter.el,
        this.rule.el,
        this.on.el,
        this.smoothing.el,
        this.bounds.el,
      ),
      this.own,
    );
  }

  /**
   * @param {State} state
   * @param {Shown["settings"]} now
   */
  show(state, now) {
    const { choice, offers, plan } = state;
    setText(this.summary, state.words.summary);
    this.fields.start_lr.show(plan.start_lr, now.plan);
    this.fields.end_lr.show(plan.end_lr, now.plan);
    this.fields.num_iter.show(plan.num_iter, now.plan);
    this.own.hidden = !now.own;
    const open = !state.closed;
    this.rule.show(
      offers.rules.map(({ name, words }) => ({ value: name, text: name, words })),
      choice.rule,
      open,
    );
    this.on.el.hidden = offers.metric_name === null;
    const metric = { value: "metric", text: offers.metric_name ?? "metric", words: "Higher is better" };
    this.on.show([{ value: "loss", text: "loss", words: "Lower is better" }, metric], choice.on, open);
    this.smoothing.show(choice.bandwidth, open);
    this.bounds.show({ there: true, on: open, icon: choice.shows_bounds ? "on" : "off" });
    setAttribute(this.bounds.el, "aria-pressed", String(choice.shows_bounds));
  }

  /**
   * Take what stands in the fields, all three together: true where Run can sweep it. What is wrong is marked, shown,
   * and not sent.
   *
   * @returns {boolean}
   */
  commit() {
    const fields = Object.values(this.fields);
    if (!fields.some((field) => field.changed)) return true;
    const { start_lr: first, end_lr: last, num_iter: count } = this.fields;
    // All are read first, so that each says what is wrong with it.
    const [start, end, steps] = [first.take(), last.take(), count.take()];
    if (start !== null && end !== null && start >= end) {
      if (first.changed) first.complain(`Start must be below End, which is ${exactRate(end)}.`);
      else last.complain(`End must be above Start, which is ${exactRate(start)}.`);
      return false;
    }
    if (start === null || end === null || steps === null) return false;
    /** @type {Commands["plan"]} */
    const args = {};
    if (first.changed) args.start_lr = start;
    if (last.changed) args.end_lr = end;
    if (count.changed) args.num_iter = steps;
    const answer = this.say("plan", args);
    if (args.start_lr !== undefined) void first.send(start, answer);
    if (args.end_lr !== undefined) void last.send(end, answer);
    if (args.num_iter !== undefined) void count.send(steps, answer);
    return true;
  }

  /** What Run will sweep, as the fields show it. @returns {Commands["run"] | null} */
  plan() {
    const [start_lr, end_lr, num_iter] = Object.values(this.fields).map((field) => field.take());
    return start_lr === null || end_lr === null || num_iter === null ? null : { start_lr, end_lr, num_iter };
  }

  /** Bring the first field that is wrong before the eyes. */
  showWrong() {
    const wrong = Object.values(this.fields).find((field) => field.input.getAttribute("aria-invalid"));
    if (!wrong) return;
    this.el.open = true;
    wrong.input.focus();
  }
}

/** A value that a hand has chosen and the kernel has not confirmed yet is what is shown. */
class Chosen {
  constructor() {
    /** @type {object | null} */
    this.asked = null;
  }

  /**
   * @param {Promise<Answer>} answer
   * @param {() => void} settle
   */
  async until(answer, settle) {
    const asked = {};
    this.asked = asked;
    await answer;
    if (this.asked !== asked) return;
    this.asked = null;
    settle();
  }
}

/** A list to choose from, with a line that says what the chosen one does. */
class Choice extends Chosen {
  /**
   * @param {string} name
   * @param {string} title
   * @param {(value: string) => Promise<Answer>} choose
   */
  constructor(name, title, choose) {
    super();
    const [id, words] = [newId(), newId()];
    this.select = element("select", { id, class: "lrw-input", title, "aria-describedby": words });
    this.words = element("span", { id: words, class: "lrw-hint" });
    this.el = element(
      "span",
      { class: "lrw-field" },
      element("label", { class: "lrw-field-label", for: id, title }, name),
      this.select,
      this.words,
    );
    /** @type {{value: string, text: string, words: string}[]} */
    this.options = [];
    this.value = "";
    this.select.addEventListener("change", () => {
      this.explain();
      void this.until(choose(this.select.value), () => this.put());
    });
  }

  /**
   * @param {{value: string, text: string, words: string}[]} options
   * @param {string} value
   * @param {boolean} on
   */
  show(options, value, on) {
    this.select.disabled = !on;
    const all = options.some((option) => option.value === value)
      ? options
      : [...options, { value, text: value, words: "" }];
    const same =
      all.length === this.options.length &&
      all.every(({ value, text }, i) => {
        return this.options[i].value === value && this.options[i].text === text;
      });
    this.options = all;
    if (!same)
      this.select.replaceChildren(...all.map(({ value, text }) => element("option", { value }, text)));
    this.value = value;
    if (!this.asked) this.put();
  }

  put() {
    if (this.select.value !== this.value) this.select.value = this.value;
    this.explain();
  }

  explain() {
    const chosen = this.options.find(({ value }) => value === this.select.value);
    setText(this.words, chosen?.words ?? "");
  }
}

/** The width of the smoothing, on a rail. */
class Smoothing extends Chosen {
  /** @param {(bandwidth: number) => Promise<Answer>} choose */
  constructor(choose) {
    super();
    const id = newId();
    const title = "Width of the smoothing in decades of the learning rate; 0 is none";
    this.rail = element("input", {
      id,
      class: "lrw-rail",
      type: "range",
      min: 0,
      step: SMOOTHING_STEP,
      title,
    });
    this.number = element("span", { class: "lrw-number", "aria-hidden": "true" });
    this.el = element(
      "span",
      { class: "lrw-field" },
      element("label", { class: "lrw-field-label", for: id, title }, "Smoothing"),
      element("span", { class: "lrw-smoothing" }, this.rail, this.number),
    );
    this.value = 0;
    this.rail.addEventListener("input", () => {
      const bandwidth = Number(this.rail.value);
      this.write(bandwidth);
      void this.until(choose(bandwidth), () => this.put());
    });
  }

  /**
   * @param {number} bandwidth Decades.
   * @param {boolean} on
   */
  show(bandwidth, on) {
    this.rail.disabled = !on;
    this.value = bandwidth;
    setAttribute(this.rail, "max", Math.max(SMOOTHING_MOST, Math.ceil(bandwidth)));
    if (!this.asked) this.put();
  }

  put() {
    if (Number(this.rail.value) !== this.value) this.rail.value = String(this.value);
    this.write(this.value);
  }

  /** @param {number} bandwidth */
  write(bandwidth) {
    const text = String(Number(bandwidth.toPrecision(3)));
    setText(this.number, text);
    setAttribute(this.rail, "aria-valuetext", bandwidth === 0 ? "none" : `${text} decades`);
  }
}
