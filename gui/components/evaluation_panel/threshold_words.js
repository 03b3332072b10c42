// What a threshold comes to, in sentences. Pure.

import { count, number, percent } from "../shared/format.js";

const SPLITS = { val: "validation", test: "test" };

/**
 * @typedef {{boxes: number, found: number, missed: number, wrong: number, images_with_wrong: number}} Costs
 * @typedef {{wish: import("../shared/wishes.js").Wish, nearest: number | null, split: "val" | "test", images: number,
 *   chosen_on: {images: number, boxes: number}, one: Costs, each: Costs, classes: any[]}} Priced as the server answers
 */

/** "On 72 test images it finds 912 of 967 objects (94 %); 85 false alarms, about 1 in 2 images has one." @param {Priced} priced @param {Costs} costs */
export function costsInWords({ split, images }, { boxes, found, wrong, images_with_wrong: spoilt }) {
  const finds = boxes === 0 ? "there is no object" : `it finds ${number(found)} of ${count(boxes, "object")} (${percent(found / boxes)})`;
  const errs = wrong === 0 ? "no false alarm" : `${count(wrong, "false alarm")}, ${imagesInWords(spoilt, images)}`;
  return `On ${count(images, `${SPLITS[split]} image`)} ${finds}; ${errs}.`;
}

/** How many images have a false alarm. */
function imagesInWords(spoilt, images) {
  if (spoilt === images) return images === 1 ? "on that image" : "on every image";
  const each = images / spoilt;
  return each < 1.5 ? "on most images" : `about 1 in ${Math.round(each)} images has one`;
}

/** What must be said beside the figures, most important first. @param {Priced} priced @returns {string[]} */
export function cautions({ wish, nearest, split, chosen_on: by }) {
  const said = [];
  if (nearest !== null && wish.kind === "misses") {
    said.push(`This cannot be had: even with all its boxes shown, ${nearest.toFixed(nearest < 10 ? 1 : 0)} % are missed on the validation images. That is what you see here.`);
  }
  if (nearest !== null && wish.kind === "false_alarms") {
    said.push(`This cannot be had: the surest boxes alone raise a false alarm ${rateInWords(nearest)} on the validation images. That is what you see here.`);
  }
  if (wish.kind === "false_alarms" && nearest === null && wish.value > by.images) {
    said.push(`There are only ${count(by.images, "validation image")}: they cannot tell what happens once in ${number(wish.value)}. This one raises no false alarm on any of them.`);
  }
  if (split === "val") said.push("There are no test images that this version has looked at, so these are the images that the threshold was chosen on: new ones will go a little worse.");
  return said;
}

/** @param {number} images between two false alarms */
function rateInWords(images) {
  if (images >= 1.5) return `once in ${Math.floor(images)} images`;
  return images > 0.75 ? "about once an image" : `about ${Math.round(1 / images)} times an image`;
}

/** Why the threshold of a class is uncertain; "" where it is. @param {{few: boolean, chosen_on_boxes: number}} row */
export function fewInWords({ few, chosen_on_boxes: boxes }) {
  if (!few) return "";
  return boxes === 0 ? "no box to choose by: as the other classes" : `only ${count(boxes, "box", "boxes")} to choose by, so it may be off`;
}
