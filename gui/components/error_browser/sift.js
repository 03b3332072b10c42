// Which items are shown, and how many there are of each kind: one walk over all, at every move of a slider.

import { KINDS, MISSED, RIGHT } from "./kinds.js";

/** COCO's sizes, by the pixels of the picture that a box covers. */
export const SIZES = [
  { key: "small", name: "Small, under 32 × 32", from: 0, to: 32 ** 2 },
  { key: "medium", name: "Medium, up to 96 × 96", from: 32 ** 2, to: 96 ** 2 },
  { key: "large", name: "Large, over 96 × 96", from: 96 ** 2, to: Infinity },
];

/**
 * @typedef {object} Wanted
 * @property {{of: (classId: number) => number}} thresholds scores from which the model's boxes count, by class (shared/thresholds.js)
 * @property {number} row the overlap, by its place
 * @property {number | null} kind null: all mistakes
 * @property {number | null} classId what the model says
 * @property {number | null} truthId what the label says
 * @property {string | null} size
 * @property {number} from @property {number} to scores of boxes that are shown
 * @property {string} sort
 */

/**
 * Counts are by kind and heed all of what is wanted but the kind; what was dealt with is shown and not counted.
 * @param {import("./data.js").MistakeData} data @param {Wanted} wanted @param {ReadonlySet<number>} dealt
 * @returns {{items: Uint32Array, counts: number[], images: number}} `images`: on how many the counted ones of `items` are
 */
export function sift(data, wanted, dealt) {
  const { n } = data;
  const order = data.order(wanted.sort, wanted.row);
  const kindOf = kindsAt(data, wanted);
  const passes = passing(data, wanted);
  const items = new Uint32Array(data.count);
  const counts = new Array(KINDS.length + 1).fill(0);
  const seen = new Uint8Array(data.images);
  const onlyRight = wanted.kind === RIGHT;
  let length = 0;
  let images = 0;
  for (const item of order) {
    const kind = kindOf(item);
    if (kind < 0 || !passes(item)) continue;
    const counted = !dealt.has(item);
    if (counted) counts[kind] += 1;
    if (kind !== wanted.kind && (wanted.kind !== null || (kind === RIGHT && !onlyRight))) continue;
    items[length] = item;
    length += 1;
    const image = item < n ? data.image[item] : data.truthImage[item - n];
    if (counted && !seen[image]) {
      seen[image] = 1;
      images += 1;
    }
  }
  return { items: items.subarray(0, length), counts, images };
}

/** The kind of an item from the thresholds up; -1 where there is nothing to say of it. */
function kindsAt(data, { thresholds, row }) {
  const { n } = data;
  const { score, label } = data.columns;
  const least = Float32Array.from(data.head.classes, (id) => thresholds.of(id)); // as exact as scores are, so that equal is equal
  const kinds = data.kinds(row);
  const { found, covered } = data.reached(row);
  const counts = (box) => box >= 0 && score[box] >= least[label[box]];
  return (item) => {
    if (item < n) return score[item] >= least[label[item]] ? kinds[item] : -1;
    return counts(found[item - n]) || counts(covered[item - n]) ? -1 : MISSED;
  };
}

/** Whether an item is let through by class, label, size and score. */
function passing(data, { classId, truthId, size, from, to, row }) {
  const { n, area } = data;
  const { label, truth_label, score } = data.columns;
  const about = truthId === null ? null : data.about(row);
  const said = classId === null ? null : data.head.classes.indexOf(classId);
  const true_ = truthId === null ? null : data.head.classes.indexOf(truthId);
  const range = SIZES.find(({ key }) => key === size);
  const scored = from > 0 || to < 1;
  return (item) => {
    if (range && (area[item] < range.from || area[item] >= range.to)) return false;
    if (item >= n) return said === null && !scored && (true_ === null || truth_label[item - n] === true_);
    if (scored && (score[item] < from || score[item] > to)) return false;
    if (said !== null && label[item] !== said) return false;
    return true_ === null || (about[item] >= 0 && truth_label[about[item]] === true_);
  };
}
