/**
 * What lies under a point of the stage.
 *
 * @typedef {import("./types.js").Item} Item
 * @typedef {{x: number, y: number}} Point CSS pixels of the stage
 */

import { area, contains, handleAt } from "./geometry.js";

const REACH = { mouse: 7, pen: 10, touch: 18 }; // CSS pixels round a handle
const EDGE = 3; // CSS pixels outside a box that still hit it

export class Hits {
  /** @param {import("./model.js").Model} model @param {import("./view.js").View} view */
  constructor(model, view) {
    this.model = model;
    this.view = view;
  }

  /** Boxes under a point, the smallest first: it is the hardest one to hit. Locked ones come last. @param {Point} at @returns {Item[]} */
  at(at) {
    const here = this.model.items().filter((item) => this.isOn(item, at));
    return here.sort((a, b) => Number(this.#isLocked(a)) - Number(this.#isLocked(b)) || area(a.rect) - area(b.rect));
  }

  /** The box that a press takes hold of: the selected one, else the smallest; never a locked one. @param {Point} at */
  held(at) {
    const here = this.at(at).filter((item) => !this.#isLocked(item));
    return here.find((item) => item.id === this.model.selection) ?? here.find((item) => this.model.selected.has(item.id)) ?? here[0];
  }

  /** The handle of the selected box under a point; several selected ones have none. @param {Point} at @param {string} pointerType */
  handle(at, pointerType) {
    const item = this.model.itemOf(this.model.selection);
    if (!item || this.model.selected.size > 1 || this.#isLocked(item)) return null;
    const reach = REACH[/** @type {keyof typeof REACH} */ (pointerType)] ?? REACH.mouse;
    const handle = handleAt(this.view.toScreen(item.rect), at.x, at.y, reach);
    return handle && { item, handle };
  }

  /** @param {Item} item @param {Point} at */
  isOn(item, at) {
    return contains(this.view.toScreen(item.rect), at.x, at.y, EDGE);
  }

  /** @param {Item} item */
  #isLocked(item) {
    return this.model.marks.has("locked", item.id);
  }
}
