// The part of a long list of images that is near the screen. The rest stays on the server: pages far away are dropped.
//
//   const images = new ImageWindow(projectId, { params: { state: "done", sort: "-saved" }, onChange });
//   await images.open(0);           // what is at that place; `total` is how long the list is as far as it is known
//   await images.complete();        // afterwards it is known
//   images.get(index)               // an image, or null while it is not here (undefined: it is not there any more)
//   images.want(first, last)        // fetch what is missing of these, and stop fetching what is far from them
//   await images.refresh();         // the same places of a new list
//
// The list stays as it was when it was opened (the server keeps it under a name), so no image moves under the pointer.

import { api } from "../shared/api.js";

export const PAGE = 100;
const KEPT = 24; // pages: what a few screens up and down need
const AT_ONCE = 3;

export class ImageWindow {
  /**
   * @param {number} projectId whose images.
   * @param {object} options params: of GET /api/projects/{p}/grid; onChange(first, last): these came;
   *   onError(error): a page could not be fetched.
   */
  constructor(projectId, { params = {}, onChange = () => {}, onError = () => {} } = {}) {
    Object.assign(this, { projectId, params, onChange, onError });
    this.total = 0;
    this.list = null;
    this.whole = true; // whether the length of the list is known
    this.completing = null;
    this.pages = new Map(); // page number -> images
    this.fetching = new Map(); // page number -> AbortController
    this.wanted = [];
    this.stopped = false;
  }

  get(index) {
    const page = this.pages.get(Math.floor(index / PAGE));
    if (!page) return null;
    return page[index % PAGE] ?? undefined;
  }

  /** Fetch what stands at a place; the beginning comes sooner than the list that it begins. Throws ApiError. */
  async open(index = 0) {
    if (index > 0) return this.load(index);
    await this.#fetch(0, { begin: 1 });
    return this;
  }

  /** Fetch the list where only its beginning is here; throws ApiError. */
  complete() {
    if (this.whole || this.stopped) return Promise.resolve();
    this.completing ??= this.#fetch(0).finally(() => (this.completing = null));
    return this.completing;
  }

  /** Fetch the page of a place, and with it the length of the list; throws ApiError. */
  async load(index = 0) {
    await this.#fetch(Math.floor(index / PAGE));
    return this;
  }

  want(first, last) {
    if (this.total === 0) return; // its first page is under way
    const [from, to] = [Math.floor(first / PAGE), Math.floor(Math.min(last, this.total - 1) / PAGE)];
    this.wanted = [];
    for (let page = from; page <= to; page += 1) this.wanted.push(page);
    for (const [page, control] of this.fetching) if (page < from - 1 || page > to + 1) control.abort();
    this.#fetchNext();
    this.#drop((from + to) / 2);
    if (!this.whole && last >= this.total - 1) this.complete().catch((error) => error.name !== "AbortError" && this.onError(error));
  }

  /** Read again what is near the screen, from a new list. Returns false when another call overtook this one. */
  async refresh() {
    const fresh = new ImageWindow(this.projectId, { params: this.params });
    const pages = this.wanted.length ? this.wanted : [0];
    await fresh.load(pages[0] * PAGE);
    for (const page of pages.slice(1)) if (page * PAGE < fresh.total) await fresh.load(page * PAGE);
    if (this.stopped) return false;
    for (const control of this.fetching.values()) control.abort();
    Object.assign(this, { pages: fresh.pages, list: fresh.list, total: fresh.total, whole: true });
    return true;
  }

  /** The ids at the places first..last, also of those that are not here. */
  async ids(first, last) {
    const known = [];
    for (let index = first; index <= last; index += 1) {
      const image = this.get(index);
      if (image === null) {
        const params = { ...this.params, list: this.list, first, last };
        return (await api.get(`/api/projects/${this.projectId}/grid/ids`, { params })).ids;
      }
      if (image) known.push(image.id);
    }
    return known;
  }

  /** How many images are held. */
  get held() {
    return [...this.pages.values()].reduce((sum, page) => sum + page.length, 0);
  }

  /** No more answers are wanted: the page shows something else now. */
  stop() {
    this.stopped = true;
    for (const control of this.fetching.values()) control.abort();
  }

  #fetchNext() {
    for (const page of this.wanted) {
      if (this.stopped || this.fetching.size >= AT_ONCE) return;
      if (this.pages.has(page) || this.fetching.has(page)) continue;
      this.#fetch(page)
        .catch((error) => error.name !== "AbortError" && this.onError(error))
        .finally(() => this.#fetchNext());
    }
  }

  async #fetch(page, { begin } = {}) {
    const control = new AbortController();
    this.fetching.set(page, control);
    const params = { ...this.params, list: this.list, first: page * PAGE, limit: PAGE, begin };
    try {
      const answer = await api.get(`/api/projects/${this.projectId}/grid`, { params, signal: control.signal });
      if (this.stopped) return;
      // The server may have forgotten the list (it was started anew): then all places are those of the new one.
      if (this.list !== null && answer.list !== this.list) this.pages.clear();
      const before = this.pages.get(page);
      Object.assign(this, { list: answer.list, total: answer.total ?? answer.items.length, whole: answer.total !== null });
      this.pages.set(page, answer.items);
      // Where the same images are here already, only the length of the list is new.
      const same = JSON.stringify(before) === JSON.stringify(answer.items);
      this.onChange(page * PAGE, page * PAGE + (same ? 0 : answer.items.length) - 1);
    } finally {
      this.fetching.delete(page);
    }
  }

  #drop(middle) {
    if (this.pages.size <= KEPT) return;
    const byDistance = [...this.pages.keys()].sort((a, b) => Math.abs(b - middle) - Math.abs(a - middle));
    for (const page of byDistance.slice(0, this.pages.size - KEPT)) this.pages.delete(page);
  }
}
