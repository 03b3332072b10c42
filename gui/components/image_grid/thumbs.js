// Loads the thumbnails of tiles where scrolling is slow enough to see them: first those on the screen, then those around
// it. What is scrolled past in a hurry is never asked for, and what was asked for and left again is given up.

const REST_MS = 50;
const FRAME_MS = 16;
const HURRY = 2; // CSS pixels a millisecond: nothing can be recognised from there on

export class Thumbs {
  /**
   * @param {HTMLElement} scroller the element that scrolls.
   * @param {(index: number) => boolean} isOnScreen whether the tile of that index can be seen.
   */
  constructor(scroller, isOnScreen) {
    this.scroller = scroller;
    this.isOnScreen = (picture) => isOnScreen(Number(picture.closest("[data-index]").dataset.index));
    this.timer = 0;
    this.at = { top: 0, when: 0 };
  }

  /** Tiles came, or the grid was scrolled; `top`: how far, in CSS pixels. */
  soon(top) {
    clearTimeout(this.timer);
    const [before, now] = [this.at, { top, when: performance.now() }];
    this.at = now;
    if (Math.abs(top - before.top) < HURRY * Math.max(FRAME_MS, now.when - before.when)) this.#load();
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
    const seen = [...this.scroller.querySelectorAll("img[src]")].filter(this.isOnScreen);
    await Promise.allSettled(seen.map((picture) => picture.decode()));
  }

  #load() {
    const waiting = [...this.scroller.querySelectorAll("img[data-src]")];
    const near = new Set(waiting.filter(this.isOnScreen));
    for (const picture of [...near, ...waiting.filter((one) => !near.has(one))]) {
      picture.fetchPriority = near.has(picture) ? "high" : "low";
      picture.src = picture.dataset.src;
      delete picture.dataset.src;
    }
  }
}
