/**
 * Shows on the stage what a revision changed, in place of the boxes: what came has a solid line and a plus, what went a
 * dashed one, crossed out, with a minus, what was moved an arrow from where it was. Nothing can be edited meanwhile; a
 * drag pans.
 *
 * @typedef {import("./types.js").Box} Box
 * @typedef {import("./types.js").Content} Content
 * @typedef {import("./types.js").Rect} Rect
 * @typedef {import("./differences.js").Difference} Difference
 * @typedef {"changes" | "before" | "after"} Mode
 */

import { h } from "../shared/dom.js";
import { UNKNOWN } from "./colors.js";
import { differences } from "./differences.js";
import { placeLabels } from "./labels.js";

const COLORS = { added: "#3ecf8e", removed: "#ff6b6b", moved: "#ffb224", reclassed: "#8ab4ff", kept: "#d0d0d6" };
const HALO = "rgb(0 0 0 / 55%)";
const PLATE = "rgb(18 18 20 / 88%)";
const PLATE_HEIGHT = 18;
const FONT = "600 12px system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif";
const MOST_NAMES = 200; // more would cover the picture

export class Comparing {
  /** @type {{before: Content, after: Content, all: Difference[]} | null} */
  #shown = null;
  /** @type {Mode} */
  mode = "changes";

  /**
   * @param {HTMLElement} stage @param {import("./model.js").Model} model @param {import("./view.js").View} view
   * @param {import("./painter.js").Painter} painter @param {import("./pointer.js").Pointer} pointer
   */
  constructor(stage, model, view, painter, pointer) {
    this.stage = stage;
    this.model = model;
    this.view = view;
    this.painter = painter;
    this.pointer = pointer;
    this.canvas = h("canvas", { class: "bc-overlay bc-differences" });
    stage.append(this.canvas);
    painter.after.push(() => this.#paint());
  }

  get isOn() {
    return this.#shown !== null;
  }

  /** @param {Content} before @param {Content} after */
  show(before, after) {
    this.#shown = { before, after, all: differences(before.boxes, after.boxes) };
    this.#set(true);
  }

  stop() {
    if (!this.#shown) return;
    this.#shown = null;
    this.mode = "changes";
    this.#set(false);
  }

  /** @param {Mode} mode */
  setMode(mode) {
    this.mode = mode;
    this.painter.requestLive();
  }

  /** @param {boolean} on */
  #set(on) {
    this.stage.classList.toggle("comparing", on);
    this.pointer.panning = on;
    this.pointer.refreshCursor();
    this.painter.requestLive();
  }

  #paint() {
    const { canvas, view } = this;
    const ratio = window.devicePixelRatio || 1;
    const [width, height] = this.#shown ? [Math.round(view.width * ratio), Math.round(view.height * ratio)] : [0, 0];
    if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
    if (!this.#shown) return;
    const g = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
    g.setTransform(ratio, 0, 0, ratio, 0, 0);
    g.clearRect(0, 0, view.width, view.height);
    if (this.mode === "changes") this.#paintChanges(g, this.#shown.all);
    else this.#paintContent(g, this.#shown[this.mode]);
  }

  /** @param {CanvasRenderingContext2D} g @param {Content} content */
  #paintContent(g, { boxes }) {
    for (const box of boxes) outline(g, this.view.toScreen(box), this.model.classOf(box.class_id)?.color ?? UNKNOWN, 2);
    this.#paintNames(g, boxes.slice(0, MOST_NAMES).map((box) => ({ box, text: this.#nameOf(box), color: "#ffffff" })));
  }

