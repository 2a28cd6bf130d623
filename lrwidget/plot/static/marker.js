// The marker: a line over both panels with a grip, moved by mouse, touch and keys, in x only.

const STEP = 0.02; // of a decade for an arrow key (5 %), and of 1/8 of a linear axis
const LEAP = 0.25; // for PageUp and PageDown

const CENTRED = { name: "Learning rate marker", className: "", prefix: "", side: 0, moved: () => {} };

class Marker {
  /**
   * `commit(lr)` is called when the marker comes to rest, `moved()` whenever it is placed; `axis()` gives plotly's
   * drawn x axis. The read-out, begun by `prefix`, stands on the line, or to its left or right (`side` -1 or 1).
   */
  constructor(host, { axis, panels, limits, commit, signal, ...look }) {
    Object.assign(this, CENTRED, { axis, panels, limits, commit, lr: null, dragging: false }, look);
    this.widths = new Map();
    this.el = document.createElement("div");
    this.el.className = `lrwidget-marker ${this.className}`;
    this.el.tabIndex = 0;
    this.el.setAttribute("role", "slider");
    this.el.setAttribute("aria-label", this.name);
    this.el.setAttribute("aria-orientation", "horizontal");
    // JupyterLab takes the arrow keys for its cells otherwise.
    this.el.setAttribute("data-lm-suppress-shortcuts", "true");
    this.readout = document.createElement("span");
    this.readout.className = "lrwidget-marker-readout";
    this.readout.setAttribute("aria-hidden", "true");
    this.el.append(this.readout);
    host.append(this.el);
    const on = (name, handler) => this.el.addEventListener(name, handler, { signal });
    on("pointerdown", (event) => this.grab(event));
    on("pointermove", (event) => this.drag(event));
    on("pointerup", (event) => this.release(event));
    on("pointercancel", () => this.cancel());
    on("keydown", (event) => this.key(event));
    this.set(null);
  }

  /** Stand at `lr`, unless a hand holds the marker. */
  set(lr) {
    if (this.dragging) return;
    this.lr = lr;
    this.place();
  }

  /** Put the element where its rate is now, after any change of size, zoom or rate. */
  place() {
    const axis = this.axis();
    const shown = this.lr !== null && axis;
    this.el.hidden = !shown;
    if (!shown) return this.moved();
    const { top, height, width } = this.panels();
    const pixel = axis.d2p(this.lr);
    const inside = Math.min(Math.max(pixel, 0), axis._length);
    this.el.classList.toggle("is-outside", Math.abs(inside - pixel) > 1);
    this.el.style.transform = `translateX(${axis._offset + inside}px)`;
    this.el.style.top = `${top}px`;
    this.el.style.height = `${height}px`;
    const text = formatRate(this.lr);
    this.readout.textContent = this.prefix + text;
    // The read-out stays inside the plot at both ends.
    const half = this.readoutWidth() / 2 + 2;
    const centre = axis._offset + inside + this.side * half;
    const left = Math.max(half - centre, 0);
    const right = Math.max(half - (width - centre), 0);
    this.readout.style.marginLeft = `${this.side * half + left - right}px`;
    const [low, high] = this.limits();
    this.el.setAttribute("aria-valuemin", low);
    this.el.setAttribute("aria-valuemax", high);
    this.el.setAttribute("aria-valuenow", this.lr);
    this.el.setAttribute("aria-valuetext", text);
    this.moved();
  }

  /** Its width in pixels: asked once for all texts of one shape, because each question lays the page out anew. */
  readoutWidth() {
    const shape = this.readout.textContent.replace(/\d/g, "0"); // all digits are equally wide
    const known = this.widths.get(shape) ?? this.readout.offsetWidth;
    if (known > 0) this.widths.set(shape, known); // 0: the plot is not on the screen now
    return known;
  }

  grab(event) {
    if (event.button !== 0 || this.lr === null) return;
    this.el.setPointerCapture(event.pointerId);
    const box = this.el.getBoundingClientRect();
    const { left } = this.el.parentElement.getBoundingClientRect();
    this.held = { offset: event.clientX - (box.left + box.width / 2) + left, lr: this.lr };
    this.dragging = true;
    this.el.classList.add("is-dragging");
    this.el.focus({ preventScroll: true });
    event.preventDefault();
    event.stopPropagation();
  }

  drag(event) {
    if (!this.dragging) return;
    const axis = this.axis();
    const pixel = event.clientX - this.held.offset - axis._offset;
    const lr = this.allowed(axis.p2d(Math.min(Math.max(pixel, 0), axis._length)));
    if (lr === this.lr) return;
    this.lr = lr;
    this.place();
  }

  release() {
    if (!this.dragging) return;
    this.letGo();
    if (this.lr !== this.held.lr) this.commit(this.lr);
  }

  cancel() {
    if (!this.dragging) return;
    this.letGo();
    this.set(this.held.lr);
  }

  letGo() {
    this.dragging = false;
    this.el.classList.remove("is-dragging");
  }

  key(event) {
    if (event.key === "Escape") return this.cancel();
    if (this.lr === null || event.ctrlKey || event.metaKey || event.altKey) return;
    const [low, high] = this.limits();
    const moves = {
      ArrowLeft: () => this.stepped(-STEP),
      ArrowDown: () => this.stepped(-STEP),
      ArrowRight: () => this.stepped(STEP),
      ArrowUp: () => this.stepped(STEP),
      PageDown: () => this.stepped(-LEAP),
      PageUp: () => this.stepped(LEAP),
      Home: () => low,
      End: () => high,
    };
    const move = moves[event.key];
    if (!move) return;
    event.preventDefault();
    event.stopPropagation();
    const lr = this.allowed(move());
    if (lr === this.lr) return;
    this.set(lr);
    this.commit(lr);
  }

  /** The rate `decades` further on; on a linear axis the whole range counts as 8 decades. */
  stepped(decades) {
    const [low, high] = this.limits();
    if (this.axis().type === "log") return this.lr * 10 ** decades;
    return this.lr + (decades * (high - low)) / 8;
  }

  /** Three digits, within the sweep's own range: more would promise what no range test can tell. */
  allowed(lr) {
    const [low, high] = this.limits();
    return Math.min(Math.max(Number(lr.toPrecision(3)), low), high);
  }
}
