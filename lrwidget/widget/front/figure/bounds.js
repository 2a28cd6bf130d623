// The bounds of a cyclical schedule: a band over both panels, its two edges handles of their own.

import { Marker } from "./marker.js";

/** @import { Place } from "./marker.js" */

const CLASS = "lrwidget-bound";

export class Bounds {
  /**
   * @param {HTMLElement} host
   * @param {Place} place
   * @param {(bounds: [number, number]) => void} chosen Told both when an edge comes to rest.
   */
  constructor(host, place, chosen) {
    this.place_ = place;
    this.band = document.createElement("div");
    this.band.className = "lrwidget-band";
    host.append(this.band);
    const told = () => {
      if (this.base.lr !== null && this.max.lr !== null) chosen([this.base.lr, this.max.lr]);
    };
    const placed = () => this.#spread();
    this.base = new Marker(host, place, {
      name: "Base learning rate",
      className: CLASS,
      prefix: "base ",
      side: -1,
      limits: () => [place.limits()[0], this.max?.lr ?? place.limits()[1]],
      chosen: told,
      placed,
    });
    this.max = new Marker(host, place, {
      name: "Maximum learning rate",
      className: CLASS,
      prefix: "max ",
      side: 1,
      limits: () => [this.base?.lr ?? place.limits()[0], place.limits()[1]],
      chosen: told,
      placed,
    });
    this.set(null);
  }

  /** Stand at [base, max]; null hides the band. @param {readonly [number, number] | null} bounds */
  set(bounds) {
    this.base.set(bounds?.[0] ?? null);
    this.max.set(bounds?.[1] ?? null);
  }

  /** Whether a hand holds an edge. */
  get dragging() {
    return this.base.dragging || this.max.dragging;
  }

  /** End a drag as if there had been none. */
  cancel() {
    this.base.cancel();
    this.max.cancel();
  }

  /** Put both edges where their rates are now. */
  place() {
    this.base.place();
    this.max.place();
  }

  /** Put the band between the edges. */
  #spread() {
    const axis = this.place_.axis();
    const [base, max] = [this.base?.lr ?? null, this.max?.lr ?? null];
    this.band.hidden = base === null || max === null || !axis;
    if (base === null || max === null || !axis) return;
    const inside = (/** @type {number} */ lr) => Math.min(Math.max(axis.d2p(lr), 0), axis._length);
    const { top, height } = this.place_.panels();
    const left = inside(base);
    this.band.style.left = `${axis._offset + left}px`;
    this.band.style.width = `${Math.max(inside(max) - left, 0)}px`;
    this.band.style.top = `${top}px`;
    this.band.style.height = `${height}px`;
  }
}
