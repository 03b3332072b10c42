/**
 * Answers fetched before anybody asks for them: the boxes and predictions of the images round the open one.
 *
 * @typedef {import("./types.js").ImageAnswer} ImageAnswer
 */

// How long an answer may wait to be shown. Whoever shows one asks again at once and takes over what has changed.
const FRESH_MS = 300_000;

export class Ahead {
  /** @type {Map<number, {answer: Promise<ImageAnswer>, at: number, stop: AbortController}>} */
  #entries = new Map();

  /** @param {(id: number, signal: AbortSignal) => Promise<ImageAnswer>} fetch */
  constructor(fetch) {
    this.fetch = fetch;
  }

  /** The answer for an image, fetched where it is not there. @param {number} id */
  get(id) {
    const known = this.#fresh(id);
    if (known) return known;
    const stop = new AbortController();
    const answer = this.fetch(id, stop.signal);
    const entry = { answer, at: performance.now(), stop };
    this.#entries.set(id, entry);
    answer.catch(() => this.#entries.get(id) === entry && this.#entries.delete(id));
    return answer;
  }

  /** Take the answer out, or null. @param {number} id */
  take(id) {
    const answer = this.#fresh(id);
    this.#entries.delete(id);
    return answer;
  }

  /** Give up all but these. @param {readonly (number | null)[]} ids */
  keepOnly(ids) {
    for (const id of [...this.#entries.keys()]) if (!ids.includes(id)) this.forget(id);
  }

  /** What was fetched for an image is out of date. @param {number} id */
  forget(id) {
    this.#entries.get(id)?.stop.abort();
    this.#entries.delete(id);
  }

  clear() {
    this.keepOnly([]);
  }

  /** @param {number} id */
  #fresh(id) {
    const entry = this.#entries.get(id);
    return entry && performance.now() - entry.at < FRESH_MS ? entry.answer : null;
  }
}
