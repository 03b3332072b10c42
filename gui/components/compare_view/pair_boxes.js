// The boxes of one version over the picture, people's labels, and a mark at each difference.

import { svg } from "../shared/dom.js";
import { drawBoxes } from "../prediction_grid/box_overlay.js";
import { markOf } from "./changes.js";

const AROUND = 4; // CSS pixels between a box and its mark

/**
 * @param {SVGElement} overlay as large as the picture is shown
 * @param {{annotations: object[], predictions: object[]}} boxes what is shown of this version
 * @param {object[]} changes those on this picture @param {boolean} isOurs the version that is looked at
 * @param {{scale: number, colors: Map<number, string>, names: Map<number, string>, width: number}} how
 */
export function drawSide(overlay, boxes, changes, isOurs, how) {
  drawBoxes(overlay, { ...boxes, current: null }, how);
  for (const { change, box } of changes) {
    const mark = markOf(change, isOurs);
    if (mark === null) continue;
    const [x1, y1, x2, y2] = box.map((side) => side * how.scale);
    const place = { x: x1 - AROUND, y: y1 - AROUND, width: x2 - x1 + 2 * AROUND, height: y2 - y1 + 2 * AROUND, rx: 3 };
    overlay.append(svg("rect", { class: `compare-mark ${mark}`, ...place }));
  }
}
