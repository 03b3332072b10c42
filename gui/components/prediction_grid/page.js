// All images with the boxes of one model version, as a grid or one by one.

import { classColors, paintBoxes } from "../image_grid/box_painter.js";
import { ImageSource } from "../image_grid/image_source.js";
import { CAPTION_HEIGHT, createTile, emptyTile, tileHeight } from "../image_grid/tile.js";
import { VirtualGrid } from "../image_grid/virtual_scroll.js";
import { isFinished } from "../job_follow/job.js";
import { poll } from "../job_follow/poll.js";
import { api } from "../shared/api.js";
import { debounce, fill, h, isTyping, on } from "../shared/dom.js";
import { count, number } from "../shared/format.js";
import { icon } from "../shared/icons.js";
import { closeOver, onBack, openOver, pageLink, readNumber, writeQuery } from "../shared/query.js";
import { mayHere } from "../shared/session.js";
import { attempt, toast } from "../shared/toast.js";
import { addressOf, filterFromAddress, fromThresholds } from "./address.js";
import { acceptShown, acceptedMessage, labelOf, putBack, saveBoxes } from "./accepting.js";
import { differs, shownPredictions, sortPredictions, totals } from "./filter.js";
import { filterBar } from "./filter_bar.js";
import { progressLine } from "./progress_line.js";
import { SingleView } from "./single_view.js";

const TILE_WIDTH = 200;

