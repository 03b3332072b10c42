// Which part of a picture a crop shows: both boxes with a margin, square where the picture allows it.

import { around } from "../box_canvas/geometry.js";

const MARGIN = 0.35; // of the longer side, on each side
const LEAST = 56; // pixels of the picture: a box of a few pixels alone shows nothing
const SIDE = 288; // pixels of a crop: sharp on tiles of 144 on a screen with two pixels for one

/**
 * @param {import("../box_canvas/types.js").Rect[]} boxes @param {{width: number, height: number}} image
 * @returns {import("../box_canvas/types.js").Rect} on whole pixels, within the picture
 */
export function cutOf(boxes, image) {
  const bounds = around(boxes);
  const longer = Math.max(bounds.x2 - bounds.x1, bounds.y2 - bounds.y1);
  const side = Math.ceil(Math.max(LEAST, longer * (1 + 2 * MARGIN)));
  const [x1, x2] = span((bounds.x1 + bounds.x2) / 2, side, image.width);
  const [y1, y2] = span((bounds.y1 + bounds.y2) / 2, side, image.height);
  return { x1, y1, x2, y2 };
}

/** So much of a side of a picture round a place, moved inwards at its ends. */
function span(centre, length, whole) {
  if (length >= whole) return [0, whole];
  const start = Math.min(Math.max(0, Math.round(centre - length / 2)), whole - length);
  return [start, start + length];
}

export function cropUrl(imageId, cut) {
  const corners = Object.entries(cut).map(([key, value]) => `${key}=${value}`);
  return `/files/images/${imageId}/crop?${corners.join("&")}&side=${SIDE}&exact=1`;
}
