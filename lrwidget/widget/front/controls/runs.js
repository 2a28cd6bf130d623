// The row of runs: a chip each. Its name judges the run, its dot shows the curve, its menu renames and removes it.

import { tintOf } from "../figure/tints.js";
import { exactRate } from "../format.js";
import { Button } from "./button.js";
import { element, focused, setAttribute, setText } from "./element.js";
import { Menu } from "./menu.js";
import { swatch, tintSwatch } from "./swatch.js";

/** @import { Run } from "../types.d.ts" */
/** @import { Tint } from "../figure/tints.js" */

/**
 * What hands do in the row. `pointed` is told over which run a hand is, and null when it is over none; `left` is
 * called when the focus would fall out of a row that goes.
 *
 * @typedef {object} Does
 * @property {(run: number) => void} activate
 * @property {(run: number, shown: boolean) => void} show
 * @property {(run: number, name: string) => void} rename
 * @property {(run: number) => void} remove
 * @property {(run: number | null) => void} pointed
 * @property {() => void} left
 */

/**
 * What a hand may do to the runs now: `choose` to judge another one or to take one out, `change` to do anything.
 *
 * @typedef {{ choose: boolean, change: boolean }} May
 */

const EDGE = 4; // px around the chips
const LEAST_INPUT = 112; // px
const FEWEST = 2; // a single run is what the figure shows anyway

export class Runs {
  /**
   * @param {Does} does
   * @param {() => DOMRect} room Where menus should stay, if they can.
   * @param {AbortSignal} signal
   */
  constructor(does, room, signal) {
    this.does = does;
    this.room = room;
    this.signal = signal;
    this.el = element("ul", { class: "lrw-runs", "aria-label": "Runs", hidden: true });
    /** @type {Map<number, Chip>} */
    this.chips = new Map();
    /** @type {number | null} */
    this.judged = null;
  }

  /**
   * @param {Run[]} runs
   * @param {May} may
   * @param {Tint} active How the curve of the active one is drawn.
   */
  show(runs, may, active) {
    const at = focused(this.el);
    const place = [...this.chips.values()].findIndex((chip) => chip.el.contains(at));
    const there = runs.length < FEWEST ? [] : runs;
    for (const [id, chip] of this.chips) {
      if (there.some((run) => run.id === id)) continue;
      chip.end();
      this.chips.delete(id);
    }
    this.el.hidden = there.length === 0;
    there.forEach((run, i) => {
      let chip = this.chips.get(run.id);
      if (!chip) {
        chip = new Chip(run.id, this.does, this.room, this.signal);
        this.chips.set(run.id, chip);
      }
      if (this.el.children[i] !== chip.el) this.el.insertBefore(chip.el, this.el.children[i] ?? null);
      chip.show(run, may, run.active ? active : tintOf(run.id));
    });
    const judged = runs.find(({ active }) => active)?.id ?? null;
    if (judged !== this.judged) this.bringUp(judged);
    if (place >= 0 && !this.el.contains(focused(this.el))) this.refocus(place);
  }

  /** Scroll the row, and nothing else, so far that a run is seen. @param {number | null} id */
  bringUp(id) {
    const chip = id === null ? null : this.chips.get(id)?.el;
    if (!chip || !this.el.offsetHeight) return; // not on the page yet
    this.judged = id;
    const [row, box] = [this.el.getBoundingClientRect(), chip.getBoundingClientRect()];
    if (box.top < row.top) this.el.scrollTop += box.top - row.top - EDGE;
    else if (box.bottom > row.bottom) this.el.scrollTop += box.bottom - row.bottom + EDGE;
  }

  /** The run that had the focus has gone: its neighbour gets it. @param {number} place */
  refocus(place) {
    const left = [...this.chips.values()];
    if (left.length === 0) this.does.left();
    else left[Math.min(place, left.length - 1)].choice.el.focus({ preventScroll: true });
  }
}

