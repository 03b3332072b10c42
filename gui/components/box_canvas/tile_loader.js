/**
 * Fetches tiles: those asked for last, in the order asked, a few at a time. What is no longer asked for is given up.
 * A tile that failed is tried again when it is asked for again after a pause.
 */

const AT_ONCE = 6;
const PAUSE_MS = 5000;

export class TileLoader {
  /** @type {{key: string, url: string}[]} */
  #wanted = [];
  /** @type {Map<string, AbortController>} */
  #running = new Map();
  /** @type {Map<string, number>} */
  #failed = new Map();

  /** @param {(key: string, bitmap: ImageBitmap) => void} onTile */
  constructor(onTile) {
    this.onTile = onTile;
  }

  /** From now on these and nothing else. @param {{key: string, url: string}[]} wanted the most urgent first */
  want(wanted) {
    const keys = new Set(wanted.map(({ key }) => key));
    for (const [key, stop] of this.#running) if (!keys.has(key)) stop.abort();
    this.#wanted = wanted;
    this.#next();
  }

  #next() {
    const free = this.#wanted.filter(({ key }) => !this.#running.has(key) && !this.#resting(key));
    for (const { key, url } of free.slice(0, Math.max(0, AT_ONCE - this.#running.size))) this.#load(key, url);
  }

  /** @param {string} key */
  #resting(key) {
    return performance.now() - (this.#failed.get(key) ?? -PAUSE_MS) < PAUSE_MS;
  }

  /** @param {string} key @param {string} url */
  async #load(key, url) {
    const stop = new AbortController();
    this.#running.set(key, stop);
    try {
      const answer = await fetch(url, { signal: stop.signal });
      if (!answer.ok) throw new Error(`the server answered ${answer.status}`);
      // As the bytes stand: the two halves of a deep value are no colours that a screen's profile may change.
      const bitmap = await createImageBitmap(await answer.blob(), { colorSpaceConversion: "none", premultiplyAlpha: "none" });
      this.#wanted = this.#wanted.filter((one) => one.key !== key);
      if (stop.signal.aborted) bitmap.close();
      else this.onTile(key, bitmap);
    } catch {
      if (!stop.signal.aborted) this.#failed.set(key, performance.now()); // the coarser tile stays in sight
    } finally {
      this.#running.delete(key);
      this.#next();
    }
  }
}
