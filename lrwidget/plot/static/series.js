// The page's copy of the numbers: frames are cut in where they say they start.

const FIELDS = ["lr", "loss", "curveLr", "smoothed", "change"];
const METRIC_FIELDS = ["metric", "smoothedMetric"];

class Series {
  constructor() {
    this.clear(-1);
  }

  clear(sweep) {
    this.sweep = sweep;
    this.axes = null;
    for (const field of [...FIELDS, ...METRIC_FIELDS]) this[field] = [];
  }

  /** Take one frame. Returns "taken", "old" (nothing to do), or "gap" (points are missing here). */
  take(head, buffers) {
    if (head.sweep < this.sweep) return "old";
    if (head.sweep > this.sweep) {
      if (head.first > 0) return "gap";
      this.clear(head.sweep);
    }
    if (head.first > this.lr.length || head.curve_first > this.curveLr.length) return "gap";
    if (head.count < this.lr.length) return "old";
    const { first, curve_first: curve } = head;
    const starts = [first, first, curve, curve, curve, first, curve];
    (head.metric ? [...FIELDS, ...METRIC_FIELDS] : FIELDS).forEach((field, i) => {
      this[field].length = starts[i];
      for (const value of floats(buffers[i])) this[field].push(value);
    });
    this.axes = head.axes;
    return "taken";
  }
}

/** A DataView (at any offset, so not always aligned) as float64 numbers. */
function floats(view) {
  const start = view.byteOffset;
  return new Float64Array(view.buffer.slice(start, start + view.byteLength));
}

/** For drawing: a gap where a value is not finite. */
function drawable(values) {
  return values.map((value) => (Number.isFinite(value) ? value : null));
}
