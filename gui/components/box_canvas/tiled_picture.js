/**
 * A picture on the stage that comes in tiles: a big one, or deep grey. It takes the place of a Picture (picture.js).
 *
 * At the bottom lies a copy that is there at once; over it the coarsest tile; over that the tiles in sight of the level
 * that is as fine as the screen, and while one of those is on its way, what is there of the levels between. Each tile is
 * a canvas that the compositor moves and scales, so that panning paints nothing.
 *
 * @typedef {import("./types.js").ImageInfo} ImageInfo
 * @typedef {import("./types.js").Rect} Rect
 * @typedef {import("./types.js").Tiles} Tiles
 * @typedef {import("./tile_grid.js").Place} Place
 * @typedef {{place: Place, area: Rect, canvas: HTMLCanvasElement, values: Uint16Array | null, window: object | null}} Tile
 */

import { api } from "../shared/api.js";
import { h } from "../shared/dom.js";
import { lookup, paint, valuesOf } from "./deep_pixels.js";
import { areaOf, keyOf, levelFor, parentOf, tilesIn } from "./tile_grid.js";
import { TileLoader } from "./tile_loader.js";

const KEPT = 192; // tiles, about 1 MB each; all that are in sight stay, however many
const ASK_EVERY_MS = 1000;

export class TiledPicture {
  /** @type {Map<string, Tile>} those seen last at the end */
  #tiles = new Map();
  /** @type {Set<string>} */
  #shown = new Set();
  /** Tiles that are drawn elsewhere, in a magnifier say. @type {Place[]} */
  #elsewhere = [];
  /** Keys of those of them that the loader was told of. @type {Set<string>} */
  #asked = new Set();
  #style = "";
  #sharp = false;
  #asking = false;
  #closed = false;
  /** @type {import("./deep_pixels.js").Window | null} */
  #window = null;
  /** @type {Uint32Array | null} */
  #table = null;

