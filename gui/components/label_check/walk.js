// Which suspect is looked at, which are left, and what was done: the queue as one person walks through it. Pure.

const SAME_OBJECT = 0.5; // IoU from which two missing labels are one

/** @typedef {import("./words.js").Suspect} Suspect @typedef {{kind: string | null, classId: number | null}} Filter */

export class Walk {
  /** @type {Suspect[]} those that are not dealt with, in the order of the queue */
  left = [];
  /** @type {Filter} */
  filter = { kind: null, classId: null };
  /** Places that were passed over, in this order; they come again at the end. @type {number[]} */
  #skipped = [];
  /** Places of those that come after the one in hand, as they could not be saved. @type {number[]} */
  #returned = [];
  /** The place of the one in hand, which nothing but a person's act takes away. @type {number | null} */
  #held = null;
  #at = 0;

  /** @param {Suspect[]} items @param {number} total how many the queue had @param {number} [place] to go on from */
  constructor(items, total, place = 0) {
    this.left = items;
    this.total = total;
    this.#at = place;
  }

  /** How many of the queue are dealt with. */
  get dealt() {
    return Math.max(0, this.total - this.left.length);
  }

  /**
   * Those that the filter lets through, in the order in which they come: the one in hand, what could not be saved, all from
   * here on, then what was passed over.
   */
  get coming() {
    const shown = this.left.filter((one) => this.#passes(one));
    const rank = (one) => {
      if (one.place === this.#held) return -2e9;
      const returned = this.#returned.indexOf(one.place);
      if (returned >= 0) return -1e9 + returned;
      const skipped = this.#skipped.indexOf(one.place);
      if (skipped >= 0) return 2e9 + skipped;
      return one.place >= this.#at ? one.place : 1e9 + one.place;
    };
    return shown.sort((a, b) => rank(a) - rank(b));
  }

  /** @returns {Suspect | null} */
  get current() {
    return this.coming[0] ?? null;
  }

  /** It is dealt with; with a missing one, those go that ask for the same. @param {Suspect} suspect @returns {Suspect[]} what went */
  close(suspect) {
    const gone = this.left.filter((one) => one.place === suspect.place || (suspect.box_id === null && isSame(one, suspect)));
    this.left = this.left.filter((one) => !gone.includes(one));
    this.#release(gone);
    return gone;
  }

  /** They are to be asked about again, the first of them now. @param {Suspect[]} gone */
  reopen(gone) {
    this.#put(gone);
    this.#goTo(gone[0]);
  }

  /** They could not be saved: they come next, after the one in hand. @param {Suspect[]} gone */
  bringBack(gone) {
    this.#held = this.current?.place ?? null;
    this.#put(gone);
    this.#returned = [...new Set([...this.#returned, ...gone.map(({ place }) => place)])];
  }

  /**
   * Take up how the queue stands now. The one in hand stays, dealt with or not, if that is wanted.
   * @param {Suspect[]} open those that are still asked about @param {{keep: boolean}} how
   * @returns {boolean} whether there is anything else to show
   */
  update(open, { keep }) {
    const before = this.current;
    const there = new Set(open.map(({ place }) => place));
    const same = open.length === this.left.length && this.left.every(({ place }) => there.has(place));
    if (same) return false;
    this.left = open;
    if (!keep || !before) return true;
    this.#held = before.place;
    if (!there.has(before.place)) this.#put([before]);
    return true;
  }

  /** @param {Suspect} suspect */
  skip(suspect) {
    this.#release([suspect]);
    this.#skipped = [...this.#skipped.filter((place) => place !== suspect.place), suspect.place];
  }

  /** Take back a skip. @param {Suspect} suspect */
  unskip(suspect) {
    this.#goTo(suspect);
  }

  #goTo({ place }) {
    this.#held = place;
    this.#skipped = this.#skipped.filter((one) => one !== place);
    this.#at = place;
  }

  /** Each once. @param {Suspect[]} suspects */
  #put(suspects) {
    const places = new Set(suspects.map(({ place }) => place));
    this.left = [...this.left.filter(({ place }) => !places.has(place)), ...suspects].sort((a, b) => a.place - b.place);
  }

  /** They are in hand no more, nor do they come next. @param {Suspect[]} suspects */
  #release(suspects) {
    const places = new Set(suspects.map(({ place }) => place));
    if (places.has(this.#held)) this.#held = null;
    this.#returned = this.#returned.filter((place) => !places.has(place));
  }

  /** Classes that a filter can name. */
  get classIds() {
    return [...new Set(this.left.flatMap((one) => [one.class_id, one.other_class_id]))].filter((id) => id !== null);
  }

  /** @param {Suspect} suspect */
  #passes({ kind, class_id, other_class_id }) {
    const { kind: wanted, classId } = this.filter;
    return (wanted === null || kind === wanted) && (classId === null || class_id === classId || other_class_id === classId);
  }
}

/** @param {Suspect} one @param {Suspect} other */
function isSame(one, other) {
  if (one.image_id !== other.image_id || one.box_id !== null || !one.other_box || !other.other_box) return false;
  const [a, b] = [one.other_box, other.other_box];
  const shared = Math.max(0, Math.min(a[2], b[2]) - Math.max(a[0], b[0])) * Math.max(0, Math.min(a[3], b[3]) - Math.max(a[1], b[1]));
  const area = (box) => (box[2] - box[0]) * (box[3] - box[1]);
  return shared / (area(a) + area(b) - shared) >= SAME_OBJECT;
}
