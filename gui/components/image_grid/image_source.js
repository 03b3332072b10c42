// The images of a project behind a filter, fetched page by page as they come near the screen.
//
//   const source = new ImageSource(projectId, { params: { state: "done", boxes: 1, model: 3 }, onChange });
//   await source.load();            // the first page; afterwards source.total is known
//   source.get(index)               // image JSON of the API, or null while it is not here yet
//   source.want(first, last)        // fetch what is missing of these; onChange(from, to) tells when it came
//   source.replace(image)           // put a newer version of an image in its place
//   source.remove(ids)              // take images out (and the total down)

import { api } from "../shared/api.js";

const PAGE_SIZE = 200;

export class ImageSource {
  /**
   * @param {number} projectId whose images.
   * @param {object} options params: of GET /api/projects/{p}/images; onChange(first, last): these came or changed;
   *   onError(error): a page could not be fetched.
   */
  constructor(projectId, { params = {}, onChange = () => {}, onError = () => {} } = {}) {
    Object.assign(this, { projectId, params, onChange, onError });
    this.items = [];
    this.total = 0;
    this.next = null;
    this.wanted = -1;
    this.stopped = new AbortController();
  }

  get(index) {
    return this.items[index] ?? null;
  }

  /** Fetch the first page; throws ApiError. */
  async load() {
    await this.#page();
    return this;
  }

  /** Pages come one after the other, because each is asked for by the end of the one before. */
  want(first, last) {
    this.wanted = Math.max(this.wanted, Math.min(last, this.total - 1));
    if (!this.fetching) this.fetching = this.#fetchWanted().finally(() => (this.fetching = null));
    return this.fetching;
  }

  /** All images, however many: for "select all". */
  async all() {
    while (this.next !== null) await this.want(0, this.total - 1);
    return this.items;
  }

  /**
   * Read again what is loaded, keeping it on the screen until the new pages are here: for images that were added or
   * changed elsewhere. Returns true when something differs.
   */
  async refresh() {
    const fresh = new ImageSource(this.projectId, { params: this.params });
    fresh.stopped = this.stopped;
    await fresh.load();
    const loaded = Math.max(this.items.length, 1);
    while (fresh.next !== null && fresh.items.length < loaded) await fresh.#page();
    const [items, next, total] = [fresh.items, fresh.next, fresh.total];
    const differs = total !== this.total || items.some((item, index) => !sameImage(item, this.items[index]));
    Object.assign(this, { items, next, total, wanted: -1 });
    return differs;
  }

  replace(image) {
    const index = this.items.findIndex((item) => item.id === image.id);
    if (index < 0) return;
    this.items[index] = { ...this.items[index], ...image };
    this.onChange(index, index);
  }

  remove(ids) {
    const gone = new Set(ids);
    const before = this.items.length;
    this.items = this.items.filter((item) => !gone.has(item.id));
    this.total -= before - this.items.length;
    this.onChange(0, this.total - 1);
  }

  /** No more answers are wanted: the page shows something else now. */
  stop() {
    this.stopped.abort();
  }

  async #fetchWanted() {
    try {
      while (this.next !== null && this.items.length <= this.wanted) await this.#page();
    } catch (error) {
      if (error.name !== "AbortError") this.onError(error);
      this.next = error.name === "AbortError" ? null : this.next;
      throw error;
    }
  }

  async #page() {
    const page = await api.get(`/api/projects/${this.projectId}/images`, {
      params: { ...this.params, after: this.next, limit: PAGE_SIZE },
      signal: this.stopped.signal,
    });
    const first = this.items.length;
    this.items.push(...page.items);
    this.next = page.next;
    this.total = page.total;
    this.onChange(first, this.items.length - 1);
  }
}

function sameImage(one, other) {
  return one.id === other?.id && one.revision === other.revision && one.state === other.state && one.split === other.split;
}
