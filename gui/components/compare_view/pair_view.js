// One picture with the boxes of both versions: side by side, or in one place by turns (B), so that what moves is seen.

import { api } from "../shared/api.js";
import { fill, h, on, svg } from "../shared/dom.js";
import { icon } from "../shared/icons.js";
import { pageLink } from "../shared/query.js";
import { drawSide } from "./pair_boxes.js";
import { fitted, moved, zoomed } from "./view_rect.js";

const KEPT = 16; // answers about images; the next one is asked for ahead

/**
 * @typedef {object} Pair what is shown
 * @property {{id: number, name: string, width: number, height: number, image_url: string}} image
 * @property {number | null} before @property {number | null} next ids of the images beside it
 * @property {string} place "3 / 17"
 * @property {object[]} changes on this image
 * @property {{id: number, name: string}[]} models ours, theirs
 * @property {(side: number, classId: number) => number} thresholdOf
 * @property {Map<number, string>} colors @property {(id: number) => string} nameOf
 * @property {boolean} blink
 */

export class PairView {
  #kept = new Map();
  #side = 0;
  #pair = null;
  #view = null;

  /** @param {{step: (image: number) => void, close: () => void, blink: (blink: boolean) => void}} acts */
  constructor(acts) {
    this.acts = acts;
    this.title = h("span", { class: "bl-cut" });
    this.place = h("span", { class: "bl-muted bl-numeric" });
    this.link = h("a", { class: "bl-button" }, icon("edit"), "Open in Label");
    this.before = this.#button("back", "Difference before (←)", () => this.#step("before"));
    this.next = this.#button("forward", "Next difference (→)", () => this.#step("next"));
    this.blink = h("button", { class: "bl-button", type: "button", title: "Show both versions in one place by turns (B)", onclick: () => this.#turn() }, "Blink", h("kbd", { class: "bl-key" }, "B"));
    this.apart = h("button", { class: "bl-button", type: "button", title: "Show both versions beside each other (S)", onclick: () => acts.blink(false) }, "Side by side");
    this.panes = [0, 1].map(() => pane());
    this.stage = h("div", { class: "compare-stage" }, this.panes.map(({ element }) => element));
    const legend = h("span", { class: "compare-legend bl-muted" }, h("i", { class: "right" }), "right here", h("i", { class: "wrong" }), "wrong or missed here; solid boxes are labels");
    const head = h("header", {}, this.#button("close", "Back to all differences (Esc)", () => acts.close()), this.before, this.place, this.next, this.title, h("span", { class: "bl-grow" }), legend, this.apart, this.blink, this.link);
    this.element = h("dialog", { class: "compare-pair", "aria-label": "One image in both versions" }, head, this.stage);
    this.element.addEventListener("cancel", (event) => {
      event.preventDefault();
      acts.close();
    });
    on(this.element, "keydown", (event) => this.#key(event));
    on(this.stage, "wheel", (event) => this.#wheel(event), { passive: false });
    on(this.stage, "pointerdown", (event) => this.#drag(event));
    this.resizing = new ResizeObserver(() => this.#fit());
    this.resizing.observe(this.stage);
  }

  /** The id of the one that is shown. */
  get image() {
    return this.#pair?.image.id ?? null;
  }

  /** @param {Pair} pair */
  async show(pair) {
    const other = this.#pair?.image.id !== pair.image.id;
    const turned = this.#pair?.blink !== pair.blink;
    this.#pair = pair;
    if (!this.element.isConnected) document.body.append(this.element);
    if (!this.element.open) this.element.showModal();
    this.title.textContent = pair.image.name;
    this.place.textContent = pair.place;
    this.before.disabled = pair.before === null;
    this.next.disabled = pair.next === null;
    this.link.href = pageLink("/label", { image: pair.image.id });
    this.apart.setAttribute("aria-pressed", String(!pair.blink));
    this.blink.setAttribute("aria-pressed", String(pair.blink));
    this.panes[1].element.hidden = pair.blink;
    if (!pair.blink) this.#side = 0;
    if (other) for (const { picture } of this.panes) picture.src = pair.image.image_url;
    if (other || turned) this.#fit();
    this.#draw();
    await this.#load(pair);
  }

  hide() {
    this.#pair = null;
    if (this.element.open) this.element.close();
    this.element.remove();
  }

  destroy() {
    this.hide();
    this.resizing.disconnect();
  }

  #button(name, label, run) {
    return h("button", { class: "bl-icon-button", type: "button", "aria-label": label, title: label, onclick: run }, icon(name));
  }

  #step(way) {
    const image = this.#pair?.[way] ?? null;
    if (image !== null) this.acts.step(image);
  }

  /** Into one place first; then the other version. */
  #turn() {
    if (!this.#pair) return;
    if (this.#pair.blink) {
      this.#side = 1 - this.#side;
      this.#draw();
    } else {
      this.#side = 1;
      this.acts.blink(true);
    }
  }

  async #load(pair) {
    try {
      await Promise.all(pair.models.map((model) => this.#ask(pair.image.id, model.id)));
      if (this.#pair === pair) this.#draw();
      if (pair.next !== null) await Promise.all(pair.models.map((model) => this.#ask(pair.next, model.id)));
    } catch (error) {
      if (this.#pair === pair) this.title.textContent = `${pair.image.name}: ${error.message}`;
    }
  }

  async #ask(image, model) {
    const key = `${image} ${model}`;
    if (this.#kept.has(key)) return;
    const found = await api.get(`/api/images/${image}`, { params: { model, ahead: true } });
    this.#kept.set(key, found);
    if (this.#kept.size > KEPT) this.#kept.delete(this.#kept.keys().next().value);
  }

  #fit() {
    if (!this.#pair) return;
    this.#view = fitted(this.#pair.image, this.#paneSize());
    this.#draw();
  }

  #paneSize() {
    const { clientWidth: width, clientHeight: height } = this.panes[0].element;
    return { width, height };
  }

  #draw() {
    if (!this.#pair || !this.#view) return;
    const { models, blink } = this.#pair;
    this.panes.forEach((pane, place) => {
      const side = blink ? this.#side : place;
      pane.label.textContent = models[side].name;
      pane.element.dataset.side = String(side);
      this.#drawPane(pane, side);
    });
  }

  #drawPane(pane, side) {
    const { image, models, changes, colors, nameOf, thresholdOf } = this.#pair;
    const { scale, left, top } = this.#view;
    const style = { left: `${left}px`, top: `${top}px`, width: `${image.width * scale}px`, height: `${image.height * scale}px` };
    for (const part of [pane.picture, pane.overlay]) Object.assign(part.style, style);
    const known = this.#kept.get(`${image.id} ${models[side].id}`);
    pane.element.setAttribute("aria-busy", String(known === undefined));
    const predictions = (known?.predictions ?? []).filter((box) => box.score >= thresholdOf(side, box.class_id));
    const names = new Map(predictions.map((box) => [box.class_id, nameOf(box.class_id)]));
    drawSide(pane.overlay, { annotations: known?.annotations ?? [], predictions }, known ? changes : [], side === 0, { scale, colors, names, width: image.width * scale });
  }

  #key(event) {
    event.stopPropagation(); // the page below has keys of its own
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const act = {
      b: () => this.#turn(),
      s: () => this.acts.blink(false),
      f: () => this.#fit(),
      ArrowLeft: () => this.#step("before"),
      ArrowRight: () => this.#step("next"),
    }[event.key.length === 1 ? event.key.toLowerCase() : event.key];
    if (!act) return;
    event.preventDefault();
    act();
  }

  #wheel(event) {
    if (!this.#view) return;
    event.preventDefault();
    const at = event.target.closest(".compare-pane")?.getBoundingClientRect();
    if (!at) return;
    const least = fitted(this.#pair.image, this.#paneSize())?.scale ?? this.#view.scale;
    this.#view = zoomed(this.#view, Math.exp(-event.deltaY / 400), { x: event.clientX - at.left, y: event.clientY - at.top }, least);
    this.#draw();
  }

  #drag(event) {
    if (event.button !== 0 || !this.#view) return;
    event.preventDefault();
    let [x, y] = [event.clientX, event.clientY];
    const stop = new AbortController();
    const move = (now) => {
      this.#view = moved(this.#view, now.clientX - x, now.clientY - y);
      [x, y] = [now.clientX, now.clientY];
      this.#draw();
    };
    this.stage.setPointerCapture(event.pointerId);
    this.stage.addEventListener("pointermove", move, { signal: stop.signal });
    for (const end of ["pointerup", "pointercancel"]) this.stage.addEventListener(end, () => stop.abort(), { signal: stop.signal });
  }
}

function pane() {
  const picture = h("img", { alt: "", draggable: "false" });
  const overlay = svg("svg", { "aria-hidden": "true" });
  const label = h("b", { class: "compare-pane-name" });
  return { element: h("div", { class: "compare-pane" }, picture, overlay, label), picture, overlay, label };
}
