/** A sheet of all boxes of a class: choose some, give them another class. */

import { openDialog } from "../shared/dialog.js";
import { fill, h } from "../shared/dom.js";
import { attempt } from "../shared/toast.js";
import { keysOfClasses } from "../box_canvas/class_keys.js";
import { boxesOfClass, doubtsOfClass } from "../box_canvas/client.js";
import { classPicker } from "./class_picker.js";
import { CropGrid } from "./crop_grid.js";

/** @typedef {import("../box_canvas/types.js").ObjectClass} ObjectClass */

const PAGE = 120;
const ORDERS = [
  ["image", "By image"],
  ["smallest", "Smallest first"],
  ["largest", "Largest first"],
  ["score", "Accepted ones, least sure first"],
  ["doubts", "Where the model disagrees"],
];

/** @param {ObjectClass} entry @param {import("./manager.js").ClassPage} page @param {() => void} [onDone] */
export function openSplitSheet(entry, page, onDone) {
  new SplitSheet(entry, page, onDone).open();
}

class SplitSheet {
  /** @type {{into: number, name: string} | {name: string} | null} */
  #target = null;
  #order = "image";
  #start = 0;
  /** @type {number | null} */
  #nextImage = 0;
  #turn = 0;
  #loading = false;

  /** @param {ObjectClass} entry @param {import("./manager.js").ClassPage} page @param {() => void} [onDone] */
  constructor(entry, page, onDone) {
    this.entry = entry;
    this.page = page;
    this.onDone = onDone;
    this.grid = new CropGrid({ onChange: () => this.#draw(), onEnd: () => this.#more(), caption: (one) => this.#caption(one) });
    this.note = h("div", { class: "bl-muted cm-split-note", role: "status", "aria-live": "polite" });
    this.chosen = h("div", { class: "cm-chosen" });
    this.sorted = h("select", { class: "bl-select", "aria-label": "Order of the boxes", onchange: () => this.#sort(this.sorted.value) }, ORDERS.map(([value, text]) => h("option", { value }, text)));
  }

  open() {
    const { entry, page } = this;
    const picker = classPicker({
      classes: page.model.palette.filter(({ id }) => id !== entry.id),
      keys: keysOfClasses(page.model.classes),
      label: "The class that the chosen boxes get",
      onPick: (other) => this.#aim({ into: other.id, name: other.name }),
      onCreate: (name) => this.#aim({ name }),
    });
    const dialog = openDialog({
      title: `Give some boxes of “${entry.name}” another class`,
      wide: true,
      body: [
        h(
          "div",
          { class: "cm-split" },
          h("div", { class: "cm-split-sheet" }, h("div", { class: "cm-split-bar" }, this.sorted, h("button", { class: "bl-button quiet", type: "button", onclick: () => this.grid.selectAll() }, "Select all shown"), this.note), this.grid.element),
          h("div", { class: "cm-split-side" }, this.chosen, picker.element),
        ),
      ],
      actions: [{ label: "Cancel" }, { label: "Give them that class", primary: true, run: () => this.#apply() }],
      onClose: () => (this.#turn += 1),
    });
    dialog.element.classList.add("cm-large");
    this.button = /** @type {HTMLButtonElement} */ (dialog.element.querySelector("footer .primary"));
    this.#sort("image");
  }

  /** @param {string} order */
  #sort(order) {
    this.#order = order;
    this.#start = 0;
    this.#nextImage = 0;
    this.#loading = false;
    this.#turn += 1;
    this.grid.clear();
    this.#more();
  }

  async #more() {
    const ended = this.#order === "doubts" ? this.#nextImage === null : this.#start < 0;
    if (this.#loading || ended) return;
    this.#loading = true;
    const turn = this.#turn;
    fill(this.note, "Loading …");
    const items = await attempt(() => (this.#order === "doubts" ? this.#doubts() : this.#boxes()));
    if (turn !== this.#turn) return;
    this.#loading = false;
    this.grid.add(items ?? []);
    this.#draw();
    if (items?.length === 0 && this.#order === "doubts" && this.#nextImage !== null) this.#more(); // none among those looked through
  }

  async #boxes() {
    const found = await boxesOfClass(this.entry.id, { order: this.#order, start: this.#start, limit: PAGE });
    this.total = found.total;
    this.#start = found.items.length < PAGE ? -1 : this.#start + PAGE;
    return found.items;
  }

  async #doubts() {
    const found = await doubtsOfClass(this.entry.id, { after_image: this.#nextImage ?? 0, limit: PAGE });
    this.total = null;
    this.#nextImage = found.next_image;
    return found.items;
  }

  /** @param {any} one */
  #caption(one) {
    if (one.says) return `${this.page.model.classOf(one.says.class_id)?.name ?? "?"} ${one.says.score.toFixed(2)}`;
    const size = `${Math.round(one.width)} × ${Math.round(one.height)}`;
    return one.score === null ? size : `${size}, ${one.score.toFixed(2)}`;
  }

  /** @param {{into: number, name: string} | {name: string}} target */
  #aim(target) {
    this.#target = target;
    this.#draw();
    if (!this.button?.disabled) this.button?.focus();
  }

  #draw() {
    const number = this.grid.selected.size;
    const boxes = number === 1 ? "1 box" : `${number.toLocaleString("en")} boxes`;
    const shown = this.grid.items.length.toLocaleString("en");
    const none = { doubts: "The model agrees with every box that it has looked at.", score: "No box of this class was accepted from a model." }[this.#order] ?? "No box has this class.";
    fill(this.note, this.grid.items.length === 0 ? none : this.total === null ? `${shown} found so far` : `${shown} of ${(this.total ?? 0).toLocaleString("en")}`);
    const to = this.#target ? [" become ", h("strong", {}, `“${this.#target.name}”`), "into" in this.#target ? "." : ", a new class."] : ". Pick their class:";
    fill(this.chosen, number === 0 ? "Choose boxes: click, Shift click for a range, or arrows and Space." : [h("strong", {}, boxes), to]);
    if (!this.button) return;
    this.button.disabled = number === 0 || this.#target === null;
    this.button.textContent = this.#target && number > 0 ? `Make ${boxes} “${this.#target.name}”` : "Give them that class";
  }

  async #apply() {
    const target = this.#target;
    if (!target || this.grid.selected.size === 0) return false;
    /** @type {Map<number, string[]>} */
    const byImage = new Map();
    for (const one of this.grid.chosen()) byImage.set(one.image_id, [...(byImage.get(one.image_id) ?? []), one.id]);
    const boxes = [...byImage].map(([image_id, ids]) => ({ image_id, ids }));
    if (this.button) this.button.disabled = true;
    const to = "into" in target ? { into: target.into } : { name: target.name };
    const done = await attempt(() => this.page.classes.split(this.entry, { boxes, ...to }));
    if (this.button) this.button.disabled = false;
    if (done) this.onDone?.();
    return done !== undefined;
  }
}
