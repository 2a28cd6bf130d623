// The row of controls. Nothing in it changes its place while it is seen: what comes and goes has a place kept for it.

import { decimal, exactRate } from "../format.js";
import { Button } from "./button.js";
import { element, focused, setAttribute } from "./element.js";
import { Field } from "./field.js";
import { readRate, stepRate } from "./rates.js";

/** @import { Answer, Client } from "../types.d.ts" */
/** @import { Shown } from "./shown.js" */
/** @import { IconName } from "./element.js" */

/** @typedef {"run" | "pause" | "resume" | "stop" | "suggestion" | "undo" | "accept" | "try"} Press */

/** @type {Record<"Run" | "Pause" | "Resume", {icon: IconName, press: Press, title: string}>} */
const RUNS = {
  Run: { icon: "run", press: "run", title: "Sweep the learning rate; everything is given back afterwards" },
  Pause: { icon: "pause", press: "pause", title: "Hold it; Resume goes on from there" },
  Resume: { icon: "run", press: "resume", title: "Go on from where it was held" },
};

export class Toolbar {
  /**
   * @param {Client} client
   * @param {(what: Press) => void} press
   * @param {(lr: number) => Promise<Answer>} move The marker is to stand at a rate that was typed or stepped to.
   */
  constructor(client, press, move) {
    this.client = client;
    this.move = move;
    this.run = new Button({
      name: "Run",
      text: "Run",
      icon: "run",
      kind: "lrw-run",
      title: RUNS.Run.title,
      press: () => press(RUNS[/** @type {"Run" | "Pause" | "Resume"} */ (this.run.name)].press),
    });
    this.stop = new Button({
      name: "Stop",
      text: "Stop",
      icon: "stop",
      kind: "lrw-stop",
      title: "End it; everything is given back",
      press: () => press("stop"),
    });
    this.suggestion = new Button({
      name: "Back to the suggestion",
      text: "suggestion",
      icon: "back",
      kind: "lrw-suggestion",
      press: () => press("suggestion"),
    });
    this.undo = new Button({
      name: "Undo",
      text: "Undo",
      icon: "undo",
      kind: "lrw-undo",
      title: "Give the optimizer back the rates that it had before Accept",
      press: () => press("undo"),
    });
    this.rate = new Field({
      label: "learning rate",
      name: "Learning rate",
      title: "Where the marker stands, and what Accept writes into the optimizer",
      read: readRate,
      write: exactRate,
      allowed: "A learning rate is a number above 0, for example 0.001 or 1e-3.",
      keys: "decimal",
      commit: () => void this.commit(),
    });
    this.rate.el.classList.add("lrw-rate");
    // The word before the field is left out of a narrow row.
    setAttribute(this.rate.input, "role", "spinbutton");
    this.rate.input.addEventListener("keydown", (event) => this.step(event));
    this.accept = new Button({
      name: "Accept",
      text: "Accept",
      icon: "accept",
      kind: "lrw-accept",
      title: "Write the learning rate into the optimizer",
      press: () => press("accept"),
    });
    this.try = new Button({
      name: "Try",
      text: "Try",
      icon: "try",
      kind: "lrw-try",
      title: "Train shortly at a few rates around this one; everything is given back afterwards",
      press: () => press("try"),
    });
    this.el = element(
      "div",
      { class: "lrw-toolbar", role: "group", "aria-label": "Learning-rate range test" },
      element("span", { class: "lrw-side" }, this.run.el, this.stop.el),
      element("span", { class: "lrw-side lrw-way" }, this.suggestion.el, this.undo.el),
      element("span", { class: "lrw-side lrw-choice" }, this.rate.el, this.accept.el, this.try.el),
    );
  }

  /** @param {Shown} now */
  show(now) {
    this.keepFocus(now);
    const { icon, title } = RUNS[now.run.name];
    this.run.show({ ...now.run, icon, title });
    this.stop.show(now.stop);
    this.suggestion.show(now.suggestion);
    this.undo.show(now.undo);
    this.accept.show(now.accept);
    this.try.show(now.try);
    this.el.classList.toggle("is-plain", !now.rate.there);
    this.el.classList.toggle("is-busy", now.stop.there);
    this.rate.show(now.rate.lr, now.rate.on);
    const [low, high] = this.client.blank.limits;
    const { input } = this.rate;
    setAttribute(input, "aria-valuenow", now.rate.lr === null ? null : decimal(now.rate.lr));
    setAttribute(input, "aria-valuemin", decimal(low));
    setAttribute(input, "aria-valuemax", decimal(high));
    setAttribute(input, "aria-valuetext", now.rate.lr === null ? "none yet" : exactRate(now.rate.lr));
  }

  /**
   * The focus does not fall out of the widget with a button that goes.
   *
   * @param {Shown} now
   */
  keepFocus(now) {
    const at = focused(this.el);
    if (at === this.stop.el && !now.stop.there) this.run.el.focus({ preventScroll: true });
    else if (at === this.suggestion.el && !now.suggestion.there)
      this.rate.input.focus({ preventScroll: true });
    else if (at === this.undo.el && !now.undo.there) this.accept.el.focus({ preventScroll: true });
    else if (at === this.try.el && !now.try.there) this.accept.el.focus({ preventScroll: true });
    else if (!now.rate.there && this.el.lastElementChild?.contains(at))
      this.run.el.focus({ preventScroll: true });
  }

  /**
   * Take what stands in the rate's field: true where it is a rate, which the page then shows.
   *
   * @returns {boolean}
   */
  commit() {
    if (!this.rate.on) return true;
    const lr = this.rate.take();
    if (lr === null) return !this.rate.changed;
    if (this.rate.changed && lr !== this.client.lr) void this.choose(lr);
    else this.rate.revert();
    return true;
  }

  /** @param {number} lr */
  async choose(lr) {
    this.rate.complain(null);
    this.rate.put(lr);
    const { done, why } = await this.move(lr);
    // Unless a hand has chosen another one meanwhile.
    if (!done && !this.rate.changed && this.rate.on) this.rate.refuse(lr, why);
  }

  /** @param {KeyboardEvent} event */
  step(event) {
    if (event.key !== "ArrowUp" && event.key !== "ArrowDown") return;
    if (event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
    event.preventDefault();
    if (!this.rate.on) return;
    // From what stands there, also when it has not been committed.
    const from = this.rate.take();
    if (from === null) return;
    const lr = stepRate(event.key, from, this.client.blank);
    if (lr !== this.client.lr) void this.choose(lr);
  }
}
