// A model's boxes and the labels of some images, with the kind of each box at each overlap, as columns.
//
// An item is a box of the model (0 to n - 1) or a label (n to n + m - 1). The kind of a box depends on no threshold; a
// label is missed from a score on at which neither the box that found it is shown nor one that only needs to be put right.

import { BACKGROUND, BADLY_PLACED, DUPLICATE, RIGHT } from "./kinds.js";

const SORTS = ["score", "size", "iou"];
const PLACES = 2 ** 23; // more than there are items; with the 30 highest bits of a key it makes a whole number below 2 ** 53
const HIGHEST = 2 ** 30 - 1;

export class MistakeData {
  /** @param {{head: any, columns: Record<string, any>}} read of the server's answer */
  constructor({ head, columns }) {
    Object.assign(this, { head, columns });
    this.n = columns.score.length;
    this.m = columns.truth_label.length;
    this.images = head.images.id.length;
    this.image = owners(columns.first, this.n);
    this.truthImage = owners(columns.truth_first, this.m);
    this.area = this.#areas();
    this.truths = new Map(); // place of an overlap -> what its boxes are about
    this.orders = new Map();
  }

  get count() {
    return this.n + this.m;
  }

  /** Where an overlap stands, the nearest one there is. @param {number} iou */
  rowOf(iou) {
    const far = this.head.ious.map((one) => Math.abs(one - iou));
    return far.indexOf(Math.min(...far));
  }

  /** Kinds of the model's boxes at an overlap. @returns {Uint8Array} */
  kinds(row) {
    return this.columns.kind.subarray(row * this.n, (row + 1) * this.n);
  }

  /** By label the box that has found it and the best one that would, put right; -1 for none. */
  reached(row) {
    const { found_by, covered_by } = this.columns;
    const part = (column) => column.subarray(row * this.m, (row + 1) * this.m);
    return { found: part(found_by), covered: part(covered_by) };
  }

  /** By box of the model the label that it has found or that its mistake is about; -1 for none. @returns {Int32Array} */
  about(row) {
    if (!this.truths.has(row)) this.truths.set(row, this.#about(row));
    return this.truths.get(row);
  }

  #about(row) {
    const { same_truth, cross_truth } = this.columns;
    const { found } = this.reached(row);
    const kinds = this.kinds(row);
    const truth = new Int32Array(this.n).fill(-1);
    for (let box = 0; box < this.n; box += 1) {
      const kind = kinds[box];
      if (kind === RIGHT || kind === BACKGROUND) continue;
      truth[box] = kind === BADLY_PLACED || kind === DUPLICATE ? same_truth[box] : cross_truth[box];
    }
    for (let label = 0; label < this.m; label += 1) if (found[label] >= 0) truth[found[label]] = label;
    return truth;
  }

  isLabel(item) {
    return item >= this.n;
  }

  /** The place of its image among the head's. */
  imageOf(item) {
    return this.isLabel(item) ? this.truthImage[item - this.n] : this.image[item];
  }

  imageFacts(item) {
    const { id, name, width, height } = this.head.images;
    const place = this.imageOf(item);
    return { id: id[place], name: name[place], width: width[place], height: height[place] };
  }

  /** The model's box: {class_id, x1, y1, x2, y2, score}; null for a label. */
  boxOf(item) {
    if (this.isLabel(item)) return null;
    const { box, label, score } = this.columns;
    return { ...corners(box, item), class_id: this.head.classes[label[item]], score: score[item] };
  }

  /** The label that an item is or is about: {class_id, x1, y1, x2, y2}; null for none. */
  truthOf(item, row) {
    const place = this.isLabel(item) ? item - this.n : this.about(row)[item];
    if (place < 0) return null;
    const { truth_box, truth_label } = this.columns;
    return { ...corners(truth_box, place), class_id: this.head.classes[truth_label[place]] };
  }

  /** How far a box and the label that it is about overlap, 0..1. */
  iouOf(item, row) {
    const truth = this.isLabel(item) ? -1 : this.about(row)[item];
    return truth < 0 ? 0 : overlap(this.columns.box, item * 4, this.columns.truth_box, truth * 4);
  }