  /**
   * @param {ImageInfo & {tiles: Tiles}} image
   * @param {() => void} onPixels called when there is more to show
   * @param {(picture: TiledPicture) => void} [onTiles] called when the tiles are there, at once where they are
   */
  constructor(image, onPixels, onTiles = () => {}) {
    this.image = image;
    this.onPixels = onPixels;
    this.onTiles = onTiles;
    const copy = h("img", { src: image.image_url, alt: "", class: "bc-preview", draggable: "false" });
    this.copy = copy;
    this.sheet = h("div", { class: "bc-picture", role: "img", "aria-label": image.name }, copy);
    this.sheet.style.width = `${image.width}px`;
    this.sheet.style.height = `${image.height}px`;
    this.note = h("div", { class: "bc-tiles-note", role: "status", hidden: true });
    this.element = h("div", { class: "bc-tiled" }, this.sheet, this.note);
    this.loader = new TileLoader((key, bitmap) => this.#take(key, bitmap));
    /** @type {Promise<void>} resolves once pixels can be shown */
    this.ready = copy.decode();
    this.ready.catch(() => {}); // who shows it says so
    this.setTiles(image.tiles);
  }

  /** How the tiles stand, as the server says. @param {Tiles} tiles */
  setTiles(tiles) {
    this.state = tiles;
    this.note.hidden = tiles.ready;
    if (tiles.ready) this.onTiles(this);
    else this.note.textContent = tiles.reason ?? "Full detail is being prepared. You can draw meanwhile.";
    this.onPixels();
  }

  /** What is known of the depth of its grey; null for colour, and until the tiles are there. */
  get deep() {
    return this.state.deep ?? null;
  }

  get hasPixels() {
    return this.copy.complete && this.copy.naturalWidth > 0;
  }

  /** Whether what is shown is as sharp as the screen. */
  get sharp() {
    return this.#sharp;
  }

  /** Show deep grey from one value to another. @param {import("./deep_pixels.js").Window} window measured values */
  setWindow(window) {
    if (!this.deep) return;
    this.#window = { ...window };
    this.#table = lookup(this.deep, window);
    for (const key of this.#shown) this.#develop(/** @type {Tile} */ (this.#tiles.get(key)));
    this.onPixels();
  }

  /** Show another band of grey. @param {number} band */
  async setBand(band) {
    const tiles = await api.get(`/api/images/${this.image.id}/tiles`, { params: { band } });
    if (this.#closed) return;
    this.#forget();
    this.setTiles(tiles);
  }

  /**
   * Lie where the view says. @param {import("./view.js").View} view @param {{ratio: number, pixelated: boolean}} how
   * ratio: pixels of the screen for a CSS pixel
   */
  move(view, { ratio, pixelated }) {
    const { k, ox, oy } = view;
    const style = `translate(${ox}px, ${oy}px) scale(${k})`;
    if (style !== this.#style) this.sheet.style.transform = this.#style = style;
    this.sheet.classList.toggle("pixelated", pixelated);
    if (!this.state.ready) return this.#ask();
    const [x1, y1] = view.toImage(0, 0);
    const [x2, y2] = view.toImage(view.width, view.height);
    const coarsest = this.state.levels.length - 1;
    const wanted = tilesIn(this.state, levelFor(this.state, Math.min(1, k * ratio)), { x1, y1, x2, y2 });
    this.#show(wanted, { level: coarsest, column: 0, row: 0 });
    this.#fetch([{ level: coarsest, column: 0, row: 0 }, ...wanted, ...this.#elsewhere]);
    this.#asked = new Set(this.#elsewhere.map(keyOf));
    this.#elsewhere = [];
  }

  /**
   * Paint a part of the picture elsewhere. @param {CanvasRenderingContext2D} context
   * @param {Rect} from pixels of the picture @param {Rect} to pixels of that canvas
   */
  draw(context, from, to) {
    const kx = (to.x2 - to.x1) / (from.x2 - from.x1);
    const ky = (to.y2 - to.y1) / (from.y2 - from.y1);
    const put = (/** @type {CanvasImageSource} */ source, /** @type {Rect} */ area) =>
      context.drawImage(source, to.x1 + (area.x1 - from.x1) * kx, to.y1 + (area.y1 - from.y1) * ky, (area.x2 - area.x1) * kx, (area.y2 - area.y1) * ky);
    const { width, height } = this.image;
    if (this.hasPixels) put(this.copy, { x1: 0, y1: 0, x2: width, y2: height });
    if (!this.state.ready) return;
    const finest = levelFor(this.state, Math.min(1, kx));
    const there = [...this.#tiles.values()].filter(({ place, area }) => place.level >= finest && overlap(area, from));
    for (const tile of there.sort((a, b) => b.place.level - a.place.level)) {
      this.#develop(tile);
      put(tile.canvas, tile.area);
    }
    const missing = tilesIn(this.state, finest, from).filter((place) => !this.#tiles.has(keyOf(place)));
    this.#elsewhere.push(...missing);
    if (missing.some((place) => !this.#asked.has(keyOf(place)))) this.onPixels(); // the next move asks for them
  }

  /** Let the memory go at once, not when somebody collects it. */
  close() {
    this.#closed = true;
    this.element.remove();
    this.#forget();
  }

  /** What is loaded of these, and of coarser ones where it is not. @param {Place[]} wanted @param {Place} base */
  #show(wanted, base) {
    const show = new Set(this.#tiles.has(keyOf(base)) ? [keyOf(base)] : []);
    this.#sharp = true;
    for (const place of wanted) {
      let there = place;
      while (!this.#tiles.has(keyOf(there)) && there.level < base.level) there = parentOf(there);
      if (there !== place) this.#sharp = false;
      if (this.#tiles.has(keyOf(there))) show.add(keyOf(there));
    }
    for (const key of this.#shown) if (!show.has(key)) this.#tiles.get(key)?.canvas.remove();
    for (const key of show) {
      const tile = /** @type {Tile} */ (this.#tiles.get(key));
      this.#tiles.delete(key);
      this.#tiles.set(key, tile); // seen last
      this.#develop(tile);
      if (!tile.canvas.isConnected) this.sheet.append(tile.canvas);
    }
    this.#shown = show;
  }

  /** @param {Place[]} wanted */
  #fetch(wanted) {
    const { url } = this.state;
    const missing = new Map(wanted.map((place) => [keyOf(place), place]).filter(([key]) => !this.#tiles.has(key)));
    const address = ({ level, column, row }) => url.replace("{level}", level).replace("{column}", column).replace("{row}", row);
    this.loader.want([...missing].map(([key, place]) => ({ key, url: address(place) })));
  }

  /** @param {string} key @param {ImageBitmap} bitmap */
  #take(key, bitmap) {
    const [level, column, row] = key.split("/").map(Number);
    if (this.#closed || !this.state.ready || this.#tiles.has(key)) return bitmap.close();
    const place = { level, column, row };
    const area = areaOf(this.state, place);
    const canvas = h("canvas", { width: bitmap.width, height: bitmap.height });
    const { x1, y1, x2, y2 } = area;
    Object.assign(canvas.style, { left: `${x1}px`, top: `${y1}px`, width: `${x2 - x1}px`, height: `${y2 - y1}px`, zIndex: String(99 - level) });
    const values = this.deep ? valuesOf(bitmap) : null;
    if (values) bitmap.close();
    else canvas.getContext("bitmaprenderer").transferFromImageBitmap(bitmap);
    this.#tiles.set(key, { place, area, canvas, values, window: null });
    this.#trim();
    this.onPixels();
  }

  /** Paint a deep tile in the window that is set. @param {Tile} tile */
  #develop(tile) {
    if (!tile.values || !this.deep || tile.window === this.#window) return;
    if (!this.#table) this.setWindow({ low: this.deep.auto_low, high: this.deep.auto_high });
    if (tile.window === this.#window) return; // setting it has painted this one
    tile.window = this.#window;
    paint(tile.canvas, tile.values, /** @type {Uint32Array} */ (this.#table));
  }

  #trim() {
    for (const [key, { canvas }] of this.#tiles) {
      if (this.#tiles.size <= Math.max(KEPT, 2 * this.#shown.size)) return;
      if (this.#shown.has(key)) continue;
      canvas.width = canvas.height = 0;
      this.#tiles.delete(key);
    }
  }

  #forget() {
    this.loader.want([]);
    for (const { canvas } of this.#tiles.values()) {
      canvas.remove();
      canvas.width = canvas.height = 0;
    }
    this.#tiles.clear();
    this.#shown.clear();
    this.#window = this.#table = null;
    this.#sharp = false;
  }

  /** Ask every second whether the tiles are made, as long as somebody looks. */
  async #ask() {
    if (this.#asking || this.state.reason) return;
    this.#asking = true;
    while (this.element.isConnected && !this.#closed && !this.state.ready && !this.state.reason) {
      await new Promise((resolve) => setTimeout(resolve, ASK_EVERY_MS));
      const path = `/api/images/${this.image.id}/tiles`;
      const tiles = await api.get(path, { params: { band: this.state.band } }).catch(() => null); // the next time, then
      if (tiles && tiles.band === this.state.band && !this.#closed) this.setTiles(tiles);
    }
    this.#asking = false;
  }
}

/** @param {Rect} a @param {Rect} b */
const overlap = (a, b) => a.x1 < b.x2 && b.x1 < a.x2 && a.y1 < b.y2 && b.y1 < a.y2;
