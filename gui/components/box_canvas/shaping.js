/**
 * The rectangle that a drag makes: of a new box, of one that is moved, of one whose handle is pulled. In whole pixels of
 * the image; corners snap to lines that they nearly meet.
 *
 * @typedef {import("./types.js").Item} Item
 * @typedef {import("./types.js").Rect} Rect
 * @typedef {import("./hits.js").Point} Point
 */

import { handlePoint, movedTogether, rectBetween, resized } from "./geometry.js";
import { snapped } from "./snapping.js";

const SNAP = 4; // CSS pixels; more would move edges that are meant

export class Shaping {
  /** @param {import("./model.js").Model} model @param {import("./view.js").View} view */
  constructor(model, view) {
    this.model = model;
    this.view = view;
  }

  /** In pixels of the image, on a line that it nearly meets unless `free`. @param {Point} at @param {boolean} free @returns {[number, number]} */
  point(at, free) {
    const point = this.view.toImage(at.x, at.y);
    return free ? point : this.#snapped(point, null);
  }

  /** From a corner in pixels of the image; null where nothing with an area is left. @param {[number, number]} anchor @param {Point} at @param {boolean} free */
  between(anchor, at, free) {
    return rectBetween(...anchor, ...this.point(at, free), this.#size);
  }

  /** @param {{item: Item, handle: import("./geometry.js").Handle, from: Point}} gesture @param {Point} at @param {boolean} free without snapping */
  resized({ item, handle, from }, at, free) {
    const [hx, hy] = handlePoint(item.rect, handle);
    const wanted = /** @type {[number, number]} */ ([hx + (at.x - from.x) / this.view.k, hy + (at.y - from.y) / this.view.k]);
    const [x, y] = free ? wanted : this.#snapped(wanted, item.id);
    return resized(item.rect, handle, x - hx, y - hy, this.#size);
  }

  /** All by one distance. @param {{items: Item[], from: Point}} gesture @param {Point} at @returns {[string, Rect][]} */
  moved({ items, from }, at) {
    const rects = items.map(({ rect }) => rect);
    const moved = movedTogether(rects, (at.x - from.x) / this.view.k, (at.y - from.y) / this.view.k, this.#size);
    return items.map(({ id }, index) => [id, moved[index]]);
  }

  /** @param {[number, number]} point @param {string | null} but the box whose own edges are no lines */
  #snapped(point, but) {
    const others = this.model.drawing.snap ? this.model.items().filter(({ id }) => id !== but) : [];
    return snapped(point, this.#size, SNAP / this.view.k, others.map(({ rect }) => rect));
  }

  get #size() {
    return /** @type {import("./types.js").ImageInfo} */ (this.model.image);
  }
}
