/**
 * Paints the boxes over the picture: an <img> moved by a CSS transform, and one canvas of the stage's size on top.
 * Asks for a frame only when something changed.
 *
 * @typedef {import("./types.js").Item} Item
 * @typedef {import("./types.js").Rect} Rect
 * @typedef {{item: Item, area: Rect, color: string, name: string, selected: boolean, hovered: boolean}} Drawn
 */

import { inkOn, luminance, translucent, UNKNOWN } from "./colors.js";
import { HANDLES, handlePoint } from "./geometry.js";
import { placeLabels } from "./labels.js";

const FONT = "500 12px system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif";
const LABEL_HEIGHT = 18;
const LABEL_PADDING = 5;
const HALO = "rgb(0 0 0 / 32%)";
const LIGHT_GAP = "rgb(255 255 255 / 60%)";
const DARK_GAP = "rgb(0 0 0 / 60%)";
const PLATE = "rgb(18 18 20 / 86%)";
const LONGEST_NAME = 28;

export class Painter {
  #frame = 0;
  /** @type {Map<string, number>} */
  #widths = new Map();
  /** Where the pointer is, for the guide lines; null hides them. @type {[number, number] | null} */
  guide = null;
  /** Milliseconds of the last paints, newest last; for measuring. @type {number[]} */
  costs = [];

  /**
   * @param {HTMLCanvasElement} canvas @param {import("./model.js").Model} model
   * @param {import("./view.js").View} view @param {() => HTMLElement | null} picture
   */
  constructor(canvas, model, view, picture) {
    this.canvas = canvas;
    this.context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
    this.model = model;
    this.view = view;
    this.picture = picture;
  }

  /** Paint with the next frame. */
  request() {
    this.#frame ||= requestAnimationFrame(() => this.#paint());
  }

