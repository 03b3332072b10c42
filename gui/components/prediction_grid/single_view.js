// One image large: the model's boxes over it and in a list, each to accept by a click or a key.

import { fill, h, isTyping, on, svg } from "../shared/dom.js";
import { count, number, score } from "../shared/format.js";
import { icon } from "../shared/icons.js";
import { pageLink } from "../shared/query.js";
import { drawBoxes } from "./box_overlay.js";
import { isMarked, shownPredictions } from "./filter.js";

/**
 * @param {object} acts accept(item, prediction); acceptAll(item, {markDone}); step(by); close()
 * @returns {{element, show: (item, place, filter, project) => void, hide: () => void}}
 */
export class SingleView {
  constructor(acts) {
    this.acts = acts;
    this.image = h("img", { alt: "", draggable: "false" });
    this.overlay = svg("svg", { "aria-hidden": "true" });
    this.stage = h("div", { class: "predictions-stage" }, this.image, this.overlay);
    this.title = h("span", { class: "bl-cut" });
    this.position = h("span", { class: "bl-muted bl-numeric" });
    this.openLink = h("a", { class: "bl-button" }, icon("edit"), "Open in Label");
    this.list = h("div", { class: "predictions-list", role: "listbox", "aria-label": "Boxes of the model", tabindex: 0 });
    this.footer = h("div", { class: "predictions-side-foot" });
    this.element = h(
      "div",
      { class: "predictions-single", hidden: true },
      h("div", { class: "predictions-main" }, this.#headLine(), this.stage),
      h("aside", { class: "predictions-side" }, this.list, this.footer),
    );
    new ResizeObserver(() => this.#draw()).observe(this.stage);
    this.image.addEventListener("load", () => this.#draw());
    on(document, "keydown", (event) => this.#key(event));
  }

  #headLine() {
    const button = (name, label, run) =>
      h("button", { class: "bl-icon-button", type: "button", "aria-label": label, title: label, onclick: run }, icon(name));
    return h(
      "div",
      { class: "predictions-head" },
      h("button", { class: "bl-button quiet", type: "button", onclick: () => this.acts.close(), title: "Back to all images (Esc)" }, icon("images"), "All images"),
      button("back", "Image before (A)", () => this.acts.step(-1)),
      this.position,
      button("forward", "Next image (D)", () => this.acts.step(1)),
      this.title,
      h("span", { class: "bl-grow" }),
      this.openLink,
    );
  }

  get isOpen() {
    return !this.element.hidden;
  }

  hide() {
    this.element.hidden = true;
    this.item = null;
  }

  show(item, place, filter, project) {
    const other = this.item?.id !== item.id;
    this.element.hidden = false;
    Object.assign(this, { item, filter, project });
    this.shown = shownPredictions(item, filter);
    if (other) this.current = this.#firstOpen(0);
    this.current = Math.max(-1, Math.min(this.current, this.shown.length - 1));
    if (other) this.image.src = item.image_url;
    this.title.textContent = item.name;
    this.position.textContent = `${number(place.index + 1)} / ${number(place.count)}`;
    this.openLink.href = pageLink("/label", { image: item.id });
    this.#list();
    this.#draw();
  }

  /** The next prediction from `start` on that marks nothing labelled yet, else -1. */
  #firstOpen(start) {
    return this.shown.findIndex((prediction, index) => index >= start && !isMarked(prediction, this.item.annotations));
  }

  #list() {
    const names = new Map(this.project.classes.map((one) => [one.id, one]));
    fill(this.list, this.shown.map((prediction, index) => this.#entry(prediction, index, names.get(prediction.class_id))));
    if (!this.shown.length) {
      const said = this.item.predictions ? "No box with this score or more." : "This version has not looked at this image yet.";
      fill(this.list, h("p", { class: "bl-muted" }, said));
    }
    const open = this.shown.filter((prediction) => !isMarked(prediction, this.item.annotations)).length;
    fill(
      this.footer,
      h("div", { class: "bl-muted" }, `${count(this.shown.length, "box", "boxes")} shown, ${number(open)} not labelled`),
      this.#cutShort() && h("div", { class: "bl-muted" }, `Only the best ${number(this.item.predictions.length)} boxes of an image are kept; weaker ones are not listed.`),
      h("button", { class: "bl-button", type: "button", disabled: open === 0, onclick: () => this.acts.acceptAll(this.item, { markDone: false }) }, icon("check"), `Accept ${number(open)}`),
      h(
        "button",
        { class: "bl-button primary", type: "button", title: "Shift+Enter", disabled: !this.item.predictions, onclick: () => this.acts.acceptAll(this.item, { markDone: true }) },
        open ? "Accept, done, next" : "Done, next",
      ),
    );
    this.list.querySelector('[aria-selected="true"]')?.scrollIntoView({ block: "nearest" });
  }

  /** Whether boxes are lacking that the threshold would let through. */
  #cutShort() {
    return this.item.limit_reached && this.item.predictions.every(({ score: reached }) => reached >= this.filter.threshold);
  }

  #entry(prediction, index, one) {
    const marked = isMarked(prediction, this.item.annotations);
    return h(
      "div",
      { class: "predictions-entry", role: "option", "aria-selected": String(index === this.current), onclick: () => this.#pick(index) },
      h("i", { style: { background: one?.color ?? "#888888" } }),
      h("span", { class: "bl-grow bl-cut" }, one?.name ?? "Deleted class"),
      h("span", { class: "bl-numeric" }, score(prediction.score)),
      marked
        ? h("span", { class: "predictions-marked", title: "Labelled already" }, icon("check", { label: "Labelled already" }))
        : h(
            "button",
            {
              class: "bl-icon-button",
              type: "button",
              "aria-label": `Accept ${one?.name ?? "this box"} ${score(prediction.score)}`,
              title: "Accept as a label (E)",
              onclick: (event) => {
                event.stopPropagation();
                this.#accept(index);
              },
            },
            icon("add"),
          ),
    );
  }

  #pick(index) {
    if (!this.shown.length) return;
    this.current = (index + this.shown.length) % this.shown.length;
    this.#list();
    this.#draw();
  }

  #accept(index) {
    const prediction = this.shown[index];
    if (!prediction || isMarked(prediction, this.item.annotations)) return;
    const next = this.#firstOpen(index + 1);
    this.current = next >= 0 ? next : index;
    this.acts.accept(this.item, prediction);
  }

