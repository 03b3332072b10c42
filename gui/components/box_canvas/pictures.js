/**
 * The pictures that are held decoded: the open one, those that come next, and those shown last, as far as the memory
 * reaches. One worker decodes; the open image goes before what is fetched ahead.
 *
 * @typedef {import("./types.js").ImageInfo} ImageInfo
 */

import { Picture } from "./picture.js";

const MB = 2 ** 20;
const LEVELS = 4 / 3; // all levels together, of the largest one
const ROOM = Math.min(512, 64 * (/** @type {any} */ (navigator).deviceMemory ?? 4)) * MB; // browsers name at most 8 GB

export class Pictures {
  /** @type {Map<string, Picture>} by address, those used last at the end */
  #kept = new Map();
  /** @type {Map<number, Picture>} by the number of the request */
  #running = new Map();
  /** @type {ImageInfo[]} wanted ahead, the most likely first */
  #ahead = [];
  /** @type {Picture | null} */
  #open = null;
  #asked = 0;
  #worker = new Worker(new URL("./picture_worker.js", import.meta.url), { type: "module" });

  /** @param {() => void} onPixels called when there is more to show */
  constructor(onPixels) {
    this.onPixels = onPixels;
    this.#worker.addEventListener("message", ({ data }) => this.#take(data));
    this.#worker.addEventListener("error", (event) => this.#failAll(event.message));
  }

  /** The picture of an image that is shown from now on. @param {ImageInfo} image */
  open(image) {
    this.#open = this.#get(image);
    this.#giveUpUnwanted(); // memory is let go of later: that takes milliseconds, and this runs between a key and its frame
    return this.#open;
  }

  /** What there is of an image at once, and nothing fetched for it. @param {ImageInfo} image @param {HTMLImageElement} thumb */
  glance(image, thumb) {
    const known = this.#kept.get(image.image_url);
    this.#open = known?.hasPixels ? known : new Picture(image, thumb);
    this.#ahead = [];
    this.#giveUpUnwanted();
    return this.#open;
  }

  /** Decode these when there is time, and nothing else. @param {ImageInfo[]} images the most likely first */
  prefetch(images) {
    this.#ahead = images.filter(({ tiles }) => !tiles); // those that come in tiles are shown by another part
    this.#trim();
    this.#next();
  }

  /** Whether the open picture can be seen, as a thumbnail at least. */
  get isSeen() {
    return this.#open?.seen ?? false;
  }

  /** Bytes that the held bitmaps take. */
  get bytes() {
    return [...this.#kept.values()].reduce((sum, { image }) => sum + bytesOf(image), 0);
  }

  close() {
    this.#worker.terminate();
    for (const picture of this.#kept.values()) picture.close();
    this.#kept.clear();
  }

  /** @param {ImageInfo} image */
  #get(image) {
    const known = this.#kept.get(image.image_url);
    const glanced = this.#open?.image.image_url === image.image_url ? this.#open : null;
    const picture = known ?? glanced ?? new Picture(image);
    this.#kept.delete(image.image_url);
    this.#kept.set(image.image_url, picture);
    if (!known) this.#ask(picture);
    return picture;
  }

  /** @param {Picture} picture */
  #ask(picture) {
    this.#asked += 1;
    this.#running.set(this.#asked, picture);
    this.#worker.postMessage({ id: this.#asked, url: new URL(picture.image.image_url, location.href).href });
  }

  /** @param {{id: number, levels?: import("./picture_worker.js").Level[], last?: boolean, error?: string}} answer */
  #take({ id, levels, last, error }) {
    const picture = this.#running.get(id);
    if (error || last) this.#running.delete(id);
    if (!picture || this.#kept.get(picture.image.image_url) !== picture) {
      for (const { tiles } of levels ?? []) for (const { bitmap } of tiles) bitmap.close(); // nobody waits any more
    } else if (levels) {
      picture.add(levels);
      if (picture === this.#open) this.onPixels();
    } else {
      this.#kept.delete(picture.image.image_url); // the next look at it tries again
      picture.fail(new Error(error));
    }
    this.#next();
  }

  /** One at a time, and only while the open picture is not waiting. */
  #next() {
    if (this.#running.size > 0) return;
    const image = this.#ahead.find(({ image_url: url }) => !this.#kept.has(url));
    if (image && this.#roomFor(image)) this.#get(image);
  }

  /** Whether it fits beside the open picture and those that are more likely to be wanted. @param {ImageInfo} image */
  #roomFor(image) {
    const before = this.#ahead.slice(0, this.#ahead.indexOf(image) + 1);
    const needed = before.reduce((sum, one) => sum + bytesOf(one), 0) + (this.#open ? bytesOf(this.#open.image) : 0);
    return needed <= ROOM;
  }

  get #wanted() {
    return new Set([this.#open?.image.image_url, ...this.#ahead.map((image) => image.image_url)]);
  }

  /** Stop fetching what nobody waits for. */
  #giveUpUnwanted() {
    const wanted = this.#wanted;
    for (const [id, picture] of this.#running) {
      if (wanted.has(picture.image.image_url)) continue;
      this.#worker.postMessage({ id });
      this.#drop(picture);
    }
  }

  /** Let go of those used longest ago, and of what is being fetched for nobody. */
  #trim() {
    this.#giveUpUnwanted();
    const wanted = this.#wanted;
    const waiting = this.#ahead.filter((image) => !this.#kept.has(image.image_url));
    let room = ROOM - waiting.reduce((sum, image) => sum + bytesOf(image), 0) - this.bytes;
    for (const [url, picture] of [...this.#kept]) {
      if (room >= 0) break;
      if (wanted.has(url)) continue;
      room += bytesOf(picture.image);
      this.#drop(picture);
    }
  }

  /** @param {Picture} picture */
  #drop(picture) {
    this.#kept.delete(picture.image.image_url);
    picture.close();
  }

  /** @param {string} reason */
  #failAll(reason) {
    for (const picture of this.#running.values()) {
      this.#kept.delete(picture.image.image_url);
      picture.fail(new Error(reason));
    }
    this.#running.clear();
  }
}

/** @param {import("./types.js").Size} size */
const bytesOf = ({ width, height }) => Math.round(width * height * 4 * LEVELS);