  #paint() {
    const start = performance.now();
    this.#frame = 0;
    const ratio = window.devicePixelRatio || 1;
    this.#movePicture(ratio);
    this.#fitCanvas(ratio);
    const { context: g, view } = this;
    g.setTransform(ratio, 0, 0, ratio, 0, 0);
    g.clearRect(0, 0, view.width, view.height);
    if (this.model.image) this.#paintScene();
    this.costs.push(performance.now() - start);
    if (this.costs.length > 600) this.costs.shift();
  }

  #paintScene() {
    const drawn = this.#drawn();
    for (const entry of drawn) this.#paintBox(entry);
    this.#paintLabels(drawn);
    const selected = drawn.find((entry) => entry.selected);
    if (selected) this.#paintHandles(selected);
    if (this.guide && !this.model.draft) this.#paintGuide(...this.guide);
    if (this.model.draft) this.#paintDraftSize(this.model.draft.rect);
  }

  /** @param {number} ratio */
  #movePicture(ratio) {
    const picture = this.picture();
    if (!picture) return;
    const { k, ox, oy } = this.view;
    picture.style.transform = `translate(${ox}px, ${oy}px) scale(${k})`;
    picture.style.imageRendering = k * ratio >= 3 ? "pixelated" : "auto";
  }

  /** @param {number} ratio */
  #fitCanvas(ratio) {
    const width = Math.round(this.view.width * ratio);
    const height = Math.round(this.view.height * ratio);
    if (this.canvas.width !== width) this.canvas.width = width;
    if (this.canvas.height !== height) this.canvas.height = height;
  }

  /** What lies in sight, the selected one last so that it is painted on top. @returns {Drawn[]} */
  #drawn() {
    const { model, view } = this;
    const { draft } = model;
    /** @type {Item[]} */
    const items = model.items().map((item) => (draft && item.id === draft.id ? { ...item, rect: draft.rect } : item));
    if (draft && !items.some((item) => item.id === draft.id)) {
      items.push({ id: draft.id, kind: "person", rect: draft.rect, classId: draft.classId ?? -1, score: null });
    }
    return items
      .map((item) => this.#describe(item, view.toScreen(item.rect)))
      .filter(({ area }) => area.x2 >= 0 && area.y2 >= 0 && area.x1 <= view.width && area.y1 <= view.height)
      .sort((a, b) => Number(a.selected) - Number(b.selected));
  }

  /** @param {Item} item @param {Rect} area @returns {Drawn} */
  #describe(item, area) {
    const { model } = this;
    const entry = model.classOf(item.classId);
    const selected = item.id === model.selection || item.id === model.draft?.id;
    const name = shortened(entry?.name ?? (item.classId === -1 ? "" : "unknown class"));
    return { item, area, color: entry?.color ?? UNKNOWN, name, selected, hovered: item.id === model.hover };
  }

  /** @param {Drawn} entry */
  #paintBox({ item, area, color, selected, hovered }) {
    const { context: g } = this;
    const person = item.kind === "person";
    const width = person ? 2 : 1;
    const inset = person ? 0 : 0.5;
    const [x, y] = [Math.round(area.x1) + inset, Math.round(area.y1) + inset];
    const [w, h] = [Math.round(area.x2) + inset - x, Math.round(area.y2) + inset - y];
    if (selected || hovered) {
      g.fillStyle = translucent(color, selected ? 0.16 : 0.1);
      g.fillRect(x, y, w, h);
    }
    g.setLineDash([]);
    g.lineWidth = width + 2;
    g.strokeStyle = HALO;
    if (person || selected) g.strokeRect(x, y, w, h);
    g.setLineDash(person ? [] : [5, 4]);
    if (!person) this.#paintGaps(x, y, w, h, color);
    g.lineWidth = width;
    g.strokeStyle = color;
    g.strokeRect(x, y, w, h);
    g.setLineDash([]);
  }

  /** The other brightness in the gaps of the dashes, so that a thin line shows on any picture and reads as dashed. @param {number} x @param {number} y @param {number} w @param {number} h @param {string} color */
  #paintGaps(x, y, w, h, color) {
    const { context: g } = this;
    g.lineWidth = 1;
    g.setLineDash([4, 5]);
    g.lineDashOffset = 4;
    g.strokeStyle = luminance(color) > 0.5 ? DARK_GAP : LIGHT_GAP;
    g.strokeRect(x, y, w, h);
    g.lineDashOffset = 0;
    g.setLineDash([5, 4]);
  }

  /** @param {Drawn[]} drawn */
  #paintLabels(drawn) {
    const { context: g, view } = this;
    g.font = FONT;
    g.textBaseline = "middle";
    const named = drawn.filter((entry) => entry.name).sort(byImportance);
    const texts = named.map(labelOf);
    const wishes = named.map((entry, index) => ({
      box: entry.area,
      width: this.#widthOf(texts[index]) + 2 * LABEL_PADDING + (entry.item.kind === "model" ? 4 : 0),
      height: LABEL_HEIGHT,
      always: entry.selected || entry.hovered,
    }));
    const places = placeLabels(wishes, view.width, view.height);
    places.forEach((place, index) => {
      if (place) this.#paintLabel(named[index], texts[index], place, wishes[index].width);
    });
  }

  /**
   * People's names stand on the colour of the class; the model's on a dark plate with a strip of it.
   * @param {Drawn} entry @param {string} text @param {{x: number, y: number}} place @param {number} width
   */
  #paintLabel({ item, color }, text, place, width) {
    const { context: g } = this;
    const [x, y] = [Math.round(place.x), Math.round(place.y)];
    const person = item.kind === "person";
    g.fillStyle = person ? color : PLATE;
    g.fillRect(x, y, width, LABEL_HEIGHT);
    if (!person) {
      g.fillStyle = color;
      g.fillRect(x, y, 4, LABEL_HEIGHT);
    }
    g.fillStyle = person ? inkOn(color) : "#ffffff";
    g.fillText(text, x + LABEL_PADDING + (person ? 0 : 4), y + LABEL_HEIGHT / 2 + 0.5);
  }

  /** @param {Drawn} entry */
  #paintHandles({ area, item, color }) {
    const { context: g } = this;
    const rect = { x1: Math.round(area.x1), y1: Math.round(area.y1), x2: Math.round(area.x2), y2: Math.round(area.y2) };
    if (!this.model.draft) this.#paintSize(item.rect, area);
    if (rect.x2 - rect.x1 < 6 && rect.y2 - rect.y1 < 6) return;
    g.lineWidth = 1.5;
    g.strokeStyle = color;
    g.fillStyle = "#ffffff";
    for (const handle of handlesFor(rect)) {
      const [x, y] = handlePoint(rect, handle);
      g.fillRect(x - 3.5, y - 3.5, 7, 7);
      g.strokeRect(x - 3.5, y - 3.5, 7, 7);
    }
  }

  /** @param {Rect} rect */
  #paintDraftSize(rect) {
    this.#paintSize(rect, this.view.toScreen(rect));
  }

  /** Width and height in pixels of the picture, below the box. @param {Rect} rect @param {Rect} area */
  #paintSize(rect, area) {
    const { context: g, view } = this;
    const text = `${pixels(rect.x2 - rect.x1)} × ${pixels(rect.y2 - rect.y1)}`;
    g.font = FONT;
    g.textBaseline = "middle";
    const width = this.#widthOf(text) + 2 * LABEL_PADDING;
    const x = Math.round(Math.max(4, Math.min((area.x1 + area.x2 - width) / 2, view.width - width - 4)));
    const y = Math.round(Math.max(4, Math.min(area.y2 + 8, view.height - LABEL_HEIGHT - 4)));
    g.fillStyle = PLATE;
    g.beginPath();
    g.roundRect(x, y, width, LABEL_HEIGHT, 4);
    g.fill();
    g.fillStyle = "#ffffff";
    g.fillText(text, x + LABEL_PADDING, y + LABEL_HEIGHT / 2 + 0.5);
  }

  /** @param {number} x @param {number} y */
  #paintGuide(x, y) {
    const { context: g, view } = this;
    const [column, row] = [Math.round(x) + 0.5, Math.round(y) + 0.5];
    for (const [style, offset] of /** @type {[string, number][]} */ ([["rgb(0 0 0 / 40%)", 0], ["rgb(255 255 255 / 55%)", 4]])) {
      g.strokeStyle = style;
      g.lineWidth = 1;
      g.setLineDash([4, 4]);
      g.lineDashOffset = offset;
      g.beginPath();
      g.moveTo(column, 0);
      g.lineTo(column, view.height);
      g.moveTo(0, row);
      g.lineTo(view.width, row);
      g.stroke();
    }
    g.setLineDash([]);
    g.lineDashOffset = 0;
  }

  /** @param {string} text */
  #widthOf(text) {
    let width = this.#widths.get(text);
    if (width === undefined) {
      if (this.#widths.size > 2000) this.#widths.clear();
      width = Math.ceil(this.context.measureText(text).width);
      this.#widths.set(text, width);
    }
    return width;
  }
}

/** @param {Drawn} entry */
const labelOf = ({ item, name }) => (item.score === null ? name : `${name} ${item.score.toFixed(2)}`);

/** @param {Drawn} a @param {Drawn} b */
const byImportance = (a, b) => rank(b) - rank(a);

/** @param {Drawn} entry */
const rank = ({ item, selected, hovered }) => (selected ? 8 : 0) + (hovered ? 4 : 0) + (item.score ?? 2);

/** Without those in the middle of a side that is too short for three. @param {Rect} rect */
const handlesFor = (rect) =>
  HANDLES.filter(({ fx, fy }) => (fx !== 0.5 || rect.x2 - rect.x1 >= 28) && (fy !== 0.5 || rect.y2 - rect.y1 >= 28));

/** @param {number} value */
const pixels = (value) => (Number.isInteger(value) ? String(value) : value.toFixed(1));

/** @param {string} name */
const shortened = (name) => (name.length > LONGEST_NAME ? `${name.slice(0, LONGEST_NAME - 1)}…` : name);
