/** Crops of boxes to choose from: click, Shift click for a range, arrows and Space, Ctrl A. */

import { fill, h } from "../shared/dom.js";
import { crop } from "./merge_dialog.js";

/** @typedef {{id: string, image_id: number, image_name: string, crop_url: string}} Crop */

export class CropGrid {
  /** @type {any[]} */
  items = [];
  /** Keys of what is chosen. @type {Set<string>} */
  selected = new Set();
  #last = 0;

  /** @param {{onChange: () => void, onEnd: () => void, caption: (one: any) => string}} acts `onEnd`: more are wanted */
  constructor({ onChange, onEnd, caption }) {
    this.onChange = onChange;
    this.caption = caption;
    this.element = h("div", {
      class: "cm-grid",
      role: "listbox",
      tabindex: "-1",
      "aria-multiselectable": "true",
      "aria-label": "Boxes of the class",
      onkeydown: (/** @type {KeyboardEvent} */ event) => this.#press(event),
    });
    this.element.addEventListener("scroll", () => {
      const { scrollTop, clientHeight, scrollHeight } = this.element;
      if (scrollTop + clientHeight > scrollHeight - 300) onEnd();
    });
  }

  clear() {
    this.items = [];
    this.selected.clear();
    this.#last = 0;
    fill(this.element);
    this.onChange();
  }

  /** @param {readonly Crop[]} items */
  add(items) {
    const from = this.items.length;
    this.items.push(...items);
    this.element.append(...items.map((one, index) => this.#tile(one, from + index)));
  }

  chosen() {
    return this.items.filter((one) => this.selected.has(keyOf(one)));
  }

  selectAll() {
    this.#choose(0, this.items.length - 1, true);
  }

  /** @param {any} one @param {number} place */
  #tile(one, place) {
    return h(
      "div",
      {
        class: "cm-tile",
        role: "option",
        tabindex: place === 0 ? "0" : "-1",
        "aria-selected": "false",
        "aria-label": `${one.image_name}, ${this.caption(one)}`,
        onclick: (/** @type {MouseEvent} */ event) => this.#click(place, event),
      },
      crop(one),
      h("span", { class: "cm-tile-text bl-cut bl-numeric" }, this.caption(one)),
    );
  }

  /** @param {number} place @param {{shiftKey: boolean}} event */
  #click(place, { shiftKey }) {
    const on = shiftKey || !this.selected.has(keyOf(this.items[place]));
    if (shiftKey) this.#choose(Math.min(place, this.#last), Math.max(place, this.#last), true);
    else this.#choose(place, place, on);
    this.#last = place;
    this.#focus(place);
  }

  /** @param {number} from @param {number} to @param {boolean} on */
  #choose(from, to, on) {
    for (let place = from; place <= to; place += 1) {
      const key = keyOf(this.items[place]);
      if (on) this.selected.add(key);
      else this.selected.delete(key);
      this.element.children[place].setAttribute("aria-selected", String(on));
    }
    this.onChange();
  }

  /** @param {number} place */
  #focus(place) {
    for (const tile of this.element.querySelectorAll('[tabindex="0"]')) /** @type {HTMLElement} */ (tile).tabIndex = -1;
    const tile = /** @type {HTMLElement} */ (this.element.children[place]);
    tile.tabIndex = 0;
    tile.focus();
  }

  /** @param {KeyboardEvent} event */
  #press(event) {
    const at = [...this.element.children].indexOf(/** @type {Element} */ (event.target));
    if (at < 0) return;
    const across = Math.max(1, getComputedStyle(this.element).gridTemplateColumns.split(" ").length);
    const step = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: across, ArrowUp: -across }[event.key];
    if (step !== undefined) {
      const to = Math.max(0, Math.min(this.items.length - 1, at + step));
      if (event.shiftKey) this.#choose(Math.min(at, to), Math.max(at, to), true);
      this.#focus(to);
    } else if (event.key === " ") this.#click(at, event);
    else if (event.key.toLowerCase() === "a" && (event.ctrlKey || event.metaKey)) this.selectAll();
    else return;
    event.preventDefault();
  }
}

/** @param {Crop} one */
const keyOf = (one) => `${one.image_id} ${one.id}`;
