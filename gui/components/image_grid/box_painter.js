// Boxes drawn over a thumbnail: people's solid, the model's dashed. Sharp at any pixel density.

const MIN_SIDE = 2;

/**
 * Paint boxes onto a canvas that lies over a picture shown with `object-fit: contain`.
 * @param {HTMLCanvasElement} canvas fills the same rectangle as the picture; its bitmap is set here.
 * @param {{width: number, height: number}} image size in pixels of the image that the boxes are given in.
 * @param {Array<{x1, y1, x2, y2, class_id}>} boxes in pixels of the image.
 * @param {object} options colors: Map of class id to CSS colour; dashed; clear (default true: wipe what was there);
 *   size: {width, height} of the canvas in CSS pixels, where it is known already (saves a layout).
 */
export function paintBoxes(canvas, image, boxes, { colors, dashed = false, clear = true, size = null } = {}) {
  const { width, height } = size ?? canvas.getBoundingClientRect();
  const density = Math.min(devicePixelRatio || 1, 3);
  const [columns, rows] = [Math.round(width * density), Math.round(height * density)];
  if (canvas.width !== columns || canvas.height !== rows) Object.assign(canvas, { width: columns, height: rows });
  const pen = canvas.getContext("2d");
  if (clear) pen.clearRect(0, 0, columns, rows);
  if (boxes.length === 0 || width === 0) return;

  const scale = Math.min(columns / image.width, rows / image.height);
  const left = (columns - image.width * scale) / 2;
  const top = (rows - image.height * scale) / 2;
  const line = Math.max(1, Math.round(1.25 * density));
  pen.lineWidth = line;
  pen.setLineDash(dashed ? [3 * density, 2 * density] : []);
  for (const box of boxes) {
    pen.strokeStyle = colors?.get(box.class_id) ?? "#ffffff";
    pen.strokeRect(
      Math.round(left + box.x1 * scale) + line / 2,
      Math.round(top + box.y1 * scale) + line / 2,
      Math.max(MIN_SIDE, Math.round((box.x2 - box.x1) * scale) - line),
      Math.max(MIN_SIDE, Math.round((box.y2 - box.y1) * scale) - line),
    );
  }
}

/** Map of class id to colour from a project's JSON. */
export function classColors(project) {
  return new Map(project.classes.map((one) => [one.id, one.color]));
}
