/**
 * Pulling a corner onto a line that it nearly meets: the border of the picture and, where wished, edges of other boxes.
 * Pure functions in pixels of the picture.
 *
 * @typedef {import("./types.js").Rect} Rect
 * @typedef {import("./types.js").Size} Size
 */

/**
 * The point, with each coordinate put on the nearest line within reach. What lies outside the picture stays there.
 * @param {[number, number]} point @param {Size} size @param {number} reach
 * @param {readonly Rect[]} [others] boxes whose edges count as lines
 * @returns {[number, number]}
 */
export function snapped([x, y], size, reach, others = []) {
  const columns = [0, size.width, ...others.flatMap(({ x1, x2 }) => [x1, x2])];
  const rows = [0, size.height, ...others.flatMap(({ y1, y2 }) => [y1, y2])];
  return [onLine(x, columns, reach), onLine(y, rows, reach)];
}

/** @param {number} value @param {readonly number[]} lines @param {number} reach */
function onLine(value, lines, reach) {
  let best = value;
  let nearest = reach;
  for (const line of lines) {
    const distance = Math.abs(line - value);
    if (distance <= nearest) {
      best = line;
      nearest = distance;
    }
  }
  return best;
}
