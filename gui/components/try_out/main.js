// Try it: what the version finds on any picture, video or camera, without adding it to the project.

import { addressOf, filterFromAddress, fromThresholds } from "../prediction_grid/address.js";
import { classChips } from "../prediction_grid/class_chips.js";
import { shownPredictions, totals } from "../prediction_grid/filter.js";
import { thresholdField } from "../prediction_grid/threshold_field.js";
import { api } from "../shared/api.js";
import { debounce, fill, h, isTyping, on } from "../shared/dom.js";
import { count, number } from "../shared/format.js";
import { icon } from "../shared/icons.js";
import { describeKeys } from "../shared/keys.js";
import { pageLink, writeQuery } from "../shared/query.js";
import { attempt, toast } from "../shared/toast.js";
import { Asks } from "./asks.js";
import { foot } from "./foot.js";
import { itemsOf, MOST_ITEMS } from "./items.js";
import { Moving } from "./moving.js";
import { choose, listen, paste } from "./sources.js";
import { Stage } from "./stage.js";
import { Still } from "./still.js";
import { strip } from "./strip.js";
import { Transport } from "./transport.js";

/** @param {HTMLElement} element @param {import("../evaluation_panel/views.js").Context} context */
export function open(element, context) {
  const view = new TryOut(element, context);
  return { close: () => view.close() };
}

class TryOut {
  #control = new AbortController();
  #shown = null; // Still or Moving
  #isAdding = false;

