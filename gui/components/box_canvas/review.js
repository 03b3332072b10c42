/**
 * What of the model's boxes is left to review on an image, and in which order the eye goes through it. Pure.
 *
 * @typedef {import("./types.js").Box} Box
 * @typedef {import("./types.js").Prediction} Prediction
 * @typedef {import("./types.js").Rect} Rect
 * @typedef {import("./types.js").Rejection} Rejection
 */

import { iou } from "./geometry.js";
import { isRejected, SAME_OBJECT } from "./suggesting.js";

/**
 * The model's boxes that a person has not dealt with, of any score: neither rejected nor on a person's box of the class.
 * @param {readonly Prediction[]} predictions @param {readonly Box[]} boxes
 * @param {readonly Rejection[]} rejected those that count for the model
 */
export function unsettled(predictions, boxes, rejected) {
  const covered = (/** @type {Prediction} */ p) => boxes.some((box) => box.class_id === p.class_id && iou(box, p) >= SAME_OBJECT);
  return predictions.filter((p) => !covered(p) && !isRejected(p, rejected));
}

/** The rejections that a model has to respect. @param {readonly Rejection[]} rejected @param {ReadonlySet<number>} lineage */
export const countingFor = (rejected, lineage) => rejected.filter((entry) => lineage.has(entry.model_version_id));

/**
 * Boxes as a page is read: by rows from the top, each from left to right. A box belongs to a row while its middle lies
 * within half a usual height of the row's first.
 * @template {Rect} T @param {readonly T[]} rects @returns {T[]}
 */
export function readingOrder(rects) {
  const heights = rects.map((rect) => rect.y2 - rect.y1).sort((a, b) => a - b);
  const reach = (heights[heights.length >> 1] ?? 0) / 2;
  const downwards = [...rects].sort((a, b) => middle(a) - middle(b));
  /** @type {T[][]} */
  const rows = [];
  for (const rect of downwards) {
    const row = rows.at(-1);
    if (row && middle(rect) - middle(row[0]) <= reach) row.push(rect);
    else rows.push([rect]);
  }
  return rows.flatMap((row) => row.sort((a, b) => a.x1 - b.x1));
}

/**
 * The next one to review after `from` in this order, round and round; from nowhere the first (going back: the last).
 * @template {Rect} T @param {readonly T[]} order all of them, dealt with or not, so that the way stays the same
 * @param {(rect: T) => boolean} waits @param {T | undefined} from @param {1 | -1} step
 * @returns {T | null}
 */
export function nextInOrder(order, waits, from, step) {
  const count = order.length;
  const start = from === undefined ? -1 : order.indexOf(from);
  const first = start < 0 ? (step > 0 ? 0 : count - 1) : start + step;
  for (let walked = 0; walked < count; walked += 1) {
    const rect = order[(((first + step * walked) % count) + count) % count];
    if (rect !== from && waits(rect)) return rect;
  }
  return null;
}

/** @param {Rect} rect */
const middle = (rect) => (rect.y1 + rect.y2) / 2;
