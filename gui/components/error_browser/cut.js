// Which part of a picture a crop shows: both boxes with a margin.

import { squareRound } from "../shared/cuts.js";

const MARGIN = 0.35; // of the longer side, on each side
const LEAST = 56; // pixels of the picture: a box of a few pixels alone shows nothing
const SIDE = 288; // pixels of a crop: sharp on tiles of 144 on a screen with two pixels for one

/**
 * @param {import("../box_canvas/types.js").Rect[]} boxes @param {{width: number, height: number}} image
 * @returns {import("../box_canvas/types.js").Rect} on whole pixels, within the picture
 */
export function cutOf(boxes, image) {
  return squareRound(boxes, image, MARGIN, LEAST);
}

export function cropUrl(imageId, cut) {
  const corners = Object.entries(cut).map(([key, value]) => `${key}=${value}`);
  return `/files/images/${imageId}/crop?${corners.join("&")}&side=${SIDE}&exact=1`;
}
