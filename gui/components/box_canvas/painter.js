/**
 * Paints the boxes over the picture. The picture is moved by the compositor; on it lie two canvases of the stage's size:
 * `scene` with every box at rest, and `live` with what follows the pointer (the selected and the hovered box, the one
 * being drawn, the guide lines). So drawing among hundreds of boxes paints one. Asks for a frame only when something
 * changed.
 *
 * @typedef {import("./types.js").Item} Item
 * @typedef {import("./types.js").Rect} Rect
 * @typedef {import("./box_paint.js").Drawn} Drawn
 */

import { paintBox, paintGuide, paintHandles, paintLabels, paintSize } from "./box_paint.js";
import { UNKNOWN } from "./colors.js";
import { paintGhost } from "./ghost_paint.js";

const LONGEST_NAME = 28;
/** By the id of the draft. @type {Record<string, string>} */
const AREA_COLORS = { band: UNKNOWN, reject: "#e5484d", unsure: "#f5a524" };
const KEPT_COSTS = 600;

export class Painter {
  #frame = 0;
  #sceneIsOld = true;
  /** Ids of what the scene leaves out, because it is painted live. */
  #lifted = "";
  #liveIsEmpty = false;
  /** Where the pointer is, for the guide lines; null hides them. @type {[number, number] | null} */
  guide = null;
  /** A box of the model that a click would take. @type {import("./types.js").Prediction | null} */
  ghost = null;
  /** Milliseconds of the last paints, newest last; for measuring. @type {number[]} */
  costs = [];
  /** What the last paint put on the stage. @type {{imageId: number | null, seen: boolean, sharp: boolean}} */
  painted = { imageId: null, seen: false, sharp: false };
  /** Called at the end of each paint, to paint what else follows the view. @type {(() => void)[]} */
  after = [];

  /**
   * @param {{scene: HTMLCanvasElement, live: HTMLCanvasElement}} canvases @param {import("./model.js").Model} model
   * @param {import("./view.js").View} view @param {import("./look.js").Look} look
   * @param {() => import("./picture.js").Picture | null} picture
   */
  constructor(canvases, model, view, look, picture) {
    this.scene = contextOf(canvases.scene);
    this.live = contextOf(canvases.live);
    this.model = model;
    this.view = view;
    this.look = look;
    this.picture = picture;
  }

  /** Paint everything with the next frame. */
  request() {
    this.#sceneIsOld = true;
    this.requestLive();
  }

  /** Paint with the next frame what follows the pointer. */
  requestLive() {
    this.#frame ||= requestAnimationFrame(() => this.#paint());
  }

  #paint() {
    const start = performance.now();
    this.#frame = 0;
    const ratio = window.devicePixelRatio || 1;
    const items = this.model.image ? this.#items() : [];
    const lifted = items.filter((item) => this.#isLifted(item));
    const signature = lifted.map((item) => item.id).join(" ");
    if (this.#sceneIsOld || signature !== this.#lifted) {
      this.picture()?.move(this.view, { ratio, pixelated: this.look.isPixelated(this.view.k * ratio) });
      this.#paintScene(items, ratio);
    }
    this.#sceneIsOld = false;
    this.#lifted = signature;
    this.#paintLive(items, ratio);
    for (const paint of this.after) paint();
    this.painted = { imageId: this.model.image?.id ?? null, seen: this.picture()?.seen ?? false, sharp: this.picture()?.sharp ?? false };
    this.costs.push(performance.now() - start);
    if (this.costs.length > KEPT_COSTS) this.costs.shift();
  }

  /** @param {Item[]} items @param {number} ratio */
  #paintScene(items, ratio) {
    const g = this.#cleared(this.scene, ratio);
    const drawn = this.#described(items.filter((item) => !this.#isLifted(item)));
    for (const entry of drawn) paintBox(g, entry);
    if (this.look.names === "all") paintLabels(g, drawn, this.view);
  }

  /** @param {Item[]} items @param {number} ratio */
  #paintLive(items, ratio) {
    const { model, view } = this;
    const { draft } = model;
    const drawn = this.#described(items.filter((item) => this.#isLifted(item) || item.id === model.hover));
    const empty = drawn.length === 0 && !draft && !(this.guide && this.look.guide);
    if (empty && this.#liveIsEmpty) return; // while panning it costs nothing
    this.#liveIsEmpty = empty;
    const g = this.#cleared(this.live, ratio);
    for (const entry of drawn) paintBox(g, entry);
    if (this.look.names !== "none") paintLabels(g, drawn, view);
    for (const entry of model.selected.size > 1 ? [] : drawn.filter(({ selected }) => selected)) {
      paintHandles(g, entry);
      if (!draft) paintSize(g, entry.item.rect, entry.area, view);
    }
    if (this.ghost && !draft) paintGhost(g, this.ghost, view, model.classOf(this.ghost.class_id));
    if (this.guide && !draft && this.look.guide) paintGuide(g, ...this.guide, view);
    if (draft && !(draft.id in AREA_COLORS)) paintSize(g, draft.rect, view.toScreen(draft.rect), view);
  }

  /** @param {CanvasRenderingContext2D} g @param {number} ratio */
  #cleared(g, ratio) {
    const { canvas } = g;
    const width = Math.round(this.view.width * ratio);
    const height = Math.round(this.view.height * ratio);
    if (canvas.width !== width) canvas.width = width;
    if (canvas.height !== height) canvas.height = height;
    g.setTransform(ratio, 0, 0, ratio, 0, 0);
    g.clearRect(0, 0, this.view.width, this.view.height);
    return g;
  }

  /** What is shown, the box being drawn or changed as it is now. @returns {Item[]} */
  #items() {
    const { draft } = this.model;
    const items = this.model.items();
    if (!draft) return [...items];
    const changed = items.map((item) => (draft.all?.has(item.id) ? { ...item, rect: /** @type {Rect} */ (draft.all.get(item.id)) } : item));
    if (!draft.all) {
      changed.push({ id: draft.id, kind: "person", rect: draft.rect, classId: draft.classId ?? -1, score: null });
    }
    return changed;
  }

  /** @param {Item} item */
  #isLifted({ id }) {
    return this.model.selected.has(id) || id === this.model.draft?.id;
  }

  /** Those in sight, as they look. @param {Item[]} items @returns {Drawn[]} */
  #described(items) {
    const { model, view } = this;
    /** @type {Drawn[]} */
    const drawn = [];
    for (const item of items) {
      const area = view.toScreen(item.rect);
      if (area.x2 < 0 || area.y2 < 0 || area.x1 > view.width || area.y1 > view.height) continue;
      const entry = model.classOf(item.classId);
      const name = shortened(entry?.name ?? (item.classId === -1 ? "" : "unknown class"));
      drawn.push({ item, area, color: entry?.color ?? AREA_COLORS[item.id] ?? UNKNOWN, name, selected: this.#isLifted(item), hovered: item.id === model.hover });
    }
    return drawn;
  }
}

/** @param {HTMLCanvasElement} canvas */
const contextOf = (canvas) => /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));

/** @param {string} name */
const shortened = (name) => (name.length > LONGEST_NAME ? `${name.slice(0, LONGEST_NAME - 1)}…` : name);
