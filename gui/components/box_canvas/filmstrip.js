/**
 * Thumbnails round the open image, in the order in which images are walked through, with a dot for the state of each;
 * more are fetched when the strip is scrolled. Images are asked for by their place in a list that the server remembers,
 * so that the strip does not shift while images are added or saved.
 *
 * @typedef {{items: (import("./types.js").ImageInfo | null)[], first: number, total: number, list: string}} Part
 */

import { h } from "../shared/dom.js";
import { STATE_NAMES } from "../shared/format.js";
import * as client from "./client.js";

const SIDE = 40; // how many are wanted on each side of the open image
const MOST = 400;

export class Filmstrip {
  /** @type {import("./types.js").ImageInfo[]} */
  #items = [];
  /** @type {Map<number, HTMLElement>} */
  #thumbs = new Map();
  /** Places in the list: of the first item, and of the one after the last. */
  #from = 0;
  #to = 0;
  #total = 0;
  /** @type {string | null} name of the list, of the server */
  #list = null;
  #walk = "";
  #busy = false;
  /** @type {HTMLElement | null} */
  #current = null;

  /** @param {import("./model.js").Model} model @param {(id: number) => void} open */
  constructor(model, open) {
    this.model = model;
    this.open = open;
    this.element = h("div", { class: "bc-strip", role: "listbox", "aria-label": "Images" });
    this.element.addEventListener("scroll", () => this.#extend(), { passive: true });
    this.element.addEventListener("wheel", (/** @type {WheelEvent} */ event) => this.#roll(event), { passive: false });
  }

  /** Bring an image into the middle, fetching those round it where they are missing. @param {number} id */
  async show(id) {
    if (!this.#thumbs.has(id) || this.#walk !== this.model.navigation.walk) await this.#loadRound(id);
    if (this.model.image?.id !== id) return;
    this.#mark(id);
    this.#current?.scrollIntoView({ inline: "center", block: "nearest" });
    this.#extend();
  }

  /** @param {number} id @param {import("./types.js").ImageState} state */
  setState(id, state) {
    const item = this.#items.find((entry) => entry.id === id);
    if (item) item.state = state;
    const thumb = this.#thumbs.get(id);
    if (thumb) describe(thumb, state);
  }

  /** @param {number} id */
  async #loadRound(id) {
    const { walk } = this.model.navigation;
    const page = await client.listPlaces(this.model.project.id, walk, { around: id, limit: 2 * SIDE + 1 });
    this.#walk = walk;
    this.#list = page.list;
    this.#total = page.total;
    this.#from = page.first;
    this.#to = page.first + page.items.length;
    this.#thumbs.clear();
    this.#items = this.#unseen(page.items);
    this.element.replaceChildren(...this.#items.map((item) => this.#thumb(item)));
  }

  async #extend() {
    const { scrollLeft, scrollWidth, clientWidth } = this.element;
    if (this.#busy || this.#list === null) return;
    const back = scrollLeft < clientWidth && this.#from > 0;
    const on = scrollLeft + 2 * clientWidth > scrollWidth && this.#to < this.#total;
    if (!back && !on) return;
    this.#busy = true;
    try {
      await (on ? this.#fetch(this.#to, 2 * SIDE) : this.#fetch(Math.max(0, this.#from - 2 * SIDE), Math.min(this.#from, 2 * SIDE)));
    } catch {
      // The server is away; the next scroll asks again.
    } finally {
      this.#busy = false;
    }
  }

  /** The places that follow those shown, or that lie just before them. @param {number} first @param {number} limit */
  async #fetch(first, limit) {
    const [list, walk] = [this.#list, this.#walk];
    const page = await client.listPlaces(this.model.project.id, walk, { first, limit, list });
    if (this.#list !== list) return; // another part is shown by now
    if (page.list !== list) {
      this.#list = null; // the server has forgotten the list: places mean something else now
      const { image } = this.model;
      if (image) await this.#loadRound(image.id).then(() => this.#mark(image.id));
    } else if (first >= this.#to) this.#append(page);
    else this.#prepend(page);
  }

  /** @param {Part} page */
  #append(page) {
    const items = this.#unseen(page.items);
    this.#to = page.first + page.items.length;
    if (page.items.length === 0) this.#total = this.#to;
    this.#items.push(...items);
    this.element.append(...items.map((item) => this.#thumb(item)));
    const surplus = this.#items.splice(0, Math.max(0, this.#items.length - MOST));
    if (surplus.length === 0) return;
    const shift = surplus.length * this.#step();
    this.#from += surplus.length;
    const kept = this.element.scrollLeft;
    this.#forget(surplus);
    this.element.scrollLeft = kept - shift;
  }

  /** @param {Part} page */
  #prepend(page) {
    const items = this.#unseen(page.items);
    const kept = this.element.scrollLeft;
    this.#from = page.first;
    this.#items.unshift(...items);
    this.element.prepend(...items.map((item) => this.#thumb(item)));
    this.element.scrollLeft = kept + items.length * this.#step();
    const surplus = this.#items.splice(MOST);
    this.#to -= surplus.length;
    this.#forget(surplus);
  }

  /** Without those that have gone since the list was made, and those shown already. @param {Part["items"]} items */
  #unseen(items) {
    return /** @type {import("./types.js").ImageInfo[]} */ (items.filter((item) => item !== null && !this.#thumbs.has(item.id)));
  }

  /** @param {import("./types.js").ImageInfo[]} items */
  #forget(items) {
    for (const { id } of items) {
      this.#thumbs.get(id)?.remove();
      this.#thumbs.delete(id);
    }
  }

  /** Distance from one thumbnail to the next, in CSS pixels. */
  #step() {
    const [a, b] = /** @type {HTMLElement[]} */ ([...this.element.children]);
    return b ? b.offsetLeft - a.offsetLeft : 0;
  }

  /** @param {import("./types.js").ImageInfo} item */
  #thumb(item) {
    const state = item.id === this.model.image?.id ? this.model.content.state : item.state;
    const picture = h("img", { src: item.thumb_url, alt: "", loading: "lazy", decoding: "async", draggable: "false" });
    const thumb = h("button", { class: "bc-thumb", type: "button", role: "option", "aria-selected": "false", tabindex: "-1", dataset: { image: item.id, name: item.name }, onclick: () => this.open(item.id) }, picture, h("span", { class: "bc-dot" }));
    describe(thumb, state);
    this.#thumbs.set(item.id, thumb);
    return thumb;
  }

  /** @param {number} id */
  #mark(id) {
    this.#current?.classList.remove("current");
    this.#current?.setAttribute("aria-selected", "false");
    this.#current = this.#thumbs.get(id) ?? null;
    this.#current?.classList.add("current");
    this.#current?.setAttribute("aria-selected", "true");
  }

  /** A mouse wheel over the strip rolls it sideways. @param {WheelEvent} event */
  #roll(event) {
    if (event.deltaX !== 0) return;
    event.preventDefault();
    this.element.scrollLeft += event.deltaY;
  }
}

/** @param {HTMLElement} thumb @param {import("./types.js").ImageState} state */
function describe(thumb, state) {
  thumb.dataset.state = state;
  thumb.title = `${thumb.dataset.name} · ${STATE_NAMES[state].toLowerCase()}`;
  thumb.setAttribute("aria-label", thumb.title);
}
