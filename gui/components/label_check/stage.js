// The suspect, large: the label solid, what stands against it dashed. The crops of those that come next are there already.

import { inkOn } from "../box_canvas/colors.js";
import { squareRound } from "../shared/cuts.js";
import { fill, h, svg } from "../shared/dom.js";
import { score } from "../shared/format.js";
import { icon } from "../shared/icons.js";
import { rectOf } from "./acts.js";

const MARGIN = 1.1; // of the longer side, on each side: what stands beside it tells what it is
const LEAST = 160; // pixels of the picture
const SIDE = 900; // pixels of a crop: as large as it is shown, on most screens
const KEPT = 24; // crops
const LINE = 18; // height of a name in CSS pixels
const EDGE = 0.06; // of the crop: a name beyond a box that ends so near to the edge stands within the box
const FAR = 0.75; // of the crop: a name from here on to the right ends where its box does

/** @typedef {import("./words.js").Suspect} Suspect @typedef {{width: number, height: number, name: string}} Facts of an image */

/** The part of the image that is shown, on whole pixels, square where the image allows it. @param {Suspect} suspect @param {Facts} image */
export function cutFor({ box, other_box }, image) {
  return squareRound([box, other_box].filter(Boolean).map(rectOf), image, MARGIN, LEAST);
}

export class Stage {
  /** Crops by address, the newest last. @type {Map<string, HTMLImageElement>} */
  #crops = new Map();

  /** @param {(id: number) => {name: string, color: string}} classOf */
  constructor(classOf) {
    this.classOf = classOf;
    this.element = h("div", { class: "check-stage", tabindex: "-1" });
  }

  /** Where keys belong to the view and to no list or button. */
  focus() {
    if (this.element.hidden) document.activeElement?.blur();
    else this.element.focus({ preventScroll: true });
  }

  /** @param {Suspect} suspect @param {Facts} image */
  show(suspect, image) {
    const cut = cutFor(suspect, image);
    const [width, height] = [cut.x2 - cut.x1, cut.y2 - cut.y1];
    const frame = h(
      "div",
      { class: "check-crop", style: { "aspect-ratio": `${width} / ${height}`, "--ratio": String(width / height) }, dataset: { place: String(suspect.place) } },
      this.#crop(suspect.image_id, cut),
      svg("svg", { viewBox: `${cut.x1} ${cut.y1} ${width} ${height}`, "aria-hidden": "true" }, this.#outlines(suspect)),
      this.#names(suspect, cut, width, height),
    );
    fill(this.element, frame);
  }

  /** Have the crops of these ready, decoded. @param {Suspect[]} coming @param {(id: number) => Facts} imageOf */
  prepare(coming, imageOf) {
    for (const suspect of coming) this.#crop(suspect.image_id, cutFor(suspect, imageOf(suspect.image_id))).decode?.().catch(() => {}); // shown when it comes, or not at all
  }

  /** @param {number} imageId @param {Record<string, number>} cut */
  #crop(imageId, cut) {
    const corners = Object.entries(cut).map(([key, value]) => `${key}=${value}`);
    const src = `/files/images/${imageId}/crop?${corners.join("&")}&side=${SIDE}&exact=1`;
    const crop = this.#crops.get(src) ?? this.#load(src);
    this.#crops.delete(src);
    this.#crops.set(src, crop);
    if (this.#crops.size > KEPT) this.#crops.delete(this.#crops.keys().next().value);
    return crop;
  }

  /** One that does not come is said, and asked for again when it is shown the next time. @param {string} src */
  #load(src) {
    const crop = h("img", { src, alt: "", draggable: "false" });
    crop.addEventListener("error", () => {
      this.#crops.delete(src);
      crop.replaceWith(h("p", { class: "check-broken" }, icon("warning"), "This image cannot be shown. Its file may be damaged, or the server does not answer."));
    });
    return crop;
  }

  /** Twice, so that it shows on any picture: dark below, its colour above. @param {Suspect} suspect */
  #outlines({ box, other_box, class_id, other_class_id }) {
    const equal = box?.join() === other_box?.join(); // then the label shows between the dashes
    const outline = (at, kind, classId) => {
      const place = { x: at[0], y: at[1], width: at[2] - at[0], height: at[3] - at[1] };
      const ground = !(equal && kind === "other") && svg("rect", { ...place, class: `${kind} ground` });
      return [ground, svg("rect", { ...place, class: kind, style: { stroke: this.classOf(classId).color } })];
    };
    return [box && outline(box, "label", class_id), other_box && outline(other_box, "other", other_class_id)];
  }

  /** The class at the upper corner of the label, and class and score below the model's box, so that they stay apart; within, at the edge. */
  #names({ box, other_box, class_id, other_class_id, score: sure }, cut, width, height) {
    const name = ([x1, , x2], classId, text, y, below) => {
      const { color } = this.classOf(classId);
      const [left, right] = [(x1 - cut.x1) / width, (cut.x2 - x2) / width];
      const across = left > FAR ? { right: `${Math.max(0, right) * 100}%` } : { left: `${Math.max(0, left) * 100}%` };
      const style = { ...across, top: `${((y - cut.y1) / height) * 100}%`, background: color, color: inkOn(color), "--line": `${LINE}px` };
      return h("span", { class: ["check-name bl-numeric", below && "below"], style }, text);
    };
    const isTop = (y) => y - cut.y1 < EDGE * height;
    const isBottom = (y) => cut.y2 - y < EDGE * height;
    const other = other_box && `${this.classOf(other_class_id).name}${sure === null ? "" : ` ${score(sure)}`}`;
    return [
      box && name(box, class_id, this.classOf(class_id).name, box[1], isTop(box[1])),
      other_box && name(other_box, other_class_id, other, other_box[3], !isBottom(other_box[3])),
    ];
  }
}
