/**
 * The panel on the left: the classes that can be drawn with, for one as for two hundred. From ten on they can be searched,
 * and those used last stand first.
 */

import { fill, h } from "../shared/dom.js";
import { icon } from "../shared/icons.js";
import { attempt } from "../shared/toast.js";
import { openClassManager } from "../class_manager/manager.js";
import { chordOfKey, keysOfClasses } from "./class_keys.js";
import { openClassMenu } from "./class_menu.js";
import { dragToOrder } from "./class_order.js";
import { classRow } from "./class_row.js";
import { findClasses } from "./class_search.js";
import { redrawOn } from "./layout.js";
import { nameField } from "./name_field.js";
import { RecentClasses } from "./recent_classes.js";
import { mountShown } from "./shown_toggles.js";

/** @typedef {import("./types.js").ObjectClass} ObjectClass */

const SEARCH_FROM = 10;
const RECENT_FROM = 13;

/**
 * @param {HTMLElement} panel @param {import("../class_manager/manager.js").ClassPage} page
 * @returns {{search: () => void}} what keys ask of the panel
 */
export function mountClassList(panel, page) {
  const list = new ClassList(panel, page);
  const show = h("div", { class: "bc-show" });
  panel.append(show);
  mountShown(show, page.model);
  return { search: () => list.search() };
}

class ClassList {
  /** @type {number | "new" | null} */
  #editing = null;
  /** @type {import("./class_row.js").Row[]} */
  #rows = [];
  /** @type {RecentClasses | null} */
  #recent = null;
  /** What the rows were made for. */
  #drawn = "";

