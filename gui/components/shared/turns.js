// Saves that a person makes faster than the server answers: one after the other, so that two on one image never collide.
// While one is on its way, or an answer was lost and not given again, the browser asks before the page is left.

import { on } from "./dom.js";

/** The saves of all views, as one that is left may still have some on their way when another one begins. */
const line = { waiting: 0, taken: 0, failed: 0, last: Promise.resolve() };

export class Turns {
  /** How many of this view's are on their way or wait for their turn. */
  #mine = 0;
  /** What the saves that got lost were about. @type {Set<unknown>} */
  #lost = new Set();
  #closed = false;
  /** @type {(() => void) | null} */
  #unguard = null;

  /** How many are on their way or wait for their turn, whichever view they come from. */
  get waiting() {
    return line.waiting;
  }

  /** How many there have been. */
  get taken() {
    return line.taken;
  }

  /**
   * @template T @param {() => Promise<T>} save @param {unknown} [about] what is lost with it, until another save is about it
   * @returns {Promise<T>}
   */
  take(save, about = null) {
    this.#mine += 1;
    line.waiting += 1;
    line.taken += 1;
    const done = line.last.then(save);
    line.last = done.then(
      () => this.#over(about, false),
      (error) => this.#over(about, isLost(error), 1),
    );
    this.#guard();
    return done;
  }

  /** Resolves once none waits. @returns {Promise<boolean>} whether all of those it waited for were saved */
  async settled() {
    const { failed } = line;
    while (line.waiting > 0) await line.last;
    return line.failed === failed;
  }

  /** Whether the last save about a thing got lost. */
  hasLost(about) {
    return this.#lost.has(about);
  }

  /** Nobody waits for these any more: they were dealt with otherwise. */
  forget(...things) {
    for (const one of things) this.#lost.delete(one);
    this.#guard();
  }

  forgetAll() {
    this.forget(...this.#lost);
  }

  /** Whoever could answer again has left; what is on its way is still guarded. */
  close() {
    this.#closed = true;
    this.forgetAll();
  }

  #over(about, lost, failed = 0) {
    this.#mine -= 1;
    line.waiting -= 1;
    line.failed += failed;
    if (about !== null && lost && !this.#closed) this.#lost.add(about);
    else this.#lost.delete(about);
    this.#guard();
  }

  #guard() {
    const needed = this.#mine > 0 || this.#lost.size > 0;
    if (needed) this.#unguard ??= on(window, "beforeunload", (event) => event.preventDefault());
    else this.#unguard = this.#unguard?.() ?? null;
  }
}

/** Whether a save failed for reasons of its own: no answer, logged out, a full disk. What was refused is no loss. */
const isLost = ({ status }) => status === 0 || status === 401 || status >= 500;
