// Boxes over a large picture as SVG: labels solid, the model's dashed with name and score.

import { inkOn } from "../box_canvas/colors.js";
import { fill, svg } from "../shared/dom.js";
import { score } from "../shared/format.js";

const LINE = 16; // height of a caption in CSS pixels
const pen = document.createElement("canvas").getContext("2d");

/**
 * @param {SVGElement} picture drawn in CSS pixels, over the image shown `scale` times its size
 * @param {object} layers annotations, predictions: boxes; current: the prediction that is picked, or null
 */
export function drawBoxes(picture, { annotations, predictions, current }, { scale, colors, names, width }) {
  const at = (box) => ({
    x: box.x1 * scale,
    y: box.y1 * scale,
    width: (box.x2 - box.x1) * scale,
    height: (box.y2 - box.y1) * scale,
  });
  const color = (box) => colors.get(box.class_id) ?? "#ffffff";
  pen.font = `500 11px ${getComputedStyle(picture).fontFamily}`; // as the style sheet has it for captions
  const labels = annotations.map((box) => svg("rect", { class: "predictions-label-box", ...at(box), style: { stroke: color(box) } }));
  const found = predictions.map((box) => {
    const text = `${names.get(box.class_id) ?? "?"} ${score(box.score)}`;
    return svg(
      "g",
      { class: box === current ? "predictions-found current" : "predictions-found" },
      svg("rect", { ...at(box), style: { stroke: color(box) } }),
      caption(at(box), text, color(box), width),
    );
  });
  // The picked one is drawn last, so that it lies above its neighbours.
  found.sort((a, b) => a.classList.contains("current") - b.classList.contains("current"));
  fill(picture, labels, found);
}

/** Name and score above the box, inside it where there is no room above, never outside the picture. */
function caption(box, text, color, width) {
  const wide = Math.ceil(pen.measureText(text).width) + 8;
  const x = Math.max(0, Math.min(box.x - 0.5, width - wide));
  const y = box.y >= LINE ? box.y - LINE : box.y;
  return svg(
    "g",
    { class: "predictions-caption" },
    svg("rect", { x, y, width: wide, height: LINE, style: { fill: color } }),
    svg("text", { x: x + 4, y: y + 12, style: { fill: inkOn(color) } }, text),
  );
}