  /**
   * A name of an item that means the same box later, whatever came or went beside it: its image, its class and its corners
   * in tenths of a pixel.
   */
  nameOf(item) {
    const id = this.head.images.id[this.imageOf(item)];
    const { class_id, ...place } = this.isLabel(item) ? this.truthOf(item, 0) : this.boxOf(item);
    return `${this.isLabel(item) ? "t" : "p"}${id}.${class_id}.${tenths(place).join(".")}`;
  }

  /** The item of a name; null where that box is not there any more. @param {string | undefined} name @returns {number | null} */
  itemOf(name) {
    const [, sort, image] = /^([pt])(\d+)\./.exec(name ?? "") ?? [];
    const place = this.head.images.id.indexOf(Number(image));
    if (place < 0) return null;
    const [starts, before] = sort === "t" ? [this.columns.truth_first, this.n] : [this.columns.first, 0];
    for (let row = starts[place]; row < starts[place + 1]; row += 1) if (this.nameOf(before + row) === name) return before + row;
    return null;
  }

  /** All items in an order: "score", "size" or "iou", with "-" before it from the highest down. @returns {Uint32Array} */
  order(sort, row) {
    const by = sort.replace("-", "");
    const name = by === "iou" ? `${sort} ${row}` : sort;
    if (!this.orders.has(name)) this.orders.set(name, ordered(this.#keys(by, row, sort.startsWith("-")), sort.startsWith("-")));
    return this.orders.get(name);
  }

  /** What items are sorted by; labels, which have neither score nor overlap, come last either way. */
  #keys(by, row, descending) {
    if (by === "size") return this.area;
    const keys = new Float32Array(this.count).fill(descending ? 0 : 2);
    if (by === "score") keys.set(this.columns.score);
    else for (let item = 0; item < this.n; item += 1) keys[item] = this.iouOf(item, row);
    return keys;
  }

  #areas() {
    const { box, truth_box } = this.columns;
    const areas = new Float32Array(this.count);
    for (let item = 0; item < this.n; item += 1) areas[item] = area(box, item * 4);
    for (let label = 0; label < this.m; label += 1) areas[this.n + label] = area(truth_box, label * 4);
    return areas;
  }
}

/** @param {string | undefined} sort as it stands in an address */
export const isSort = (sort) => SORTS.includes((sort ?? "").replace("-", ""));

/** The image of each row, from where the rows of each image begin. */
function owners(first, rows) {
  const image = new Uint32Array(rows);
  for (let place = 0; place + 1 < first.length; place += 1) image.fill(place, first[place], first[place + 1]);
  return image;
}

function corners(boxes, row) {
  const [x1, y1, x2, y2] = boxes.subarray(row * 4, row * 4 + 4);
  return { x1, y1, x2, y2 };
}

const tenths = ({ x1, y1, x2, y2 }) => [x1, y1, x2, y2].map((side) => Math.round(side * 10));

const area = (boxes, at) => (boxes[at + 2] - boxes[at]) * (boxes[at + 3] - boxes[at + 1]);

function overlap(a, i, b, j) {
  const across = Math.min(a[i + 2], b[j + 2]) - Math.max(a[i], b[j]);
  const down = Math.min(a[i + 3], b[j + 3]) - Math.max(a[i + 1], b[j + 1]);
  if (across <= 0 || down <= 0) return 0;
  return (across * down) / (area(a, i) + area(b, j) - across * down);
}

/**
 * Indexes by their keys, which are 0 or more; equal ones stay in their order. A key's bits and its index make one
 * number, and numbers are sorted ten times as fast as by a function that compares.
 */
function ordered(keys, descending) {
  const bits = new Uint32Array(keys.buffer, keys.byteOffset, keys.length);
  const packed = new Float64Array(keys.length);
  for (let index = 0; index < keys.length; index += 1) {
    const key = bits[index] >>> 2;
    packed[index] = (descending ? HIGHEST - key : key) * PLACES + index;
  }
  packed.sort();
  return Uint32Array.from(packed, (value) => value % PLACES);
}