class Chip {
  /**
   * @param {number} id
   * @param {Does} does
   * @param {() => DOMRect} room
   * @param {AbortSignal} signal
   */
  constructor(id, does, room, signal) {
    this.does = does;
    this.id = id;
    this.run = /** @type {Run | null} */ (null);
    this.ended = new AbortController();
    signal.addEventListener("abort", () => this.ended.abort(), { signal: this.ended.signal });
    this.swatch = swatch();
    this.dot = new Button({
      name: "",
      icon: this.swatch,
      kind: "lrw-dot",
      press: () => does.show(id, !this.run?.shown),
    });
    this.name = element("span", { class: "lrw-run-name" });
    this.rate = element("b", { class: "lrw-run-rate" });
    this.choice = new Button({
      name: "",
      icon: "accept",
      kind: "lrw-choose",
      press: () => this.run?.active || does.activate(id),
    });
    this.choice.icon.remove();
    this.choice.label.append(this.name, " ", this.rate);
    setAttribute(this.choice.el, "aria-label", null);
    this.input = element("input", {
      class: "lrw-input lrw-rename",
      type: "text",
      "aria-label": "Name of the run",
      autocomplete: "off",
      spellcheck: "false",
      enterkeyhint: "done",
      hidden: true,
      "data-lm-suppress-shortcuts": "true",
    });
    this.renaming = false;
    this.may = { choose: true, change: true };
    this.menu = new Menu(
      () => [
        { name: "Rename", on: this.may.change, does: () => this.rename() },
        { name: "Remove", on: this.may.choose, does: () => does.remove(id) },
      ],
      room,
      this.ended.signal,
      { name: "", title: "Rename, remove" },
    );
    this.el = element("li", { class: "lrw-chip" }, this.dot.el, this.choice.el, this.input, this.menu.el);
    for (const event of ["pointerenter", "focusin"]) {
      this.el.addEventListener(event, () => does.pointed(id));
    }
    for (const event of ["pointerleave", "focusout"]) {
      this.el.addEventListener(event, () => does.pointed(null));
    }
    this.input.addEventListener("keydown", (event) => {
      if (event.isComposing) return;
      if (event.key === "Enter") this.renamed(true, true);
      else if (event.key === "Escape") this.renamed(false, true);
      else return;
      event.preventDefault();
    });
    this.input.addEventListener("blur", () => this.renamed(true, false));
  }

  /**
   * @param {Run} run
   * @param {May} may
   * @param {Tint} tint
   */
  show(run, may, tint) {
    this.run = run;
    this.may = may;
    const { name, lr, active, shown } = run;
    this.el.classList.toggle("is-active", active);
    tintSwatch(this.swatch, tint);
    // The curve of the active one is the figure's own, and there as long as it is active.
    this.dot.show({ there: true, on: may.change && !active });
    setAttribute(this.dot.el, "aria-label", `Curve of ${name}`);
    setAttribute(this.dot.el, "aria-pressed", String(active || shown));
    setAttribute(this.dot.el, "title", active ? null : shown ? "Hide this curve" : "Show this curve");
    setText(this.name, name);
    setText(this.rate, lr === null ? "\u2013" : exactRate(lr));
    this.choice.show({ there: true, on: may.choose || active });
    setAttribute(this.choice.el, "aria-current", active ? "true" : null);
    setAttribute(
      this.choice.el,
      "title",
      active ? `${name}: the run that is judged` : `${name}: judge this run`,
    );
    this.menu.call(`More about ${name}`);
  }

  rename() {
    this.renaming = true;
    this.input.value = this.run?.name ?? "";
    // As wide as what it takes the place of: the other chips stay where they are.
    this.input.style.width = `${Math.max(this.choice.el.offsetWidth, LEAST_INPUT)}px`;
    this.input.hidden = false;
    this.choice.el.hidden = true;
    this.input.focus({ preventScroll: true });
    this.input.select();
  }

  /**
   * @param {boolean} meant Whether what is written counts.
   * @param {boolean} back Whether the focus goes back to the name.
   */
  renamed(meant, back) {
    if (!this.renaming) return;
    this.renaming = false; // also for the focus that leaves the field just now
    const name = this.input.value.trim();
    this.choice.el.hidden = false;
    if (back) this.choice.el.focus({ preventScroll: true });
    this.input.hidden = true;
    if (meant && name !== "" && name !== this.run?.name) this.does.rename(this.id, name);
  }

  end() {
    this.ended.abort();
    this.el.remove();
  }
}
