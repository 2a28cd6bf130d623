// A handle: a line over both panels with the rate on it, moved by mouse, touch and keys, in x only.

import { decimal, exactRate } from "../format.js";
import { allowed, keyed } from "./steps.js";

/**
 * What is under all handles of one view: plotly's drawn x axis, the panels' place in pixels of the stage, the rates
 * that may be chosen, and whether one may be chosen now.
 * @typedef {{
 *   axis: () => any,
 *   panels: () => { top: number, height: number, width: number },
 *   limits: () => [number, number],
 *   movable: () => boolean,
 *   signal: AbortSignal,
 * }} Place
 */
/**
 * What is special about one. `side` is where the rate stands: on the line, or to its left or right. `dragged` is told
 * each rate under a hand, and null when the hand lets go or the drag is cancelled; `chosen` what it came to rest at.
 * `heights` are of the rings, in pixels of the stage.
 * @typedef {{
 *   name: string,
 *   className?: string,
 *   prefix?: string,
 *   side?: -1 | 0 | 1,
 *   limits?: () => [number, number],
 *   chosen: (lr: number) => void,
 *   dragged?: (lr: number | null) => void,
 *   placed?: () => void,
 *   heights?: (lr: number) => number[],
 * }} Look
 */

const RINGS = 2;

export class Marker {
  /** @type {number | null} Where it stands now. */
  lr = null;
  /** @type {{ pointer: number, offset: number, from: number | null } | null} The drag that is on. */
  #held = null;
  /** @type {Map<string, number>} */
  #widths = new Map();
  /** @type {HTMLElement[]} */
  #rings = [];

  /**
   * @param {HTMLElement} host
   * @param {Place} place
   * @param {Look} look
   */
  constructor(host, place, look) {
    this.place_ = place;
    this.look = look;
    this.el = document.createElement("div");
    this.el.className = `lrwidget-marker ${look.className ?? ""}`.trim();
    this.el.tabIndex = 0;
    this.el.setAttribute("role", "slider");
    this.el.setAttribute("aria-label", look.name);
    this.el.setAttribute("aria-orientation", "horizontal");
    // JupyterLab takes the arrow keys for its cells otherwise.
    this.el.setAttribute("data-lm-suppress-shortcuts", "true");
    for (let i = 0; look.heights && i < RINGS; i++) {
      const ring = document.createElement("span");
      ring.className = "lrwidget-marker-ring";
      this.#rings.push(ring);
      this.el.append(ring);
    }
    this.readout = document.createElement("span");
    this.readout.className = "lrwidget-marker-readout";
    this.readout.setAttribute("aria-hidden", "true");
    this.el.append(this.readout);
    host.append(this.el);
    const { signal } = place;
    this.el.addEventListener("pointerdown", (event) => this.#grab(event), { signal });
    this.el.addEventListener("pointermove", (event) => this.#drag(event), { signal });
    this.el.addEventListener("pointerup", (event) => this.#release(event), { signal });
    this.el.addEventListener("pointercancel", () => this.cancel(), { signal });
    this.el.addEventListener("lostpointercapture", () => this.cancel(), { signal });
    this.el.addEventListener("keydown", (event) => this.#key(event), { signal });
    signal.addEventListener("abort", () => this.cancel());
    this.place();
  }

  get dragging() {
    return this.#held !== null;
  }

  /** Stand at `lr`, unless a hand holds it. @param {number | null} lr */
  set(lr) {
    if (this.dragging) return;
    this.lr = lr;
    this.place();
  }

  /** Put the element where its rate is now, after any change of size, zoom, curve or rate. */
  place() {
    const axis = this.place_.axis();
    const { lr } = this;
    if (lr === null || !axis) {
      this.el.hidden = true;
    } else {
      this.el.hidden = false;
      this.#put(lr, axis);
      this.#say(lr);
    }
    this.look.placed?.();
  }

  /** @param {number} lr @param {any} axis */
  #put(lr, axis) {
    const { top, height, width } = this.place_.panels();
    const pixel = axis.d2p(lr);
    const inside = Math.min(Math.max(pixel, 0), axis._length);
    const outside = Math.abs(inside - pixel) > 1;
    this.el.classList.toggle("is-outside", outside);
    this.el.style.transform = `translateX(${axis._offset + inside}px)`;
    this.el.style.top = `${top}px`;
    this.el.style.height = `${height}px`;
    const heights = outside ? [] : (this.look.heights?.(lr) ?? []);
    this.#rings.forEach((ring, i) => {
      ring.hidden = !(heights[i] >= 0);
      if (!ring.hidden) ring.style.transform = `translateY(${heights[i] - top}px)`;
    });
    this.readout.textContent = `${this.look.prefix ?? ""}${exactRate(lr)}`;
    // The read-out stays inside the stage at both ends.
    const side = this.look.side ?? 0;
    const half = this.#readoutWidth() / 2 + 2;
    const centre = axis._offset + inside + side * half;
    const left = Math.max(half - centre, 0);
    const right = Math.max(half - (width - centre), 0);
    this.readout.style.marginLeft = `${side * half + left - right}px`;
  }

  /** @param {number} lr */
  #say(lr) {
    const [low, high] = this.#limits();
    this.el.setAttribute("aria-valuemin", decimal(low));
    this.el.setAttribute("aria-valuemax", decimal(high));
    this.el.setAttribute("aria-valuenow", decimal(lr));
    this.el.setAttribute("aria-valuetext", exactRate(lr));
    this.el.setAttribute("aria-disabled", String(!this.place_.movable()));
  }

