// A text field for a number: follows the state until hands are in it, loses nothing that was typed, says what is allowed.

import { element, focused, newId, setAttribute, setText } from "./element.js";

/** @import { Answer } from "../types.d.ts" */

export class Field {
  /**
   * @param {object} look
   * @param {string} look.label What is seen before it.
   * @param {string} look.name What it is called.
   * @param {string} look.title
   * @param {(text: string) => number | null} look.read
   * @param {(value: number) => string} look.write
   * @param {string} look.allowed What may stand in it, a sentence.
   * @param {"decimal" | "numeric"} look.keys Which keys a phone shows.
   * @param {() => void} look.commit Called when Enter is pressed or the focus leaves a text that was changed.
   */
  constructor({ label, name, title, read, write, allowed, keys, commit }) {
    this.read = read;
    this.write = write;
    this.allowed = allowed;
    const [id, complaint] = [newId(), newId()];
    this.input = element("input", {
      id,
      class: "lrw-input",
      type: "text",
      inputmode: keys,
      autocomplete: "off",
      autocapitalize: "off",
      spellcheck: "false",
      enterkeyhint: "done",
      placeholder: "\u2013",
      title,
      "aria-label": name,
      "aria-describedby": complaint,
      "data-lm-suppress-shortcuts": "true",
    });
    this.complaint = element("span", { id: complaint, class: "lrw-complaint", hidden: true });
    this.el = element(
      "span",
      { class: "lrw-field" },
      element("label", { class: "lrw-field-label", for: id, title }, label),
      this.input,
      this.complaint,
    );
    /** What the state says. @type {number | null} */
    this.value = null;
    /** What was committed and is not answered yet. @type {number | null} */
    this.pending = null;
    /** The text that this field wrote itself. */
    this.text = "";
    /** The text that was last found wrong: leaving it as it stands tries it no second time. @type {string | null} */
    this.wrong = null;
    this.on = true;
    this.input.addEventListener("keydown", (event) => {
      if (event.isComposing) return;
      if (event.key === "Enter") commit();
      else if (event.key === "Escape") this.revert();
      else return;
      event.preventDefault();
    });
    this.input.addEventListener("input", () => this.complain(null));
    this.input.addEventListener("blur", () => {
      if (this.changed && this.input.value !== this.wrong) commit();
    });
  }

  /** Whether the text is not the one that this field wrote. */
  get changed() {
    return this.input.value !== this.text;
  }

  /** The value that stands in the field and is not committed; null: there is none. @returns {number | null} */
  get typed() {
    return this.changed ? this.read(this.input.value) : null;
  }

  /**
   * Show what the state says, unless a hand is in the text, or has left in it what cannot be used.
   *
   * @param {number | null} value
   * @param {boolean} on Whether it can be edited.
   */
  show(value, on) {
    const news = value !== this.value;
    this.value = value;
    this.on = on;
    this.input.readOnly = !on;
    const kept = this.changed && (focused(this.input) === this.input || !news);
    if (on && kept) return;
    if (this.pending !== null && on) return;
    this.revert();
  }

  /** Back to what the state says. */
  revert() {
    this.complain(null);
    this.put(this.value);
  }

  /** @param {number | null} value */
  put(value) {
    this.text = value === null ? "" : this.write(value);
    // A cursor stays where it is when there is nothing to change.
    if (this.input.value !== this.text) this.input.value = this.text;
  }

  /**
   * What stands in the field as a number; null where it is none, which is then marked. An empty field says nothing, so
   * it goes back.
   *
   * @returns {number | null}
   */
  take() {
    if (!this.changed) return this.pending ?? this.value;
    if (this.input.value.trim() === "") {
      this.revert();
      return this.value;
    }
    const value = this.read(this.input.value);
    this.complain(value === null ? this.allowed : null);
    return value;
  }

  /**
   * `value` is under way to the kernel: show it until the answer has come.
   *
   * @param {number} value
   * @param {Promise<Answer>} answer
   */
  async send(value, answer) {
    const sent = {};
    this.sent = sent;
    this.pending = value;
    this.put(value);
    const { done, why } = await answer;
    if (this.sent !== sent) return; // a newer one is under way
    this.pending = null;
    if (this.changed) return;
    if (done) this.put(this.value);
    else this.refuse(value, why);
  }

  /**
   * What was refused stays to be mended, with the reason.
   *
   * @param {number} value
   * @param {string | null} why
   */
  refuse(value, why) {
    this.put(this.value);
    this.input.value = this.write(value);
    this.complain(why ?? this.allowed);
  }

  /**
   * Mark the field as wrong (null: as right), and say what is allowed.
   *
   * @param {string | null} why
   */
  complain(why) {
    this.wrong = why === null ? null : this.input.value;
    setText(this.complaint, why ?? "");
    this.complaint.hidden = why === null;
    setAttribute(this.input, "aria-invalid", why === null ? null : "true");
  }
}
