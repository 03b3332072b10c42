// A tile of the Images page: thumbnail that loads when scrolling rests, people's boxes, the model's dashed, tags.

import { h } from "../shared/dom.js";
import { pageLink } from "../shared/query.js";
import { createTile, emptyTile, paintTile } from "./tile.js";

const MOST_TAGS = 3;

/** A place whose image is not here yet, or has gone to the bin since the list was made. */
export function emptyBox(gone) {
  const tile = emptyTile();
  if (gone) tile.title = "This image has left the list.";
  return tile;
}

/**
 * @param {object} image an item of GET .../grid.
 * @param {object} options walk: text of the filter, for the Label page; link: a click opens it; selected;
 *   colors: Map of class id to colour; tags: of the project; size: of the tile in CSS pixels.
 */
export function imageTile(image, { walk, link, selected, colors, tags }) {
  const names = (image.tags ?? []).map((id) => tags.find((tag) => tag.id === id)?.name).filter(Boolean);
  const shown = names.slice(0, MOST_TAGS).map((name) => h("span", { class: "image-tile-tag bl-cut" }, name));
  if (names.length > MOST_TAGS) shown.push(h("span", { class: "image-tile-tag" }, `+${names.length - MOST_TAGS}`));
  const tile = createTile(image, {
    href: link ? pageLink("/label", { image: image.id, walk }) : null,
    selectable: true,
    selected,
    lazy: true,
    extra: shown.length ? h("div", { class: "image-tile-tags", "aria-hidden": "true" }, shown) : [],
    more: names.length ? `tagged ${names.join(", ")}` : "",
  });
  const layers = [{ boxes: (image.drawn ?? []).map(box) }, { boxes: (image.found ?? []).map(box), dashed: true }];
  // Painted once the tile has its place and size.
  if (colors && layers.some((layer) => layer.boxes.length)) queueMicrotask(() => tile.isConnected && paintTile(tile, layers, { colors }));
  return tile;
}

function box([class_id, x1, y1, x2, y2]) {
  return { class_id, x1, y1, x2, y2 };
}
