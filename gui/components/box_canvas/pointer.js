/**
 * Mouse, pen and touch on the stage: draw, select, move, resize, pan, zoom, pinch. One gesture at a time; what it makes
 * is shown as the model's draft and becomes an edit when the pointer is lifted.
 *
 * @typedef {import("./types.js").Item} Item
 * @typedef {import("./types.js").Rect} Rect
 * @typedef {import("./geometry.js").Handle} Handle
 * @typedef {{x: number, y: number}} Point
 * @typedef {{kind: "pan" | "pinch"} | {kind: "draw", from: Point}
 *   | {kind: "move" | "resize", item: Item, handle: Handle | null, from: Point}} Gesture
 */

import { area, contains, handleAt, moved, rectBetween, resized, sameRect } from "./geometry.js";

const DRAG_FROM = 3; // CSS pixels that a press must travel to count as a drag
const REACH = { mouse: 7, pen: 10, touch: 16 }; // CSS pixels round a handle
const EDGE = 3; // CSS pixels outside a box that still hit it
const ZOOM_PER_PIXEL = 0.0015;
const PINCH_PER_PIXEL = 0.01; // a trackpad's pinch comes as small wheel steps with Ctrl

export class Pointer {
  /** @type {Map<number, Point>} pointers that are down */
  #down = new Map();
  /** @type {Gesture | null} */
  #gesture = null;
  #travelled = false;
  #wasSelected = false;
  /** True while the space bar is held: then a drag pans. */
  panning = false;

