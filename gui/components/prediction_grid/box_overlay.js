// Boxes over a large picture as SVG: labels solid, the model's dashed with name and score.

import { fill, svg } from "../shared/dom.js";
import { score } from "../shared/format.js";

const LINE = 16; // height of a caption in CSS pixels
const CHARACTER = 6.6;

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
  const wide = text.length * CHARACTER + 8;
  const x = Math.max(0, Math.min(box.x - 0.5, width - wide));
  const y = box.y >= LINE ? box.y - LINE : box.y;
  return svg(
    "g",
    { class: "predictions-caption" },
    svg("rect", { x, y, width: wide, height: LINE, style: { fill: color } }),
    svg("text", { x: x + 4, y: y + 12, style: { fill: inkOn(color) } }, text),
  );
}

/** Black or white, whichever is read better on a colour "#rrggbb" (relative luminance of WCAG 2). */
export function inkOn(color) {
  const [red, green, blue] = [1, 3, 5].map((start) => {
    const part = parseInt(color.slice(start, start + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue > 0.179 ? "#000000" : "#ffffff";
}
