// Which images are selected: some by id, or all that the filter lets through but some. So all of 100,000 take no room.

export class Selection {
  constructor(onChange) {
    this.onChange = onChange;
    this.#reset();
  }

  #reset() {
    this.all = false;
    this.ids = new Set(); // selected, or with `all` those that are not
    this.anchor = null;
  }

  /** How many, of `total` in the list. */
  count(total) {
    return this.all ? Math.max(0, total - this.ids.size) : this.ids.size;
  }

  has(id) {
    return this.ids.has(id) !== this.all;
  }

  toggle(id, index) {
    if (!this.ids.delete(id)) this.ids.add(id);
    this.anchor = index;
    this.onChange();
  }

  /** Select all of these. */
  add(ids) {
    for (const id of ids) {
      if (this.all) this.ids.delete(id);
      else this.ids.add(id);
    }
    this.onChange();
  }

  selectAll() {
    this.#reset();
    this.all = true;
    this.onChange();
  }

  clear() {
    const nothing = !this.all && this.ids.size === 0;
    this.#reset();
    if (!nothing) this.onChange();
  }

  /** As the body of an act: `filter` is the text of what the grid shows. */
  body(filter) {
    return this.all ? { filter, but: [...this.ids] } : { ids: [...this.ids] };
  }
}
