// Which of very many points to draw, so that the picture stays what all of them would give.
//
// Ten thousand points in a panel lie many deep: a picture of those that can be told apart shows as much, and is drawn
// at once.

const CELL = 2.5; // px, half a dot: two points closer than this look like one
const COARSER = 1.25; // cells grow by this until few enough points are left
const COLUMN = 5; // px, a dot: each column's lowest and highest points are drawn
const OF_COLUMNS = 0.75; // of all points at most are lowest or highest ones: four a column

/**
 * Indices of the points to draw, in rising order.
 *
 * `x` and `y` are pixels within the panel of `width` and `height`, not finite for a point that is nowhere. Up to
 * `most` points in view are all chosen. Of more: every column's lowest and highest, over all and within the panel, and
 * between these one a cell. What lies up to half a panel beyond its sides is for the hand that pans.
 * @param {ArrayLike<number>} x
 * @param {ArrayLike<number>} y
 * @param {number} width
 * @param {number} height
 * @param {number} most
 * @returns {number[]}
 */
export function chosen(x, y, width, height, most) {
  const near = [];
  let inView = 0;
  for (let i = 0; i < x.length; i++) {
    if (!(x[i] >= -width / 2 && x[i] <= 1.5 * width) || !Number.isFinite(y[i])) continue;
    near.push(i);
    if (x[i] >= 0 && x[i] <= width) inView += 1;
  }
  if (near.length <= most) return near;
  const keep = new Uint8Array(x.length);
  if (inView <= most) for (const i of near) keep[i] = x[i] >= 0 && x[i] <= width ? 1 : 0;
  const column = Math.max(COLUMN, (2 * width) / ((OF_COLUMNS * most) / 4));
  for (const i of extremes(near, x, y, column, height)) keep[i] = 1;
  const panel = near.filter((i) => y[i] >= 0 && y[i] <= height);
  const left = most - near.reduce((sum, i) => sum + keep[i], 0);
  /** @type {number[]} */
  let cells = [];
  for (let cell = CELL; cell < height; cell *= COARSER) {
    cells = onePerCell(panel, x, y, Math.min(cell, column), cell, width, height);
    if (cells.length <= left) break;
  }
  if (cells.length <= Math.max(left, 0)) for (const i of cells) keep[i] = 1;
  return near.filter((i) => keep[i]);
}

/**
 * The lowest and the highest of each column's points, and of those of them that are within the panel.
 * @param {number[]} near
 * @param {ArrayLike<number>} x
 * @param {ArrayLike<number>} y
 * @param {number} column
 * @param {number} height
 */
function extremes(near, x, y, column, height) {
  /** @type {Map<number, number>} */
  const best = new Map();
  const better = (/** @type {number} */ key, /** @type {number} */ i, /** @type {1 | -1} */ sign) => {
    const other = best.get(key);
    if (other === undefined || sign * y[i] > sign * y[other]) best.set(key, i);
  };
  for (const i of near) {
    const key = 4 * Math.floor(x[i] / column);
    better(key, i, 1);
    better(key + 1, i, -1);
    if (y[i] < 0 || y[i] > height) continue;
    better(key + 2, i, 1);
    better(key + 3, i, -1);
  }
  return best.values();
}

/**
 * The first point of each cell of the panel and its surroundings: the first, so that it stays while more come.
 * @param {number[]} panel
 * @param {ArrayLike<number>} x
 * @param {ArrayLike<number>} y
 * @param {number} across
 * @param {number} down
 * @param {number} width
 * @param {number} height
 */
function onePerCell(panel, x, y, across, down, width, height) {
  const rows = Math.ceil(height / down) + 1;
  const taken = new Uint8Array(rows * (Math.ceil((2 * width) / across) + 1));
  return panel.filter((i) => {
    const cell = rows * Math.floor((x[i] + width / 2) / across) + Math.floor(y[i] / down);
    const first = taken[cell] === 0;
    taken[cell] = 1;
    return first;
  });
}
