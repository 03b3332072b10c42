// One item as a crop: the label's box solid, the model's dashed with its score, both in the colours of their classes.

import { inkOn } from "../box_canvas/colors.js";
import { h, svg } from "../shared/dom.js";
import { score } from "../shared/format.js";
import { icon } from "../shared/icons.js";
import { cropUrl, cutOf } from "./cut.js";

export const CAPTION_HEIGHT = 24;
const KEPT_PICTURES = 1500; // of some 15 kB each
const ASK_AGAIN_MS = 5000; // after a crop did not come; in the meantime it is not asked for at each redraw
const TOP = 0.12; // of the crop: a score above a box that begins here would be cut off

/** Crops that were shown before, by item and address, so that nothing is asked for again; equal boxes have one each. @type {Map<string, HTMLImageElement>} */
const pictures = new Map();

export function emptyTile() {
  return h("div", { class: "mistake-tile", "aria-hidden": "true" }, h("div", { class: "mistake-picture" }));
}

/** @param {{name: string, image: any, box: any, truth: any, text: string, dealt: boolean, colors: Map<number, string>}} shown */
export function createTile({ name, image, box, truth, text, dealt, colors }) {
  const cut = cutOf([box, truth].filter(Boolean), image);
  const size = { width: cut.x2 - cut.x1, height: cut.y2 - cut.y1 };
  const colorOf = (one) => colors.get(one.class_id) ?? "#888888";
  return h(
    "div",
    { class: ["mistake-tile", dealt && "dealt"], role: "option", tabindex: "-1", "aria-selected": "false", "aria-label": [text, box && `score ${score(box.score)}`, image.name, dealt && "put right"].filter(Boolean).join(", "), title: image.name },
    h(
      "div",
      { class: "mistake-picture" },
      pictureOf(name, cropUrl(image.id, cut)),
      svg("svg", { viewBox: `${cut.x1} ${cut.y1} ${size.width} ${size.height}`, "aria-hidden": "true" }, truth && outline(truth, "truth", colorOf(truth)), box && outline(box, "found", colorOf(box))),
      box && scoreLabel(box, cut, size, colorOf(box)),
      dealt && h("span", { class: "mistake-dealt" }, icon("check", { size: 14 }), "Put right"),
    ),
    h("div", { class: "mistake-caption bl-cut" }, text),
  );
}

/** A crop that is known is taken from the tile that showed that item; others wait in `data-src` until they are seen. */
function pictureOf(name, url) {
  const key = `${name} ${url}`;
  const before = pictures.get(key);
  const failed = Number(before?.dataset.failed ?? Infinity);
  const known = performance.now() - failed > ASK_AGAIN_MS ? null : before;
  pictures.delete(key);
  const picture = known ?? h("img", { dataset: { src: url }, alt: "", decoding: "async", draggable: "false", onerror: missing });
  if (known && !known.getAttribute("src")) known.dataset.src = url; // it was scrolled past before it came
  pictures.set(key, picture);
  if (pictures.size > KEPT_PICTURES) pictures.delete(pictures.keys().next().value);
  return picture.hidden ? [picture, broken()] : picture;
}

/** No broken picture of the browser's. */
function missing({ currentTarget: picture }) {
  picture.hidden = true;
  picture.dataset.failed = String(performance.now());
  picture.parentElement?.append(broken());
}

/** In the place of a crop that does not come, by a damaged file or without a server. */
function broken() {
  return h("span", { class: "mistake-broken", title: "This image cannot be shown. Its file may be damaged, or the server does not answer." }, icon("warning"));
}

/** Twice, so that it shows on any picture: dark or light below, its colour above. */
function outline({ x1, y1, x2, y2 }, kind, color) {
  const place = { x: x1, y: y1, width: x2 - x1, height: y2 - y1 };
  return [svg("rect", { ...place, class: `${kind} ground` }), svg("rect", { ...place, class: kind, style: { stroke: color } })];
}

/** At the corner of the box, in shares of the square that the crop is shown in. */
function scoreLabel(box, cut, { width, height }, color) {
  const side = Math.max(width, height);
  const left = (box.x1 - cut.x1 + (side - width) / 2) / side;
  const top = (box.y1 - cut.y1 + (side - height) / 2) / side;
  const style = { left: `${left * 100}%`, top: `${top * 100}%`, background: color, color: inkOn(color) };
  return h("span", { class: ["mistake-score bl-numeric", top < TOP && "inside"], style }, score(box.score));
}
