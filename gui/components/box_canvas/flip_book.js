/**
 * What is known of the images that lie ahead while a key is held: many answers with one request, asked for before they
 * run out, and their thumbnails loaded.
 *
 * @typedef {import("./types.js").ImageAnswer} ImageAnswer
 * @typedef {{answer: ImageAnswer, thumb: HTMLImageElement}} Leaf
 */

const ENOUGH = 16; // images known ahead; with fewer, more are asked for
const MOST = 120; // leaves kept
const FRESH_MS = 60_000; // then it may have been changed by others

export class FlipBook {
  /** @type {Map<number, Leaf & {at: number}>} by image, those known last at the end */
  #leaves = new Map();
  #asking = false;
  /** Counts what was thrown away, so that no older answer comes in after it. */
  #edition = 0;

  /** @param {(id: number, back: boolean) => Promise<ImageAnswer[]>} fetch the images after one, or before it, the next one first */
  constructor(fetch) {
    this.fetch = fetch;
  }

  /** An answer that came otherwise. @param {ImageAnswer} answer */
  keep(answer) {
    const { id, thumb_url: url } = answer.image;
    const thumb = this.#leaves.get(id)?.thumb ?? thumbOf(url);
    this.#leaves.delete(id);
    this.#leaves.set(id, { answer, thumb, at: performance.now() });
    for (const old of [...this.#leaves.keys()].slice(0, Math.max(0, this.#leaves.size - MOST))) this.#leaves.delete(old);
  }

  /**
   * What is known of an image; null where it has to be waited for. Sees to it that more is known by then.
   * @param {number} id @param {boolean} back which way the images run @param {number} from the image that is open
   * @returns {Leaf | null}
   */
  leaf(id, back, from) {
    const last = this.#lastKnown(id, back, from);
    if (last !== null) this.#ask(last, back);
    return this.#fresh(id);
  }

  /** What is known of an image is out of date. @param {number} id */
  forget(id) {
    this.#leaves.delete(id);
  }

  clear() {
    this.#edition += 1;
    this.#leaves.clear();
  }

  /** @param {number} id */
  #fresh(id) {
    const leaf = this.#leaves.get(id);
    return leaf && performance.now() - leaf.at < FRESH_MS ? leaf : null;
  }

  /** The image from which on more must be asked for; null where enough is known. @param {number} id @param {boolean} back @param {number} from */
  #lastKnown(id, back, from) {
    let last = from;
    /** @type {number | null} */
    let next = id;
    for (let count = 0; count < ENOUGH; count += 1) {
      const leaf = next === null ? null : this.#fresh(next);
      if (next === null) return null;
      if (!leaf) return last;
      last = next;
      next = back ? leaf.answer.previous_id : leaf.answer.next_id;
    }
    return null;
  }

  /** @param {number} id @param {boolean} back */
  async #ask(id, back) {
    if (this.#asking) return;
    this.#asking = true;
    const edition = this.#edition;
    try {
      const answers = await this.fetch(id, back);
      if (edition === this.#edition) for (const answer of answers) this.keep(answer);
    } catch {
      // the key is still held: the next image that is missing asks again
    } finally {
      this.#asking = false;
    }
  }
}

/** @param {string} url */
function thumbOf(url) {
  const thumb = new Image();
  thumb.src = url;
  return thumb;
}
