// Which images are selected, by id, so that a selection outlives scrolling and filtering.

export class Selection {
  constructor(onChange) {
    this.ids = new Set();
    this.anchor = null;
    this.onChange = onChange;
  }

  get size() {
    return this.ids.size;
  }

  has(id) {
    return this.ids.has(id);
  }

  toggle(id, index) {
    if (!this.ids.delete(id)) this.ids.add(id);
    this.anchor = index;
    this.onChange();
  }

  /** Select everything between the last one toggled and this one. */
  extend(index, idAt) {
    const from = this.anchor ?? index;
    for (let place = Math.min(from, index); place <= Math.max(from, index); place += 1) {
      const id = idAt(place);
      if (id !== null) this.ids.add(id);
    }
    this.onChange();
  }

  set(ids) {
    this.ids = new Set(ids);
    this.onChange();
  }

  clear() {
    this.anchor = null;
    if (this.ids.size === 0) return;
    this.ids.clear();
    this.onChange();
  }
}
