// The images of the queue as cards: thumbnail with the model's boxes, name, and the reasons in words.

import { paintBoxes } from "../image_grid/box_painter.js";
import { h } from "../shared/dom.js";

export class Cards {
  #sizes = new ResizeObserver((entries) => entries.forEach(({ target }) => this.#paint(target)));
  #images = new WeakMap();
  #made = new Map(); // by id of the image

  /** @param {{colors: Map<number, string>, least: (classId: number) => number, link: (image: object) => string}} options least: score from which boxes of a class are drawn */
  constructor(options) {
    this.options = options;
    this.element = h("ol", { class: "label-next-cards", "aria-label": "Images to label next" });
  }

  get count() {
    return this.#made.size;
  }

  close() {
    this.#sizes.disconnect();
  }

  /** These and no others. A card that stays as it was is not made anew, so that it keeps its picture and the focus. */
  show(items) {
    const wanted = new Set(items.map(({ id }) => id));
    for (const id of [...this.#made.keys()]) if (!wanted.has(id)) this.#drop(id);
    items.forEach((item, place) => {
      const card = this.#of(item);
      const there = this.element.children[place] ?? null;
      if (there !== card) this.element.insertBefore(card, there);
    });
  }

  /** Those behind the ones that are there. */
  add(items) {
    this.element.append(...items.map((item) => this.#of(item)));
  }

  #of(item) {
    const text = JSON.stringify(item);
    if (this.#made.get(item.id)?.text !== text) {
      this.#drop(item.id);
      const canvas = h("canvas", { "aria-hidden": "true" });
      this.#images.set(canvas, item);
      this.#made.set(item.id, { text, canvas, card: this.#card(item, canvas) });
      this.#sizes.observe(canvas);
    }
    return this.#made.get(item.id).card;
  }

  #drop(id) {
    const known = this.#made.get(id);
    if (!known) return;
    this.#made.delete(id);
    this.#sizes.unobserve(known.canvas);
    known.card.remove();
  }

  #card(item, canvas) {
    const picture = h("div", { class: "label-next-picture" }, h("img", { src: item.thumb_url, alt: "", loading: "lazy", decoding: "async", draggable: "false" }), canvas);
    const reasons = h("ul", {}, item.reasons.map((reason) => h("li", {}, reason)));
    return h("li", { dataset: { image: String(item.id) } }, h("a", { href: this.options.link(item) }, picture, h("span", { class: "bl-cut" }, item.name)), reasons);
  }

  #paint(canvas) {
    const item = this.#images.get(canvas);
    const { colors, least } = this.options;
    const found = (item.found ?? []).filter(([classId, , , , , score]) => score >= least(classId));
    paintBoxes(canvas, item, (item.drawn ?? []).map(box), { colors });
    paintBoxes(canvas, item, found.map(box), { colors, dashed: true, clear: false });
  }
}

function box([class_id, x1, y1, x2, y2]) {
  return { class_id, x1, y1, x2, y2 };
}