  constructor(element, { project, model, colors }) {
    Object.assign(this, { project, model });
    this.items = itemsOf(project.id);
    this.filter = filterFromAddress(model);
    this.look = { colors, names: new Map(project.classes.map((one) => [one.id, one.name])) };
    this.field = thresholdField((threshold) => this.#choose(threshold));
    this.chips = classChips((classIds) => this.#filtered({ classIds }));
    this.stage = new Stage();
    this.transport = new Transport();
    this.strip = strip({ choose: (item) => this.show(item), remove: (item) => this.remove(item) });
    this.foot = foot({ add: () => this.add() });
    this.said = h("div", { class: "try-said", role: "alert", hidden: true });
    this.empty = this.#emptyState();
    this.asks = new Asks({
      items: this.items,
      modelId: model.id,
      look: (file) => this.#ask(file),
      told: () => this.#refresh(),
      signal: this.#control.signal,
    });
    this.narrow = h("div", { class: "try-filter", hidden: true }, this.field.element, this.chips.element);
    this.stage.element.append(this.transport.element, this.said);
    const bar = h("div", { class: "try-bar" }, this.#buttons(), this.narrow);
    fill(element, h("div", { class: "try-out" }, bar, this.empty, this.stage.element, this.foot.element, this.strip.element));
    this.chips.show(project.classes, this.filter.classIds);
    this.field.show(this.filter);
    this.writeAddress = debounce(() => this.#control.signal.aborted || writeQuery(addressOf(this.filter)), 200);
    this.#listen();
    this.show(this.items.current);
    this.#getReady();
  }

  #buttons() {
    const button = (name, label, title, run) => h("button", { class: "bl-button", type: "button", title, onclick: run }, icon(name), label);
    this.chooser = button("upload", "Choose", "Choose pictures or videos", () => choose((files) => this.take(files)));
    return h(
      "div",
      { class: "bl-row" },
      this.chooser,
      button("paste", "Paste", "The picture in the clipboard (Ctrl+V)", () => paste((files) => this.take(files))),
      button("camera", "Camera", "What the camera of this machine sees", () => this.openCamera()),
    );
  }

  #emptyState() {
    const what = `Drop a picture or a short video here to see what v${this.model.number} finds on it.`;
    const rest = "You can also paste a picture, or use the camera. Nothing is added to the project unless you say so.";
    return h("div", { class: "bl-empty try-empty" }, icon("spark"), h("p", {}, what), h("p", {}, rest));
  }

  #listen() {
    const { signal } = this.#control;
    listen((files) => this.take(files), signal);
    on(document, "keydown", (event) => this.#key(event), { signal });
    describeKeys([
      ["A / D", "Picture before, next picture"],
      ["Space", "Play or stop the video"],
      ["F", "All of the picture"],
      ["Ctrl V", "Try the picture in the clipboard"],
    ]);
  }

  close() {
    this.#control.abort();
    this.#shown?.close();
    this.stage.close();
    describeKeys([]);
  }

  // What is looked at

  /** @param {File[]} files */
  take(files) {
    const left = this.items.add(files);
    if (left > 0) toast(`${count(MOST_ITEMS, "picture")} fit here; ${number(left)} were left out.`, { kind: "warn" });
    this.show(this.items.current);
  }

  openCamera() {
    this.items.addCamera();
    if (this.#shown?.item === this.items.current) this.#shown.trouble?.again();
    else this.show(this.items.current);
  }

  remove(item) {
    this.items.remove(item);
    this.show(this.items.current);
    if (!this.items.current) this.chooser.focus(); // the strip, and what had the focus in it, is gone
  }

  show(item) {
    if (item && this.#shown?.item === item) return this.#refresh();
    this.#shown?.close();
    this.stage.clear();
    this.items.current = item;
    this.empty.hidden = Boolean(item);
    this.stage.element.hidden = this.narrow.hidden = !item;
    const acts = { modelId: this.model.id, stage: this.stage, asks: this.asks, changed: () => this.#refresh() };
    this.#shown = !item ? null : item.kind === "picture" ? new Still(item, acts) : this.#moving(item, acts);
    this.#refresh();
  }

  #moving(item, acts) {
    const source = `${item.key}-${crypto.getRandomValues(new Uint32Array(1))[0]}`;
    return new Moving(item, { ...acts, transport: this.transport, look: (blob) => this.#ask(blob, source) });
  }

  #ask(blob, source = null) {
    const params = { model: this.model.id, source };
    return api.post(`/api/projects/${this.project.id}/try`, blob, { params, signal: this.#control.signal });
  }

  /** Have the model loaded while the person still looks for a picture; whatever fails is told with the picture. */
  #getReady() {
    const path = `/api/projects/${this.project.id}/try/ready`;
    api.post(path, {}, { params: { model: this.model.id }, signal: this.#control.signal }).catch(() => {});
  }

  // What is seen of it

  #refresh() {
    const shown = this.#shown;
    if (this.#control.signal.aborted) return;
    this.strip.show(this.items, (item) => this.#onStrip(item));
    if (shown === null) return this.foot.hide();
    if (shown instanceof Still) shown.refresh();
    const found = this.#counted(shown.answer);
    this.chips.count(found.byClass);
    this.stage.draw(shown.answer ? shownPredictions(shown.answer, this.filter) : [], this.look, shown.isStale);
    this.#say(shown.trouble);
    const { name, added } = shown.item;
    const isMoving = shown instanceof Moving;
    this.foot.show({ name, added, isMoving, facts: this.#facts(shown, found.boxes), canAdd: shown.canBeTaken, isAdding: this.#isAdding });
  }

  #counted(answer) {
    return totals(answer ? [answer] : [], this.filter);
  }

  #facts({ answer, trouble }, boxes) {
    if (trouble) return [];
    if (answer === null) return ["Looking at it; the first time takes some seconds …"];
    const all = answer.limit_reached && boxes === answer.predictions.length ? " at most, the best of more" : "";
    return [`${answer.width} × ${answer.height}`, count(boxes, "box", "boxes") + all, `${answer.seconds.toFixed(2)} s`];
  }

  #onStrip(item) {
    const answer = item.answers.get(this.model.id) ?? null;
    const source = item.kind === "picture" ? (answer?.view ?? item.url) : null;
    return { boxes: answer && this.#counted(answer).boxes, source, failed: item.errors.has(this.model.id) };
  }

  #say(trouble) {
    this.said.hidden = trouble === null;
    if (trouble === null || this.said.dataset.text === trouble.text) return;
    this.said.dataset.text = trouble.text;
    const again = trouble.again && h("button", { class: "bl-button", type: "button", onclick: () => this.#shown.trouble?.again() }, "Try again");
    fill(this.said, icon("warning"), h("span", {}, trouble.text), again);
  }

  /** One threshold for all classes, whatever each had before. */
  #choose(threshold) {
    const { thresholds } = this.filter;
    thresholds.followAdvice();
    thresholds.chosen = threshold;
    this.#filtered(fromThresholds(thresholds));
  }

  #filtered(change) {
    Object.assign(this.filter, change);
    if ("classIds" in change) this.chips.show(this.project.classes, this.filter.classIds);
    this.field.show(this.filter);
    this.writeAddress();
    this.#refresh();
  }

  // What is done with it

  async add() {
    const shown = this.#shown;
    this.#isAdding = true;
    this.#refresh();
    const done = await attempt(() => this.#upload(shown));
    this.#isAdding = false;
    if (done?.isInSight()) shown.item.added = done.added;
    else if (done) this.#tellOf(done);
    this.#refresh();
  }

  /** A frame that was added while the video or the camera went on: it is not said of what is in sight now. */
  #tellOf({ name, added: { imageId, again } }) {
    const action = { label: "Label it", run: () => location.assign(pageLink("/label", { image: imageId })) };
    toast(again ? `${name} is in the project already.` : `${name} was added.`, { kind: "ok", action });
  }

  async #upload(shown) {
    const { blob, name, isInSight } = await shown.take();
    const { results } = await api.upload(`/api/projects/${this.project.id}/upload`, blob, { name });
    const [{ status, image_id: imageId, reason }] = results;
    if (status === "failed") throw new Error(`${name}: ${reason}`);
    return { name, isInSight, added: { imageId, again: status === "duplicate" } };
  }

  #key(event) {
    if (isTyping(event) || event.ctrlKey || event.metaKey || event.altKey) return;
    if (this.#shown === null || document.querySelector("dialog[open], .bl-menu")) return;
    const act = {
      a: () => this.#walk(-1),
      d: () => this.#walk(1),
      f: () => this.stage.view.fit(),
      " ": this.transport.video && !pressesButton(event) ? () => this.transport.toggle() : undefined,
    }[event.key.toLowerCase()];
    if (!act) return;
    event.preventDefault();
    act();
  }

  #walk(by) {
    const item = this.items.beside(by);
    if (item) this.show(item);
  }
}

/** The space bar is a button's own where one has the focus; one that was pressed and hid itself may have it still. */
function pressesButton({ target }) {
  const button = target.closest("button:not(.try-tile)");
  return button !== null && button.getClientRects().length > 0;
}
