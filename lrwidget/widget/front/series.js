// The page's copy of the numbers: frames are cut in where they say they start.

/** @import { FrameHead } from "./types.d.ts" */

const FIELDS = /** @type {const} */ (["lr", "loss", "curveLr", "smoothed", "change"]);
const METRIC_FIELDS = /** @type {const} */ ([...FIELDS, "metric", "smoothedMetric"]);
/** @typedef {typeof METRIC_FIELDS[number]} Field */
/** @type {ReadonlySet<Field>} One number a point; the others have one a place of the curve. */
const OF_POINTS = new Set(/** @type {Field[]} */ (["lr", "loss", "metric"]));

/** Numbers that grow at their end. The array below doubles when it is full, so a point costs the same always. */
class Numbers {
  #room = new Float64Array(64);
  length = 0;

  /**
   * Keep the first `start` numbers, and put `more` behind them.
   * @param {number} start
   * @param {Float64Array} more
   */
  put(start, more) {
    const length = start + more.length;
    if (length > this.#room.length) {
      const room = new Float64Array(2 * length);
      room.set(this.#room.subarray(0, start));
      this.#room = room;
    }
    this.#room.set(more, start);
    this.length = length;
  }

  /** The numbers themselves, not a copy. */
  get values() {
    return this.#room.subarray(0, this.length);
  }
}

export class Series {
  /** Another one whenever there is something new to draw. */
  version = 0;
  sweep = -1;
  /** @type {FrameHead["axes"]} The same object as long as nothing in it changes. */
  axes = null;
  #revision = -1;
  #numbers = fresh();

  /**
   * The numbers of one field. Not finite where a loss was not.
   * @param {Field} field
   */
  get(field) {
    return this.#numbers[field].values;
  }

  /**
   * Take one frame: "taken", "old" (nothing to do), or "gap" (one before it is missing).
   *
   * A frame says what has changed since the one before it, so it fits behind that one alone. A frame that starts at
   * zero says all, and fits behind any that is older.
   * @param {FrameHead} head
   * @param {readonly (ArrayBuffer | ArrayBufferView)[]} buffers
   */
  take(head, buffers) {
    const { sweep, revision, first, curve_first: curve } = head;
    if (revision <= this.#revision) return "old";
    const whole = first === 0 && curve === 0;
    if (!whole && (sweep !== this.sweep || revision !== this.#revision + 1)) return "gap";
    const fields = head.metric ? METRIC_FIELDS : FIELDS;
    const more = fields.map((_, i) => floats(buffers[i]));
    if (first + more[0].length !== head.count || !fits(fields, more)) return "gap"; // cut off on its way
    if (sweep !== this.sweep) {
      this.sweep = sweep;
      this.axes = null;
      this.#numbers = fresh();
    }
    fields.forEach((field, i) => {
      this.#numbers[field].put(OF_POINTS.has(field) ? first : curve, more[i]);
    });
    if (JSON.stringify(head.axes) !== JSON.stringify(this.axes)) this.axes = head.axes;
    this.#revision = revision;
    this.version += 1;
    return "taken";
  }

  /** Let go of all numbers. */
  clear() {
    this.#numbers = fresh();
    this.axes = null;
    this.version += 1;
  }
}

/** @returns {Record<Field, Numbers>} */
function fresh() {
  return /** @type {any} */ (Object.fromEntries(METRIC_FIELDS.map((field) => [field, new Numbers()])));
}

/**
 * Whether all fields of points are of one length, and all of the curve.
 * @param {readonly Field[]} fields
 * @param {Float64Array[]} more
 */
function fits(fields, more) {
  return fields.every((field, i) => more[i].length === more[OF_POINTS.has(field) ? 0 : 2].length);
}

/**
 * Bytes (at any offset, so not always aligned) as float64 numbers.
 * @param {ArrayBuffer | ArrayBufferView | undefined} bytes
 */
export function floats(bytes) {
  if (!bytes) return new Float64Array();
  const { buffer, byteOffset, byteLength } = ArrayBuffer.isView(bytes)
    ? bytes
    : { buffer: bytes, byteOffset: 0, byteLength: bytes.byteLength };
  const length = byteLength - (byteLength % Float64Array.BYTES_PER_ELEMENT);
  return new Float64Array(buffer.slice(byteOffset, byteOffset + length));
}
