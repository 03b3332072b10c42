/**
 * What lies under a point of the stage.
 *
 * @typedef {import("./types.js").Item} Item
 * @typedef {{x: number, y: number}} Point CSS pixels of the stage
 * @typedef {{item: Item, handle: import("./geometry.js").Handle}} Grip
 */

import { area, contains, handleAt, handlePoint } from "./geometry.js";

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

  /** The handle under a point: of the selected box, else of one of the model's. @param {Point} at @param {string} pointerType @returns {Grip | null} */
  handle(at, pointerType) {
    const reach = REACH[/** @type {keyof typeof REACH} */ (pointerType)] ?? REACH.mouse;
    return this.#ofSelected(at, reach) ?? this.#ofProposals(at, reach);
  }

  /** Several selected ones have none. @param {Point} at @param {number} reach */
  #ofSelected(at, reach) {
    const item = this.model.itemOf(this.model.selection);
    if (!item || this.model.selected.size > 1 || this.#isLocked(item)) return null;
    const handle = handleAt(this.view.toScreen(item.rect), at.x, at.y, reach);
    return handle && { item, handle };
  }

  /**
   * The nearest one of the model's boxes, which need not be selected for that; not where a person's box or what is
   * selected lies. Inside a small box the reach is shorter, so that there is room left to begin a new one.
   * @param {Point} at @param {number} reach @returns {Grip | null}
   */
  #ofProposals(at, reach) {
    const { model } = this;
    if (model.drawing.several || this.#isTaken(at)) return null;
    /** @type {Grip | null} */
    let best = null;
    let nearest = reach;
    for (const item of model.items()) {
      if (item.kind !== "model" || this.#isLocked(item)) continue;
      const rect = this.view.toScreen(item.rect);
      const handle = handleAt(rect, at.x, at.y, Math.min(nearest, shorterSide(rect) / 4));
      if (!handle) continue;
      const [x, y] = handlePoint(rect, handle);
      nearest = Math.max(Math.abs(x - at.x), Math.abs(y - at.y));
      best = { item, handle };
    }
    return best;
  }

  /** Whether a press means what lies there already. @param {Point} at */
  #isTaken(at) {
    return this.at(at).some((item) => !this.#isLocked(item) && (item.kind === "person" || this.model.selected.has(item.id)));
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

/** @param {import("./types.js").Rect} rect */
const shorterSide = (rect) => Math.min(rect.x2 - rect.x1, rect.y2 - rect.y1);