export class PredictionsPage {
  constructor(page, project, models) {
    Object.assign(this, { project, models, shown: null });
    this.colors = classColors(project);
    this.modelId = this.#modelFromAddress();
    this.filter = filterFromAddress(this.#model());
    this.bar = filterBar({
      changed: (change) => this.change(change),
      chooseModel: (id) => this.chooseModel(id),
      accept: (how) => this.acceptAll(this.visibleItems(), how),
      predict: () => this.predict(),
    });
    this.progress = progressLine();
    this.scroller = h("div", { class: "image-grid-scroller", role: "listbox", "aria-label": "Images", tabindex: -1 });
    this.note = h("div", { class: "bl-empty", hidden: true });
    this.single = new SingleView({
      accept: (item, prediction) => this.acceptOne(item, prediction),
      acceptAll: (item, how) => this.acceptAndStep(item, how),
      step: (by) => this.step(by),
      close: () => this.closeImage(),
    });
    fill(page, this.bar.element, this.progress.element, this.note, this.scroller, this.single.element);
    this.grid = new VirtualGrid(this.scroller, {
      tileWidth: TILE_WIDTH,
      tileHeight,
      create: (index) => this.#tile(index),
      onRange: (first, last) => this.#range(first, last),
    });
    // After the grid's own observer: tiles got another size, or came back from under the single view.
    new ResizeObserver(() => this.grid.each((tile) => tile.image && this.#paint(tile))).observe(this.scroller);
    this.scroller.addEventListener("click", (event) => this.#clicked(event));
    this.scroller.addEventListener("keydown", (event) => this.#key(event));
    this.writeAddress = debounce(() => writeQuery(addressOf(this.filter)), 200);
    onBack(() => this.#fromAddress());
    this.bar.showModels(models, this.modelId, project.active_model_id);
    this.bar.showClasses(project.classes, this.filter.classIds);
    this.load();
    this.poller = poll(page, () => this.#followJob());
    on(window, "boxloop:pulse", ({ detail }) => attempt(() => this.#meetNewVersion(detail.active_model_id)));
  }

  #modelFromAddress() {
    const wanted = readNumber("model") ?? this.project.active_model_id;
    return (this.models.find((model) => model.id === wanted) ?? this.models[0]).id;
  }

  #model() {
    return this.models.find(({ id }) => id === this.modelId);
  }

  #fromAddress() {
    const model = this.#modelFromAddress();
    this.filter = filterFromAddress(this.models.find(({ id }) => id === model));
    this.bar.showClasses(this.project.classes, this.filter.classIds);
    if (model !== this.modelId) this.chooseModel(model);
    else this.redraw();
  }

  // Loading

  async load() {
    this.source?.stop();
    this.source = new ImageSource(this.project.id, {
      params: { boxes: 1, model: this.modelId },
      onChange: (first, last) => this.#came(first, last),
      onError: (error) => toast(error.message, { kind: "error" }),
    });
    await attempt(() => this.source.load());
    this.redraw();
  }

  chooseModel(id) {
    this.modelId = id;
    this.filter.thresholds.setAdvice(this.#model());
    Object.assign(this.filter, fromThresholds(this.filter.thresholds));
    writeQuery({ model: id === this.project.active_model_id ? null : id });
    this.bar.showModels(this.models, id, this.project.active_model_id);
    this.load();
    this.poller?.now();
  }

  #came(first, last) {
    sortPredictions(this.source.items, first, last);
    if (this.source.total) this.redraw();
  }

  // What is seen

  /** Indexes into the loaded images that the grid shows; null: all of them, in their order. */
  #visibleIndexes() {
    if (!this.filter.onlyDiffering) return null;
    return [...this.source.items.keys()].filter((index) => differs(this.source.items[index], this.filter));
  }

  #itemAt(index) {
    return this.shown ? (this.source.items[this.shown[index]] ?? null) : this.source.get(index);
  }

  visibleItems() {
    return this.shown ? this.shown.map((index) => this.source.items[index]) : this.source.items;
  }

  /** Everything anew from what is loaded: after a filter changed or images came. */
  redraw() {
    this.shown = this.#visibleIndexes();
    const length = this.shown ? this.shown.length : this.source.total;
    this.grid.setCount(length);
    this.grid.updateAll();
    this.#totals();
    this.#emptyNote(length);
    this.#showSingle();
    // A search for differences has to look at all images; want() fetches page after page.
    if (this.shown && this.source.next !== null) this.source.want(0, this.source.total - 1)?.catch(() => {});
  }

  change({ threshold, ...change }) {
    if (threshold !== undefined) this.#choose(threshold);
    Object.assign(this.filter, change);
    this.writeAddress();
    if ("classIds" in change) this.bar.showClasses(this.project.classes, this.filter.classIds);
    this.bar.showFilter(this.filter);
    cancelAnimationFrame(this.frame);
    this.frame = requestAnimationFrame(() => (this.filter.onlyDiffering || "onlyDiffering" in change ? this.redraw() : this.#repaint()));
  }

  /** One threshold for all classes, whatever each had before. */
  #choose(threshold) {
    const { thresholds } = this.filter;
    thresholds.followAdvice();
    thresholds.chosen = threshold;
    Object.assign(this.filter, fromThresholds(thresholds));
  }

  /** Only what the threshold touches: boxes and counts of the tiles on the screen, and the sums. */
  #repaint() {
    this.grid.each((tile) => tile.image && this.#paint(tile));
    this.#totals();
    this.#showSingle();
  }

  #totals() {
    const items = this.visibleItems();
    const sums = totals(items, this.filter);
    const { items: all, total } = this.source;
    this.bar.showFilter(this.filter);
    this.bar.showTotals(sums, { loaded: all.length, total, hiddenImages: all.length - items.length });
    const waiting = all.filter((item) => !item.predictions).length;
    const none = waiting === all.length;
    this.bar.offerPredicting(waiting && !this.job ? (none ? "Predict all images" : `Predict ${count(waiting, "new image")}`) : null);
  }

  #emptyNote(length) {
    this.note.hidden = length > 0;
    this.scroller.hidden = length === 0 || this.single.isOpen;
    if (length > 0) return;
    const text = this.filter.onlyDiffering
      ? this.source.next !== null
        ? "Looking for images where model and labels differ …"
        : "Model and labels agree on every image that has labels, at this threshold."
      : "This project has no images yet.";
    const link = this.filter.onlyDiffering ? null : h("a", { class: "bl-button primary", href: pageLink("/images") }, "Add images");
    fill(this.note, icon(this.filter.onlyDiffering ? "check" : "images"), h("p", {}, text), link);
  }

  // Tiles

  #tile(index) {
    const item = this.#itemAt(index);
    if (!item) return emptyTile();
    const accept = h(
      "button",
      { class: "bl-button predictions-accept", type: "button", tabindex: -1, dataset: { act: "accept" }, title: "Accept what is shown (E)" },
      icon("check", { size: 14 }),
      h("span"),
    );
    accept.hidden = true;
    const label = h("button", { class: "bl-icon-button predictions-open", type: "button", tabindex: -1, dataset: { act: "label" }, "aria-label": "Open in Label", title: "Open in Label" }, icon("edit", { size: 14 }));
    const tile = createTile(item, { href: pageLink("/predictions", { ...addressOf(this.filter), ...this.#modelInAddress(), image: item.id }), note: " ", extra: [accept, label] });
    queueMicrotask(() => this.#paint(tile)); // it has a size only once the grid has placed it
    return tile;
  }

  #modelInAddress() {
    return { model: this.modelId === this.project.active_model_id ? null : this.modelId };
  }

  #paint(tile) {
    if (this.scroller.hidden) return; // it has no size now, and is painted when it is shown again
    const shown = shownPredictions(tile.image, this.filter);
    const canvas = tile.querySelector("canvas");
    // The grid knows the size: measuring each tile between two writes would lay out the page for every one of them.
    const size = { width: this.grid.width, height: this.grid.height - CAPTION_HEIGHT };
    paintBoxes(canvas, tile.image, tile.image.annotations ?? [], { colors: this.colors, size });
    paintBoxes(canvas, tile.image, shown, { colors: this.colors, dashed: true, clear: false, size });
    const [note, accept] = [tile.querySelector(".image-tile-caption").lastChild, tile.querySelector('[data-act="accept"]')];
    const text = tile.image.predictions ? number(shown.length) : "…";
    note.textContent = text;
    accept.hidden = shown.length === 0;
    accept.lastChild.textContent = text;
  }

  #range(first, last) {
    if (this.source && !this.shown && this.source.total) this.source.want(first, last)?.catch(() => {});
  }

  #clicked(event) {
    const tile = event.target.closest(".image-tile");
    if (!tile?.image || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    const act = event.target.closest("[data-act]")?.dataset.act;
    if (act === "accept") this.acceptAll([tile.image], { markDone: false });
    else if (act === "label") location.assign(pageLink("/label", { image: tile.image.id }));
    else this.openImage(tile.image.id);
  }

  #key(event) {
    if (isTyping(event)) return;
    const tile = document.activeElement.closest?.(".image-tile");
    if (!tile) return;
    const index = Number(tile.dataset.index);
    const by = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: this.grid.columns, ArrowUp: -this.grid.columns }[event.key];
    if (by !== undefined) this.grid.focus(Math.max(0, Math.min(this.grid.count - 1, index + by)));
    else if (event.key.toLowerCase() === "e" && tile.image) this.acceptAll([tile.image], { markDone: false });
    else return;
    event.preventDefault();
  }

  // One by one

  /** The next picture in the place of one that is open is no step: Back leads to all images. */
  openImage(id) {
    const open = readNumber("image") === null ? openOver : writeQuery;
    open({ image: id });
    this.#showSingle();
  }

  closeImage() {
    if (!closeOver({ ...addressOf(this.filter), image: null })) this.#fromAddress();
  }

  #focusTileOf(id) {
    const index = this.visibleItems().findIndex((item) => item.id === id);
    // The grid learns its size in the first frame after it is shown.
    if (index >= 0) requestAnimationFrame(() => requestAnimationFrame(() => this.grid.focus(index)));
  }

  #showSingle() {
    const id = readNumber("image");
    const items = this.visibleItems();
    let index = items.findIndex((item) => item.id === id);
    let item = items[index];
    if (!item && id !== null) {
      // Not among those that the filter leaves (any more): it stays open, so that it does not vanish under the hand.
      item = this.source.items.find((one) => one.id === id);
      index = items.findIndex((one) => one.id > id) - 1;
    }
    const closed = id === null ? this.single.item : null;
    this.scroller.hidden = Boolean(item) || this.grid.count === 0;
    if (item) this.single.show(item, { index: Math.max(0, index), count: this.shown ? items.length : this.source.total }, this.filter, this.project);
    else this.single.hide();
    this.note.hidden = Boolean(item) || this.grid.count > 0;
    if (closed) this.#focusTileOf(closed.id);
  }

