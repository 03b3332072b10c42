/**
 * The table of unsaved edits in the browser's IndexedDB. Every write is handed to the browser's own process at once
 * (`commit`), so that it outlives a tab that crashes in the next moment.
 *
 * @typedef {import("./outbox.js").Kept} Kept
 * @typedef {Kept & {tab: string, person: string}} Row
 */

const TABLE = "unsaved";
const OPEN_WITHIN_MS = 3000; // some browsers never answer in their private mode

/** @param {string} name @returns {Promise<IDBDatabase | null>} null where the browser keeps nothing */
export function openDatabase(name) {
  return new Promise((done) => {
    const patience = setTimeout(() => done(null), OPEN_WITHIN_MS);
    const finish = (/** @type {IDBDatabase | null} */ database) => {
      clearTimeout(patience);
      done(database);
    };
    try {
      const request = indexedDB.open(name, 1);
      request.onupgradeneeded = () => request.result.createObjectStore(TABLE, { keyPath: ["tab", "imageId"] });
      request.onsuccess = () => finish(request.result);
      request.onerror = () => finish(null);
    } catch {
      finish(null); // storage is switched off
    }
  });
}

/**
 * Give rows to another tab, in one step, so that no two tabs take the same.
 * @param {IDBDatabase} database
 * @param {(rows: Row[]) => Row[]} choose which of all rows
 * @param {string} tab their new owner
 * @returns {Promise<Row[]>} the chosen ones
 */
export function move(database, choose, tab) {
  return new Promise((done, fail) => {
    const step = database.transaction(TABLE, "readwrite");
    const table = step.objectStore(TABLE);
    /** @type {Row[]} */
    let chosen = [];
    step.oncomplete = () => done(chosen);
    step.onabort = () => fail(step.error);
    const request = table.getAll();
    request.onsuccess = () => {
      chosen = choose(request.result);
      for (const row of chosen) {
        table.delete([row.tab, row.imageId]);
        table.put({ ...row, tab });
      }
    };
  });
}

/**
 * Write and remove in one step.
 * @param {IDBDatabase} database
 * @param {{put?: Row[], remove?: [tab: string, imageId: number][]}} changes
 * @returns {Promise<void>} rejected where there is no room, or storage was taken away meanwhile
 */
export function change(database, { put = [], remove = [] }) {
  return new Promise((done, fail) => {
    const step = database.transaction(TABLE, "readwrite");
    step.oncomplete = () => done();
    step.onabort = () => fail(step.error);
    const table = step.objectStore(TABLE);
    for (const key of remove) table.delete(key);
    for (const row of put) table.put(row);
    step.commit?.();
  });
}
