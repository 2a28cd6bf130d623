// A button that keeps the focus whatever becomes of it, and hears no press that was meant for what it was before.

import { element, icon, setAttribute, setIcon, setText } from "./element.js";

/** @import { IconName } from "./element.js" */

/** So long after a button has changed its meaning, what a hand was about to press is not taken for the new one. */
const SETTLING_MS = 350;

export class Button {
  /**
   * `name` is what it is called, `text` what stands on it ("" for a picture only), `press` what it does.
   *
   * @param {object} look
   * @param {string} look.name
   * @param {string} [look.text]
   * @param {IconName | SVGSVGElement} look.icon
   * @param {string} look.kind Its classes, apart from the common one.
   * @param {string} [look.title]
   * @param {(event: MouseEvent) => void} look.press
   */
  constructor({ name, text = "", icon: picture, kind, title, press }) {
    this.icon = typeof picture === "string" ? icon(picture) : picture;
    this.label = element("span", { class: "lrw-label" }, text);
    this.el = element(
      "button",
      { type: "button", class: `lrw-button ${kind}`, "aria-label": name, title: title ?? null },
      this.icon,
      this.label,
    );
    this.name = name;
    this.text = text;
    this.on = true;
    /** Since it has changed its meaning: until when presses by hand and by keys wait. */
    this.settledForHand = this.settledForKeys = Number.NEGATIVE_INFINITY;
    this.settling = false;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.timer = undefined;
    /** What it was called when a pointer, and when a key, went down on it. @type {string | null} */
    this.pointed = null;
    /** @type {string | null} */
    this.keyed = null;
    this.el.addEventListener("pointerdown", () => {
      this.pointed = this.name;
    });
    /** Whether the key that is down is the notebook's: Shift+Enter runs a cell, and presses nothing. */
    this.foreign = false;
    this.el.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" && event.key !== " ") return;
      if (event.repeat) event.preventDefault(); // a key that is held down is one press
      this.foreign = event.shiftKey || event.ctrlKey || event.metaKey || event.altKey;
      this.keyed = this.name;
    });
    this.el.addEventListener("keyup", () => {
      // Space presses as it comes up, just after this.
      setTimeout(() => {
        this.foreign = false;
        this.keyed = null;
      });
    });
    this.el.addEventListener("click", (event) => {
      const byPointer = event.detail > 0;
      const meant = (byPointer ? this.pointed : this.keyed) ?? this.name;
      if (!this.on || meant !== this.name || (this.foreign && !byPointer)) return;
      if (performance.now() < (byPointer ? this.settledForHand : this.settledForKeys)) return;
      press(event);
    });
  }

  /**
   * Of a text that begins with the name ("Run again"), what follows is not read out: one button keeps one name.
   *
   * @param {string} name
   * @param {string} text
   */
  call(name, text) {
    this.name = name;
    this.text = text;
    const longer = text !== name && text.startsWith(name);
    setAttribute(this.el, "aria-label", longer ? null : name);
    if (longer)
      this.label.replaceChildren(name, element("span", { "aria-hidden": "true" }, text.slice(name.length)));
    else setText(this.label, text);
  }

  /**
   * @param {{there: boolean, on: boolean, waits?: boolean, name?: string, text?: string, icon?: IconName, main?: boolean, title?: string}} look
   */
  show({ there, on, waits = false, name, text, icon: picture, main, title }) {
    if (name !== undefined && name !== this.name) {
      this.call(name, text ?? this.text);
      this.settle();
    } else if (text !== undefined && text !== this.text) this.call(this.name, text);
    if (title !== undefined) setAttribute(this.el, "title", title);
    if (picture !== undefined) setIcon(this.icon, picture);
    if (main !== undefined) this.el.classList.toggle("is-main", main);
    this.el.classList.toggle("is-away", !there);
    this.el.classList.toggle("is-waiting", waits);
    this.on = on;
    this.showOn();
  }

  /** Under a hand or the focus a new meaning waits a little: a double press, or one that was begun, is for the old. */
  settle() {
    const until = performance.now() + SETTLING_MS;
    // What the focus came to is no reason to refuse a hand that comes just now.
    if (this.el.matches(":hover, :focus")) this.settledForKeys = until;
    if (!this.el.matches(":hover")) return;
    this.settledForHand = until;
    // Said to whatever presses by itself; who listens to the focus is not to hear of it.
    this.settling = true;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      this.settling = false;
      this.showOn();
    }, SETTLING_MS);
  }

  showOn() {
    this.el.classList.toggle("is-settling", this.settling && this.on);
    // Not `disabled`: that would drop the focus.
    setAttribute(this.el, "aria-disabled", this.on && !this.settling ? null : "true");
  }
}
