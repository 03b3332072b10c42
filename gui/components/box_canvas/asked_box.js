/**
 * A box that the address asks to see, `show=x1,y1,x2,y2` in pixels of the image: it is zoomed to with what is round it,
 * and whatever box stands there is selected. It goes from the address with the image.
 */

import { readQuery } from "../shared/query.js";
import { iou } from "./geometry.js";

/** @typedef {import("./types.js").Rect} Rect */

const SAME_PLACE = 0.3; // IoU from which a box is meant by the one in the address

/** @param {{model: import("./model.js").Model, view: import("./view.js").View}} parts */
export function showAskedBox({ model, view }) {
  const rect = rectOf(readQuery().show);
  if (!rect || !model.image) return;
  const width = rect.x2 - rect.x1;
  const height = rect.y2 - rect.y1;
  view.zoomTo({ x1: rect.x1 - width, y1: rect.y1 - height, x2: rect.x2 + width, y2: rect.y2 + height });
  const near = model
    .items()
    .map(({ id, rect: other }) => ({ id, share: iou(rect, other) }))
    .sort((a, b) => b.share - a.share)[0];
  if (near && near.share >= SAME_PLACE) model.select(near.id);
}

/** @param {string | undefined} text @returns {Rect | null} */
export function rectOf(text) {
  const sides = (text ?? "").split(",").map(Number);
  const [x1, y1, x2, y2] = sides;
  return sides.length === 4 && sides.every(Number.isFinite) && x1 < x2 && y1 < y2 ? { x1, y1, x2, y2 } : null;
}
