// The four figures of COCO, and how much they can be trusted with so many images.

import { h } from "../shared/dom.js";
import { count, score } from "../shared/format.js";
import { icon } from "../shared/icons.js";

const FIGURES = [
  ["ap", "AP", "Mean over classes and overlaps of 50 to 95 %: how exact the boxes are, too"],
  ["ap50", "AP50", "A box counts when it overlaps the true one by half: are the objects found?"],
  ["ap75", "AP75", "A box counts when it overlaps the true one by three quarters: do they sit tightly?"],
  ["ar100", "AR", "How many of the true objects are found at all, with 100 boxes an image"],
];

const FEW = 30;
const SOME = 100;

/** What so many images can say; "" where there are enough. */
export function caution(images) {
  if (images < FEW) {
    return `${count(images, "image")} only: these figures can be off by 0.1 and more. Read them as a direction; label more images to trust them.`;
  }
  if (images < SOME) return `${count(images, "image")}: differences of 0.03 between versions may be chance.`;
  return "";
}

export function figures(result, split) {
  const warning = caution(result.images);
  const entries = FIGURES.map(([key, name, hint]) =>
    h("div", { title: hint }, h("dt", {}, name), h("dd", {}, figureText(result[key])), h("dd", { class: "bl-evaluate-hint" }, hint)),
  );
  return [
    h("dl", { class: "bl-panel bl-evaluate-figures", "aria-label": `On ${count(result.images, `${split} image`)}` }, entries),
    warning
      ? h("div", { class: "bl-note warn" }, icon("warning"), h("span", {}, warning))
      : h("div", { class: "bl-muted" }, `On ${count(result.images, "image")}.`),
    result.advice && !warning && h("div", { class: "bl-note" }, icon("info"), h("span", {}, result.advice)),
  ];
}

/** 0.4862 -> "0.486". COCO says -1 where there is no true box to find: a dash. */
export function figureText(value) {
  return score(value < 0 ? null : value, 3);
}
