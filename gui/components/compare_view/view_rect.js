// Which part of a picture a pane shows: the whole of it, or nearer round a point. Pure; all in CSS pixels.

const ROOM = 12; // round the whole picture
const MOST = 16; // pixels on the screen for one of the picture

/** @typedef {{scale: number, left: number, top: number}} View where the upper left corner of the picture is, and its enlargement */

/** @returns {View} the whole picture in the middle of the pane; null where there is no room at all */
export function fitted(picture, pane) {
  const scale = Math.min((pane.width - ROOM) / picture.width, (pane.height - ROOM) / picture.height);
  if (!(scale > 0)) return null;
  return { scale, left: (pane.width - picture.width * scale) / 2, top: (pane.height - picture.height * scale) / 2 };
}

/** Nearer by a factor, or further away for one under 1, so that what is at the point (x, y) of the pane stays there. */
export function zoomed(view, factor, { x, y }, least) {
  const scale = Math.max(least, Math.min(MOST, view.scale * factor));
  const by = scale / view.scale;
  return { scale, left: x - (x - view.left) * by, top: y - (y - view.top) * by };
}

export function moved(view, across, down) {
  return { ...view, left: view.left + across, top: view.top + down };
}
