// From which score a model's boxes are shown: what a person chose, for all classes or for one, else what was learnt from
// people's corrections, else what was chosen for the model by a wish (Evaluate page), else what its own validation
// advises. What was chosen here is kept in the address, so that reload, Back and a shared link show the same.

export const USUAL = 0.5; // where nobody chose and nothing is advised
const HAIR = 0.001; // of a score: under it, so that a box that just met its threshold does not any more

/**
 * @typedef {{class_id: number, score: number}} Scored
 * @typedef {{all: number, by_class: Record<string, number>, wish: import("./wishes.js").Wish}} Wished
 * @typedef {{metrics?: {threshold?: number}, thresholds?: Record<string, number>, chosen_thresholds?: Wished | null}} Advising
 *   a model's JSON
 * @typedef {{all: number | null, by_class: Record<string, number>}} Learned from the images that were finished last
 */

export class Thresholds {
  /** Chosen for all classes; null follows the advice. @type {number | null} */
  chosen = null;
  /** Chosen for single classes. @type {Map<number, number>} */
  own = new Map();
  /** @type {{all: number | null, byClass: Map<number, number>, learned: boolean, wish: import("./wishes.js").Wish | null}} */
  advised = { all: null, byClass: new Map(), learned: false, wish: null };
  /** How far below their thresholds boxes of the open image are shown as well; less than 0 where some from it up are not. */
  here = 0;

  /** @param {Record<string, string | undefined>} query */
  static ofAddress({ threshold, thresholds }) {
    const made = new Thresholds();
    made.chosen = valid(threshold);
    for (const part of (thresholds ?? "").split(",")) {
      const [id, value] = part.split(":");
      const least = valid(value);
      if (/^\d+$/.test(id) && least !== null) made.own.set(Number(id), least);
    }
    return made;
  }

  /** For the address; null leaves a parameter out. */
  get address() {
    const own = [...this.own].map(([id, value]) => `${id}:${value.toFixed(2)}`).join(",");
    return { threshold: this.chosen?.toFixed(2) ?? null, thresholds: own || null };
  }

  /** For all classes that have none of their own. */
  get all() {
    return this.chosen ?? this.advised.all ?? USUAL;
  }

  /** @param {number} classId */
  of(classId) {
    const advised = this.chosen === null ? this.advised.byClass.get(classId) : undefined;
    return this.own.get(classId) ?? advised ?? this.all;
  }

  /** Whether a box is shown on the open image. @param {Scored} box */
  shows({ class_id, score }) {
    return this.of(class_id) - score <= this.here;
  }

  /**
   * Show one of these boxes more on the open image, or one less: the one that is next to the thresholds of its class.
   * @param {readonly Scored[]} boxes @param {1 | -1} step @returns {boolean} false where there is none
   */
  move(boxes, step) {
    const gaps = boxes.map(({ class_id, score }) => this.of(class_id) - score);
    const [shown, hidden] = [gaps.filter((gap) => gap <= this.here), gaps.filter((gap) => gap > this.here)];
    if ((step > 0 ? hidden : shown).length === 0) return false;
    this.here = step > 0 ? Math.min(...hidden) : nextBelow(shown);
    return true;
  }

  /** By class id, where it differs from the one for all. @returns {Record<number, number>} */
  get exceptions() {
    const known = [...this.own.keys(), ...this.advised.byClass.keys()];
    return Object.fromEntries(known.map((id) => [id, this.of(id)]).filter(([, value]) => value !== this.all));
  }

  /** Whether the model's advice is followed all over. */
  get followsAdvice() {
    return this.chosen === null && this.own.size === 0;
  }

  followAdvice() {
    this.chosen = null;
    this.own.clear();
  }

  /** @param {Advising | undefined} model the one that is shown @param {Learned | null} [learned] goes before its advice */
  setAdvice(model, learned = null) {
    const wished = model?.chosen_thresholds ?? null;
    const own = wished ?? { all: model?.metrics?.threshold ?? null, by_class: model?.thresholds };
    const byClass = { ...own.by_class, ...learned?.by_class };
    this.advised = {
      all: learned?.all ?? own.all,
      byClass: new Map(Object.entries(byClass).map(([id, value]) => [Number(id), value])),
      learned: learned !== null,
      wish: wished?.wish ?? null,
    };
  }
}

/** So that the largest of them no longer counts. @param {number[]} gaps at least one */
function nextBelow(gaps) {
  const largest = Math.max(...gaps);
  const rest = gaps.filter((gap) => gap < largest);
  return rest.length > 0 ? Math.max(...rest) : largest - HAIR;
}

/** @param {string | undefined} text @returns {number | null} hundredths of 1 */
function valid(text) {
  const value = Number.parseFloat(text ?? "");
  return value >= 0 && value <= 1 ? Math.round(value * 100) / 100 : null;
}