  /** Its width in pixels: asked once for all texts of one shape, because each question lays the page out anew. */
  #readoutWidth() {
    const shape = this.readout.textContent.replace(/\d/g, "0"); // all digits are equally wide
    const known = this.#widths.get(shape) ?? this.readout.offsetWidth;
    if (known > 0) this.#widths.set(shape, known); // 0: the figure is not on the screen now
    return known;
  }

  #limits() {
    return (this.look.limits ?? this.place_.limits)();
  }

  /** @param {PointerEvent} event */
  #grab(event) {
    if (event.button !== 0 || this.lr === null || this.dragging) return;
    event.preventDefault();
    event.stopPropagation();
    this.el.focus({ preventScroll: true });
    if (!this.place_.movable()) return;
    this.el.setPointerCapture(event.pointerId);
    const box = this.el.getBoundingClientRect();
    const stage = /** @type {HTMLElement} */ (this.el.offsetParent ?? this.el.parentElement);
    const { left } = stage.getBoundingClientRect();
    const offset = event.clientX - (box.left + box.width / 2) + left;
    this.#held = { pointer: event.pointerId, offset, from: this.lr };
    this.el.classList.add("is-dragging");
  }

  /** @param {PointerEvent} event */
  #drag(event) {
    const axis = this.place_.axis();
    if (event.pointerId !== this.#held?.pointer || !axis) return;
    const pixel = event.clientX - this.#held.offset - axis._offset;
    const lr = allowed(axis.p2d(Math.min(Math.max(pixel, 0), axis._length)), axis, this.#limits());
    if (lr === this.lr) return;
    this.lr = lr;
    this.place();
    this.look.dragged?.(lr);
  }

  /** @param {PointerEvent} event */
  #release(event) {
    if (event.pointerId !== this.#held?.pointer) return;
    const { from } = this.#held;
    this.#letGo();
    if (this.lr !== from && this.lr !== null) this.look.chosen(this.lr);
    this.look.dragged?.(null);
  }

  /** End a drag as if there had been none. */
  cancel() {
    if (!this.#held) return;
    const { from } = this.#held;
    this.#letGo();
    this.set(from);
    this.look.dragged?.(null);
  }

  #letGo() {
    const pointer = this.#held?.pointer;
    this.#held = null;
    if (pointer !== undefined && this.el.hasPointerCapture(pointer)) this.el.releasePointerCapture(pointer);
    this.el.classList.remove("is-dragging");
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    if (event.key === "Escape" && this.dragging) {
      event.stopPropagation();
      return this.cancel();
    }
    const axis = this.place_.axis();
    if (this.lr === null || this.dragging || !axis || event.ctrlKey || event.metaKey || event.altKey) return;
    const lr = keyed(event.key, event.shiftKey, this.lr, axis, this.#limits());
    if (lr === null) return;
    event.preventDefault(); // the page shall not scroll, at the end of the axis neither
    event.stopPropagation();
    if (lr === this.lr || !this.place_.movable()) return;
    this.set(lr);
    this.look.chosen(lr);
  }
}
