/** The whole picture in a corner while the stage shows a part of it, with every box and the part that is in sight. */

import { h } from "../shared/dom.js";
import { UNKNOWN } from "./colors.js";

const LONGEST = 176; // CSS pixels of a side
const FROM_ZOOM = 1.15; // of the zoom that fits the stage

export class Minimap {
  #old = true;
  #shown = "";

  /** @param {HTMLElement} place @param {import("./painter.js").Painter} painter */
  constructor(place, painter) {
    this.painter = painter;
    this.canvas = h("canvas", {});
    this.sight = h("canvas", { class: "bc-sight" });
    // Arrow keys pan as well; to a screen reader the map says nothing that the list of boxes does not.
    this.element = h("div", { class: "bc-map", "aria-hidden": "true", hidden: true }, this.canvas, this.sight);
    place.append(this.element);
    this.#listen();
  }

  /** Boxes or pixels are others now. */
  invalidate() {
    this.#old = true;
  }

  /** After the stage was painted. */
  paint() {
    const { view, look, model } = this.painter;
    const wanted = look.map && model.image !== null && view.zoomOverFit > FROM_ZOOM;
    if (this.element.hidden === wanted) this.element.hidden = !wanted;
    if (!wanted) return;
    if (this.#old) this.#paintMap();
    this.#old = false;
    this.#follow();
  }

  #listen() {
    const go = (/** @type {PointerEvent} */ event) => {
      const { view } = this.painter;
      view.centreOn(event.offsetX / this.#scale, event.offsetY / this.#scale);
    };
    this.canvas.addEventListener("pointerdown", (event) => {
      this.canvas.setPointerCapture(event.pointerId);
      go(event);
    });
    this.canvas.addEventListener("pointermove", (event) => event.buttons > 0 && go(event));
    this.canvas.addEventListener("wheel", (event) => event.preventDefault(), { passive: false });
  }

  /** CSS pixels of the map for one pixel of the picture. */
  get #scale() {
    const { view } = this.painter;
    return LONGEST / Math.max(view.imageWidth, view.imageHeight);
  }

  #paintMap() {
    const { view, model, picture } = this.painter;
    const ratio = window.devicePixelRatio || 1;
    const scale = this.#scale;
    const [width, height] = [Math.max(8, view.imageWidth * scale), Math.max(8, view.imageHeight * scale)];
    this.canvas.width = Math.round(width * ratio);
    this.canvas.height = Math.round(height * ratio);
    this.#shown = "";
    this.canvas.style.width = `${width}px`;
    this.canvas.style.height = `${height}px`;
    const g = /** @type {CanvasRenderingContext2D} */ (this.canvas.getContext("2d"));
    const whole = { x1: 0, y1: 0, x2: view.imageWidth, y2: view.imageHeight };
    picture()?.draw(g, whole, { x1: 0, y1: 0, x2: this.canvas.width, y2: this.canvas.height });
    g.setTransform(ratio, 0, 0, ratio, 0, 0);
    for (const { rect, classId } of model.items()) {
      g.fillStyle = model.classOf(classId)?.color ?? UNKNOWN;
      const [x, y] = [rect.x1 * scale, rect.y1 * scale];
      const [w, h2] = [Math.max(2, (rect.x2 - rect.x1) * scale), Math.max(2, (rect.y2 - rect.y1) * scale)];
      if (w <= 4 || h2 <= 4) g.fillRect(x, y, w, h2);
      else paintFrame(g, x, y, w, h2);
    }
  }

  /** The frame round what is in sight, all else darker: painted, since a moved element would lay the page out anew. */
  #follow() {
    const { view } = this.painter;
    const scale = this.#scale * (window.devicePixelRatio || 1);
    const [x1, y1] = view.toImage(0, 0).map((value) => Math.round(value * scale));
    const [x2, y2] = view.toImage(view.width, view.height).map((value) => Math.round(value * scale));
    const shown = `${x1} ${y1} ${x2} ${y2}`;
    if (shown === this.#shown) return;
    this.#shown = shown;
    const { width, height } = this.canvas;
    if (this.sight.width !== width) this.sight.width = width;
    if (this.sight.height !== height) this.sight.height = height;
    const g = /** @type {CanvasRenderingContext2D} */ (this.sight.getContext("2d"));
    g.clearRect(0, 0, width, height);
    g.fillStyle = "rgb(0 0 0 / 45%)";
    g.fillRect(0, 0, width, height);
    g.fillStyle = "#ffffff";
    g.fillRect(x1 - 2, y1 - 2, x2 - x1 + 4, y2 - y1 + 4);
    g.clearRect(x1, y1, x2 - x1, y2 - y1);
  }
}

/** @param {CanvasRenderingContext2D} g @param {number} x @param {number} y @param {number} w @param {number} h2 */
function paintFrame(g, x, y, w, h2) {
  g.fillRect(x, y, w, 1);
  g.fillRect(x, y + h2 - 1, w, 1);
  g.fillRect(x, y, 1, h2);
  g.fillRect(x + w - 1, y, 1, h2);
}
