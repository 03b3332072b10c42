/** Decoded pictures, kept for the images shown last and the one that comes next, so that turning a page waits for nothing. */

const KEPT = 5;

export class Pictures {
  /** @type {Map<number, {element: HTMLImageElement, ready: Promise<void>}>} */
  #kept = new Map();

  /** Fetch and decode; again for one that failed. @param {import("./types.js").ImageInfo} image */
  load(image) {
    let entry = this.#kept.get(image.id);
    if (!entry) {
      const element = pictureFor(image);
      entry = { element, ready: element.decode() };
      entry.ready.catch(() => this.#kept.delete(image.id)); // the next look at it tries again
    }
    this.#kept.delete(image.id);
    this.#kept.set(image.id, entry);
    for (const id of [...this.#kept.keys()].slice(0, Math.max(0, this.#kept.size - KEPT))) this.#kept.delete(id);
    return entry;
  }
}

/** @param {import("./types.js").ImageInfo} image */
function pictureFor(image) {
  const element = new Image();
  element.className = "bc-picture";
  element.alt = image.name;
  element.draggable = false;
  element.decoding = "async";
  // The size that boxes are measured in, whatever the file says about itself and the page's styles say about pictures.
  element.style.maxWidth = "none";
  element.style.width = `${image.width}px`;
  element.style.height = `${image.height}px`;
  element.src = image.image_url;
  return element;
}
