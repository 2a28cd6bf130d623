// A button that keeps the focus whatever becomes of it, and hears no press that was meant for what it was before.

import { element, icon, setAttribute, setIcon, setText } from "./element.js";

/** @import { IconName } from "./element.js" */

/** So long after a button has changed its meaning, the second half of a double press is not taken for the new one. */
const SETTLING_MS = 350;

export class Button {
  /**
   * `name` is what it is called, `text` what stands on it ("" for a picture only), `press` what it does.
   *
   * @param {object} look
   * @param {string} look.name
   * @param {string} [look.text]
   * @param {IconName} look.icon
   * @param {string} look.kind Its classes, apart from the common one.
   * @param {string} [look.title]
   * @param {(event: MouseEvent) => void} look.press
   */
  constructor({ name, text = "", icon: picture, kind, title, press }) {
    this.icon = icon(picture);
    this.label = element("span", { class: "lrw-label" }, text);
    this.el = element(
      "button",
      { type: "button", class: `lrw-button ${kind}`, "aria-label": name, title: title ?? null },
      this.icon,
      this.label,
    );
    this.name = name;
    this.text = text;
    this.changed = Number.NEGATIVE_INFINITY;
    /** What it was called when the hand went down on it. @type {string | null} */
    this.meant = null;
    this.el.addEventListener("pointerdown", () => {
      this.meant = this.name;
    });
    /** Whether the key that is down is the notebook's: Shift+Enter runs a cell, and presses nothing. */
    this.foreign = false;
    this.el.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" && event.key !== " ") return;
      if (event.repeat) event.preventDefault(); // a key that is held down is one press
      this.foreign = event.shiftKey || event.ctrlKey || event.metaKey || event.altKey;
      this.meant = this.name;
    });
    this.el.addEventListener("keyup", () => {
      // Space presses as it comes up, just after this.
      setTimeout(() => {
        this.foreign = false;
      });
    });
    this.el.addEventListener("click", (event) => {
      const meant = this.meant ?? this.name;
      this.meant = null;
      if (this.el.getAttribute("aria-disabled") === "true" || meant !== this.name) return;
      if (this.foreign && event.detail === 0) return;
      if (isSecondHalf(event) && performance.now() - this.changed < SETTLING_MS) return;
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
      this.changed = performance.now();
      this.call(name, text ?? this.text);
    } else if (text !== undefined && text !== this.text) this.call(this.name, text);
    if (title !== undefined) setAttribute(this.el, "title", title);
    if (picture !== undefined) setIcon(this.icon, picture);
    if (main !== undefined) this.el.classList.toggle("is-main", main);
    this.el.classList.toggle("is-away", !there);
    this.el.classList.toggle("is-waiting", waits);
    // Not `disabled`: that would drop the focus.
    setAttribute(this.el, "aria-disabled", on ? null : "true");
  }
}

/**
 * Whether a click may be the second one of a double press. The browser counts a mouse's; it does not count keys, nor
 * every finger.
 *
 * @param {MouseEvent} event
 */
function isSecondHalf(event) {
  const pointer = event instanceof PointerEvent ? event.pointerType : "mouse";
  return event.detail !== 1 || pointer === "touch";
}
