/**
 * Mouse, pen and touch on the stage: draw, select, move, resize, pan, zoom, pinch. One gesture at a time; what it makes
 * is shown as the model's draft and becomes an edit when the pointer is lifted. A box may also be drawn by its two
 * corners, with nothing held down between them.
 *
 * @typedef {import("./types.js").Item} Item
 * @typedef {import("./types.js").Rect} Rect
 * @typedef {import("./geometry.js").Handle} Handle
 * @typedef {import("./hits.js").Point} Point
 * @typedef {{kind: "pan" | "pinch"} | {kind: "draw" | "band", from: Point, anchor: [number, number]}
 *   | {kind: "area", what: import("./areas.js").AreaAct, from: Point, anchor: [number, number]}
 *   | {kind: "move", from: Point, item: Item, items: Item[]} | {kind: "resize", from: Point, item: Item, handle: Handle}} Gesture
 *
 * @typedef {{
 *   onDraw: (rect: Rect) => void, onChange: (rects: Map<string, Rect>) => void,
 *   onBand: (rect: Rect, adding: boolean) => void, onArea: (what: import("./areas.js").AreaAct, rect: Rect) => void, onGuide: (at: [number, number] | null) => void,
 *   onMenu: (at: Point) => void, wheelMode: () => "auto" | "zoom" | "pan",
 *   onClick: (at: Point, again: boolean) => boolean
 * }} PointerActions `onClick`: on ground without a box (or with one that was asked for), or `again` on the selected one; true where it took a box there
 */

import { sameRect } from "./geometry.js";
import { Hits } from "./hits.js";
import { MenuTurn } from "./menu_turn.js";
import { Shaping } from "./shaping.js";
import { Wheel } from "./wheel.js";

const DRAG_FROM = { mouse: 3, pen: 4, touch: 8 }; // CSS pixels that a press must travel to count as a drag
const LONG_PRESS_MS = 500;

export class Pointer {
  /** @type {Map<number, Point>} pointers that are down */
  #down = new Map();
  /** @type {Gesture | null} */
  #gesture = null;
  /** First corner of a box drawn by two, in pixels of the image. @type {[number, number] | null} */
  #corner = null;
  /** Where the pointer was last seen. @type {Point | null} */
  #last = null;
  #wheelActs = new Wheel();
  #menuTurn = new MenuTurn();
  #travelled = false;
  #wasSelected = false;
  /** @type {number | undefined} */
  #longPress = undefined;
  /** True while the space bar is held: then a drag pans. */
  panning = false;

