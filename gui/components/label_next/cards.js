// The images of the queue as cards: thumbnail with the model's boxes, name, and the reasons in words.

import { paintBoxes } from "../image_grid/box_painter.js";
import { fill, h } from "../shared/dom.js";

export class Cards {
  #sizes = new ResizeObserver((entries) => entries.forEach(({ target }) => this.#paint(target)));
  #images = new WeakMap();

  /** @param {{colors: Map<number, string>, least: number, link: (image: object) => string}} options least: score from which boxes are drawn */
  constructor(options) {
    this.options = options;
    this.element = h("ol", { class: "label-next-cards", "aria-label": "Images to label next" });
  }

  get count() {
    return this.element.childElementCount;
  }

  clear() {
    this.#sizes.disconnect();
    fill(this.element);
  }

  close() {
    this.#sizes.disconnect();
  }

  add(items) {
    for (const item of items) {
      const canvas = h("canvas", { "aria-hidden": "true" });
      this.#images.set(canvas, item);
      this.element.append(this.#card(item, canvas));
      this.#sizes.observe(canvas);
    }
  }

  #card(item, canvas) {
    const picture = h("div", { class: "label-next-picture" }, h("img", { src: item.thumb_url, alt: "", loading: "lazy", decoding: "async", draggable: "false" }), canvas);
    const reasons = h("ul", {}, item.reasons.map((reason) => h("li", {}, reason)));
    return h("li", { dataset: { image: String(item.id) } }, h("a", { href: this.options.link(item) }, picture, h("span", { class: "bl-cut" }, item.name)), reasons);
  }

  #paint(canvas) {
    const item = this.#images.get(canvas);
    const { colors, least } = this.options;
    const found = (item.found ?? []).filter(([, , , , , score]) => score >= least);
    paintBoxes(canvas, item, (item.drawn ?? []).map(box), { colors });
    paintBoxes(canvas, item, found.map(box), { colors, dashed: true, clear: false });
  }
}

function box([class_id, x1, y1, x2, y2]) {
  return { class_id, x1, y1, x2, y2 };
}
