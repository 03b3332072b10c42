// A grid of any length of which only what is on the screen stands in the document.
//
// Knows rows, columns and scrolling; knows nothing of images. Used by the Images and the Predictions page:
//
//   const grid = new VirtualGrid(scroller, {
//     tileWidth: 180,                       // least width in CSS pixels; tiles stretch to fill the row
//     tileHeight: (width) => width * 0.75 + 24,
//     create: (index) => element,           // called when a tile comes near the screen
//     release: (element, index) => {},      // and when it leaves (optional)
//     placeholder: () => element,           // stands in for tiles while there are many to make (optional)
//     onRange: (first, last, hurried) => {},  // indexes that stand in the document now, both inclusive; hurried:
//   });                                     // they fly by, and are gone again before anything could be loaded (optional)
//   grid.setCount(1234);
//   grid.update(index)                      // make that tile anew, if it is in the document
//   grid.updateAll()                        // make all of those anew
//   grid.renew(first, last)                 // make those of these anew, a few in each frame
//   grid.each((element, index) => {})       // those in the document: repaint in place, without making them anew
//   grid.focus(index) / grid.reveal(index)  // scroll there; focus the tile's element too
//   grid.scrollTo(index) / grid.firstShown  // the place of the screen in the list
//   grid.isOnScreen(index)                  // as of the last frame, without asking the browser for the layout
//   grid.columns                            // for arrow keys
//   grid.destroy()

const SPARE_ROWS = 2;
const HURRY = 250; // CSS pixels a frame: from there on it is a leap, after which nothing looks as before
const REST_MS = 150; // without scrolling: the hurry is over
const AT_ONCE = 8; // tiles made in one frame while scrolling

export class VirtualGrid {
  /** @param {HTMLElement} scroller the element that scrolls; it becomes empty and is filled by the grid. */
  constructor(scroller, { tileWidth, tileHeight, create, release = () => {}, placeholder = null, onRange = () => {}, gap = 8, padding = 12 }) {
    Object.assign(this, { scroller, tileWidth, tileHeight, create, release, placeholder, onRange, gap, padding });
    this.count = 0;
    this.top = 0;
    this.leapt = -Infinity; // when the last leap was, in ms
    this.hurried = false;
    this.tiles = new Map();
    this.waiting = new Set(); // indexes of tiles that are still to be made, or to be made anew
    this.light = new Set(); // those of them where a placeholder stands
    this.spare = []; // placeholders out of use
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
    if (count === this.count) return this.#soon(); // another list of this length may have other images
    this.count = count;
    for (const [index, tile] of this.tiles) if (index >= count) this.#drop(index, tile);
    this.#layout();
  }

  setTileWidth(width) {
    this.tileWidth = width;
    this.#layout();
  }

  update(index) {
    const before = this.tiles.get(index);
    if (!before) return;
    const focused = before === document.activeElement || before.contains(document.activeElement);
    const tile = this.create(index);
    tile.dataset.index = String(index);
    this.#place(index, tile);
    before.replaceWith(tile);
    this.#leave(index, before);
    this.tiles.set(index, tile);
    if (focused) tile.focus({ preventScroll: true });
  }

  renew(first, last) {
    for (const index of this.tiles.keys()) if (index >= first && index <= last) this.waiting.add(index);
    if (this.waiting.size) this.#soon();
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

  isOnScreen(index) {
    const top = this.padding + Math.floor(index / this.columns) * this.rowHeight - this.top;
    return top < this.viewHeight && top + this.height > 0;
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
    clearTimeout(this.rest);
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
    this.viewHeight = this.scroller.clientHeight;
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
    this.frame = requestAnimationFrame(() => this.#draw({ scrolling: true }));
  }

  /** `scrolling`: there will be other frames, so that not all of the work has to be done in this one. */
  #draw({ scrolling = false } = {}) {
    if (this.count === 0) return;
    const { scrollTop } = this.scroller; // read once, before anything is changed
    const hurried = scrolling && this.placeholder !== null && this.#isHurried(Math.abs(scrollTop - this.top));
    this.top = scrollTop;
    const rowAt = (y) => Math.floor((y - this.padding) / this.rowHeight);
    const top = Math.max(0, rowAt(scrollTop) - SPARE_ROWS);
    const bottom = rowAt(scrollTop + this.viewHeight) + SPARE_ROWS;
    const first = Math.min(top * this.columns, this.count - 1);
    const last = Math.min((bottom + 1) * this.columns, this.count) - 1;
    for (const [index, tile] of this.tiles) if (index < first || index > last) this.#drop(index, tile);
    for (let index = first; index <= last; index += 1) if (!this.tiles.has(index)) this.#put(index);
    this.#make(hurried ? 0 : scrolling ? AT_ONCE : Infinity);
    clearTimeout(this.rest);
    if (hurried) this.rest = setTimeout(() => this.#soon(), REST_MS);
    else if (this.waiting.size) this.#soon();
    this.onRange(first, last, hurried);
  }

  /** One leap, as by a click on the scroll bar, is no hurry; one after the other is. */
  #isHurried(leap) {
    const now = performance.now();
    const lately = now - this.leapt < REST_MS;
    if (leap > HURRY) Object.assign(this, { leapt: now, hurried: lately });
    else if (!lately) this.hurried = false;
    return this.hurried;
  }

  /** Make so many of the tiles that wait for it, those on the screen first. */
  #make(most) {
    if (most === 0 || this.waiting.size === 0) return;
    const seen = (index) => Number(!this.isOnScreen(index));
    const wanted = [...this.waiting].sort((a, b) => seen(a) - seen(b) || a - b);
    for (const index of wanted.slice(0, most)) this.update(index);
  }

  #put(index) {
    const tile = this.placeholder ? (this.spare.pop() ?? this.placeholder()) : this.create(index);
    if (this.placeholder) {
      this.waiting.add(index);
      this.light.add(index);
    }
    this.tiles.set(index, tile);
    tile.dataset.index = String(index);
    this.#place(index, tile);
    this.surface.insertBefore(tile, this.#follower(index));
  }

  /** The tile before which another one belongs: in order of the pictures, as eyes, Tab and screen readers go. */
  #follower(index) {
    const before = this.tiles.get(index - 1);
    if (before) return before.nextSibling;
    return [...this.surface.children].find((other) => Number(other.dataset.index) > index) ?? null;
  }

  #drop(index, tile) {
    this.tiles.delete(index);
    tile.remove();
    this.#leave(index, tile);
  }

  /** A tile has left the document. */
  #leave(index, tile) {
    this.waiting.delete(index);
    if (this.light.delete(index)) this.spare.push(tile);
    else this.release(tile, index);
  }

  #place(index, tile) {
    const [row, column] = [Math.floor(index / this.columns), index % this.columns];
    tile.style.cssText =
      `position:absolute;width:${this.width}px;height:${this.height}px;` +
      `left:${this.padding + column * (this.width + this.gap)}px;top:${this.padding + row * this.rowHeight}px`;
  }
}
