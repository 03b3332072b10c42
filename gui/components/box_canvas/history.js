/**
 * Undo and redo of one image, as far as this page knows of it (undoing.js fetches what lies behind). An entry is a step from one content to another; contents are never changed in place,
 * so that a step costs two references.
 *
 * @template T
 * @typedef {{before: T, after: T, merge: string | null, at: number}} Step
 */

const LIMIT = 1000;
const MERGE_WITHIN_MS = 1200;

/** @template T */
export class History {
  /** @type {Step<T>[]} */
  #past = [];
  /** @type {Step<T>[]} */
  #future = [];

  /**
   * Remember a step. Steps with the same `merge` word in quick succession become one (ten nudges, one undo).
   * @param {T} before @param {T} after @param {string | null} [merge] @param {number} [now] ms
   */
  push(before, after, merge = null, now = performance.now()) {
    const last = this.#past.at(-1);
    this.#future = [];
    if (merge !== null && last?.merge === merge && now - last.at < MERGE_WITHIN_MS) {
      last.after = after;
      last.at = now;
      return;
    }
    this.#past.push({ before, after, merge, at: now });
    if (this.#past.length > LIMIT) this.#past.shift();
  }

  /** What stood before the last step, or null where there is none. @returns {T | null} */
  undo() {
    const step = this.#past.pop();
    if (!step) return null;
    this.#future.push(step);
    return step.before;
  }

  /** What the last undone step had made, or null. @returns {T | null} */
  redo() {
    const step = this.#future.pop();
    if (!step) return null;
    step.merge = null; // a redone step is whole: later nudges are steps of their own
    this.#past.push(step);
    return step.after;
  }

  /** A step that was made before all that are known here. @param {T} before @param {T} after */
  putBefore(before, after) {
    this.#past.unshift({ before, after, merge: null, at: 0 });
  }

  /** A step that can be done again after all that are known here. @param {T} before @param {T} after */
  putAfter(before, after) {
    this.#future.unshift({ before, after, merge: null, at: 0 });
  }

  /** What stood before now and what undo took away, the nearest first. @returns {{past: T[], future: T[]}} */
  around() {
    return { past: this.#past.map((step) => step.before).reverse(), future: this.#future.map((step) => step.after).reverse() };
  }

  get canUndo() {
    return this.#past.length > 0;
  }

  get canRedo() {
    return this.#future.length > 0;
  }
}
