// What is seen of the mistakes, and what a person does with them.

import { Thumbs } from "../image_grid/thumbs.js";
import { VirtualGrid } from "../image_grid/virtual_scroll.js";
import { debounce, fill, h, isTyping, on } from "../shared/dom.js";
import { count, number } from "../shared/format.js";
import { icon } from "../shared/icons.js";
import { onBack, pageLink, readQuery, writeQuery } from "../shared/query.js";
import { mayHere } from "../shared/session.js";
import { addressOf, wantedOfAddress } from "./address.js";
import { controls, isByClass } from "./controls.js";
import { detailBar } from "./detail.js";
import { fixOf } from "./fixes.js";
import { kindList } from "./kind_list.js";
import { KINDS, MISSED, RIGHT } from "./kinds.js";
import { sift } from "./sift.js";
import { CAPTION_HEIGHT, createTile, emptyTile } from "./tile.js";
import { caption } from "./words.js";

const TILE_WIDTH = 144;

export class MistakesPage {
  /**
   * @param {HTMLElement} element @param {any} context @param {import("./data.js").MistakeData} data
   * @param {import("./put_right.js").PutRight} fixes @param {() => void} countAnew with the labels as they stand now
   */
  constructor(element, context, data, fixes, countAnew) {
    Object.assign(this, { context, data, fixes, countAnew });
    this.names = new Map(context.project.classes.map(({ id, name }) => [id, name]));
    this.items = new Uint32Array(0);
    this.#build(element);
    this.wanted = wantedOfAddress(data, context.model);
    this.chosen = data.itemOf(readQuery().at);
    this.keep = debounce(() => this.keepAddress(), 200);
    this.stops = [
      onBack(() => this.#follow()),
      on(this.scroller, "focusin", (event) => this.#focused(event)),
      on(this.scroller, "dblclick", () => this.openImage()),
      on(document, "keydown", (event) => this.#key(event)),
      on(window, "pageshow", (event) => event.persisted && this.countAnew()), // labels may have changed meanwhile
    ];
    this.redraw();
    if (this.chosen !== null) this.#goTo(this.chosen);
  }

  close() {
    this.closed = true;
    cancelAnimationFrame(this.frame);
    for (const stop of this.stops) stop();
    this.grid.destroy();
  }

  #build(element) {
    const { data, context } = this;
    const known = context.project.classes.filter(({ id }) => data.head.classes.includes(id));
    const change = (part) => this.change(part);
    this.kinds = kindList((kind) => this.change({ kind }));
    this.controls = controls({ changed: change, leave: () => this.#leaveControls(), classes: known, ious: data.head.ious });
    // Drawn anew with each label that is put right: the button stays, and the focus with it.
    this.sum = h("span");
    this.putRightSum = h("span");
    this.right = h("span", { class: "bl-muted" }, this.putRightSum, h("button", { class: "bl-button quiet", type: "button", onclick: () => this.countAnew() }, "Count anew"));
    this.summary = h("span", { class: "bl-numeric mistakes-summary", role: "status" }, this.sum);
    this.scroller = h("div", { class: "image-grid-scroller mistakes-scroller", role: "listbox", "aria-label": "Crops", tabindex: "-1" });
    this.nothing = h("div", { class: "bl-empty", hidden: true });
    this.detail = detailBar({ open: () => this.openImage(), fix: () => this.putRight(), undo: () => this.fixes.takeBack(this.fixes.dealt.get(this.chosen)), leave: () => this.#leaveControls() });
    this.notes = h("div", { class: "mistakes-notes" }, this.#notes());
    fill(
      element,
      h(
        "div",
        { class: "mistakes" },
        h("aside", { class: "mistakes-side" }, this.controls.sliders, this.kinds.element, this.controls.filters),
        h("section", { class: "mistakes-main" }, h("div", { class: "mistakes-head" }, this.summary, this.controls.sort), this.notes, this.scroller, this.nothing, this.detail.element),
      ),
    );
    this.thumbs = new Thumbs(this.scroller, (index) => this.grid.isOnScreen(index));
    this.grid = new VirtualGrid(this.scroller, {
      tileWidth: TILE_WIDTH,
      tileHeight: (width) => width + CAPTION_HEIGHT,
      padding: 4,
      create: (index) => this.#tile(index),
      placeholder: emptyTile,
      release: (tile) => this.thumbs.release(tile),
      onRange: () => this.thumbs.soon(this.grid.top),
    });
  }

  #notes() {
    const { unseen, least } = this.data.head;
    const note = (text) => h("div", { class: "bl-note" }, icon("info"), h("span", {}, text));
    return [
      unseen > 0 && note(`${count(unseen, "more done image")} among these images: the model has not looked at ${unseen === 1 ? "it" : "them"} yet. Predict all images to have ${unseen === 1 ? "it" : "them"} here.`),
      least > 0 && note(`The model found so many boxes that only those from ${least.toFixed(2)} up are shown.`),
    ];
  }

  // What is looked at

  /** @param {object} part of what is wanted; a `threshold` counts for all classes, null leaves each its own */
  change({ threshold, ...part }) {
    if (threshold !== undefined) {
      this.wanted.thresholds.followAdvice();
      this.wanted.thresholds.chosen = threshold;
    }
    Object.assign(this.wanted, part);
    this.keep();
    cancelAnimationFrame(this.frame);
    this.frame = requestAnimationFrame(() => this.redraw());
  }

  redraw() {
    if (this.closed) return;
    const { items, counts, images } = sift(this.data, this.wanted, this.fixes.dealt);
    this.items = items;
    this.places = null;
    this.controls.show(this.wanted);
    this.kinds.show(counts, this.wanted.kind, this.data.head.costs[this.wanted.row]);
    this.#showSum(counts, images);
    this.scroller.hidden = items.length === 0;
    this.nothing.hidden = items.length > 0;
    if (items.length === 0) fill(this.nothing, this.#whyNothing());
    this.grid.setCount(items.length);
    this.grid.updateAll();
    this.thumbs.soon(this.grid.top);
    this.#describe();
  }

  #showSum(counts, images) {
    const { kind } = this.wanted;
    const shown = kind === null ? KINDS.reduce((sum, one) => sum + counts[one.number], 0) : counts[kind];
    const what = kind === RIGHT ? `${number(shown)} right` : count(shown, "mistake");
    const { size } = this.fixes.dealt;
    this.sum.textContent = `${what} on ${count(images, "image")}`;
    this.putRightSum.textContent = ` ${count(size, "label")} put right. `;
    const had = this.right.contains(document.activeElement);
    if (size > 0 && !this.right.isConnected) this.summary.append(this.right);
    if (size === 0) this.right.remove();
    if (size === 0 && had) this.#leaveControls();
  }

  #whyNothing() {
    const { kind, classId, truthId, size, from, to, thresholds } = this.wanted;
    const filtered = classId !== null || truthId !== null || size !== null || from > 0 || to < 1;
    const one = KINDS.find(({ number: known }) => known === kind);
    const what = one ? "No mistake of this kind" : kind === RIGHT ? "Nothing is right" : "No mistake";
    const advice = filtered ? "Clear some filters." : kind === MISSED ? "Try a higher one." : "Try a lower one.";
    const where = filtered ? "passes these filters" : isByClass(thresholds) ? "with each class at its own threshold" : "at this threshold";
    return [icon("check"), h("p", {}, `${what} ${where}. ${advice}`)];
  }

  keepAddress() {
    if (this.closed) return;
    const at = this.chosen === null ? null : this.data.nameOf(this.chosen);
    writeQuery({ ...addressOf(this.wanted, this.data), at });
  }

  #follow() {
    this.wanted = wantedOfAddress(this.data, this.context.model);
    this.chosen = this.data.itemOf(readQuery().at);
    this.redraw();
    if (this.chosen !== null) this.#goTo(this.chosen);
  }

  // Crops

  /** What is known of an item, for its words and its fix. */
  #facts(item) {
    const { data } = this;
    const { row } = this.wanted;
    const [box, truth] = [data.boxOf(item), data.truthOf(item, row)];
    const name = (one) => one && (this.names.get(one.class_id) ?? "a deleted class");
    const kind = data.isLabel(item) ? MISSED : data.kinds(row)[item];
    return { kind, box, truth, iou: data.iouOf(item, row), said: name(box), labelled: name(truth) };
  }

  #tile(index) {
    const item = this.items[index];
    const facts = this.#facts(item);
    const tile = createTile({
      name: String(item),
      image: this.data.imageFacts(item),
      box: facts.box,
      truth: facts.truth,
      text: caption(facts),
      dealt: this.fixes.dealt.has(item),
      colors: this.context.colors,
    });
    this.#markTile(tile, index);
    return tile;
  }

  #placeOf(item) {
    if (item === null) return -1;
    this.places ??= new Map();
    if (!this.places.has(item)) this.places.set(item, this.items.indexOf(item));
    return this.places.get(item);
  }

  /** A tile that gets the focus, by a click or by Tab, is chosen. */
  #focused(event) {
    const index = Number(event.target.closest("[data-index]")?.dataset.index ?? -1);
    if (index >= 0 && this.items[index] !== this.chosen) this.#choose(index);
  }

