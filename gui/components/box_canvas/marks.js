/**
 * Which boxes a person has hidden or locked. That is about this person's view and not about the image, so it is kept
 * for the tab and never sent.
 */

const STORED_AS = "boxloop.marks";
const MOST = 5000; // marks of boxes of long ago go

/** @typedef {"hidden" | "locked"} Mark */

export class Marks {
  /** @type {Record<Mark, Set<string>>} ids of people's boxes, and keys of the model's */
  #ids;

  /** @param {Storage | null} storage */
  constructor(storage = tabStorage()) {
    this.storage = storage;
    this.#ids = read(storage);
  }

  /** @param {Mark} mark @param {string} id */
  has(mark, id) {
    return this.#ids[mark].has(id);
  }

  /** @param {Mark} mark @param {Iterable<string>} ids @param {boolean} on */
  set(mark, ids, on) {
    for (const id of ids) on ? this.#ids[mark].add(id) : this.#ids[mark].delete(id);
    try {
      const kept = Object.fromEntries(Object.entries(this.#ids).map(([name, set]) => [name, [...set].slice(-MOST)]));
      this.storage?.setItem(STORED_AS, JSON.stringify(kept));
    } catch {
      // No room: the marks last as long as the page.
    }
  }
}

function tabStorage() {
  try {
    return window.sessionStorage;
  } catch {
    return null; // forbidden by the person's settings
  }
}

/** @param {Storage | null} storage @returns {Record<Mark, Set<string>>} */
function read(storage) {
  try {
    const { hidden, locked } = JSON.parse(storage?.getItem(STORED_AS) ?? "{}");
    return { hidden: new Set(hidden ?? []), locked: new Set(locked ?? []) };
  } catch {
    return { hidden: new Set(), locked: new Set() };
  }
}
