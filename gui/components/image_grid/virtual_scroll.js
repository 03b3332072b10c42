// A grid of any length of which only what is on the screen stands in the document.
//
// Knows rows, columns and scrolling; knows nothing of images. Used by the Images and the Predictions page:
//
//   const grid = new VirtualGrid(scroller, {
//     tileWidth: 180,                       // least width in CSS pixels; tiles stretch to fill the row
//     tileHeight: (width) => width * 0.75 + 24,
//     create: (index) => element,           // called when a tile comes near the screen
//     release: (element, index) => {},      // and when it leaves (optional)
//     onRange: (first, last) => {},         // indexes that stand in the document now, both inclusive (optional)
//   });
//   grid.setCount(1234);
//   grid.update(index)                      // make that tile anew, if it is in the document
//   grid.updateAll()                        // make all of those anew
//   grid.each((element, index) => {})       // those in the document: repaint in place, without making them anew
//   grid.focus(index) / grid.reveal(index)  // scroll there; focus the tile's element too
//   grid.scrollTo(index) / grid.firstShown  // the place of the screen in the list
//   grid.columns                            // for arrow keys
//   grid.destroy()

const SPARE_ROWS = 2;

export class VirtualGrid {
  /** @param {HTMLElement} scroller the element that scrolls; it becomes empty and is filled by the grid. */
  constructor(scroller, { tileWidth, tileHeight, create, release = () => {}, onRange = () => {}, gap = 8, padding = 12 }) {
    Object.assign(this, { scroller, tileWidth, tileHeight, create, release, onRange, gap, padding });
    this.count = 0;
    this.tiles = new Map();
    this.surface = document.createElement("div");
    this.surface.style.position = "relative";
    scroller.replaceChildren(this.surface);
    this.onScroll = () => this.#soon();
    scroller.addEventListener("scroll", this.onScroll, { passive: true });
    this.observer = new ResizeObserver(() => this.#layout());
    this.observer.observe(scroller);
    this.#layout();
  }

  setCount(count) {
    this.count = count;
    for (const [index, tile] of this.tiles) if (index >= count) this.#drop(index, tile);
    this.#layout();
  }

  setTileWidth(width) {
    this.tileWidth = width;
    this.#layout();
  }

  update(index) {
    const tile = this.tiles.get(index);
    if (!tile) return;
    const focused = tile === document.activeElement || tile.contains(document.activeElement);
    this.#drop(index, tile);
    this.#put(index);
    if (focused) this.tiles.get(index).focus({ preventScroll: true });
  }

  updateAll() {
    for (const index of [...this.tiles.keys()]) this.update(index);
  }

  each(visit) {
    // A copy, because a visit may make tiles anew, and a Map would then go on for ever.
    for (const [index, tile] of [...this.tiles]) visit(tile, index);
  }

  reveal(index) {
    const top = this.padding + Math.floor(index / this.columns) * this.rowHeight;
    const { scrollTop, clientHeight } = this.scroller;
    if (top < scrollTop) this.scroller.scrollTop = top - this.padding;
    else if (top + this.rowHeight > scrollTop + clientHeight) {
      this.scroller.scrollTop = top + this.rowHeight - clientHeight + this.padding;
    }
    this.#draw();
  }

  /** Bring the row of an image to the top. */
  scrollTo(index) {
    const row = Math.floor(index / this.columns);
    this.scroller.scrollTop = row ? this.padding + row * this.rowHeight : 0;
    this.#draw();
  }

  /** The first image on the screen. */
  get firstShown() {
    return this.#firstShown();
  }

  focus(index) {
    this.reveal(index);
    this.tiles.get(index)?.focus({ preventScroll: true });
  }

  /** How many tiles fit on one screen: the step of Page Up and Page Down. */
  get screenful() {
    return this.columns * Math.max(1, Math.floor(this.scroller.clientHeight / this.rowHeight));
  }

  destroy() {
    this.observer.disconnect();
    this.scroller.removeEventListener("scroll", this.onScroll);
    cancelAnimationFrame(this.frame);
    for (const [index, tile] of this.tiles) this.#drop(index, tile);
  }

  #layout() {
    const first = this.columns ? this.#firstShown() : 0;
    const before = this.columns;
    const width = Math.max(1, this.scroller.clientWidth - 2 * this.padding);
    this.columns = Math.max(1, Math.floor((width + this.gap) / (this.tileWidth + this.gap)));
    this.width = (width - (this.columns - 1) * this.gap) / this.columns;
    this.height = Math.round(this.tileHeight(this.width));
    this.rowHeight = this.height + this.gap;
    const rows = Math.ceil(this.count / this.columns);
    this.surface.style.height = `${rows ? rows * this.rowHeight - this.gap + 2 * this.padding : 0}px`;
    for (const [index, tile] of this.tiles) this.#place(index, tile);
    // A changed width moves every tile: keep the first one that was on the screen where it was.
    if (before && before !== this.columns && first > 0) {
      this.scroller.scrollTop = Math.floor(first / this.columns) * this.rowHeight + this.padding;
    }
    this.#draw();
  }

  #firstShown() {
    return Math.max(0, Math.floor((this.scroller.scrollTop - this.padding) / this.rowHeight)) * this.columns;
  }

  #soon() {
    cancelAnimationFrame(this.frame);
    this.frame = requestAnimationFrame(() => this.#draw());
  }

  #draw() {
    if (this.count === 0) return;
    const rowAt = (y) => Math.floor((y - this.padding) / this.rowHeight);
    const top = Math.max(0, rowAt(this.scroller.scrollTop) - SPARE_ROWS);
    const bottom = rowAt(this.scroller.scrollTop + this.scroller.clientHeight) + SPARE_ROWS;
    const first = Math.min(top * this.columns, this.count - 1);
    const last = Math.min((bottom + 1) * this.columns, this.count) - 1;
    for (const [index, tile] of this.tiles) if (index < first || index > last) this.#drop(index, tile);
    for (let index = first; index <= last; index += 1) if (!this.tiles.has(index)) this.#put(index);
    this.onRange(first, last);
  }

  #put(index) {
    const tile = this.create(index);
    this.tiles.set(index, tile);
    this.#place(index, tile);
    // In order of the pictures, so that Tab and screen readers go through them as eyes do.
    const after = [...this.surface.children].find((other) => Number(other.dataset.index) > index);
    tile.dataset.index = String(index);
    this.surface.insertBefore(tile, after ?? null);
  }

  #drop(index, tile) {
    this.tiles.delete(index);
    tile.remove();
    this.release(tile, index);
  }

  #place(index, tile) {
    const [row, column] = [Math.floor(index / this.columns), index % this.columns];
    tile.style.cssText =
      `position:absolute;width:${this.width}px;height:${this.height}px;` +
      `left:${this.padding + column * (this.width + this.gap)}px;top:${this.padding + row * this.rowHeight}px`;
  }
}
