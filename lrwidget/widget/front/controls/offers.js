// What the menu offers, and does.

import { exactRate } from "../format.js";
import { openDialog } from "./dialog.js";
import { element } from "./element.js";
import { blobOf, copy, save } from "./files.js";
import { openHelp } from "./help.js";
import { openTable } from "./table.js";

/** @import { Client, Figure } from "../types.d.ts" */
/** @import { Item } from "./menu.js" */
/** @import { Say } from "./settings.js" */
/** @import { Shown } from "./shown.js" */

const TYPES = { json: "application/json", csv: "text/csv" };

export class Offers {
  /**
   * @param {object} parts
   * @param {Client} parts.client
   * @param {Say} parts.say
   * @param {Figure} parts.figure
   * @param {HTMLElement} parts.root
   * @param {() => Shown} parts.now
   * @param {(text: string) => void} parts.tell Tell what was done.
   */
  constructor({ client, say, figure, root, now, tell }) {
    this.client = client;
    this.say = say;
    this.figure = figure;
    this.root = root;
    this.now = now;
    this.tell = tell;
  }

  /** @returns {Item[]} */
  items() {
    const { rate, points, clear } = this.now().menu;
    const { shows_bounds } = this.client.state.choice;
    const { closed } = this.client.state;
    return [
      {
        name: "Bounds",
        on: !closed,
        checked: shows_bounds,
        does: () => void this.say("show_bounds", { shown: !shows_bounds }),
      },
      "line",
      { name: "Copy rate", on: rate, does: () => void this.copyRate() },
      { name: "Copy code", on: rate, does: () => void this.copyCode() },
      "line",
      { name: "Export PNG", on: points, does: () => void this.saveImage("png") },
      { name: "Export SVG", on: points, does: () => void this.saveImage("svg") },
      { name: "Export CSV", on: points, does: () => void this.saveNumbers("csv") },
      { name: "Export JSON", on: points, does: () => void this.saveNumbers("json") },
      "line",
      { name: "Table of points", on: points, does: () => this.showTable() },
      { name: "Keyboard help", does: () => openHelp(this.root) },
      "line",
      { name: "Clear", on: clear, does: () => void this.say("clear", {}) },
    ];
  }

  copyRate() {
    const { lr } = this.client;
    return lr === null ? undefined : this.copyText(exactRate(lr), "The learning rate");
  }

  async copyCode() {
    const { done, value } = await this.say("export", { format: "code" });
    if (done && typeof value === "string") await this.copyText(value, "Code that sets this rate");
  }

  /**
   * @param {string} text
   * @param {string} what
   */
  async copyText(text, what) {
    if (await copy(text)) {
      const line = text.trim();
      return this.tell(line.length > 24 || line.includes("\n") ? "Copied" : `Copied ${line}`);
    }
    const field = element("textarea", {
      class: "lrw-copy",
      readonly: true,
      rows: Math.min(text.split("\n").length, 12),
      "aria-label": what,
    });
    field.value = text;
    openDialog(
      this.root,
      what,
      element("p", {}, "This page may not copy. Press Ctrl+C (\u2318C) to copy what is selected."),
      field,
    );
    field.focus();
    field.select();
  }

  /** @param {"png" | "svg"} format */
  async saveImage(format) {
    try {
      this.saved(blobOf(await this.figure.image(format)), format);
    } catch (error) {
      this.tell(`No ${format.toUpperCase()}: ${error instanceof Error ? error.message : error}`);
    }
  }

  /** @param {"csv" | "json"} format */
  async saveNumbers(format) {
    const { done, value } = await this.say("export", { format });
    if (done && typeof value === "string") this.saved(new Blob([value], { type: TYPES[format] }), format);
  }

  /**
   * @param {Blob} blob
   * @param {string} ending
   */
  saved(blob, ending) {
    const name = `lr-range-test-${this.client.state.sweep}.${ending}`;
    save(this.root, blob, name);
    this.tell(`Saved ${name}`);
  }

  showTable() {
    openTable(this.root, this.client.series, this.client.state, () => void this.saveNumbers("csv"));
  }
}
