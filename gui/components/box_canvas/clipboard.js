/**
 * Boxes taken from one image to another: copied ones, kept for the tab, and those of the image that was open before.
 *
 * @typedef {import("./types.js").Rect} Rect
 * @typedef {import("./types.js").Size} Size
 * @typedef {{rect: Rect, classId: number}} Placed
 */

import { clamp, iou, rectOf, sameRect } from "./geometry.js";

const STORED_AS = "boxloop.copied";
const SAME_OBJECT = 0.5;

/** @param {readonly Placed[]} boxes */
export function keepCopied(boxes) {
  try {
    sessionStorage.setItem(STORED_AS, JSON.stringify(boxes.map(({ rect, classId }) => ({ rect: rectOf(rect), classId }))));
  } catch {
    return false;
  }
  return true;
}

/** @returns {Placed[]} */
export function copied() {
  try {
    const stored = JSON.parse(sessionStorage.getItem(STORED_AS) ?? "[]");
    return Array.isArray(stored) ? stored : [];
  } catch {
    return [];
  }
}

/**
 * The boxes as they fit on a picture: kept in size and moved inside where they stick out, cut where they are larger than it.
 * @param {readonly Placed[]} boxes @param {Size} size
 * @returns {{boxes: Placed[], changed: number}} changed: how many do not stand as they stood
 */
export function fitted(boxes, size) {
  const placed = boxes.map(({ rect, classId }) => ({ rect: inside(rect, size), classId }));
  return { boxes: placed, changed: placed.filter(({ rect }, index) => !sameRect(rect, boxes[index].rect)).length };
}

/**
 * Moved down and to the right, by as many steps as it takes until none lies exactly on a box of its class.
 * @param {readonly Placed[]} boxes @param {readonly Placed[]} standing @param {number} step @param {Size} size
 */
export function besides(boxes, standing, step, size) {
  const taken = (/** @type {Placed} */ one) => standing.some((other) => other.classId === one.classId && sameRect(other.rect, one.rect));
  let wanted = fitted(boxes, size).boxes;
  for (let shift = step; wanted.some(taken) && shift < Math.max(size.width, size.height); shift += step) {
    wanted = fitted(boxes.map(({ rect, classId }) => ({ rect: shifted(rect, shift), classId })), size).boxes;
  }
  return wanted;
}

/** Those that are not there yet: no box of the class covers them. @param {readonly Placed[]} boxes @param {readonly Placed[]} standing */
export function notYetThere(boxes, standing) {
  return boxes.filter((one) => !standing.some((other) => other.classId === one.classId && iou(other.rect, one.rect) >= SAME_OBJECT));
}

/** @param {Rect} rect @param {number} by @returns {Rect} */
const shifted = ({ x1, y1, x2, y2 }, by) => ({ x1: x1 + by, y1: y1 + by, x2: x2 + by, y2: y2 + by });

/** @param {Rect} rect @param {Size} size @returns {Rect} */
function inside({ x1, y1, x2, y2 }, { width, height }) {
  const [left, right] = span(x1, x2, width);
  const [top, bottom] = span(y1, y2, height);
  return { x1: left, y1: top, x2: right, y2: bottom };
}

/** @param {number} from @param {number} to @param {number} limit @returns {[number, number]} */
function span(from, to, limit) {
  const length = Math.min(to - from, limit);
  const start = clamp(from, 0, limit - length);
  return [start, start + length];
}