  async step(by) {
    const items = this.visibleItems();
    const id = readNumber("image");
    const at = items.findIndex((item) => (by > 0 ? item.id > id : item.id >= id));
    const index = by > 0 ? (at < 0 ? items.length : at) : (at < 0 ? items.length : at) - 1;
    if (index >= items.length && !this.shown && this.source.next !== null) {
      await attempt(() => this.source.want(0, items.length));
      if (this.source.items[index]) this.openImage(this.source.items[index].id);
    } else if (items[index]) this.openImage(items[index].id);
    else toast(by > 0 ? "This is the last image." : "This is the first image.");
  }

  // Accepting

  async acceptOne(item, prediction) {
    if (!mayHere("labeller")) return;
    const before = new Map([[item.id, item]]);
    const boxes = [...item.annotations, labelOf(prediction, this.modelId)];
    const saved = await this.#saving(item, () => saveBoxes(item, boxes, null));
    if (saved) toast("Accepted 1 box.", { kind: "ok", undo: () => this.#undo(before) });
  }

  /** Save, and show what stands: a save that somebody else overtook brings theirs. */
  async #saving(item, save) {
    if (this.saving) return null; // one save at a time: a second one would start from the same revision
    this.saving = true;
    try {
      const saved = await save();
      this.source.replace(saved);
      return saved;
    } catch (error) {
      const current = error.status === 409 ? error.body.current : null;
      if (current) this.source.replace({ ...item, ...current, boxes: current.annotations.length });
      toast(error.message, { kind: "error" });
      return null;
    } finally {
      this.saving = false;
    }
  }

  async acceptAll(items, { markDone }) {
    if (!mayHere("labeller")) return false;
    const ready = items.filter((item) => item.predictions);
    const before = new Map(ready.map((item) => [item.id, item]));
    const sum = await attempt(() => acceptShown(this.project.id, this.modelId, this.filter, ready, markDone));
    if (!sum) return false;
    await this.#reread(ready);
    const { text, kind } = acceptedMessage(sum, markDone);
    toast(text, { kind, undo: sum.accepted || markDone ? () => this.#undo(before) : undefined });
    return sum.conflicts.length === 0;
  }

  async acceptAndStep(item, how) {
    const accepted = await this.acceptAll([item], how);
    if (accepted && how.markDone) await this.step(1);
  }

  async #reread(items) {
    if (items.length > 1) {
      await attempt(() => this.source.refresh());
      sortPredictions(this.source.items, 0, this.source.items.length - 1);
      this.redraw();
      return;
    }
    for (const item of items) {
      const answer = await attempt(() => api.get(`/api/images/${item.id}`));
      if (answer) this.source.replace({ ...answer.image, annotations: answer.annotations });
    }
  }

  async #undo(before) {
    const now = this.source.items.filter((item) => before.has(item.id));
    const { restored, left } = await putBack(before, now);
    for (const item of restored) this.source.replace(item);
    if (left) toast(`${count(left, "image was", "images were")} changed since and left as they are.`, { kind: "warn" });
  }

  // Predicting in the background

  async predict() {
    const job = await attempt(() => api.post(`/api/projects/${this.project.id}/predict`, { model_id: this.modelId }));
    if (job) this.poller.now();
  }

  /** A run has made a version while the page was open: offer it, do not change what is looked at. */
  async #meetNewVersion(id) {
    if (!id || this.met === id || this.models.some((model) => model.id === id)) return;
    this.met = id;
    const [project, models] = await Promise.all([api.get(`/api/projects/${this.project.id}`), api.get(`/api/projects/${this.project.id}/models`)]);
    const fresh = models.find((model) => model.id === id);
    this.project = { ...this.project, active_model_id: project.active_model_id };
    this.models = models;
    writeQuery({ model: this.modelId === project.active_model_id ? null : this.modelId });
    this.bar.showModels(models, this.modelId, project.active_model_id);
    if (fresh) toast(`v${fresh.number} is ready.`, { kind: "ok", action: { label: "Show its boxes", run: () => this.chooseModel(id) } });
  }

  async #followJob() {
    const [newest] = await api.get(`/api/projects/${this.project.id}/jobs`, { params: { kind: "predict", limit: 1 } });
    const before = this.job;
    this.job = newest && !isFinished(newest) ? newest : null;
    await this.#meetNewVersion(this.job?.params?.model_version_id);
    this.progress.show(this.job, () => attempt(() => api.post(`/api/jobs/${this.job.id}/cancel`)));
    const done = this.job?.progress?.done;
    if (before && !this.job && newest.state === "failed") toast(newest.message, { kind: "error" });
    if ((before && !this.job) || (this.job && done !== before?.progress?.done)) await this.#reread([{}, {}]);
    else if (!before !== !this.job) this.#totals();
    return this.job ? 2000 : 6000;
  }
}
