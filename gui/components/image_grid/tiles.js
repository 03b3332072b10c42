// A tile of the Images page: thumbnail that loads when scrolling rests, people's boxes, the model's dashed, tags.

import { fill, h } from "../shared/dom.js";
import { pageLink } from "../shared/query.js";
import { createTile, emptyTile, paintTile, tell } from "./tile.js";

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
 *   colors, tags, width: as for dressTile.
 */
export function imageTile(image, { walk, link, selected, ...known }) {
  const tile = createTile(image, {
    href: link ? pageLink("/label", { image: image.id, walk }) : null,
    selectable: true,
    selected,
    lazy: true,
  });
  dressTile(tile, known);
  return tile;
}

/**
 * Put on a tile what depends on more than its image; again at any time.
 * @param {object} known colors: Map of class id to colour; tags: of the project; null while they are not known;
 *   width: of the tile in CSS pixels.
 */
export function dressTile(tile, { colors, tags, width }) {
  const { image } = tile;
  if (tags && image.tags) showTags(tile, image.tags, tags);
  if (!colors) return;
  const layers = [{ boxes: (image.drawn ?? []).map(box) }, { boxes: (image.found ?? []).map(box), dashed: true }];
  if (layers.some((layer) => layer.boxes.length)) paintTile(tile, layers, { colors, width });
}

function showTags(tile, ids, tags) {
  const names = ids.map((id) => tags.find((tag) => tag.id === id)?.name).filter(Boolean);
  const shown = names.slice(0, MOST_TAGS).map((name) => h("span", { class: "image-tile-tag bl-cut" }, name));
  if (names.length > MOST_TAGS) shown.push(h("span", { class: "image-tile-tag" }, `+${names.length - MOST_TAGS}`));
  let row = tile.querySelector(".image-tile-tags");
  if (!row) {
    row = h("div", { class: "image-tile-tags", "aria-hidden": "true" });
    tile.querySelector(".image-tile-picture").append(row);
  }
  fill(row, shown);
  tell(tile, names.length ? `tagged ${names.join(", ")}` : "");
}

function box([class_id, x1, y1, x2, y2]) {
  return { class_id, x1, y1, x2, y2 };
}
