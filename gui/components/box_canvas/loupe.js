/**
 * A round magnifier beside the pointer, each pixel of the picture a whole square: while a key is held, while a box is
 * drawn or changed where that is wanted, and always under a finger, which hides what it points at.
 */

import { h } from "../shared/dom.js";
import { UNKNOWN } from "./colors.js";

const SIZE = 168; // CSS pixels
const AWAY = 28; // CSS pixels from the pointer
const LEAST = 8; // CSS pixels for one pixel of the picture
const OVER_VIEW = 3; // at least so many times the zoom of the stage

export class Loupe {
  /** Wanted by a key that is held. */
  held = false;
  /** @type {{x: number, y: number, touch: boolean} | null} the pointer, in CSS pixels of the stage */
  #at = null;
  #bounds = { left: 0, top: 0 };

  /**
   * @param {HTMLElement} stage @param {HTMLElement} place @param {import("./painter.js").Painter} painter
   */
  constructor(stage, place, painter) {
    this.painter = painter;
    this.element = h("canvas", { class: "bc-loupe", "aria-hidden": "true", hidden: true });
    this.context = /** @type {CanvasRenderingContext2D} */ (this.element.getContext("2d", { alpha: false }));
    place.append(this.element);
    // The stage is measured as the pointer comes in, not with each move of it.
    const measure = () => (this.#bounds = stage.getBoundingClientRect());
    stage.addEventListener("pointerenter", measure);
    stage.addEventListener("pointerdown", measure, { capture: true });
    stage.addEventListener("pointermove", (event) => this.#move(event), { passive: true });
    stage.addEventListener("pointerleave", () => this.#leave());
  }

  /** @param {boolean} held */
  hold(held) {
    this.held = held;
    this.painter.requestLive();
  }

  /** After the stage was painted. */
  paint() {
    const at = this.#isWanted() ? this.#at : null;
    if (this.element.hidden !== (at === null)) this.element.hidden = at === null;
    if (!at) return;
    const ratio = window.devicePixelRatio || 1;
    const { view } = this.painter;
    this.#place(at, view);
    const side = Math.round(SIZE * ratio);
    if (this.element.width !== side) this.element.width = this.element.height = side;
    const zoom = Math.round(Math.max(LEAST, OVER_VIEW * view.k) * ratio);
    const [x, y] = view.toImage(at.x, at.y);
    // Where the picture's own corner lies on the magnifier: whole pixels of the screen, so that every pixel is a square.
    const origin = { x: Math.round(side / 2 - x * zoom), y: Math.round(side / 2 - y * zoom) };
    this.#paintPicture(origin, zoom, side);
    this.#paintBoxes(origin, zoom, ratio);
    this.#paintCross(origin.x + Math.round(x) * zoom, origin.y + Math.round(y) * zoom, side, ratio);
  }

  #isWanted() {
    const { model, look, picture } = this.painter;
    const changing = model.draft !== null && (look.loupe || this.#at?.touch === true);
    return model.image !== null && (picture()?.hasPixels ?? false) && (this.held || changing);
  }

  /** @param {PointerEvent} event */
  #move(event) {
    this.#at = { x: event.clientX - this.#bounds.left, y: event.clientY - this.#bounds.top, touch: event.pointerType === "touch" };
    if (this.#isWanted()) this.painter.requestLive();
  }

  #leave() {
    this.#at = null;
    if (!this.element.hidden) this.painter.requestLive();
  }

  /** Above and at the right of the pointer, else where there is room. @param {{x: number, y: number}} at @param {import("./view.js").View} view */
  #place({ x, y }, view) {
    const left = x + AWAY + SIZE <= view.width ? x + AWAY : x - AWAY - SIZE;
    const top = y - AWAY - SIZE >= 0 ? y - AWAY - SIZE : y + AWAY;
    this.element.style.transform = `translate(${Math.round(Math.max(0, left))}px, ${Math.round(top)}px)`;
  }

  /** @param {{x: number, y: number}} origin @param {number} zoom @param {number} side */
  #paintPicture(origin, zoom, side) {
    const g = this.context;
    const { view } = this.painter;
    g.setTransform(1, 0, 0, 1, 0, 0);
    g.fillStyle = "#141416";
    g.fillRect(0, 0, side, side);
    g.imageSmoothingEnabled = false;
    const from = {
      x1: Math.max(0, Math.floor(-origin.x / zoom)),
      y1: Math.max(0, Math.floor(-origin.y / zoom)),
      x2: Math.min(view.imageWidth, Math.ceil((side - origin.x) / zoom)),
      y2: Math.min(view.imageHeight, Math.ceil((side - origin.y) / zoom)),
    };
    if (from.x1 >= from.x2 || from.y1 >= from.y2) return;
    const to = { x1: origin.x + from.x1 * zoom, y1: origin.y + from.y1 * zoom, x2: origin.x + from.x2 * zoom, y2: origin.y + from.y2 * zoom };
    this.painter.picture()?.draw(g, from, to);
  }

  /** @param {{x: number, y: number}} origin @param {number} zoom @param {number} ratio */
  #paintBoxes(origin, zoom, ratio) {
    const g = this.context;
    const { model } = this.painter;
    g.lineWidth = ratio;
    for (const item of model.items()) {
      const { x1, y1, x2, y2 } = item.id === model.draft?.id ? model.draft.rect : item.rect;
      g.strokeStyle = model.classOf(item.classId)?.color ?? UNKNOWN;
      g.strokeRect(origin.x + x1 * zoom, origin.y + y1 * zoom, (x2 - x1) * zoom, (y2 - y1) * zoom);
    }
    if (model.draft?.id !== "new") return;
    const { x1, y1, x2, y2 } = model.draft.rect;
    g.strokeStyle = model.classOf(model.draft.classId)?.color ?? UNKNOWN;
    g.strokeRect(origin.x + x1 * zoom, origin.y + y1 * zoom, (x2 - x1) * zoom, (y2 - y1) * zoom);
  }

  /** The corner that a box gets where the pointer is. @param {number} x @param {number} y @param {number} side @param {number} ratio */
  #paintCross(x, y, side, ratio) {
    const g = this.context;
    for (const [style, width] of /** @type {[string, number][]} */ ([["rgb(0 0 0 / 60%)", 3 * ratio], ["#ffffff", ratio]])) {
      g.fillStyle = style;
      g.fillRect(Math.round(x - width / 2), 0, width, side);
      g.fillRect(0, Math.round(y - width / 2), side, width);
    }
  }
}
