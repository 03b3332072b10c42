// The picture with the model's boxes over it, to zoom and to move.

import { View } from "../box_canvas/view.js";
import { drawBoxes } from "../prediction_grid/box_overlay.js";
import { fill, h, svg } from "../shared/dom.js";
import { icon } from "../shared/icons.js";
import { panAndZoom } from "./pan_zoom.js";

const STEP = 1.5; // of the zoom buttons
const SHARP_FROM = 4; // CSS pixels for one of the picture, from which its pixels are shown as squares

export class Stage {
  #boxes = [];
  #look = { colors: new Map(), names: new Map() };
  #frame = 0;

  constructor() {
    this.view = new View(() => this.#later());
    this.holder = h("div", { class: "try-media" });
    this.overlay = svg("svg", { class: "try-overlay", "aria-hidden": "true" });
    this.percent = h("span", { class: "bl-muted bl-numeric" });
    this.zoom = h(
      "div",
      { class: "try-zoom" },
      this.#button("zoom_out", "Smaller", () => this.#zoomBy(1 / STEP)),
      this.percent,
      this.#button("zoom_in", "Larger", () => this.#zoomBy(STEP)),
      this.#button("fit", "All of the picture (F)", () => this.view.fit()),
    );
    this.element = h("div", { class: "try-stage", hidden: true }, this.holder, this.overlay, this.zoom);
    panAndZoom(this.element, this.view);
    this.observer = new ResizeObserver(() => this.view.resize(this.element.clientWidth, this.element.clientHeight));
    this.observer.observe(this.element);
  }

  #button(name, label, run) {
    return h("button", { class: "bl-icon-button", type: "button", "aria-label": label, title: label, onclick: run }, icon(name));
  }

  #zoomBy(factor) {
    this.view.zoomAt(this.view.width / 2, this.view.height / 2, factor);
  }

  /** Put an image or a video there, in pixels of its own; one that is there already keeps zoom and place. */
  show(media, width, height) {
    const there = media.parentNode === this.holder;
    if (!there) fill(this.holder, media);
    this.view.setImage(width, height, there);
  }

  /** Nothing of the last picture stays. */
  clear() {
    fill(this.holder);
    this.draw([], this.#look);
  }

  /**
   * @param {object[]} boxes predictions in pixels of the picture
   * @param {{colors: Map<number, string>, names: Map<number, string>}} look of the classes
   * @param {boolean} [stale] they are of another moment than the picture
   */
  draw(boxes, look, stale = false) {
    this.#boxes = boxes;
    this.#look = look;
    this.overlay.classList.toggle("stale", stale);
    this.#later();
  }

  close() {
    cancelAnimationFrame(this.#frame);
    this.observer.disconnect();
  }

  #later() {
    cancelAnimationFrame(this.#frame);
    this.#frame = requestAnimationFrame(() => this.#place());
  }

  #place() {
    const { k, ox, oy, imageWidth, imageHeight } = this.view;
    const [width, height] = [imageWidth * k, imageHeight * k];
    for (const part of [this.holder, this.overlay]) {
      Object.assign(part.style, { left: `${ox}px`, top: `${oy}px`, width: `${width}px`, height: `${height}px` });
    }
    this.holder.classList.toggle("sharp", k >= SHARP_FROM);
    this.percent.textContent = `${this.view.percent} %`;
    drawBoxes(this.overlay, { annotations: [], predictions: this.#boxes, current: null }, { ...this.#look, scale: k, width });
  }
}
