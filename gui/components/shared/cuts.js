// Parts of a picture that show boxes with what stands round them.

import { around } from "../box_canvas/geometry.js";

/**
 * Square where the picture allows it, moved inwards at its ends.
 * @param {import("../box_canvas/types.js").Rect[]} boxes @param {{width: number, height: number}} image
 * @param {number} margin of the longer side, on each side @param {number} least pixels of the picture
 * @returns {import("../box_canvas/types.js").Rect} on whole pixels, within the picture
 */
export function squareRound(boxes, image, margin, least) {
  const bounds = around(boxes);
  const longer = Math.max(bounds.x2 - bounds.x1, bounds.y2 - bounds.y1);
  const side = Math.ceil(Math.max(least, longer * (1 + 2 * margin)));
  const [x1, x2] = span((bounds.x1 + bounds.x2) / 2, side, image.width);
  const [y1, y2] = span((bounds.y1 + bounds.y2) / 2, side, image.height);
  return { x1, y1, x2, y2 };
}

/** So much of a side of a picture round a place. */
function span(centre, length, whole) {
  if (length >= whole) return [0, whole];
  const start = Math.min(Math.max(0, Math.round(centre - length / 2)), whole - length);
  return [start, start + length];
}
