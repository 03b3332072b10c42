/**
 * The drawer over the list of boxes: the history of the open image, and the comments on it. While a revision is looked
 * at, the keys that would change boxes rest.
 *
 * @typedef {"history" | "comments"} Tab
 */

import { fill, h, isTyping } from "../shared/dom.js";
import { icon } from "../shared/icons.js";
import { CommentsPanel } from "./comments_panel.js";
import { Comparing } from "./comparing.js";
import { HistoryPanel } from "./history_panel.js";

const TITLES = { history: "History", comments: "Comments" };
const HARMLESS = new Set(["a", "d", "f", "+", "-", "=", "?", "y", "k", "m", "Tab", "Shift", "Control", "Alt", "Meta", " "]);

export class Drawer {
  /** @type {Tab | null} */
  #tab = null;
  #reload = 0;

  /**
   * @param {{
   *   layout: import("./layout.js").Layout, model: import("./model.js").Model, editor: import("./editor.js").Editor,
   *   view: import("./view.js").View, painter: import("./painter.js").Painter, pointer: import("./pointer.js").Pointer,
   *   signal: AbortSignal
   * }} parts
   */
  constructor({ layout, model, editor, view, painter, pointer, signal }) {
    this.stage = layout.stage;
    this.model = model;
    this.comparing = new Comparing(layout.stage, model, view, painter, pointer);
    const history = new HistoryPanel(model, editor, this.comparing);
    const comments = new CommentsPanel(model, (open) => this.#count(open), () => this.close());
    this.panels = { history, comments };
    this.place = h("div", { class: "bc-drawer-place" });
    this.tabs = Object.fromEntries(Object.entries(TITLES).map(([key, title]) => [key, this.#tabButton(/** @type {Tab} */ (key), title)]));
    const close = h("button", { class: "bl-icon-button", type: "button", "aria-label": "Close", onclick: () => this.close() }, icon("close"));
    const head = h("header", { class: "bc-drawer-head" }, h("div", { class: "bc-drawer-tabs", role: "tablist" }, Object.values(this.tabs)), close);
    this.element = h("section", { class: "bc-drawer", "aria-label": "History and comments", hidden: true }, head, this.place);
    layout.boxes.after(this.element);
    this.badge = h("span", { class: "bc-badge bl-numeric", hidden: true });
    this.buttons = [
      this.#opener("history", "history", "History of this image", "panel.history"),
      this.#opener("comments", "comment", "Comments on this image", "panel.comments", this.badge),
    ];
    layout.bar.querySelector(".bc-state")?.before(...this.buttons);
    model.subscribe((topic) => this.#onModel(topic));
    // before the page's own keys: those would change boxes that cannot be seen
    window.addEventListener("keydown", (event) => this.#guard(event), { capture: true, signal });
  }

  /** @returns {import("../shared/shortcuts.js").Command[]} */
  get commands() {
    return [
      { id: "panel.history", group: "Images", text: "History: what each save changed, and earlier versions", keys: ["Y"], run: () => this.toggle("history") },
      { id: "panel.comments", group: "Images", text: "Comments", keys: ["K"], run: () => this.toggle("comments") },
    ];
  }

  /** @param {Tab} tab */
  toggle(tab) {
    if (this.#tab === tab) this.close();
    else this.open(tab);
  }

  /** @param {Tab} tab */
  open(tab) {
    if (this.#tab === "history") this.panels.history.leave();
    this.#tab = tab;
    this.element.hidden = false;
    fill(this.place, this.panels[tab].element);
    this.#drawState();
    this.panels[tab].load();
    this.panels[tab].focus();
  }

  close() {
    this.panels.history.leave();
    this.#tab = null;
    this.element.hidden = true;
    this.#drawState();
    this.stage.focus({ preventScroll: true });
  }

  /** The open image was saved. */
  saved() {
    clearTimeout(this.#reload);
    if (this.#tab === "history") this.#reload = window.setTimeout(() => this.panels.history.load(), 300);
  }

  /** @param {import("./model.js").Topic} topic */
  #onModel(topic) {
    if (topic === "image" || topic === "content") this.panels.history.leave();
    if (topic === "image" && this.panels.comments.turn()) this.#count(0);
    if (topic !== "settled") return;
    this.panels.comments.load();
    if (this.#tab === "history") this.panels.history.load();
  }

  /** @param {number} open */
  #count(open) {
    this.badge.textContent = String(open);
    this.badge.hidden = open === 0;
    this.buttons[1].title = open > 0 ? `Comments on this image, ${open} open` : "Comments on this image";
  }

  /** @param {KeyboardEvent} event */
  #guard(event) {
    if (this.#tab === null || isTyping(event) || document.querySelector("dialog[open]")) return;
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const inPanel = this.element.contains(/** @type {Node} */ (event.target));
    const onButton = inPanel && event.target instanceof HTMLButtonElement && ["Enter", " "].includes(event.key);
    if (onButton) return event.stopPropagation();
    if (this.comparing.isOn && this.panels.history.handle(event)) {
      event.preventDefault();
      event.stopPropagation();
    } else if (event.key === "Escape" && inPanel) {
      event.stopPropagation();
      this.close();
    } else if (this.comparing.isOn && !HARMLESS.has(event.key.length === 1 ? event.key.toLowerCase() : event.key)) {
      event.stopPropagation();
    }
  }

  #drawState() {
    for (const [key, tab] of Object.entries(this.tabs)) tab.setAttribute("aria-selected", String(key === this.#tab));
    const pressed = [this.#tab === "history", this.#tab === "comments"];
    this.buttons.forEach((button, index) => button.setAttribute("aria-pressed", String(pressed[index])));
  }

  /** @param {Tab} key @param {string} title */
  #tabButton(key, title) {
    return h("button", { class: "bc-drawer-tab", type: "button", role: "tab", onclick: () => this.open(key) }, title);
  }

  /** @param {Tab} tab @param {string} name @param {string} label @param {string} command @param {HTMLElement} [badge] */
  #opener(tab, name, label, command, badge) {
    return h("button", { class: "bl-icon-button bc-opener", type: "button", "aria-label": label, "aria-pressed": "false", dataset: { command }, onclick: () => this.toggle(tab) }, icon(name), badge);
  }
}
