// A picture on the stage: the file itself, or the copy that came with the answer where a browser shows the file otherwise.

import { h } from "../shared/dom.js";

const TOO_LARGE = 413; // to try; a project takes more
const NO_PICTURE = 415;

export class Still {
  isStale = false;

  /**
   * @param {import("./items.js").Item} item
   * @param {object} acts modelId; stage; asks: the pictures that are looked at; changed: () => void after each change
   */
  constructor(item, { modelId, stage, asks, changed }) {
    Object.assign(this, { item, modelId, stage, asks });
    this.image = h("img", { alt: item.name, draggable: "false" });
    this.image.addEventListener("load", () => {
      this.#place();
      changed();
    });
    this.refresh();
    asks.go();
  }

  get answer() {
    return this.item.answers.get(this.modelId) ?? null;
  }

  get trouble() {
    const error = this.item.errors.get(this.modelId);
    if (!error) return null;
    const isRefused = error.status === TOO_LARGE || error.status === NO_PICTURE;
    return { text: error.text, again: isRefused ? null : () => this.asks.again(this.item) };
  }

  get canBeTaken() {
    return this.item.errors.get(this.modelId)?.status !== NO_PICTURE;
  }

  take() {
    return Promise.resolve({ blob: this.item.file, name: this.item.name, isInSight: () => true });
  }

  /** The answer came. */
  refresh() {
    const source = this.answer?.view ?? this.item.url;
    if (this.image.getAttribute("src") !== source) this.image.src = source;
    this.#place();
  }

  close() {
    this.image.removeAttribute("src");
  }

  /** In pixels of the picture as the model sees it; until that is known, of the image as the browser does. */
  #place() {
    const { width, height } = this.answer ?? { width: this.image.naturalWidth, height: this.image.naturalHeight };
    if (width && this.image.complete && this.image.naturalWidth) this.stage.show(this.image, width, height);
  }
}
