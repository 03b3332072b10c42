/** A field for a tag, with those of the project that fit: arrows and Enter, or a finger, take one; else Enter takes what was typed. */

import { fill, h } from "../shared/dom.js";

const MOST = 8;
let fields = 0;

export class TagField {
  /** @type {import("./image_tags.js").Tag[]} those used most first */
  #known = [];
  /** @type {string[]} */
  #fitting = [];
  /** Which of those that fit is chosen; -1 for what was typed. */
  #at = -1;

  /** @param {{onTake: (name: string) => void, onClose: () => void, onLeave: () => void}} answers `onLeave`: closed by a key */
  constructor({ onTake, onClose, onLeave }) {
    this.onTake = onTake;
    this.onClose = onClose;
    this.onLeave = onLeave;
    this.id = `bc-tag-options-${(fields += 1)}`;
    this.input = h("input", {
      class: "bl-input",
      role: "combobox",
      "aria-label": "Tag",
      "aria-controls": this.id,
      "aria-expanded": "true",
      placeholder: "A word of yours",
      maxlength: 200,
      autocomplete: "off",
      spellcheck: "false",
      oninput: () => this.#find(),
      onkeydown: (/** @type {KeyboardEvent} */ event) => this.#press(event),
    });
    this.list = h("div", { class: "bc-tag-options", id: this.id, role: "listbox", "aria-label": "Tags of this project" });
    // a tap on a suggestion keeps the field's focus, and a phone's keyboard with it
    this.list.addEventListener("pointerdown", (event) => event.preventDefault());
    this.element = h("div", { class: "bc-tag-field", hidden: true }, this.input, this.list);
    this.input.addEventListener("blur", () => this.#close());
  }

  get isOpen() {
    return !this.element.hidden;
  }

  open() {
    this.element.hidden = false;
    this.input.value = "";
    this.#find();
    this.input.focus();
  }

  /** @param {import("./image_tags.js").Tag[]} tags */
  suggest(tags) {
    this.#known = [...tags].sort((a, b) => b.images - a.images);
    this.#find();
  }

  #find() {
    const query = this.input.value.trim().toLowerCase();
    this.#fitting = this.#known.map(({ name }) => name).filter((name) => name.toLowerCase().includes(query)).slice(0, MOST);
    this.#at = -1;
    this.#draw();
  }

  #draw() {
    fill(
      this.list,
      this.#fitting.map((name, place) => h("div", { class: "bc-tag-option", id: `${this.id}-${place}`, role: "option", "aria-selected": String(place === this.#at), onclick: () => this.#take(name) }, name)),
    );
    this.list.hidden = this.#fitting.length === 0;
    if (this.#at >= 0) this.input.setAttribute("aria-activedescendant", `${this.id}-${this.#at}`);
    else this.input.removeAttribute("aria-activedescendant");
  }

  /** @param {KeyboardEvent} event */
  #press(event) {
    event.stopPropagation(); // the page's keys are not meant
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step && this.#fitting.length > 0) {
      const count = this.#fitting.length + 1; // what was typed is one of the choices
      this.#at = ((this.#at + 1 + step + count) % count) - 1;
      this.#draw();
    } else if (event.key === "Enter" && !event.isComposing) this.#take(this.#fitting[this.#at] ?? this.input.value.trim());
    else if (event.key === "Escape") this.onLeave();
    else return;
    event.preventDefault();
  }

  /** The field stays open for the next one. @param {string} name */
  #take(name) {
    if (!name) return this.onLeave();
    this.input.value = "";
    this.#find();
    this.onTake(name);
  }

  #close() {
    if (!this.isOpen) return;
    this.element.hidden = true;
    this.onClose();
  }
}
