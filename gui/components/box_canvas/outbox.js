/**
 * What is not saved yet, kept in this browser until the server has acknowledged it; it outlives the page. Each tab
 * keeps its own entries and adopts only those whose tab is gone, so that two open tabs never send the same edit. An
 * entry belongs to a workspace and to who was logged in: nobody sends another's edits, nor into another's images.
 *
 * @typedef {{
 *   imageId: number, revision: number, wanted: import("./types.js").Content | null,
 *   flight: import("./saver.js").Body | null, flown: import("./types.js").Content | null, since: number, edits: number
 * }} Kept `flown`: what `flight` carries; `since`: when the oldest of its edits was made, in ms since 1970
 */

import { change, move, openDatabase } from "./outbox_database.js";
import { newId } from "./saver.js";
import { livingTabs } from "./tabs.js";

const EARLIER = "boxloop.unsaved."; // in localStorage, where versions before 0.2 kept edits

export class Outbox {
  #tab = newId();
  #person = "";
  /** @type {IDBDatabase | null} null where the browser keeps nothing: edits stay in memory, and closing warns */
  #database = null;
  /** @type {Set<string>} tabs that live beside this one */
  #others = new Set();
  /** Whether the browser refused to keep an edit, so that only this tab has it. */
  failed = false;

  /**
   * @param {{workspace: string, person: string}} owner whose edits these are
   * @param {() => void} [onOrphans] called when a tab is gone whose entries may be adopted now
   */
  async open({ workspace, person }, onOrphans = () => {}) {
    this.#person = person;
    this.#others = await livingTabs(this.#tab, (tab) => {
      this.#others.delete(tab);
      onOrphans();
    });
    this.#database = await openDatabase(`boxloop.${workspace}`);
    await this.#bringEarlier();
  }

  /** @param {Kept} entry */
  keep(entry) {
    this.#change({ put: [this.#rowOf(entry)] });
  }

  /** @param {number} imageId */
  remove(imageId) {
    this.#change({ remove: [[this.#tab, imageId]] });
  }

  /**
   * Take over the entries of tabs that are gone, one an image; a second one of the same image stays for the next call.
   * @param {(imageId: number) => boolean} isBusy whether this tab has an entry of its own for an image
   * @returns {Promise<Kept[]>} the oldest first
   */
  async adopt(isBusy) {
    if (!this.#database) return [];
    const choose = (/** @type {import("./outbox_database.js").Row[]} */ rows) => {
      const first = new Map();
      for (const row of rows.filter((row) => this.#isOrphan(row)).sort((a, b) => a.since - b.since)) {
        if (!isBusy(row.imageId) && !first.has(row.imageId)) first.set(row.imageId, row);
      }
      return [...first.values()];
    };
    return move(this.#database, choose, this.#tab).catch(() => []);
  }

  /** Let an adopted entry be an orphan again, for a later call. @param {Kept} entry */
  giveBack(entry) {
    this.#change({ put: [{ ...this.#rowOf(entry), tab: newId() }] });
  }

  /** @param {import("./outbox_database.js").Row} row */
  #isOrphan(row) {
    return row.tab !== this.#tab && !this.#others.has(row.tab) && row.person === this.#person;
  }

  /** @param {Parameters<typeof change>[1]} changes */
  async #change(changes) {
    if (!this.#database) return;
    try {
      await change(this.#database, changes);
      this.failed = false;
    } catch {
      this.failed = true; // no room: the edit stays in memory, and closing the tab warns
    }
  }

  /** @param {Kept} entry @returns {import("./outbox_database.js").Row} */
  #rowOf({ imageId, revision, wanted, flight, flown, since, edits }) {
    return { tab: this.#tab, person: this.#person, imageId, revision, wanted, flight, flown, since, edits };
  }

  /** Bring over what an earlier version of Boxloop left in localStorage. */
  async #bringEarlier() {
    const found = [...earlierEntries()];
    if (!this.#database || found.length === 0) return;
    const rows = found.map(({ tab, entry }) => ({ ...this.#rowOf(entry), tab }));
    try {
      await change(this.#database, { put: rows });
    } catch {
      return; // they stay where they are
    }
    for (const { key } of found) localStorage.removeItem(key);
  }
}

/** @returns {Generator<{key: string, tab: string, entry: Kept}>} */
function* earlierEntries() {
  let keys = [];
  try {
    keys = Object.keys(localStorage).filter((key) => key.startsWith(EARLIER));
  } catch {
    return; // storage is switched off
  }
  for (const key of keys) {
    const entry = parsed(localStorage.getItem(key));
    if (entry) yield { key, tab: key.slice(EARLIER.length).split(".")[0], entry };
  }
}

/** @param {string | null} text @returns {Kept | null} */
function parsed(text) {
  try {
    const entry = JSON.parse(text ?? "");
    if (!Number.isInteger(entry.imageId) || !Number.isInteger(entry.revision)) return null;
    const content = (/** @type {any} */ { boxes, state }) => ({ boxes, state, rejected: [] }); // it knew no rejections
    const wanted = entry.wanted && content(entry.wanted);
    const flown = entry.flight && content(entry.flight);
    return { ...entry, wanted, flown, since: Date.now(), edits: 1 };
  } catch {
    return null;
  }
}
