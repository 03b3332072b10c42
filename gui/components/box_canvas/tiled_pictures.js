/** The pictures that come in tiles: the open one and the one before, and the window that their deep grey is seen in. */

import { TiledPicture } from "./tiled_picture.js";

const KEPT = 2;

export class TiledPictures {
  /** @type {TiledPicture[]} used last at the end */
  #kept = [];
  /** @type {TiledPicture | null} */
  #open = null;

  /** @param {() => void} onPixels called when there is more to show @param {import("./window_level.js").WindowLevel} windowLevel */
  constructor(onPixels, windowLevel) {
    this.onPixels = onPixels;
    this.windowLevel = windowLevel;
  }

  /** The picture of an image that is shown from now on; null for one that does not come in tiles. @param {import("./types.js").ImageInfo} image */
  open(image) {
    this.#open = image.tiles ? this.#get(/** @type {any} */ (image)) : null;
    this.windowLevel.show(this.#open, image.project_id);
    return this.#open;
  }

  close() {
    for (const picture of this.#kept) picture.close();
    this.#kept = [];
  }

  /** @param {import("./types.js").ImageInfo & {tiles: import("./types.js").Tiles}} image */
  #get(image) {
    const known = this.#kept.find((picture) => picture.image.id === image.id);
    const picture = known ?? new TiledPicture(image, this.onPixels, (ready) => ready === this.#open && this.windowLevel.show(ready, image.project_id));
    this.#kept = [...this.#kept.filter((one) => one !== picture), picture];
    for (const old of this.#kept.splice(0, Math.max(0, this.#kept.length - KEPT))) old.close();
    if (known && !known.state.ready) known.setTiles(image.tiles);
    return picture;
  }
}
