// What is known now, in words or as progress, above the figure; and the one region that a screen reader listens to.

import { Button } from "./button.js";
import { element, icon, setAttribute, setIcon, setText } from "./element.js";

/** @import { IconName } from "./element.js" */
/** @import { StatusLook } from "./shown.js" */

/** Not by colour alone. @type {Record<StatusLook["tone"], IconName | null>} */
const ICONS = {
  quiet: null,
  running: null,
  paused: "pause",
  good: "accept",
  warning: "warning",
  error: "error",
  waiting: "waiting",
};

export class Status {
  /** @param {() => void} extend */
  constructor(extend) {
    this.icon = icon("warning");
    this.headline = element("strong", { class: "lrw-headline" });
    this.text = element("span", { class: "lrw-text" });
    this.count = element("span", { class: "lrw-count" });
    this.done = element("span", { class: "lrw-done" });
    this.bar = element(
      "span",
      {
        class: "lrw-bar",
        role: "progressbar",
        "aria-valuemin": 0,
        "aria-valuemax": 100,
      },
      this.done,
    );
    this.left = element("span", { class: "lrw-left" });
    this.loss = element("b");
    this.best = element("span");
    this.losses = element("span", { class: "lrw-losses" }, "loss ", this.loss, this.best);
    this.speed = element("span", { class: "lrw-speed" });
    this.progress = element(
      "span",
      { class: "lrw-progress" },
      this.count,
      this.bar,
      this.left,
      this.losses,
      this.speed,
    );
    this.waiting = element("span", { class: "lrw-waiting" });
    this.extend = new Button({
      name: "Extend to higher rates",
      text: "Extend to higher rates",
      icon: "extend",
      kind: "lrw-small lrw-extend",
      title: "Sweep on from the last rate; the points join this run",
      press: extend,
    });
    this.line = element(
      "div",
      { class: "lrw-line" },
      this.icon,
      this.headline,
      this.progress,
      this.text,
      this.waiting,
    );
    this.notes = element("ul", { class: "lrw-notes", hidden: true });
    this.noted = "";
    // Told once for each change of state; the line that is seen is not read out while it counts.
    this.told = element("div", { class: "lrw-told", role: "status", "aria-live": "polite" });
    this.el = element("div", { class: "lrw-status" }, this.line, this.notes, this.extend.el, this.told);
  }

  /**
   * @param {StatusLook} now
   * @param {string} announcement
   */
  show(now, announcement) {
    setAttribute(this.el, "data-tone", now.tone);
    const picture = now.marked ? ICONS[now.tone] : null;
    if (picture) setIcon(this.icon, picture);
    setAttribute(this.icon, "hidden", picture === null);
    setText(this.headline, now.headline);
    setText(this.text, now.text);
    setText(this.waiting, now.waiting);
    this.extend.show(now.extend);
    this.progress.hidden = now.progress === null;
    if (now.progress) this.showProgress(now.progress, now.waiting !== "");
    const notes = JSON.stringify(now.notes);
    if (notes !== this.noted) {
      this.noted = notes;
      this.notes.replaceChildren(
        ...now.notes.map(({ text, refused }) =>
          refused ? element("li", { class: "is-refused" }, icon("error"), text) : element("li", {}, text),
        ),
      );
    }
    this.notes.hidden = now.notes.length === 0;
    // The button stands behind the last word.
    this.line.classList.toggle("is-last", now.extend.there && this.notes.hidden);
    this.notes.classList.toggle("is-last", now.extend.there);
    setText(this.told, announcement);
  }

  /**
   * @param {NonNullable<StatusLook["progress"]>} now
   * @param {boolean} short Whether the line is needed for something else.
   */
  showProgress(now, short) {
    setText(this.count, now.count);
    setAttribute(this.bar, "aria-label", now.name);
    const percent = Math.round(100 * now.fraction);
    setAttribute(this.bar, "aria-valuenow", percent);
    setAttribute(this.bar, "aria-valuetext", now.count);
    // A transform is painted without laying anything out anew.
    this.done.style.transform = `scaleX(${now.fraction})`;
    setText(this.left, short ? "" : now.left);
    setText(this.loss, now.loss);
    setText(this.best, now.best === "" ? "" : `, best ${now.best}`);
    this.losses.hidden = short || now.loss === "";
    setText(this.speed, short ? "" : now.speed);
  }
}
