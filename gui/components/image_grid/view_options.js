// How the grid looks: the size of thumbnails and whether the model's boxes are drawn. A taste, so the browser keeps it.

import { fill, h } from "../shared/dom.js";
import { icon } from "../shared/icons.js";
import { drawModel, keepSize, keptSize, modelIsDrawn } from "./taste.js";

const WIDTHS = { S: 120, M: 190, L: 300 }; // least width of a tile in CSS pixels
const NAMES = { S: "Small", M: "Middle", L: "Large" };

/** Returns {element, width(), show(project)}; `onSize(width)` and `onModel()` are called on a change. */
export function viewOptions({ onSize, onModel }) {
  let size = NAMES[keptSize()] ? keptSize() : "M";
  let model = modelIsDrawn();
  const sizes = h("div", { class: "image-sizes", role: "group", "aria-label": "Size of the thumbnails" });
  const modelButton = h("button", { class: "bl-icon-button", type: "button", "aria-label": "Draw the model's boxes, dashed", title: "Draw the model's boxes, dashed", hidden: true }, icon("model"));
  const width = () => (innerWidth < 600 ? Math.round(WIDTHS[size] * 0.8) : WIDTHS[size]);

  const draw = () => {
    const button = (key) =>
      h("button", { class: "image-size", type: "button", title: `${NAMES[key]} thumbnails`, "aria-label": NAMES[key], "aria-pressed": String(key === size), onclick: () => choose(key) }, key);
    fill(sizes, Object.keys(WIDTHS).map(button));
    modelButton.setAttribute("aria-pressed", String(model));
  };
  const choose = (key) => {
    size = key;
    keepSize(key);
    draw();
    onSize(width());
  };
  modelButton.addEventListener("click", () => {
    model = !model;
    drawModel(model);
    draw();
    onModel();
  });
  draw();

  return {
    element: h("div", { class: "image-view" }, sizes, modelButton),
    width,
    show(project) {
      modelButton.hidden = !project.active_model_id;
    },
  };
}
