/**
 * Runs beside the page (a Worker): fetches a picture, decodes it, halves it again and again, cuts large sizes into
 * tiles, and hands the bitmaps over without copying them. So neither zooming nor turning to an image decodes anything.
 *
 * in:  `{id, url}` load, `{id}` give up
 * out: `{id, levels}` first what fits one tile, then the rest; `{id, error}` where it did not work
 *
 * @typedef {{x: number, y: number, width: number, height: number, bitmap: ImageBitmap}} Tile pixels of its level
 * @typedef {{width: number, height: number, tiles: Tile[]}} Level the whole picture in one size
 */

const TILE = 1024;
const OVERLAP = 2; // pixels that a tile reaches over its neighbours, so that no seam shows between them
const SMALLEST = 256; // no level has a longer side below this

/** @type {Map<number, AbortController>} */
const running = new Map();

onmessage = ({ data: { id, url } }) => {
  if (url) load(id, url);
  else running.get(id)?.abort();
};

/** @param {number} id @param {string} url */
async function load(id, url) {
  const stop = new AbortController();
  running.set(id, stop);
  try {
    const answer = await fetch(url, { signal: stop.signal });
    if (!answer.ok) throw new Error(`the server answered ${answer.status}`);
    await hand(id, await createImageBitmap(await answer.blob()), stop.signal);
  } catch (error) {
    postMessage({ id, error: String(/** @type {any} */ (error)?.message ?? error) });
  } finally {
    running.delete(id);
  }
}

/** @param {number} id @param {ImageBitmap} full @param {AbortSignal} stopped */
async function hand(id, full, stopped) {
  const smaller = halves(full);
  const quick = smaller.filter(fitsOneTile);
  const slow = [full, ...smaller].filter((bitmap) => !fitsOneTile(bitmap));
  if (fitsOneTile(full)) quick.unshift(full);
  post(id, quick.map((bitmap) => levelOf(bitmap, [wholeTile(bitmap)])), slow.length === 0);
  for (const bitmap of slow.reverse()) {
    stopped.throwIfAborted();
    post(id, [levelOf(bitmap, await cut(bitmap))], bitmap === full);
    bitmap.close();
  }
}

/** @param {number} id @param {Level[]} levels @param {boolean} last */
function post(id, levels, last) {
  postMessage({ id, levels, last }, { transfer: levels.flatMap((level) => level.tiles.map((tile) => tile.bitmap)) });
}

/** Each half as wide and high as the one before: exactly the mean of four pixels. @param {ImageBitmap} full */
function halves(full) {
  const found = [];
  let last = full;
  while (Math.max(last.width, last.height) / 2 >= SMALLEST) {
    const canvas = new OffscreenCanvas(Math.ceil(last.width / 2), Math.ceil(last.height / 2));
    const context = /** @type {OffscreenCanvasRenderingContext2D} */ (canvas.getContext("2d", { willReadFrequently: true }));
    context.drawImage(last, 0, 0, canvas.width, canvas.height);
    last = canvas.transferToImageBitmap();
    found.push(last);
  }
  return found;
}

/** @param {ImageBitmap} bitmap @returns {Promise<Tile[]>} */
async function cut(bitmap) {
  const tiles = [];
  for (let y = 0; y < bitmap.height; y += TILE) {
    for (let x = 0; x < bitmap.width; x += TILE) {
      const width = Math.min(TILE + OVERLAP, bitmap.width - x);
      const height = Math.min(TILE + OVERLAP, bitmap.height - y);
      tiles.push({ x, y, width, height, bitmap: await createImageBitmap(bitmap, x, y, width, height) });
    }
  }
  return tiles;
}

/** @param {ImageBitmap} bitmap */
const fitsOneTile = ({ width, height }) => width <= TILE + OVERLAP && height <= TILE + OVERLAP;

/** @param {ImageBitmap} bitmap @returns {Tile} */
const wholeTile = (bitmap) => ({ x: 0, y: 0, width: bitmap.width, height: bitmap.height, bitmap });

/** @param {ImageBitmap} bitmap @param {Tile[]} tiles @returns {Level} */
const levelOf = ({ width, height }, tiles) => ({ width, height, tiles });
