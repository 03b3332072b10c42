/** The classes that were used last in a project, the newest first; kept in this browser. */

const MOST = 5;

export class RecentClasses {
  /** @type {number[]} */
  #ids = [];

  /** @param {number} projectId @param {Storage | null} storage null keeps them as long as the page */
  constructor(projectId, storage = window.localStorage) {
    this.place = `boxloop.recent-classes.${projectId}`;
    this.storage = storage;
    try {
      const kept = JSON.parse(storage?.getItem(this.place) ?? "[]");
      if (Array.isArray(kept)) this.#ids = kept.filter(Number.isInteger).slice(0, MOST);
    } catch {
      // Forbidden or damaged: nothing is recent yet.
    }
  }

  get ids() {
    return this.#ids;
  }

  /** @param {number} id @returns {boolean} whether the list of them is another one now */
  note(id) {
    if (this.#ids[0] === id) return false;
    const known = this.#ids.includes(id);
    if (!known) this.#ids = [id, ...this.#ids].slice(0, MOST); // those that are there keep their places: rows must not jump
    try {
      this.storage?.setItem(this.place, JSON.stringify(this.#ids));
    } catch {
      // A full or forbidden store: it lasts as long as the page.
    }
    return !known;
  }
}