  /**
   * @param {HTMLElement} stage @param {import("./model.js").Model} model @param {import("./view.js").View} view
   * @param {PointerActions} actions
   */
  constructor(stage, model, view, actions) {
    this.stage = stage;
    this.model = model;
    this.view = view;
    this.actions = actions;
    this.hits = new Hits(model, view);
    this.shaping = new Shaping(model, view);
    stage.addEventListener("pointerdown", (event) => this.#press(event));
    stage.addEventListener("pointermove", (event) => this.#move(event));
    stage.addEventListener("pointerup", (event) => this.#lift(event));
    stage.addEventListener("pointercancel", (event) => this.#abandon(event));
    stage.addEventListener("pointerleave", () => this.#leave());
    stage.addEventListener("wheel", (event) => this.#wheel(event), { passive: false });
    stage.addEventListener("contextmenu", (event) => this.#menu(event));
    stage.addEventListener("mousedown", (event) => event.button === 1 && event.preventDefault()); // no autoscroll
  }

  /** Give up the gesture or the first corner under way; true when there was one. */
  cancel() {
    const active = this.isActive;
    this.#gesture = null;
    this.#corner = null;
    this.model.setCorner(false);
    clearTimeout(this.#longPress);
    if (this.model.draft) this.model.setDraft(null);
    this.refreshCursor();
    return active;
  }

  get isActive() {
    return this.#gesture !== null || this.#corner !== null;
  }

  /** True while a new box is on its way. */
  get isDrawing() {
    return this.#corner !== null || this.#gesture?.kind === "draw";
  }

  /** Where the pointer was last seen, in CSS pixels of the window. */
  get inWindow() {
    if (!this.#last) return null;
    const { left, top } = this.stage.getBoundingClientRect();
    return { x: left + this.#last.x, y: top + this.#last.y };
  }

  /** Put a corner of a new box where the pointer is: the first, or the second, which makes the box. */
  putCorner() {
    if (!this.#last || !this.model.image || this.#gesture) return;
    if (!this.#corner) this.#beginCorner(this.#last);
    else this.#endCorner(this.#last, false);
  }

  /** Boxes under the pointer, the smallest first. @returns {Item[]} */
  stack() {
    return this.#last ? this.hits.at(this.#last) : [];
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
    this.#last = at;
    this.#menuTurn.press(event.button === 2);
    this.#down.set(event.pointerId, at);
    this.stage.setPointerCapture(event.pointerId);
    if (this.#down.size === 2) return this.#startPinch();
    if (this.#down.size > 2 || !this.model.image) return;
    this.#travelled = false;
    if (event.button === 1 || (event.button === 0 && this.panning)) this.#gesture = { kind: "pan" };
    else if (event.button === 0) this.#gesture = this.#gestureAt(at, event);
    else if (event.button === 2 && !this.#corner && !this.panning) this.#gesture = this.#areaFrom(at, event.shiftKey ? "unsure" : "reject");
    if (event.pointerType === "touch") this.#awaitLongPress(at);
    this.refreshCursor();
  }

  /** @param {Point} at @param {PointerEvent} event @returns {Gesture} */
  #gestureAt(at, event) {
    const anchor = this.#corner ?? this.shaping.point(at, event.altKey);
    if (this.#corner) return { kind: "draw", from: at, anchor };
    if (this.model.armed) return this.#areaFrom(at, this.model.armed);
    if (event.ctrlKey || event.metaKey) return { kind: "band", from: at, anchor: this.view.toImage(at.x, at.y) };
    if (event.shiftKey || this.model.drawing.over) return { kind: "draw", from: at, anchor };
    const grip = this.hits.handle(at, event.pointerType);
    if (grip) return { kind: "resize", from: at, ...grip };
    const item = this.hits.held(at);
    const selected = item !== undefined && this.model.selected.has(item.id);
    if (this.model.drawing.several && !selected) return { kind: "band", from: at, anchor: this.view.toImage(at.x, at.y) };
    this.#wasSelected = item !== undefined && item.id === this.model.selection;
    // The model's boxes are proposals and never in the way of drawing: a click selects one, then it can be moved.
    if (!item || (item.kind === "model" && !selected)) return { kind: "draw", from: at, anchor };
    if (!selected) this.model.select(item.id);
    return { kind: "move", from: at, item, items: this.#movable() };
  }

  /** @param {Point} at @param {import("./areas.js").AreaAct} what @returns {Gesture} */
  #areaFrom(at, what) {
    return { kind: "area", what, from: at, anchor: this.view.toImage(at.x, at.y) };
  }

  #movable() {
    const { model } = this;
    return model.items().filter((item) => model.selected.has(item.id) && !model.marks.has("locked", item.id));
  }

  #startPinch() {
    this.cancel();
    this.#gesture = { kind: "pinch" };
    this.#travelled = true;
  }

  /** A finger has no second button: held still, it asks for the menu. @param {Point} at */
  #awaitLongPress(at) {
    clearTimeout(this.#longPress);
    this.#longPress = setTimeout(() => {
      if (this.#travelled || this.#down.size !== 1 || this.#corner) return;
      this.cancel();
      this.actions.onMenu(at);
    }, LONG_PRESS_MS);
  }

  /** @param {PointerEvent} event */
  #move(event) {
    const at = this.#pointOf(event);
    this.#last = at;
    const before = this.#down.get(event.pointerId);
    if (!this.#gesture) return before ? undefined : this.#hover(at, event);
    if (!before) return;
    if (this.#gesture.kind === "pinch") return this.#pinch(event.pointerId, at);
    this.#down.set(event.pointerId, at);
    if (this.#gesture.kind === "pan") return this.view.panBy(at.x - before.x, at.y - before.y);
    this.#drag(this.#gesture, at, event);
  }

  /** @param {Exclude<Gesture, {kind: "pan" | "pinch"}>} gesture @param {Point} at @param {PointerEvent} event */
  #drag(gesture, at, event) {
    const { from } = gesture;
    const far = DRAG_FROM[/** @type {keyof typeof DRAG_FROM} */ (event.pointerType)] ?? DRAG_FROM.mouse;
    this.#travelled ||= Math.max(Math.abs(at.x - from.x), Math.abs(at.y - from.y)) >= far;
    if (!this.#travelled) return;
    this.actions.onGuide(null);
    if (gesture.kind === "resize") this.model.select(gesture.item.id); // a box of the model is pulled without that before
    if (gesture.kind === "draw") this.#draftNew(gesture.anchor, at, event.altKey);
    else if (gesture.kind === "band") this.#draftBand("band", gesture.anchor, at);
    else if (gesture.kind === "area") this.#draftBand(gesture.what, gesture.anchor, at);
    else if (gesture.kind === "resize") this.#draftChanged(gesture.item, [[gesture.item.id, this.shaping.resized(gesture, at, event.altKey)]]);
    else this.#draftChanged(gesture.item, this.shaping.moved(gesture, at));
  }

  /** @param {Item} item the one whose size is told @param {[string, Rect][]} rects */
  #draftChanged(item, rects) {
    const all = new Map(rects);
    this.model.setDraft({ id: item.id, rect: all.get(item.id) ?? item.rect, classId: item.classId, all });
  }

  /** @param {[number, number]} anchor @param {Point} at @param {boolean} free */
  #draftNew(anchor, at, free) {
    const rect = this.shaping.between(anchor, at, free);
    this.model.setDraft(rect ? { id: "new", rect, classId: this.model.currentClassId } : null);
  }

  /** @param {string} id @param {[number, number]} anchor @param {Point} at */
  #draftBand(id, anchor, at) {
    const rect = this.shaping.between(anchor, at, true);
    this.model.setDraft(rect ? { id, rect, classId: null } : null);
  }

  /** @param {PointerEvent} event */
  #lift(event) {
    const at = this.#pointOf(event);
    this.#down.delete(event.pointerId);
    clearTimeout(this.#longPress);
    const gesture = this.#gesture;
    if (gesture?.kind === "pinch" && this.#down.size > 0) return;
    this.#gesture = null;
    this.refreshCursor();
    if (this.#menuTurn.lift(this.#travelled)) this.#openMenu(at);
    if (!gesture || gesture.kind === "pan" || gesture.kind === "pinch") return;
    if (this.#corner) return this.#endCorner(at, event.altKey);
    const { draft } = this.model;
    if (draft) this.model.setDraft(null);
    if (!this.#travelled) this.#click(gesture, at, event);
    else if (draft) this.#finish(gesture, draft, event);
  }

  /** @param {Gesture} gesture @param {NonNullable<import("./model.js").Model["draft"]>} draft @param {PointerEvent} event */
  #finish(gesture, draft, event) {
    if (gesture.kind === "draw") this.actions.onDraw(draft.rect);
    else if (gesture.kind === "area") this.actions.onArea(gesture.what, draft.rect);
    else if (gesture.kind === "band") this.actions.onBand(draft.rect, event.shiftKey || this.model.drawing.several);
    else if (draft.all && !sameRect(/** @type {any} */ (gesture).item.rect, draft.rect)) this.actions.onChange(draft.all);
  }

  /**
   * A press without a drag selects; again on the same spot, the next box that lies there. With Shift or Ctrl the box joins the others.
   * @param {Gesture} gesture @param {Point} at @param {PointerEvent} event
   */
  #click(gesture, at, event) {
    if (gesture.kind === "area") return this.model.arm(null);
    if (gesture.kind === "resize" && gesture.item.id === this.model.selection) return;
    const here = this.hits.at(at);
    if (event.shiftKey || gesture.kind === "band" || this.model.drawing.several) return here.length > 0 ? this.model.toggle(here[0].id) : undefined;
    if (gesture.kind !== "move" && this.model.drawing.clicks) return this.#beginCorner(at, event.altKey);
    const several = this.model.selected.size > 1;
    const again = gesture.kind === "move" && this.#wasSelected && !several;
    const isFree = here.every(({ id }) => this.model.revealed.has(id));
    if ((isFree || again) && this.actions.onClick(at, again)) return;
    if (gesture.kind === "move" && (several || !this.#wasSelected)) return this.model.select(gesture.item.id);
    const index = here.findIndex((item) => item.id === this.model.selection);
    this.model.select(here.length === 0 ? null : here[(index + 1) % here.length].id);
  }

  /** @param {Point} at @param {boolean} [free] */
  #beginCorner(at, free = false) {
    this.#corner = this.shaping.point(at, free);
    this.model.select(null);
    this.model.setCorner(true);
    this.#draftNew(this.#corner, { x: at.x + 1, y: at.y + 1 }, true);
  }

  /** @param {Point} at @param {boolean} free */
  #endCorner(at, free) {
    const corner = /** @type {[number, number]} */ (this.#corner);
    const rect = this.shaping.between(corner, at, free);
    if (!rect) return; // a second click on the first corner: still waiting for the other one
    this.cancel();
    this.actions.onDraw(rect);
  }

  /** @param {PointerEvent} event */
  #abandon(event) {
    this.#down.delete(event.pointerId);
    this.#menuTurn.press(false);
    this.cancel();
  }

  #leave() {
    this.actions.onGuide(null);
    if (!this.#gesture) this.model.setHover(null);
  }

  /** @param {Point} at @param {PointerEvent} event */
  #hover(at, event) {
    if (event.pointerType === "touch" || !this.model.image) return;
    if (this.#corner) {
      this.stage.style.cursor = "crosshair";
      return this.#draftNew(this.#corner, at, event.altKey);
    }
    const free = event.shiftKey || this.model.drawing.over || this.model.armed !== null;
    const grip = free ? null : this.hits.handle(at, event.pointerType);
    this.model.setHover(this.hits.at(at)[0]?.id ?? null);
    const draws = free || (!grip && !this.#wouldMove(at));
    if (!this.panning) this.stage.style.cursor = draws ? "crosshair" : (grip?.handle.cursor ?? "move");
    this.actions.onGuide(draws && !this.panning ? [at.x, at.y] : null);
  }

  /** @param {Point} at */
  #wouldMove(at) {
    const item = this.hits.held(at);
    return item !== undefined && (item.kind === "person" || this.model.selected.has(item.id));
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
    const act = this.#wheelActs.read(event, this.actions.wheelMode());
    if ("dx" in act) return this.view.panBy(act.dx, act.dy);
    const { x, y } = this.#pointOf(event);
    this.view.zoomAt(x, y, act.zoom);
  }

  /** @param {MouseEvent} event */
  #menu(event) {
    event.preventDefault();
    const byFinger = /** @type {PointerEvent} */ (event).pointerType === "touch"; // that one is our own long press
    if (!byFinger && this.#menuTurn.ask()) this.#openMenu(this.#pointOf(event));
  }

  /** @param {Point} at */
  #openMenu(at) {
    if (this.model.image && !this.isActive) this.actions.onMenu(at);
  }

  /** @param {MouseEvent} event @returns {Point} CSS pixels of the stage */
  #pointOf(event) {
    const bounds = this.stage.getBoundingClientRect();
    return { x: event.clientX - bounds.left, y: event.clientY - bounds.top };
  }
}
