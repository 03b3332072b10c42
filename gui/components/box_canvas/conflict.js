/**
 * Two people changed one image: shows both versions side by side and asks which one stays.
 *
 * @typedef {import("./types.js").Box} Box
 * @typedef {{boxes: readonly Box[], state: import("./types.js").ImageState}} Version
 */

import { openDialog } from "../shared/dialog.js";
import { h } from "../shared/dom.js";
import { count, STATE_NAMES } from "../shared/format.js";
import { UNKNOWN } from "./colors.js";
import { sameRect } from "./geometry.js";

const WIDTH = 288; // CSS pixels of one preview

/**
 * @param {import("./model.js").Model} model
 * @param {{image: {id: number, name: string, width: number, height: number}, mine: Version, theirs: Version}} conflict
 * @param {{keepMine: () => void, takeTheirs: () => void}} answers closing the dialog takes neither: it is asked again
 *   with the next edit, and mine stays kept in this browser
 */
export function askWhichStays(model, { image, mine, theirs }, { keepMine, takeTheirs }) {
  openDialog({
    title: "This image was changed meanwhile",
    wide: true,
    body: [
      h("p", {}, `“${image.name}” was saved elsewhere after you opened it. Nothing is lost yet: choose which version stays.`),
      h(
        "div",
        { class: "bc-versions" },
        preview(model, image, "Yours, not saved", mine, theirs),
        preview(model, image, "Theirs, saved", theirs, mine),
      ),
      h("p", { class: "bl-muted" }, "Boxes that the other version does not have are drawn thicker."),
    ],
    actions: [
      { label: "Take theirs", run: takeTheirs },
      { label: "Keep mine", run: keepMine, primary: true },
    ],
  });
}

/**
 * @param {import("./model.js").Model} model @param {{id: number, width: number, height: number}} image
 * @param {string} title @param {Version} version @param {Version} other
 */
function preview(model, image, title, version, other) {
  const scale = Math.min(WIDTH / image.width, WIDTH / image.height);
  const ratio = window.devicePixelRatio || 1;
  const [width, height] = [Math.round(image.width * scale), Math.round(image.height * scale)];
  const canvas = h("canvas", { width: width * ratio, height: height * ratio, style: { width: `${width}px`, height: `${height}px` } });
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  context.scale(ratio, ratio);
  for (const box of version.boxes) {
    const alone = !other.boxes.some((entry) => entry.class_id === box.class_id && sameRect(entry, box));
    context.strokeStyle = model.classOf(box.class_id)?.color ?? UNKNOWN;
    context.lineWidth = alone ? 3 : 1;
    context.strokeRect(box.x1 * scale, box.y1 * scale, (box.x2 - box.x1) * scale, (box.y2 - box.y1) * scale);
  }
  const summary = `${count(version.boxes.length, "box", "boxes")}, ${STATE_NAMES[version.state].toLowerCase()}`;
  const backdrop = h("img", { src: `/files/images/${image.id}/thumb`, alt: "", width, height });
  return h("figure", {}, h("div", { class: "bc-version" }, backdrop, canvas), h("figcaption", {}, h("strong", {}, title), h("span", { class: "bl-muted" }, summary)));
}
