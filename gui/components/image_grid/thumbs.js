// Loads the thumbnails of tiles where scrolling is slow enough to see them: first those on the screen, then those around
// it. What is scrolled past in a hurry is never asked for, and what was asked for and left again is given up.

const REST_MS = 50;
const HURRY = 2; // CSS pixels a millisecond: nothing can be recognised from there on

export class Thumbs {
  /** @param {HTMLElement} scroller the element that scrolls. */
  constructor(scroller) {
    this.scroller = scroller;
    this.timer = 0;
    this.at = { top: 0, when: 0 };
  }

  /** A tile came or the grid was scrolled. */
  soon() {
    clearTimeout(this.timer);
    if (this.#speed() < HURRY) this.#load();
    else this.timer = setTimeout(() => this.#load(), REST_MS);
  }

  /** A tile leaves the document. */
  release(tile) {
    const picture = tile.querySelector("img");
    if (picture && !picture.complete) picture.removeAttribute("src");
  }

  /** Resolves once the thumbnails that are on the screen now can be seen, or could not be loaded. */
  async shown() {
    this.#load();
    const seen = [...this.scroller.querySelectorAll("img[src]")].filter(this.#onScreen());
    await Promise.allSettled(seen.map((picture) => picture.decode()));
  }

  #speed() {
    const [before, now] = [this.at, { top: this.scroller.scrollTop, when: performance.now() }];
    this.at = now;
    return Math.abs(now.top - before.top) / Math.max(1, now.when - before.when);
  }

  #onScreen() {
    const { top, bottom } = this.scroller.getBoundingClientRect();
    return (picture) => {
      const at = picture.parentElement.getBoundingClientRect();
      return at.bottom > top && at.top < bottom;
    };
  }

  #load() {
    const waiting = [...this.scroller.querySelectorAll("img[data-src]")];
    const near = new Set(waiting.filter(this.#onScreen()));
    for (const picture of [...near, ...waiting.filter((one) => !near.has(one))]) {
      picture.fetchPriority = near.has(picture) ? "high" : "low";
      picture.src = picture.dataset.src;
      delete picture.dataset.src;
    }
  }
}
