// The bounds of a cyclical schedule: a band over both panels, its two edges markers of their own.

class Bounds {
  /** `commit([base, max])` is called when an edge comes to rest; the rest is as for Marker. */
  constructor(host, { axis, panels, limits, commit, signal }) {
    this.axis = axis;
    this.panels = panels;
    this.band = document.createElement("div");
    this.band.className = "lrwidget-band";
    host.append(this.band);
    const edge = (look, limitsOf) =>
      new Marker(host, {
        axis,
        panels,
        signal,
        limits: limitsOf,
        commit: () => commit([this.base.lr, this.max.lr]),
        moved: () => this.spread(),
        ...look,
      });
    const className = "lrwidget-bound";
    this.base = edge({ name: "Base learning rate", className, prefix: "base ", side: -1 }, () => [
      limits()[0],
      this.max.lr ?? limits()[1],
    ]);
    this.max = edge({ name: "Maximum learning rate", className, prefix: "max ", side: 1 }, () => [
      this.base.lr ?? limits()[0],
      limits()[1],
    ]);
    this.set([]);
  }

  /** Stand at `[base, max]`; an empty list hides the band. */
  set([base = null, max = null]) {
    this.base.set(base);
    this.max.set(max);
  }

  /** Whether a hand holds an edge. */
  get dragged() {
    return this.base.dragging || this.max.dragging;
  }

  /** Put both edges where their rates are now. */
  place() {
    this.base.place();
    this.max.place();
  }

  /** Put the band between the edges. */
  spread() {
    const axis = this.axis();
    const [base, max] = [this.base?.lr ?? null, this.max?.lr ?? null];
    this.band.hidden = base === null || max === null || !axis;
    if (this.band.hidden) return;
    const inside = (lr) => Math.min(Math.max(axis.d2p(lr), 0), axis._length);
    const { top, height } = this.panels();
    const left = inside(base);
    Object.assign(this.band.style, {
      left: `${axis._offset + left}px`,
      width: `${Math.max(inside(max) - left, 0)}px`,
      top: `${top}px`,
      height: `${height}px`,
    });
  }
}