  /** @param {CanvasRenderingContext2D} g @param {Difference[]} all */
  #paintChanges(g, all) {
    const seen = all.filter(({ box }) => isInSight(this.view.toScreen(box), this.view));
    for (const entry of seen) this.#paintOne(g, entry);
    const named = seen.filter(({ kind }) => kind !== "kept").slice(-MOST_NAMES);
    this.#paintNames(g, named.map(({ kind, box, was }) => ({ box, text: this.#label(kind, box, was), color: COLORS[kind] })));
  }

  /** @param {CanvasRenderingContext2D} g @param {{box: Box, text: string, color: string}[]} names */
  #paintNames(g, names) {
    g.font = FONT;
    g.textBaseline = "middle";
    const wishes = names.map(({ box, text }) => ({ box: this.view.toScreen(box), width: g.measureText(text).width + 10, height: PLATE_HEIGHT, always: false }));
    placeLabels(wishes, this.view.width, this.view.height).forEach((place, index) => place && plate(g, place, wishes[index].width, names[index]));
  }

  /** @param {CanvasRenderingContext2D} g @param {Difference} entry */
  #paintOne(g, { kind, box, was }) {
    const area = this.view.toScreen(box);
    if (kind === "kept") return outline(g, area, COLORS.kept, 1);
    if (kind === "removed") {
      outline(g, area, COLORS.removed, 2, [7, 5]);
      line(g, [area.x1, area.y1], [area.x2, area.y2], COLORS.removed);
      return line(g, [area.x1, area.y2], [area.x2, area.y1], COLORS.removed);
    }
    if (kind === "moved" && was) {
      const from = this.view.toScreen(was);
      outline(g, from, COLORS.moved, 1, [2, 4]);
      arrow(g, middle(from), middle(area), COLORS.moved);
    }
    outline(g, area, COLORS[kind], 3);
  }

  /** @param {Difference["kind"]} kind @param {Box} box @param {Box | null} was */
  #label(kind, box, was) {
    const name = this.#nameOf(box);
    if (kind === "added") return `+ ${name}`;
    if (kind === "removed") return `− ${name}`;
    return was && was.class_id !== box.class_id ? `${this.#nameOf(was)} → ${name}` : `↦ ${name}`;
  }

  /** @param {Box} box */
  #nameOf(box) {
    return this.model.classOf(box.class_id)?.name ?? "class that is gone";
  }
}

/** @param {Rect} area @param {import("./types.js").Size} stage */
const isInSight = (area, { width, height }) => area.x2 >= 0 && area.y2 >= 0 && area.x1 <= width && area.y1 <= height;

/** @param {Rect} area @returns {[number, number]} */
const middle = ({ x1, y1, x2, y2 }) => [(x1 + x2) / 2, (y1 + y2) / 2];

/** @param {CanvasRenderingContext2D} g @param {Rect} area @param {string} color @param {number} width @param {number[]} [dash] */
function outline(g, { x1, y1, x2, y2 }, color, width, dash = []) {
  for (const [style, thick, gaps] of /** @type {[string, number, number[]][]} */ ([[HALO, width + 2, []], [color, width, dash]])) {
    g.setLineDash(gaps);
    g.strokeStyle = style;
    g.lineWidth = thick;
    g.strokeRect(x1, y1, x2 - x1, y2 - y1);
  }
  g.setLineDash([]);
}

/** @param {CanvasRenderingContext2D} g @param {[number, number]} from @param {[number, number]} to @param {string} color */
function line(g, from, to, color) {
  g.strokeStyle = color;
  g.lineWidth = 1;
  g.beginPath();
  g.moveTo(...from);
  g.lineTo(...to);
  g.stroke();
}

/** @param {CanvasRenderingContext2D} g @param {[number, number]} from @param {[number, number]} to @param {string} color */
function arrow(g, from, to, color) {
  const [dx, dy] = [to[0] - from[0], to[1] - from[1]];
  if (Math.hypot(dx, dy) < 6) return;
  line(g, from, to, color);
  const angle = Math.atan2(dy, dx);
  for (const turn of [2.6, -2.6]) line(g, to, [to[0] + 8 * Math.cos(angle + turn), to[1] + 8 * Math.sin(angle + turn)], color);
}

/** @param {CanvasRenderingContext2D} g @param {{x: number, y: number}} place @param {number} width @param {{text: string, color: string}} name */
function plate(g, { x, y }, width, { text, color }) {
  g.fillStyle = PLATE;
  g.fillRect(x, y, width, PLATE_HEIGHT);
  g.fillStyle = color;
  g.fillText(text, x + 5, y + PLATE_HEIGHT / 2 + 0.5);
}