  /**
   * @param {HTMLElement} stage @param {import("./model.js").Model} model @param {import("./view.js").View} view
   * @param {{onDraw: (rect: Rect) => void, onChange: (id: string, rect: Rect) => void, onGuide: (at: [number, number] | null) => void}} actions
   */
  constructor(stage, model, view, actions) {
    this.stage = stage;
    this.model = model;
    this.view = view;
    this.actions = actions;
    stage.addEventListener("pointerdown", (event) => this.#press(event));
    stage.addEventListener("pointermove", (event) => this.#move(event));
    stage.addEventListener("pointerup", (event) => this.#lift(event));
    stage.addEventListener("pointercancel", (event) => this.#abandon(event));
    stage.addEventListener("pointerleave", () => this.#leave());
    stage.addEventListener("wheel", (event) => this.#wheel(event), { passive: false });
    stage.addEventListener("contextmenu", (event) => event.preventDefault());
    stage.addEventListener("mousedown", (event) => event.button === 1 && event.preventDefault()); // no autoscroll
  }

  /** Give up the gesture under way; true when there was one. */
  cancel() {
    const active = this.#gesture !== null;
    this.#gesture = null;
    if (this.model.draft) this.model.setDraft(null);
    this.refreshCursor();
    return active;
  }

  get isActive() {
    return this.#gesture !== null;
  }

  refreshCursor() {
    if (this.#gesture?.kind === "pan") this.stage.style.cursor = "grabbing";
    else if (this.panning) this.stage.style.cursor = "grab";
    else if (!this.#gesture) this.stage.style.cursor = "";
  }

  /** @param {PointerEvent} event */
  #press(event) {
    if (event.target !== this.stage && !(event.target instanceof HTMLCanvasElement)) return;
    this.stage.focus({ preventScroll: true });
    const at = this.#pointOf(event);
    this.#down.set(event.pointerId, at);
    this.stage.setPointerCapture(event.pointerId);
    if (this.#down.size === 2) return this.#startPinch();
    if (this.#down.size > 2 || !this.model.image) return;
    this.#travelled = false;
    if (event.button === 1 || (event.button === 0 && this.panning)) this.#gesture = { kind: "pan" };
    else if (event.button === 0) this.#gesture = this.#gestureAt(at, event);
    this.refreshCursor();
  }

  /** @param {Point} at @param {PointerEvent} event @returns {Gesture} */
  #gestureAt(at, event) {
    /** @type {Gesture} */
    const draw = { kind: "draw", from: at };
    if (event.shiftKey) return draw;
    const handle = this.#handleAt(at, event.pointerType);
    const selected = this.model.itemOf(this.model.selection);
    if (handle && selected) return { kind: "resize", item: selected, handle, from: at };
    const hit = selected && this.#isOn(selected, at) ? selected : this.#itemsAt(at)[0];
    this.#wasSelected = hit !== undefined && hit === selected;
    // The model's boxes are proposals and never in the way of drawing: a click selects one, then it can be moved.
    if (!hit || (hit.kind === "model" && hit !== selected)) return draw;
    this.model.select(hit.id);
    return { kind: "move", item: hit, handle: null, from: at };
  }

  #startPinch() {
    this.cancel();
    this.#gesture = { kind: "pinch" };
    this.#travelled = true;
  }

  /** @param {PointerEvent} event */
  #move(event) {
    const at = this.#pointOf(event);
    const before = this.#down.get(event.pointerId);
    if (!this.#gesture) return before ? undefined : this.#hover(at, event);
    if (!before) return;
    if (this.#gesture.kind === "pinch") return this.#pinch(event.pointerId, at);
    this.#down.set(event.pointerId, at);
    if (this.#gesture.kind === "pan") return this.view.panBy(at.x - before.x, at.y - before.y);
    this.#drag(this.#gesture, at);
  }

  /** @param {Exclude<Gesture, {kind: "pan" | "pinch"}>} gesture @param {Point} at */
  #drag(gesture, at) {
    const { from } = gesture;
    this.#travelled ||= Math.max(Math.abs(at.x - from.x), Math.abs(at.y - from.y)) >= DRAG_FROM;
    if (!this.#travelled) return;
    this.actions.onGuide(null);
    const rect = this.#rectFor(gesture, at);
    if (gesture.kind === "draw") this.#draftNew(rect);
    else if (rect) this.model.setDraft({ id: gesture.item.id, rect, classId: gesture.item.classId });
  }

  /** @param {Exclude<Gesture, {kind: "pan" | "pinch"}>} gesture @param {Point} at @returns {Rect | null} */
  #rectFor(gesture, at) {
    const size = /** @type {import("./types.js").ImageInfo} */ (this.model.image);
    const { from } = gesture;
    if (gesture.kind === "draw") {
      return rectBetween(...this.view.toImage(from.x, from.y), ...this.view.toImage(at.x, at.y), size);
    }
    const dx = (at.x - from.x) / this.view.k;
    const dy = (at.y - from.y) / this.view.k;
    if (gesture.handle) return resized(gesture.item.rect, gesture.handle, dx, dy, size);
    return moved(gesture.item.rect, dx, dy, size);
  }

  /** @param {Rect | null} rect */
  #draftNew(rect) {
    this.model.setDraft(rect ? { id: "new", rect, classId: this.model.currentClassId } : null);
  }

  /** @param {PointerEvent} event */
  #lift(event) {
    const at = this.#pointOf(event);
    this.#down.delete(event.pointerId);
    const gesture = this.#gesture;
    if (gesture?.kind === "pinch" && this.#down.size > 0) return;
    this.#gesture = null;
    const draft = this.model.draft;
    if (draft) this.model.setDraft(null);
    this.refreshCursor();
    if (!gesture || gesture.kind === "pan" || gesture.kind === "pinch") return;
    if (!this.#travelled) this.#click(gesture, at);
    else if (draft) this.#finish(gesture, draft);
  }

  /** @param {Gesture} gesture @param {{id: string, rect: Rect}} draft */
  #finish(gesture, draft) {
    if (gesture.kind === "draw") this.actions.onDraw(draft.rect);
    else if (!sameRect(/** @type {any} */ (gesture).item.rect, draft.rect)) this.actions.onChange(draft.id, draft.rect);
  }

  /** A press without a drag selects; again on the same spot, the next box that lies there. @param {Gesture} gesture @param {Point} at */
  #click(gesture, at) {
    if (gesture.kind === "resize") return;
    const here = this.#itemsAt(at);
    const index = here.findIndex((item) => item.id === this.model.selection);
    if (gesture.kind === "move" && !this.#wasSelected) return;
    this.model.select(here.length === 0 ? null : here[(index + 1) % here.length].id);
  }

  /** @param {PointerEvent} event */
  #abandon(event) {
    this.#down.delete(event.pointerId);
    this.cancel();
  }

  #leave() {
    this.actions.onGuide(null);
    if (!this.#gesture) this.model.setHover(null);
  }

  /** @param {Point} at @param {PointerEvent} event */
  #hover(at, event) {
    if (event.pointerType === "touch" || !this.model.image) return;
    const handle = event.shiftKey ? null : this.#handleAt(at, event.pointerType);
    const hit = this.#itemsAt(at)[0];
    this.model.setHover(hit?.id ?? null);
    const draws = event.shiftKey || (!handle && !this.#wouldMove(hit, at));
    if (!this.panning) this.stage.style.cursor = draws ? "crosshair" : (handle?.cursor ?? "move");
    this.actions.onGuide(draws && !this.panning ? [at.x, at.y] : null);
  }

  /** @param {Item | undefined} hit @param {Point} at */
  #wouldMove(hit, at) {
    const selected = this.model.itemOf(this.model.selection);
    return hit?.kind === "person" || (selected !== undefined && this.#isOn(selected, at));
  }

  /** @param {number} id @param {Point} at */
  #pinch(id, at) {
    const [a, b] = [...this.#down.values()];
    this.#down.set(id, at);
    if (!b) return;
    const [c, d] = [...this.#down.values()];
    const grown = Math.hypot(d.x - c.x, d.y - c.y) / Math.max(1, Math.hypot(b.x - a.x, b.y - a.y));
    this.view.zoomAt((a.x + b.x) / 2, (a.y + b.y) / 2, grown);
    this.view.panBy((c.x + d.x - a.x - b.x) / 2, (c.y + d.y - a.y - b.y) / 2);
  }

  /** @param {WheelEvent} event */
  #wheel(event) {
    event.preventDefault();
    if (!this.model.image) return;
    const lines = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 33 : 1;
    const speed = event.ctrlKey ? PINCH_PER_PIXEL : ZOOM_PER_PIXEL;
    const { x, y } = this.#pointOf(event);
    this.view.zoomAt(x, y, Math.exp(-event.deltaY * lines * speed));
  }

  /** @param {Point} at @param {string} pointerType */
  #handleAt(at, pointerType) {
    const selected = this.model.itemOf(this.model.selection);
    if (!selected) return null;
    const reach = REACH[/** @type {keyof typeof REACH} */ (pointerType)] ?? REACH.mouse;
    return handleAt(this.view.toScreen(selected.rect), at.x, at.y, reach);
  }

  /** Boxes under a point, the smallest first: it is the hardest one to hit. @param {Point} at @returns {Item[]} */
  #itemsAt(at) {
    const here = this.model.items().filter((item) => this.#isOn(item, at));
    return here.sort((a, b) => area(a.rect) - area(b.rect));
  }

  /** @param {Item} item @param {Point} at */
  #isOn(item, at) {
    return contains(this.view.toScreen(item.rect), at.x, at.y, EDGE);
  }

  /** @param {MouseEvent} event @returns {Point} CSS pixels of the stage */
  #pointOf(event) {
    const bounds = this.stage.getBoundingClientRect();
    return { x: event.clientX - bounds.left, y: event.clientY - bounds.top };
  }
}