  #draw() {
    if (!this.item) return;
    const { clientWidth, clientHeight } = this.stage;
    const room = 24;
    const scale = Math.min((clientWidth - room) / this.item.width, (clientHeight - room) / this.item.height);
    if (!(scale > 0)) return;
    const size = { width: this.item.width * scale, height: this.item.height * scale };
    for (const part of [this.image, this.overlay]) Object.assign(part.style, { width: `${size.width}px`, height: `${size.height}px` });
    const colors = new Map(this.project.classes.map((one) => [one.id, one.color]));
    const names = new Map(this.project.classes.map((one) => [one.id, one.name]));
    const current = this.shown[this.current] ?? null;
    const layers = { annotations: this.item.annotations ?? [], predictions: this.shown, current };
    drawBoxes(this.overlay, layers, { scale, colors, names, width: size.width });
  }

  #key(event) {
    if (!this.isOpen || isTyping(event) || event.ctrlKey || event.metaKey || event.altKey) return;
    if (document.querySelector("dialog[open], .bl-menu")) return;
    const act = this.#actOf(event);
    if (!act) return;
    event.preventDefault();
    act();
  }

  #actOf({ key, shiftKey, target }) {
    const onRange = target instanceof HTMLInputElement && target.type === "range";
    if (key === "Enter") return shiftKey ? () => this.acts.acceptAll(this.item, { markDone: true }) : null;
    if (key.startsWith("Arrow") && onRange) return null; // the slider's own
    return {
      Escape: () => this.acts.close(),
      a: () => this.acts.step(-1),
      ArrowLeft: () => this.acts.step(-1),
      d: () => this.acts.step(1),
      ArrowRight: () => this.acts.step(1),
      ArrowUp: () => this.#pick(this.current - 1),
      ArrowDown: () => this.#pick(this.current + 1),
      e: () => this.#accept(this.current),
    }[key.length === 1 ? key.toLowerCase() : key];
  }
}
