/**
 * Rectangles in pixels of the picture. Pure functions; what they return is whole pixels inside the picture.
 *
 * @typedef {import("./types.js").Rect} Rect
 * @typedef {import("./types.js").Size} Size
 * @typedef {{name: string, fx: number, fy: number, cursor: string}} Handle
 */

/** The 8 handles: `fx`, `fy` say where on the box they sit (0 start, 0.5 middle, 1 end). @type {readonly Handle[]} */
export const HANDLES = Object.freeze([
  { name: "nw", fx: 0, fy: 0, cursor: "nwse-resize" },
  { name: "n", fx: 0.5, fy: 0, cursor: "ns-resize" },
  { name: "ne", fx: 1, fy: 0, cursor: "nesw-resize" },
  { name: "e", fx: 1, fy: 0.5, cursor: "ew-resize" },
  { name: "se", fx: 1, fy: 1, cursor: "nwse-resize" },
  { name: "s", fx: 0.5, fy: 1, cursor: "ns-resize" },
  { name: "sw", fx: 0, fy: 1, cursor: "nesw-resize" },
  { name: "w", fx: 0, fy: 0.5, cursor: "ew-resize" },
]);

/** @param {number} value @param {number} low @param {number} high */
export const clamp = (value, low, high) => Math.max(low, Math.min(high, value));

/** @param {Rect} rect */
export const area = (rect) => (rect.x2 - rect.x1) * (rect.y2 - rect.y1);

/** @param {Rect} rect @returns {Rect} only the four numbers of it */
export const rectOf = ({ x1, y1, x2, y2 }) => ({ x1, y1, x2, y2 });

/** @param {Rect} a @param {Rect} b */
export const sameRect = (a, b) => a.x1 === b.x1 && a.y1 === b.y1 && a.x2 === b.x2 && a.y2 === b.y2;

/**
 * The rectangle between two corners in any order, or null where nothing with an area is left.
 * @param {number} ax @param {number} ay @param {number} bx @param {number} by @param {Size} size
 * @returns {Rect | null}
 */
export function rectBetween(ax, ay, bx, by, size) {
  const [x1, x2] = ordered(pixel(ax, size.width), pixel(bx, size.width));
  const [y1, y2] = ordered(pixel(ay, size.height), pixel(by, size.height));
  return x1 < x2 && y1 < y2 ? { x1, y1, x2, y2 } : null;
}

/**
 * The box moved by a distance and stopped at the border of the picture; its size stays.
 * @param {Rect} rect @param {number} dx @param {number} dy @param {Size} size
 * @returns {Rect}
 */
export function moved(rect, dx, dy, size) {
  const [x1, x2] = movedSpan(rect.x1, rect.x2, dx, size.width);
  const [y1, y2] = movedSpan(rect.y1, rect.y2, dy, size.height);
  return { x1, y1, x2, y2 };
}

/**
 * Several boxes moved by one distance, stopped together where the first of them meets the border of the picture.
 * @param {readonly Rect[]} rects @param {number} dx @param {number} dy @param {Size} size
 * @returns {Rect[]}
 */
export function movedTogether(rects, dx, dy, size) {
  if (rects.length === 1) return [moved(rects[0], dx, dy, size)];
  const { x1, y1, x2, y2 } = around(rects);
  const x = clamp(Math.round(dx), -x1, size.width - x2);
  const y = clamp(Math.round(dy), -y1, size.height - y2);
  return rects.map((rect) => ({ x1: rect.x1 + x, y1: rect.y1 + y, x2: rect.x2 + x, y2: rect.y2 + y }));
}

/** The smallest rectangle that holds all of them. @param {readonly Rect[]} rects at least one @returns {Rect} */
export function around(rects) {
  return {
    x1: Math.min(...rects.map(({ x1 }) => x1)),
    y1: Math.min(...rects.map(({ y1 }) => y1)),
    x2: Math.max(...rects.map(({ x2 }) => x2)),
    y2: Math.max(...rects.map(({ y2 }) => y2)),
  };
}

/** True where the inner box lies wholly within the outer one. @param {Rect} outer @param {Rect} inner */
export const holds = (outer, inner) =>
  inner.x1 >= outer.x1 && inner.y1 >= outer.y1 && inner.x2 <= outer.x2 && inner.y2 <= outer.y2;

/**
 * The box with one handle moved by whole pixels, which neither leaves the picture nor passes the other side.
 * @param {Rect} rect @param {Handle} handle @param {number} dx @param {number} dy @param {Size} size
 * @returns {Rect}
 */
