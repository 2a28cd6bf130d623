// The menu of what is needed seldom. It opens inward, in the page's top layer: no output area cuts it off.

import { Button } from "./button.js";
import { element, focused, newId, setAttribute } from "./element.js";

/** @typedef {{name: string, on?: boolean, checked?: boolean, does: () => void} | "line"} Item */

const GAP = 4; // px between button and menu
const LEAST = 160; // px that a menu needs in height; with less below the button it opens upward

export class Menu {
  /**
   * @param {() => Item[]} items What is in it now.
   * @param {() => DOMRect} room Where it should stay, if it can.
   * @param {AbortSignal} signal
   * @param {{name: string, title: string}} look
   */
  constructor(items, room, signal, { name, title }) {
    this.items = items;
    this.room = room;
    const id = newId();
    this.button = new Button({
      name,
      icon: "more",
      kind: "lrw-more",
      title,
      press: () => (this.opened ? this.close(true) : this.open(0)),
    });
    setAttribute(this.button.el, "aria-haspopup", "menu");
    setAttribute(this.button.el, "aria-expanded", "false");
    setAttribute(this.button.el, "aria-controls", id);
    this.list = element("div", {
      id,
      class: "lrw-menu",
      role: "menu",
      "aria-label": name,
      popover: "manual",
      hidden: true,
    });
    this.said = element("span", { class: "lrw-said", hidden: true });
    this.el = element("span", { class: "lrw-side lrw-end" }, this.button.el, this.list, this.said);
    /** Takes back the word that was said. @type {ReturnType<typeof setTimeout> | undefined} */
    this.quiet = undefined;
    /** Ends what listens while the menu is open. @type {AbortController | null} */
    this.opened = null;
    this.button.el.addEventListener("keydown", (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      if (event.key === "ArrowDown") this.open(0);
      else if (event.key === "ArrowUp") this.open(-1);
      else return;
      event.preventDefault();
    });
    this.list.addEventListener("keydown", (event) => this.key(event));
    signal.addEventListener("abort", () => {
      this.close(false);
      clearTimeout(this.quiet);
    });
  }

  /** What button and menu are called. @param {string} name */
  call(name) {
    for (const el of [this.button.el, this.list]) setAttribute(el, "aria-label", name);
  }

  /** @param {number} at Which item gets the focus; -1 is the last. */
  open(at) {
    if (this.opened) return this.focus(at);
    this.list.replaceChildren(...this.items().map((item) => this.made(item)));
    this.list.hidden = false;
    this.list.showPopover?.();
    this.place();
    setAttribute(this.button.el, "aria-expanded", "true");
    this.opened = new AbortController();
    const { signal } = this.opened;
    const outside = (/** @type {Event} */ event) => {
      if (!event.composedPath().includes(this.el)) this.close(false);
    };
    window.addEventListener("pointerdown", outside, { capture: true, signal });
    window.addEventListener("blur", () => this.close(false), { signal });
    window.addEventListener("resize", () => this.close(true), { signal });
    // What it hangs on moves away; its own scrolling does not count.
    window.addEventListener(
      "scroll",
      (event) => {
        if (!event.composedPath().includes(this.list)) this.close(true);
      },
      { capture: true, passive: true, signal },
    );
    this.list.addEventListener(
      "focusout",
      (event) => {
        const to = event.relatedTarget;
        if (to instanceof Node && !this.el.contains(to)) this.close(false);
      },
      { signal },
    );
    this.focus(at);
  }

  /** @param {boolean} back Whether the focus goes back to the button. */
  close(back) {
    if (!this.opened) return;
    this.opened.abort();
    this.opened = null;
    const inside = this.list.contains(focused(this.list));
    if (back || inside) this.button.el.focus({ preventScroll: true });
    this.list.hidePopover?.();
    this.list.hidden = true;
    setAttribute(this.button.el, "aria-expanded", "false");
  }

  /** @param {Item} item */
  made(item) {
    if (item === "line") return element("div", { class: "lrw-menu-line", role: "separator" });
    const { name, on = true, checked, does } = item;
    const made = element(
      "div",
      {
        class: "lrw-item",
        role: checked === undefined ? "menuitem" : "menuitemcheckbox",
        "aria-checked": checked === undefined ? null : String(checked),
        "aria-disabled": on ? null : "true",
        tabindex: -1,
      },
      name,
    );
    made.addEventListener("click", () => {
      if (!on) return;
      this.close(true);
      does();
    });
    made.addEventListener("pointermove", () => made.focus({ preventScroll: true }));
    return made;
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const entries = this.entries();
    const at = entries.indexOf(/** @type {HTMLElement} */ (focused(this.list)));
    if (event.key === "Escape") this.close(true);
    else if (event.key === "Tab")
      return this.close(true); // and on from the button
    else if (event.key === "ArrowDown") this.focus((at + 1) % entries.length);
    else if (event.key === "ArrowUp") this.focus((at - 1 + entries.length) % entries.length);
    else if (event.key === "Home") this.focus(0);
    else if (event.key === "End") this.focus(-1);
    else if (event.key === "Enter" || event.key === " ") {
      if (!event.repeat) entries[at]?.click();
    } else if (event.key.length === 1) {
      const letter = event.key.toLowerCase();
      const order = [...entries.slice(at + 1), ...entries.slice(0, at + 1)];
      order.find((entry) => entry.textContent?.toLowerCase().startsWith(letter))?.focus();
    } else return;
    event.preventDefault();
  }

  entries() {
    return /** @type {HTMLElement[]} */ ([...this.list.querySelectorAll(".lrw-item")]);
  }

  /** @param {number} at */
  focus(at) {
    this.entries().at(at)?.focus({ preventScroll: true });
  }

  /** Below the button, its right edge at the button's, within the view where it fits, and always within the window. */
  place() {
    if (!this.list.showPopover) return; // then the style sheet places it within the view
    const button = this.button.el.getBoundingClientRect();
    const room = this.room();
    const { width, height } = this.list.getBoundingClientRect();
    const below = window.innerHeight - button.bottom - 2 * GAP;
    const above = button.top - 2 * GAP;
    const up = below < Math.min(height, LEAST) && above > below;
    const right = Math.min(button.right, window.innerWidth - GAP);
    const left = Math.max(right - width, Math.min(room.left, right - width), GAP);
    const { style } = this.list;
    style.left = `${left}px`;
    style.maxHeight = `${up ? above : below}px`;
    style.top = up
      ? `${Math.max(button.top - GAP - Math.min(height, above), GAP)}px`
      : `${button.bottom + GAP}px`;
  }

  /**
   * A word on what an item did, beside the button, for a while.
   *
   * @param {string} text
   */
  say(text) {
    this.said.textContent = text;
    this.said.hidden = false;
    setAttribute(this.button.el, "aria-description", text);
    clearTimeout(this.quiet);
    this.quiet = setTimeout(() => {
      this.said.hidden = true;
      setAttribute(this.button.el, "aria-description", null);
    }, 3000);
  }
}
