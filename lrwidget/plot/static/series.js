// The page's copy of the numbers: frames are cut in where they say they start.

const FIELDS = ["lr", "loss", "curveLr", "smoothed", "change"];
const METRIC_FIELDS = ["metric", "smoothedMetric"];

/** Numbers that grow at their end. The array below doubles when it is full, so a point costs the same always. */
class Numbers {
  constructor() {
    this.room = new Float64Array(64);
    this.length = 0;
  }

  /** Keep the first `start` numbers, and put `more` behind them. */
  put(start, more) {
    const length = start + more.length;
    if (length > this.room.length) {
      const room = new Float64Array(2 * length);
      room.set(this.room.subarray(0, start));
      this.room = room;
    }
    this.room.set(more, start);
    this.length = length;
  }

  /** The numbers themselves, not a copy. */
  get values() {
    return this.room.subarray(0, this.length);
  }
}

class Series {
  constructor() {
    this.version = 0; // another one whenever there is something new to draw
    this.clear(-1);
  }

  clear(sweep) {
    this.sweep = sweep;
    this.axes = null;
    this.numbers = Object.fromEntries([...FIELDS, ...METRIC_FIELDS].map((field) => [field, new Numbers()]));
  }

  /** The numbers of one field, a Float64Array. Not finite where a loss was not. */
  get(field) {
    return this.numbers[field].values;
  }

  /** Take one frame. Returns "taken", "old" (nothing to do), or "gap" (points are missing here). */
  take(head, buffers) {
    if (head.sweep < this.sweep) return "old";
    if (head.sweep > this.sweep) {
      if (head.first > 0) return "gap";
      this.clear(head.sweep);
    }
    const { lr, curveLr } = this.numbers;
    if (head.first > lr.length || head.curve_first > curveLr.length) return "gap";
    if (head.count < lr.length) return "old";
    const { first, curve_first: curve } = head;
    const starts = [first, first, curve, curve, curve, first, curve];
    (head.metric ? [...FIELDS, ...METRIC_FIELDS] : FIELDS).forEach((field, i) => {
      this.numbers[field].put(starts[i], floats(buffers[i]));
    });
    if (JSON.stringify(head.axes) !== JSON.stringify(this.axes)) this.axes = head.axes; // the same: nothing moved
    this.version += 1;
    return "taken";
  }
}

/** A DataView (at any offset, so not always aligned) as float64 numbers. */
function floats(view) {
  const start = view.byteOffset;
  return new Float64Array(view.buffer.slice(start, start + view.byteLength));
}