  #choose(index) {
    this.chosen = this.items[index];
    this.grid.reveal(index);
    this.#mark();
    this.grid.focus(index);
    this.keep();
    this.#describe();
  }

  #mark() {
    this.grid.each((tile, index) => this.#markTile(tile, index));
  }

  /** Show whether a tile is the chosen one; the first one is where Tab leads to while none is. */
  #markTile(tile, index) {
    if (tile.getAttribute("role") !== "option") return; // a placeholder
    const place = this.#placeOf(this.chosen);
    tile.setAttribute("aria-selected", String(index === place));
    tile.tabIndex = index === Math.max(0, place) ? 0 : -1;
  }

  /** Bring an item back into sight, once the grid knows its size. */
  #goTo(item) {
    requestAnimationFrame(() => {
      const index = this.#placeOf(item);
      if (index >= 0 && !this.closed) this.#choose(index);
    });
  }

  #describe() {
    const item = this.chosen;
    if (this.#placeOf(item) < 0) {
      this.detail.show(null);
      return;
    }
    const facts = this.#facts(item);
    const { dealt, last } = this.fixes;
    const threshold = this.#thresholdOf(facts);
    this.detail.show({ facts, image: this.data.imageFacts(item), fix: this.#fixOf(item), dealt: dealt.get(item), isLast: item === last, threshold });
  }

  /** Of the class that an item is about. */
  #thresholdOf({ box, truth }) {
    return this.wanted.thresholds.of((box ?? truth).class_id);
  }

  /** After a choice in a list the arrow keys belong to the crops again. */
  #leaveControls() {
    if (this.scroller.hidden) document.activeElement?.blur();
    else this.scroller.focus({ preventScroll: true });
  }

  // Acts

  #key(event) {
    if (isTyping(event) || document.querySelector("dialog[open], .bl-menu")) return;
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    if (event.repeat && !key.startsWith("Arrow")) return;
    if ((event.ctrlKey || event.metaKey) && key === "z" && mayHere("labeller")) this.#takeLastBack();
    else if (event.ctrlKey || event.metaKey || event.altKey || !this.#act(key, event)) return;
    event.preventDefault();
  }

  /** @returns {boolean} whether the key means something here */
  #act(key, { target }) {
    const inGrid = this.scroller.contains(target);
    if (key.startsWith("Arrow")) return inGrid && this.#step(key);
    if (this.#placeOf(this.chosen) < 0) return false;
    if (key === "Enter" && (inGrid || target === document.body)) this.openImage();
    else if (mayHere("labeller") && key === this.#fixOf(this.chosen)?.key.toLowerCase()) this.putRight();
    else return false;
    return true;
  }

  /** The crop that it was about comes into sight. */
  #takeLastBack() {
    const place = this.#placeOf(this.fixes.last);
    this.fixes.takeBack();
    if (place >= 0) this.#choose(place);
  }

  #step(key) {
    const by = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: this.grid.columns, ArrowUp: -this.grid.columns }[key];
    const at = this.#placeOf(this.chosen);
    this.#choose(at < 0 ? 0 : Math.min(this.items.length - 1, Math.max(0, at + by)));
    return true;
  }

  /** The image on the Label page, with this box in sight, once it has the labels that were put right. */
  async openImage() {
    const item = this.chosen;
    if (this.#placeOf(item) < 0) return;
    this.keepAddress();
    if (!(await this.fixes.saved(this.data.nameOf(item))) || this.closed) return;
    const facts = this.#facts(item);
    const { box, truth } = facts;
    const { x1, y1, x2, y2 } = box ?? truth;
    const threshold = Math.floor(Math.min(this.#thresholdOf(facts), box?.score ?? 1) * 100) / 100; // so that it is seen there
    const show = [x1, y1, x2, y2].map((side) => side.toFixed(1)).join();
    location.assign(pageLink("/label", { image: this.data.imageFacts(item).id, model: this.context.model.id, threshold: threshold.toFixed(2), show }));
  }

  #fixOf(item) {
    const facts = this.#facts(item);
    const about = { imageId: this.data.imageFacts(item).id, ...facts };
    return fixOf(facts.kind, about, this.context.model.id, (id) => this.names.get(id) ?? "another class");
  }

  putRight() {
    const item = this.chosen;
    if (this.#placeOf(item) < 0 || this.fixes.dealt.has(item)) return;
    const fix = this.#fixOf(item);
    if (fix) this.fixes.add(item, this.data.nameOf(item), fix);
  }
}
