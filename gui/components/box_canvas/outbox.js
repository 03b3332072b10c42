/**
 * What is not saved yet, kept in this browser until the server has acknowledged it; it outlives the page. Each tab
 * keeps its own entries and adopts only those whose tab is gone, so that two open tabs never send the same edit.
 *
 * @typedef {{
 *   imageId: number, revision: number, wanted: import("./types.js").Content | null,
 *   flight: import("./saver.js").Body | null
 * }} Kept
 */

import { newId } from "./saver.js";

const PREFIX = "boxloop.unsaved.";
const ALIVE = "boxloop.tab.";

export class Outbox {
  #tab = newId();
  /** @type {Set<string>} tabs that live beside this one */
  #others = new Set();

  /** Find out which tabs live. Without the browser's locks (no secure context) every other tab counts as gone. */
  async open() {
    if (!navigator.locks) return;
    const held = (await navigator.locks.query()).held ?? [];
    this.#others = new Set(held.map((lock) => lock.name ?? "").filter((name) => name.startsWith(ALIVE)));
    navigator.locks.request(ALIVE + this.#tab, () => new Promise(() => {})); // held until the tab closes
  }

  /** @param {Kept} entry */
  keep(entry) {
    try {
      localStorage.setItem(this.#keyOf(entry.imageId), JSON.stringify(entry));
    } catch {
      // Storage is full or switched off: the edit stays in memory, and closing the tab warns.
    }
  }

  /** @param {number} imageId */
  remove(imageId) {
    try {
      localStorage.removeItem(this.#keyOf(imageId));
    } catch {
      // Nothing was kept where storage is switched off.
    }
  }

  /** Take over the entries of tabs that are gone. @returns {Kept[]} */
  adopt() {
    const kept = new Map();
    for (const key of storedKeys()) {
      const tab = key.slice(PREFIX.length).split(".")[0];
      if (this.#others.has(ALIVE + tab)) continue;
      const entry = parsed(localStorage.getItem(key));
      if (entry) kept.set(entry.imageId, entry);
      localStorage.removeItem(key);
    }
    for (const entry of kept.values()) this.keep(entry);
    return [...kept.values()];
  }

  /** @param {number} imageId */
  #keyOf(imageId) {
    return `${PREFIX}${this.#tab}.${imageId}`;
  }
}

function storedKeys() {
  try {
    return Object.keys(localStorage).filter((key) => key.startsWith(PREFIX));
  } catch {
    return [];
  }
}

/** @param {string | null} text @returns {Kept | null} */
function parsed(text) {
  try {
    const entry = JSON.parse(text ?? "");
    return Number.isInteger(entry.imageId) && Number.isInteger(entry.revision) ? entry : null;
  } catch {
    return null;
  }
}
