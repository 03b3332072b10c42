/** Thumbnails round the open image, with a dot for the state of each; more are fetched when the strip is scrolled. */

import { fill, h } from "../shared/dom.js";
import { STATE_NAMES } from "../shared/format.js";
import * as client from "./client.js";

const SIDE = 40; // how many are wanted on each side of the open image
const MOST = 400;

export class Filmstrip {
  /** @type {import("./types.js").ImageInfo[]} in the order of the project */
  #items = [];
  #atStart = false;
  #atEnd = false;
  #busy = false;

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
    if (!this.#items.some((item) => item.id === id)) await this.#loadRound(id);
    this.#mark();
    this.element.querySelector(".current")?.scrollIntoView({ inline: "center", block: "nearest" });
  }

  /** @param {number} id @param {import("./types.js").ImageState} state */
  setState(id, state) {
    const item = this.#items.find((entry) => entry.id === id);
    if (item) item.state = state;
    const thumb = this.element.querySelector(`[data-image="${id}"]`);
    if (thumb instanceof HTMLElement) describe(thumb, state);
  }

  /** @param {number} id */
  async #loadRound(id) {
    const before = await this.#before(id);
    const after = await client.listImages(this.model.project.id, { after: cursorBefore(id), limit: SIDE * 2 });
    this.#items = [...before, ...after.items];
    this.#atEnd = after.next === null;
    this.#draw();
  }

  /**
   * The images just before one. The listing only goes forward from an id, so this starts some ids earlier, and further
   * back as long as that gives too few.
   * @param {number} id
   */
  async #before(id) {
    for (let span = SIDE * 2; ; span *= 4) {
      const start = Math.max(0, id - 1 - span);
      const found = await this.#between(start, id);
      if (start > 0 && found.length < SIDE) continue;
      this.#atStart = start === 0 && found.length <= SIDE;
      return found.slice(-SIDE);
    }
  }

  /** @param {number} start @param {number} end ids, both outside */
  async #between(start, end) {
    const found = [];
    let after = start || null;
    for (;;) {
      const page = await client.listImages(this.model.project.id, { after, limit: SIDE * 2 });
      found.push(...page.items.filter((/** @type {{id: number}} */ item) => item.id < end));
      if (page.next === null || page.items.at(-1).id >= end - 1) return found;
      after = page.next;
    }
  }

  async #extend() {
    const { scrollLeft, scrollWidth, clientWidth } = this.element;
    if (this.#busy || this.#items.length === 0) return;
    this.#busy = true;
    try {
      if (scrollLeft + 2 * clientWidth > scrollWidth && !this.#atEnd) await this.#appendPage();
      else if (scrollLeft < clientWidth / 2 && !this.#atStart) await this.#prependPage();
    } catch {
      // The server is away; the next scroll asks again.
    } finally {
      this.#busy = false;
    }
  }

  async #appendPage() {
    const last = /** @type {{id: number}} */ (this.#items.at(-1));
    const page = await client.listImages(this.model.project.id, { after: last.id, limit: SIDE * 2 });
    this.#atEnd = page.next === null;
    this.#items.push(...page.items);
    const kept = this.element.scrollLeft;
    const surplus = Math.max(0, this.#items.length - MOST);
    this.#items.splice(0, surplus);
    if (surplus > 0) this.#atStart = false;
    this.#draw();
    this.element.scrollLeft = kept - surplus * this.#step();
  }

  async #prependPage() {
    const earlier = await this.#before(this.#items[0].id);
    if (earlier.length === 0) return;
    const kept = this.element.scrollLeft;
    this.#items = [...earlier, ...this.#items].slice(0, MOST);
    if (this.#items.length === MOST) this.#atEnd = false;
    this.#draw();
    this.element.scrollLeft = kept + earlier.length * this.#step();
  }

  /** Distance from one thumbnail to the next, in CSS pixels. */
  #step() {
    const [a, b] = /** @type {HTMLElement[]} */ ([...this.element.children]);
    return b ? b.offsetLeft - a.offsetLeft : 0;
  }

  #draw() {
    fill(this.element, this.#items.map((item) => this.#thumb(item)));
    this.#mark();
  }

  /** @param {import("./types.js").ImageInfo} item */
  #thumb(item) {
    const state = item.id === this.model.image?.id ? this.model.content.state : item.state;
    const picture = h("img", { src: item.thumb_url, alt: "", loading: "lazy", decoding: "async", draggable: "false" });
    const thumb = h("button", { class: "bc-thumb", type: "button", role: "option", tabindex: "-1", dataset: { image: item.id, name: item.name }, onclick: () => this.open(item.id) }, picture, h("span", { class: "bc-dot" }));
    describe(thumb, state);
    return thumb;
  }

  #mark() {
    for (const thumb of this.element.children) {
      const current = /** @type {HTMLElement} */ (thumb).dataset.image === String(this.model.image?.id);
      thumb.classList.toggle("current", current);
      thumb.setAttribute("aria-selected", String(current));
    }
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
}

/** The listing gives what comes after an id. @param {number} id */
const cursorBefore = (id) => (id > 1 ? id - 1 : null);
