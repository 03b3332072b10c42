// Loads the thumbnails of tiles once scrolling has come to rest there: first those on the screen, then those around it.
// What is scrolled past in a hurry is never asked for, and what was asked for and left again is given up.

const REST_MS = 50;

export class Thumbs {
  /** @param {HTMLElement} scroller the element that scrolls. */
  constructor(scroller) {
    this.scroller = scroller;
    this.timer = 0;
  }

  /** A tile came or the grid was scrolled. */
  soon() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.#load(), REST_MS);
  }

  /** A tile leaves the document. */
  release(tile) {
    const picture = tile.querySelector("img");
    if (picture && !picture.complete) picture.removeAttribute("src");
  }

  #load() {
    const { top, bottom } = this.scroller.getBoundingClientRect();
    const waiting = [...this.scroller.querySelectorAll("img[data-src]")];
    const seen = (picture) => {
      const at = picture.parentElement.getBoundingClientRect();
      return at.bottom > top && at.top < bottom;
    };
    const near = waiting.filter(seen);
    for (const picture of [...near, ...waiting.filter((one) => !near.includes(one))]) {
      picture.fetchPriority = near.includes(picture) ? "high" : "low";
      picture.src = picture.dataset.src;
      delete picture.dataset.src;
    }
  }
}
