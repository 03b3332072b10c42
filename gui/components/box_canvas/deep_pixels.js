/**
 * Grey of 16 bits in the browser: tiles come as PNGs whose red is the upper and whose green is the lower byte; a window
 * (from which value black, from which white) makes them visible by one look into a table for each pixel.
 *
 * @typedef {{low: number, high: number}} Window measured values
 * @typedef {{
 *   bands: number, bits: number, offset: number, step: number, low: number, high: number, auto_low: number,
 *   auto_high: number, near_low: number, near_high: number, histogram: number[]
 * }} Deep measured = offset + step * stored; see gui/tile_making.py
 */

/** The colour (ABGR, as ImageData holds it) of each stored value. @param {Deep} deep @param {Window} window */
export function lookup(deep, { low, high }) {
  const table = new Uint32Array(65536);
  const span = Math.max(high - low, deep.step / 2);
  for (let stored = 0; stored < 65536; stored += 1) {
    const share = (deep.offset + deep.step * stored - low) / span;
    const grey = Math.round(255 * Math.min(1, Math.max(0, share)));
    table[stored] = 0xff000000 | (grey << 16) | (grey << 8) | grey;
  }
  return table;
}

/** The stored values of a tile. @param {ImageBitmap} bitmap @returns {Uint16Array} */
export function valuesOf(bitmap) {
  const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
  const context = /** @type {OffscreenCanvasRenderingContext2D} */ (canvas.getContext("2d", { willReadFrequently: true, alpha: false }));
  context.drawImage(bitmap, 0, 0);
  const { data } = context.getImageData(0, 0, bitmap.width, bitmap.height);
  const values = new Uint16Array(bitmap.width * bitmap.height);
  for (let at = 0; at < values.length; at += 1) values[at] = (data[4 * at] << 8) | data[4 * at + 1];
  return values;
}

/** Paint values on a canvas of their size. @param {HTMLCanvasElement} canvas @param {Uint16Array} values @param {Uint32Array} table */
export function paint(canvas, values, table) {
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d", { alpha: false }));
  const shown = new Uint32Array(values.length);
  for (let at = 0; at < values.length; at += 1) shown[at] = table[values[at]];
  context.putImageData(new ImageData(new Uint8ClampedArray(shown.buffer), canvas.width, canvas.height), 0, 0);
}
