/**
 * All classes of a project in one dialog: those in use, those in the archive, those that were merged into others.
 *
 * @typedef {import("../box_canvas/types.js").ObjectClass} ObjectClass
 * @typedef {{
 *   model: import("../box_canvas/model.js").Model, classes: import("../box_canvas/classes.js").Classes,
 *   shortcuts: import("../shared/shortcuts.js").Shortcuts, choose: (id: number) => void, openPalette: () => void,
 *   focusStage: () => void
 * }} ClassPage what the palette and the dialogs of classes know of the page that they stand on
 */

import { askText, openDialog } from "../shared/dialog.js";
import { fill, h } from "../shared/dom.js";
import { icon } from "../shared/icons.js";
import { openMenu } from "../shared/menu.js";
import { attempt } from "../shared/toast.js";
import { keysOfClasses } from "../box_canvas/class_keys.js";
import { dragToOrder } from "../box_canvas/class_order.js";
import { swatch } from "../box_canvas/class_row.js";
import { findClasses } from "../box_canvas/class_search.js";
import { allClasses } from "../box_canvas/client.js";
import { askForKey } from "./key_dialog.js";
import { openMergeDialog } from "./merge_dialog.js";
import { openSplitSheet } from "./split_sheet.js";

/** @param {ClassPage} page */
export function openClassManager(page) {
  new Manager(page).open();
}

class Manager {
  /** @type {ObjectClass[]} */
  #every = [];
  /** Ids of the classes that are ticked. @type {Set<number>} */
  #ticked = new Set();