  /** @param {HTMLElement} panel @param {import("../class_manager/manager.js").ClassPage} page */
  constructor(panel, page) {
    this.page = page;
    this.model = page.model;
    this.list = h("div", { class: "bc-class-rows", role: "listbox", "aria-label": "Classes", onkeydown: (/** @type {KeyboardEvent} */ event) => this.#onKey(event) });
    this.query = h("input", {
      class: "bl-input bc-class-query",
      type: "search",
      placeholder: "Find a class",
      "aria-label": "Find a class",
      autocomplete: "off",
      spellcheck: "false",
      dataset: { command: "class.search" },
      oninput: () => this.#draw(),
      onkeydown: (/** @type {KeyboardEvent} */ event) => this.#onQueryKey(event),
    });
    this.find = h("button", { class: "bl-button bc-find", type: "button", onclick: () => page.openPalette() }, icon("search"), "Find");
    const manage = h("button", { class: "bl-icon-button bc-manage", type: "button", "data-needs": "labeller", "aria-label": "Manage classes", title: "Manage classes", onclick: () => openClassManager(page) }, icon("settings", { size: 14 }));
    fill(panel, h("header", { class: "bc-head" }, "Classes", manage), this.query, this.find, this.list);
    dragToOrder(this.list, () => !this.model.readOnly && this.#editing === null, (id, other, after) => attempt(() => page.classes.place(id, other, after)));
    redrawOn(this.model, ["classes", "settled", "content"], () => this.#refresh());
    page.shortcuts.subscribe(() => this.#draw());
  }

  /** The search field, where there are enough classes for one; else the list. */
  search() {
    if (this.query.hidden || this.query.offsetParent === null) return this.page.openPalette();
    this.query.focus();
    this.query.select();
  }

  /** Rows stay as they are while only counts and the current class change: this runs after each box. */
  #refresh() {
    if (this.model.project === null || this.#editing !== null) return;
    this.#recent ??= new RecentClasses(this.model.project.id);
    const { currentClassId: current } = this.model;
    const moved = current !== null && this.model.palette.length >= RECENT_FROM && this.#recent.note(current);
    if (moved || this.#drawn !== looks(this.model.palette)) return this.#draw();
    this.#paint();
  }

  #paint() {
    const { currentClassId } = this.model;
    for (const row of this.#rows) {
      const now = this.model.classOf(row.entry.id) ?? row.entry;
      row.refresh(now, now.id === currentClassId);
    }
    const stop = this.#rows.find((row) => row.entry.id === currentClassId) ?? this.#rows[0];
    for (const row of this.#rows) row.element.tabIndex = row === stop ? 0 : -1;
  }

  #draw() {
    const { palette } = this.model;
    const { scrollTop } = this.list;
    const focused = /** @type {HTMLElement | null} */ (document.activeElement)?.dataset.classId;
    this.#drawn = looks(palette);
    this.find.hidden = palette.length < SEARCH_FROM;
    this.query.hidden = palette.length < SEARCH_FROM;
    if (this.query.hidden) this.query.value = "";
    const query = this.query.value.trim();
    const keys = keysOfClasses(this.model.classes);
    this.#rows = [];
    const row = (/** @type {ObjectClass} */ entry, /** @type {number[]} */ marks = []) => {
      if (this.#editing === entry.id) return this.#field(entry);
      const key = keys.get(entry.id);
      const taken = key === undefined ? null : (this.page.shortcuts.commandFor(chordOfKey(key))?.text ?? null);
      const made = classRow(entry, { key, taken, marks }, this.#acts());
      this.#rows.push(made);
      return made.element;
    };
    if (query) {
      const found = findClasses(palette, query);
      const exact = palette.some(({ name }) => name.toLowerCase() === query.toLowerCase());
      fill(this.list, found.map(({ entry, marks }) => row(entry, marks)), !exact && this.#addButton(`Add “${query}”`, () => this.#add(query)));
    } else {
      const recent = palette.length >= RECENT_FROM ? (this.#recent?.ids ?? []).map((id) => this.model.classOf(id)).filter((entry) => entry && !entry.archived) : [];
      const heading = (/** @type {string} */ text) => recent.length > 0 && h("div", { class: "bc-class-group", role: "presentation" }, text);
      const last = this.#editing === "new" ? this.#field(null) : this.#addButton("Add class", () => this.#edit("new"));
      fill(this.list, heading("Used last"), recent.map((entry) => row(/** @type {ObjectClass} */ (entry))), heading("All classes"), palette.map((entry) => again(row(entry), recent.includes(entry))), last);
    }
    this.#paint();
    this.list.scrollTop = scrollTop;
    if (focused) this.#rows.findLast((one) => one.element.dataset.classId === focused)?.element.focus({ preventScroll: true });
    if (this.#editing !== null) this.list.querySelector("input.bc-name-input")?.select();
  }

  /** @returns {import("./class_row.js").RowActs} */
  #acts() {
    const rename = (/** @type {ObjectClass} */ entry) => this.#edit(entry.id);
    return {
      choose: this.page.choose,
      rename,
      recolor: (entry, color) => attempt(() => this.page.classes.recolor(entry, color)),
      menu: (entry, anchor) =>
        !this.model.readOnly &&
        openClassMenu(entry, anchor, this.page, {
          rename: () => rename(entry),
          recolor: () => anchor.closest(".bc-class")?.querySelector("input")?.click(),
        }),
    };
  }

  /** @param {number | "new" | null} what */
  #edit(what) {
    if (this.model.readOnly) return;
    this.#editing = what;
    this.#draw();
  }

  /** @param {ObjectClass | null} entry */
  #field(entry) {
    const { classes } = this.page;
    const field = nameField({
      value: entry?.name ?? "",
      label: entry ? `New name of ${entry.name}` : "Name of the new class",
      placeholder: "Name of the class",
      onDone: async (name) => {
        await (entry ? classes.rename(entry, name) : classes.add(name));
        this.#edit(null);
      },
      onCancel: () => this.#edit(null),
    });
    queueMicrotask(() => field.focus());
    return field.element;
  }

  /** @param {string} text @param {() => void} run */
  #addButton(text, run) {
    return h("button", { class: "bc-add", type: "button", "data-needs": "labeller", onclick: run }, icon("add"), h("span", { class: "bl-cut" }, text));
  }

  /** @param {string} name */
  async #add(name) {
    const made = await attempt(() => this.page.classes.add(name));
    if (made) this.#leaveSearch(made.id);
  }

  /** @param {number | null} chosen a class to draw with now */
  #leaveSearch(chosen) {
    this.query.value = "";
    if (chosen !== null) this.page.choose(chosen);
    this.#draw();
    this.page.focusStage();
  }

  /** @param {KeyboardEvent} event */
  #onQueryKey(event) {
    event.stopPropagation();
    if (event.key === "Escape") {
      event.preventDefault();
      return this.#leaveSearch(null);
    }
    if (event.key === "ArrowDown") {
      event.preventDefault();
      return this.#rows[0]?.element.focus();
    }
    if (event.key !== "Enter" || event.isComposing) return;
    event.preventDefault();
    const [best] = this.#rows;
    if (best) this.#leaveSearch(best.entry.id);
    else if (this.query.value.trim()) this.#add(this.query.value.trim());
  }

  /** @param {KeyboardEvent} event */
  #onKey(event) {
    const at = this.#rows.findIndex((row) => row.element === event.target);
    if (at < 0) return;
    const { entry } = this.#rows[at];
    if (!this.#act(event, at, entry)) return;
    event.preventDefault();
    event.stopPropagation();
  }

  /** @param {KeyboardEvent} event @param {number} at @param {ObjectClass} entry @returns {boolean} whether the key was ours */
  #act(event, at, entry) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step && event.altKey) this.#moveRow(entry, /** @type {1 | -1} */ (step));
    else if (step && at + step < 0 && !this.query.hidden) this.query.focus();
    else if (step) this.#rows[at + step]?.element.focus();
    else if (event.key === "Home") this.#rows[0].element.focus();
    else if (event.key === "End") this.#rows.at(-1)?.element.focus();
    else if (event.key === "Enter" || event.key === " ") this.page.choose(entry.id);
    else if (event.key === "F2") this.#edit(entry.id);
    else if (event.key === "Escape") this.page.focusStage();
    else return false;
    return true;
  }

  /** @param {ObjectClass} entry @param {1 | -1} step */
  async #moveRow(entry, step) {
    if (this.model.readOnly) return;
    await attempt(() => this.page.classes.move(entry, step));
    this.#draw();
    this.#rows.findLast((row) => row.entry.id === entry.id)?.element.focus();
  }
}

/** Marks a row that stands among those used last too: a strip has no room for both. @param {HTMLElement} row @param {boolean} twice */
function again(row, twice) {
  row.classList.toggle("again", twice);
  return row;
}

/** All that a row shows but its count. @param {readonly ObjectClass[]} classes */
const looks = (classes) => JSON.stringify(classes.map(({ id, name, color, hotkey }) => [id, name, color, hotkey]));
