// One tile: thumbnail, boxes over it, state dot and name. An empty one stands in until its image is known.
//
//   const tile = createTile(image, { href, colors, selectable, selected, onToggle });
//   paintTile(tile, [{ boxes: image.annotations }, { boxes: shown, dashed: true }], { colors, width });  // again at any time
//
// Layers are painted in their order. The picture's part of a tile of width w is w * PICTURE_RATIO high.

import { h } from "../shared/dom.js";
import { STATE_NAMES, count } from "../shared/format.js";
import { icon } from "../shared/icons.js";
import { paintBoxes } from "./box_painter.js";

export const PICTURE_RATIO = 0.75;
export const CAPTION_HEIGHT = 24;

/** Height of a tile of this width, for VirtualGrid's tileHeight. */
export function tileHeight(width) {
  return width * PICTURE_RATIO + CAPTION_HEIGHT;
}

export function emptyTile() {
  return h("div", { class: "image-tile empty", "aria-hidden": "true" }, h("div", { class: "image-tile-picture" }));
}

/**
 * @param {object} image as the API gives it.
 * @param {object} options href: where a click goes (none: the tile is no link); selectable: shows the tick;
 *   selected; onToggle(event): the tick was clicked; note: text at the right of the caption; extra: nodes over the picture;
 *   lazy: the thumbnail waits in `data-src`.
 */
export function createTile(image, { href = null, selectable = false, selected = false, onToggle, note = "", extra = [], lazy = false } = {}) {
  const tick =
    selectable &&
    h(
      "button",
      { class: "image-tile-tick", type: "button", tabindex: -1, "aria-label": `Select ${image.name}`, onclick: onToggle },
      icon("check", { size: 14 }),
    );
  const tile = h(
    href ? "a" : "div",
    {
      class: ["image-tile", selected && "selected"],
      href,
      draggable: "false",
      tabindex: "0",
      role: "option",
      "aria-selected": String(selected),
      dataset: { image: String(image.id), state: image.state },
    },
    h(
      "div",
      { class: "image-tile-picture" },
      h("img", { ...(lazy ? { dataset: { src: image.thumb_url } } : { src: image.thumb_url }), alt: "", loading: "eager", decoding: "async", draggable: "false" }),
      h("canvas", { "aria-hidden": "true" }),
      tick,
      extra,
    ),
    h(
      "div",
      { class: "image-tile-caption" },
      h("span", { class: ["state-dot", image.state], "aria-hidden": "true" }),
      h("span", { class: "bl-grow bl-cut" }, image.name),
      image.comments > 0 && h("span", { class: "image-tile-comments bl-numeric", title: `${count(image.comments, "open comment")}` }, icon("comment", { size: 12 }), image.comments),
      h("span", { class: "bl-muted bl-numeric" }, note || (image.boxes ? String(image.boxes) : "")),
    ),
  );
  Object.assign(tile, { image });
  tell(tile);
  return tile;
}

/** Say in words what a tile shows; `more`: what else is known of its image. */
export function tell(tile, more = "") {
  const { image } = tile;
  const said = [STATE_NAMES[image.state].toLowerCase(), count(image.boxes, "box", "boxes"), more].filter(Boolean).join(", ");
  tile.setAttribute("aria-label", [image.name, said, image.comments > 0 && count(image.comments, "open comment")].filter(Boolean).join(", "));
  tile.title = `${image.name}\n${image.width} x ${image.height}, ${said}`;
}

/** Paint the layers over a tile's picture; `width`: of the tile in CSS pixels. */
export function paintTile(tile, layers, { colors, width }) {
  const canvas = tile.querySelector("canvas");
  if (!canvas) return;
  const size = { width, height: Math.round(tileHeight(width)) - CAPTION_HEIGHT };
  layers.forEach(({ boxes, dashed = false }, place) =>
    paintBoxes(canvas, tile.image, boxes ?? [], { colors, dashed, clear: place === 0, size }),
  );
}

export function setSelected(tile, selected) {
  tile.classList.toggle("selected", selected);
  tile.setAttribute("aria-selected", String(selected));
}