  /** @param {ClassPage} page */
  constructor(page) {
    this.page = page;
    this.query = h("input", { class: "bl-input", type: "search", placeholder: "Find a class", "aria-label": "Find a class", autocomplete: "off", autofocus: true, oninput: () => this.#draw() });
    this.bulk = h("div", { class: "cm-bulk" });
    this.table = h("div", { class: "cm-table" });
    dragToOrder(this.table, () => true, (id, other, after) => attempt(() => page.classes.place(id, other, after)));
  }

  open() {
    let open = true;
    this.page.model.subscribe((topic) => open && topic === "classes" && this.#reload());
    const dialog = openDialog({
      title: "Classes",
      wide: true,
      body: [h("div", { class: "cm-manager" }, h("div", { class: "cm-bar" }, this.query, this.bulk), this.table)],
      actions: [{ label: "Add a class", run: () => (this.#add(), false) }, { label: "Close", primary: true }],
      onClose: () => {
        open = false;
        this.page.focusStage();
      },
    });
    dialog.element.classList.add("cm-large");
    this.#reload();
  }

  async #reload() {
    const every = await attempt(() => allClasses(this.page.model.project.id));
    if (!every) return;
    this.#every = every;
    const there = new Set(every.filter((entry) => entry.merged_into === null).map((entry) => entry.id));
    this.#ticked = new Set([...this.#ticked].filter((id) => there.has(id)));
    this.#draw();
  }

  #draw() {
    const found = findClasses(this.#every, this.query.value).map(({ entry }) => entry);
    const inUse = found.filter((entry) => !entry.archived && entry.merged_into === null);
    const archived = found.filter((entry) => entry.archived);
    const merged = found.filter((entry) => entry.merged_into !== null);
    const keys = keysOfClasses(this.#every.filter((entry) => entry.merged_into === null));
    const { scrollTop } = this.table;
    fill(
      this.table,
      inUse.map((entry) => this.#row(entry, keys.get(entry.id))),
      archived.length > 0 && h("h3", {}, "Archive"),
      archived.map((entry) => this.#archivedRow(entry)),
      merged.length > 0 && h("h3", {}, "Merged into others"),
      merged.map((entry) => this.#mergedRow(entry)),
      found.length === 0 && h("p", { class: "bl-muted" }, this.#every.length === 0 ? "There is no class yet. Add one, or draw a box and name it." : "No class has that name."),
    );
    this.table.scrollTop = scrollTop;
    this.#drawBulk();
  }

  #drawBulk() {
    const chosen = this.#every.filter(({ id }) => this.#ticked.has(id));
    const number = chosen.length;
    const archive = async () => {
      for (const entry of chosen) await attempt(() => this.page.classes.setArchived(entry, true));
      this.#ticked.clear();
    };
    fill(
      this.bulk,
      number === 0
        ? h("span", { class: "bl-muted" }, `${this.#every.filter((entry) => entry.merged_into === null).length} classes. Tick some to merge or archive them together.`)
        : [
            h("span", {}, `${number} ticked`),
            h("button", { class: "bl-button", type: "button", onclick: () => openMergeDialog(chosen, this.page, () => this.#ticked.clear()) }, "Merge into …"),
            h("button", { class: "bl-button", type: "button", onclick: archive }, "Archive"),
          ],
    );
  }

  /** @param {ObjectClass} entry @param {string | undefined} key */
  #row(entry, key) {
    const tick = (/** @type {Event} */ event) => {
      if (/** @type {HTMLInputElement} */ (event.target).checked) this.#ticked.add(entry.id);
      else this.#ticked.delete(entry.id);
      this.#drawBulk();
    };
    const more = h("button", { class: "bl-icon-button", type: "button", "aria-label": `More about ${entry.name}`, title: "More", onclick: () => this.#menu(entry, more) }, icon("more"));
    return h(
      "div",
      { class: "cm-row", draggable: "true", title: entry.name, dataset: { classId: entry.id } },
      h("input", { type: "checkbox", checked: this.#ticked.has(entry.id), "aria-label": `Tick ${entry.name}`, onchange: tick }),
      swatch(entry, (_, color) => attempt(() => this.page.classes.recolor(entry, color))),
      h("button", { class: "cm-name bl-cut", type: "button", "aria-label": `Rename ${entry.name}`, title: "Rename", onclick: () => this.#rename(entry) }, entry.name),
      h("button", { class: "bl-key-button", type: "button", "aria-label": `Key of ${entry.name}: ${key ?? "none"}. Change it`, onclick: () => askForKey(entry, this.page) }, key ? key.toUpperCase() : "none"),
      countOf(entry),
      more,
    );
  }

  /** @param {ObjectClass} entry */
  #archivedRow(entry) {
    const back = () => attempt(() => this.page.classes.setArchived(entry, false));
    return h("div", { class: "cm-row off" }, chip(entry), h("span", { class: "cm-name bl-cut" }, entry.name), countOf(entry), h("button", { class: "bl-button", type: "button", "aria-label": `Take ${entry.name} out of the archive`, onclick: back }, "Take out"));
  }

  /** @param {ObjectClass} entry */
  #mergedRow(entry) {
    const into = this.#every.find(({ id }) => id === entry.merged_into);
    const back = () => attempt(() => this.page.classes.unmerge(entry));
    return h(
      "div",
      { class: "cm-row off" },
      chip(entry),
      h("span", { class: "cm-name bl-cut" }, entry.name, h("span", { class: "bl-muted" }, ` is seen as “${into?.name ?? "?"}”`)),
      countOf(entry),
      h("button", { class: "bl-button", type: "button", "aria-label": `Undo the merge of ${entry.name}`, onclick: back }, "Undo merge"),
    );
  }

  /** @param {ObjectClass} entry @param {HTMLElement} anchor */
  #menu(entry, anchor) {
    const { classes, model } = this.page;
    const place = model.palette.findIndex(({ id }) => id === entry.id);
    openMenu(
      anchor,
      [
        { label: "Move up", disabled: place <= 0, run: () => attempt(() => classes.move(entry, -1)) },
        { label: "Move down", disabled: place === model.palette.length - 1, run: () => attempt(() => classes.move(entry, 1)) },
        null,
        { label: "Merge into another class", disabled: model.palette.length < 2, run: () => openMergeDialog([entry], this.page) },
        { label: "Give some boxes another class", icon: "boxes", disabled: entry.boxes === 0, run: () => openSplitSheet(entry, this.page) },
        { label: "Archive", run: () => attempt(() => classes.setArchived(entry, true)) },
        { label: entry.boxes === 0 ? "Delete" : "Delete (it has boxes)", icon: "bin", danger: true, disabled: entry.boxes > 0, run: () => attempt(() => classes.remove(entry)) },
      ],
      { label: `Class ${entry.name}` },
    );
  }

  /** @param {ObjectClass} entry */
  #rename(entry) {
    askText({ title: `Rename “${entry.name}”`, label: "Name", value: entry.name, action: "Rename", run: (/** @type {string} */ name) => this.page.classes.rename(entry, name) });
  }

  #add() {
    askText({ title: "Add a class", label: "Name", action: "Add", run: (/** @type {string} */ name) => this.page.classes.add(name) });
  }
}

/** @param {ObjectClass} entry */
const countOf = (entry) => h("span", { class: "cm-count bl-muted bl-numeric" }, entry.boxes === 1 ? "1 box" : `${entry.boxes.toLocaleString("en")} boxes`);

/** @param {ObjectClass} entry */
const chip = (entry) => h("span", { class: "cm-chip", style: { "--color": entry.color } });
