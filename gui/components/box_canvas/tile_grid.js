/**
 * Which tiles of a picture a view needs. Level 0 has the picture's own pixels, each further one half as many in both
 * directions; tiles at the right and lower edge are as small as what is left (see detector/pictures/pyramid.py). No DOM here.
 *
 * @typedef {import("./types.js").Rect} Rect
 * @typedef {{level: number, column: number, row: number}} Place
 * @typedef {{tile: number, levels: [number, number][]}} Grid side of a tile, and the size of each level, the finest first
 */

/** The coarsest level with a pixel for each of the screen, else the finest. @param {Grid} grid @param {number} scale pixels of the screen for one of the picture */
export function levelFor({ levels }, scale) {
  const level = Math.floor(Math.log2(1 / Math.max(scale, 1e-9)) + 0.002);
  return Math.max(0, Math.min(levels.length - 1, level));
}

/** The tiles of a level that a part of the picture touches, from its middle outwards. @param {Grid} grid @param {number} level @param {Rect} sight pixels of the picture @returns {Place[]} */
export function tilesIn({ tile, levels }, level, sight) {
  const side = tile * 2 ** level;
  const [width, height] = levels[level];
  const columns = range(sight.x1 / side, sight.x2 / side, Math.ceil(width / tile));
  const rows = range(sight.y1 / side, sight.y2 / side, Math.ceil(height / tile));
  const [middleX, middleY] = [(sight.x1 + sight.x2) / 2 / side - 0.5, (sight.y1 + sight.y2) / 2 / side - 0.5];
  const distance = (/** @type {Place} */ { column, row }) => (column - middleX) ** 2 + (row - middleY) ** 2;
  return rows.flatMap((row) => columns.map((column) => ({ level, column, row }))).sort((a, b) => distance(a) - distance(b));
}

/** What a tile covers, in pixels of the picture; at an odd edge of a coarse level a little beyond it. @param {Grid} grid @param {Place} place @returns {Rect} */
export function areaOf({ tile, levels }, { level, column, row }) {
  const scale = 2 ** level;
  const [width, height] = levels[level];
  return {
    x1: column * tile * scale,
    y1: row * tile * scale,
    x2: Math.min((column + 1) * tile, width) * scale,
    y2: Math.min((row + 1) * tile, height) * scale,
  };
}

/** The tile of the next coarser level in which a tile lies. @param {Place} place @returns {Place} */
export const parentOf = ({ level, column, row }) => ({ level: level + 1, column: column >> 1, row: row >> 1 });

/** @param {Place} place */
export const keyOf = ({ level, column, row }) => `${level}/${column}/${row}`;

/** Whole numbers from the floor of one to the ceiling of the other, within 0..count. @param {number} from @param {number} to @param {number} count */
function range(from, to, count) {
  const first = Math.max(0, Math.floor(from));
  const last = Math.min(count, Math.ceil(to));
  return Array.from({ length: Math.max(0, last - first) }, (_, index) => first + index);
}
