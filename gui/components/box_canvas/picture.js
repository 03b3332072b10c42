/**
 * One picture on the stage, held as bitmaps in several sizes ("levels"), each half of the one above. A level lies in
 * the page as one canvas or as tiles, moved and scaled by the compositor alone: panning and zooming paint nothing and
 * decode nothing. What the stage asks of a picture is `element`, `ready`, `sharp`, `move`, `draw` and `close`, so that
 * another kind of picture can take its place.
 *
 * @typedef {import("./types.js").ImageInfo} ImageInfo
 * @typedef {import("./types.js").Rect} Rect
 * @typedef {{area: Rect, canvas: HTMLCanvasElement}} Placed area in pixels of the picture
 * @typedef {{scale: number, tiles: Placed[]}} Level scale: its pixels for one pixel of the picture
 */

import { h } from "../shared/dom.js";

export class Picture {
  /** @type {Level[]} the largest first */
  #levels = [];
  /** @type {Set<HTMLCanvasElement>} */
  #shown = new Set();
  /** @type {HTMLImageElement | null} the thumbnail, until there is something better */
  #preview = null;
  /** @type {{resolve: () => void, reject: (error: Error) => void}} */
  #settle = { resolve: () => {}, reject: () => {} };
  #style = "";
  #wanted = 0;

  /** @param {ImageInfo} image @param {HTMLImageElement} [thumb] its thumbnail, where it has been loaded */
  constructor(image, thumb) {
    this.image = image;
    this.#preview = thumb ?? h("img", { src: image.thumb_url });
    this.#preview.className = "bc-preview";
    this.#preview.alt = "";
    this.#preview.draggable = false;
    this.element = h("div", { class: "bc-picture", role: "img", "aria-label": image.name }, this.#preview);
    this.element.style.width = `${image.width}px`;
    this.element.style.height = `${image.height}px`;
    /** Resolves once pixels can be shown; rejects where the picture cannot be had. @type {Promise<void>} */
    this.ready = new Promise((resolve, reject) => {
      this.#settle = { resolve, reject };
    });
    this.ready.catch(() => {}); // who shows it says so
  }

  /** @param {import("./picture_worker.js").Level[]} levels */
  add(levels) {
    this.#levels.push(...levels.map((level) => this.#placed(level)));
    this.#levels.sort((a, b) => b.scale - a.scale);
    this.#preview?.remove();
    this.#preview = null;
    this.#settle.resolve();
  }

  /** @param {Error} error */
  fail(error) {
    this.#settle.reject(error);
  }

  get hasPixels() {
    return this.#levels.length > 0;
  }

  /** Whether there is anything to see, the thumbnail at least. */
  get seen() {
    return this.hasPixels || (this.#preview?.complete ?? false);
  }

  /** Whether what is shown is as sharp as the screen. */
  get sharp() {
    const best = this.#levels[0]?.scale ?? 0;
    return best > 0 && (best >= this.#wanted || best >= 0.999);
  }

  /**
   * Lie where the view says. @param {import("./view.js").View} view @param {{ratio: number, pixelated: boolean}} how
   * ratio: pixels of the screen for a CSS pixel
   */
  move(view, { ratio, pixelated }) {
    const { k, ox, oy } = view;
    const style = `translate(${ox}px, ${oy}px) scale(${k})`;
    if (style !== this.#style) this.element.style.transform = this.#style = style;
    this.element.classList.toggle("pixelated", pixelated);
    this.#wanted = Math.min(1, k * ratio);
    const [x1, y1] = view.toImage(0, 0);
    const [x2, y2] = view.toImage(view.width, view.height);
    this.#show(this.#levelFor(this.#wanted), { x1, y1, x2, y2 });
  }

  /**
   * Paint a part of the picture elsewhere. @param {CanvasRenderingContext2D} context
   * @param {Rect} from pixels of the picture @param {Rect} to pixels of that canvas
   */
  draw(context, from, to) {
    const kx = (to.x2 - to.x1) / (from.x2 - from.x1);
    const ky = (to.y2 - to.y1) / (from.y2 - from.y1);
    const source = this.#levelFor(Math.min(1, kx))?.tiles ?? [];
    for (const { area, canvas } of source) {
      if (!overlap(area, from)) continue;
      const x = to.x1 + (area.x1 - from.x1) * kx;
      const y = to.y1 + (area.y1 - from.y1) * ky;
      context.drawImage(canvas, x, y, (area.x2 - area.x1) * kx, (area.y2 - area.y1) * ky);
    }
  }

  /** Let the memory go at once, not when somebody collects it. */
  close() {
    this.element.remove();
    for (const { tiles } of this.#levels) for (const { canvas } of tiles) canvas.width = canvas.height = 0;
    this.#levels = [];
    this.#shown.clear();
    this.#settle.reject(new Error("closed"));
  }

  /** The smallest level with a pixel for each of the screen, else the largest there is. @param {number} scale */
  #levelFor(scale) {
    return this.#levels.findLast((level) => level.scale >= scale * 0.999) ?? this.#levels[0];
  }

  /** @param {Level | undefined} level @param {Rect} sight */
  #show(level, sight) {
    const wanted = new Set((level?.tiles ?? []).filter(({ area }) => overlap(area, sight)).map(({ canvas }) => canvas));
    for (const canvas of this.#shown) if (!wanted.has(canvas)) canvas.remove();
    for (const canvas of wanted) if (!this.#shown.has(canvas)) this.element.append(canvas);
    this.#shown = wanted;
  }

  /** @param {import("./picture_worker.js").Level} level @returns {Level} */
  #placed({ width, height, tiles }) {
    const { image } = this;
    const [kx, ky] = [image.width / width, image.height / height];
    const place = (/** @type {import("./picture_worker.js").Tile} */ tile) => {
      const area = { x1: tile.x * kx, y1: tile.y * ky, x2: (tile.x + tile.width) * kx, y2: (tile.y + tile.height) * ky };
      return { area, canvas: canvasOf(tile.bitmap, area) };
    };
    return { scale: width / image.width, tiles: tiles.map(place) };
  }
}

/** @param {ImageBitmap} bitmap @param {Rect} area */
function canvasOf(bitmap, { x1, y1, x2, y2 }) {
  const canvas = h("canvas", { width: bitmap.width, height: bitmap.height });
  Object.assign(canvas.style, { left: `${x1}px`, top: `${y1}px`, width: `${x2 - x1}px`, height: `${y2 - y1}px` });
  canvas.getContext("bitmaprenderer").transferFromImageBitmap(bitmap);
  return canvas;
}

/** @param {Rect} a @param {Rect} b */
const overlap = (a, b) => a.x1 < b.x2 && b.x1 < a.x2 && a.y1 < b.y2 && b.y1 < a.y2;