export function stretched(rect, handle, dx, dy, size) {
  const [x1, x2] = stretchedSpan(rect.x1, rect.x2, handle.fx, dx, size.width);
  const [y1, y2] = stretchedSpan(rect.y1, rect.y2, handle.fy, dy, size.height);
  return { x1, y1, x2, y2 };
}

/**
 * The box with one handle dragged by a distance. Dragged over the other side it turns round; at least 1 pixel stays.
 * @param {Rect} rect @param {Handle} handle @param {number} dx @param {number} dy @param {Size} size
 * @returns {Rect}
 */
export function resized(rect, handle, dx, dy, size) {
  const [x1, x2] = resizedSpan(rect.x1, rect.x2, handle.fx, dx, size.width);
  const [y1, y2] = resizedSpan(rect.y1, rect.y2, handle.fy, dy, size.height);
  return { x1, y1, x2, y2 };
}

/** @param {Rect} rect @param {number} x @param {number} y @param {number} [margin] */
export function contains(rect, x, y, margin = 0) {
  return x >= rect.x1 - margin && x <= rect.x2 + margin && y >= rect.y1 - margin && y <= rect.y2 + margin;
}

/** Whether a box lies in an area by its middle, the border included. @param {Rect} area @param {Rect} rect */
export const middleIn = (area, rect) => contains(area, (rect.x1 + rect.x2) / 2, (rect.y1 + rect.y2) / 2);

/** Intersection over union, 0..1. @param {Rect} a @param {Rect} b */
export function iou(a, b) {
  const width = Math.min(a.x2, b.x2) - Math.max(a.x1, b.x1);
  const height = Math.min(a.y2, b.y2) - Math.max(a.y1, b.y1);
  if (width <= 0 || height <= 0) return 0;
  const shared = width * height;
  return shared / (area(a) + area(b) - shared);
}

/** Where a handle sits. @param {Rect} rect @param {Handle} handle @returns {[number, number]} */
export function handlePoint(rect, handle) {
  return [rect.x1 + (rect.x2 - rect.x1) * handle.fx, rect.y1 + (rect.y2 - rect.y1) * handle.fy];
}

/**
 * The nearest handle within reach, or null.
 * @param {Rect} rect @param {number} x @param {number} y @param {number} reach same unit as the rectangle
 * @returns {Handle | null}
 */
export function handleAt(rect, x, y, reach) {
  let best = null;
  let nearest = reach;
  for (const handle of HANDLES) {
    const [hx, hy] = handlePoint(rect, handle);
    const distance = Math.max(Math.abs(hx - x), Math.abs(hy - y));
    if (distance <= nearest) {
      best = handle;
      nearest = distance;
    }
  }
  return best;
}

/** @param {number} value @param {number} limit */
const pixel = (value, limit) => clamp(Math.round(value), 0, limit);

/** @param {number} a @param {number} b @returns {[number, number]} */
const ordered = (a, b) => (a <= b ? [a, b] : [b, a]);

/** @param {number} from @param {number} to @param {number} by @param {number} limit @returns {[number, number]} */
function movedSpan(from, to, by, limit) {
  const length = clamp(Math.round(to - from), 1, limit);
  const start = clamp(Math.round(from + by), 0, limit - length);
  return [start, start + length];
}

/**
 * @param {number} from @param {number} to @param {number} side 0 drags the start, 1 the end, 0.5 neither
 * @param {number} by @param {number} limit @returns {[number, number]}
 */
function resizedSpan(from, to, side, by, limit) {
  if (side === 0.5) return [from, to];
  const fixed = pixel(side === 0 ? to : from, limit);
  let dragged = pixel((side === 0 ? from : to) + by, limit);
  if (dragged === fixed) dragged = side === 0 ? fixed - 1 : fixed + 1;
  if (dragged < 0 || dragged > limit) dragged = fixed + (dragged < 0 ? 1 : -1);
  return ordered(fixed, dragged);
}

/**
 * @param {number} from @param {number} to @param {number} side 0 moves the start, 1 the end, 0.5 neither
 * @param {number} by @param {number} limit @returns {[number, number]}
 */
function stretchedSpan(from, to, side, by, limit) {
  if (side === 0) return [clamp(Math.round(from + by), 0, Math.max(0, Math.ceil(to) - 1)), to];
  if (side === 1) return [from, clamp(Math.round(to + by), Math.min(limit, Math.floor(from) + 1), limit)];
  return [from, to];
}
