/** What is shown on the image: people's boxes, the model's, or none. */

import { fill, h } from "../shared/dom.js";
import { icon } from "../shared/icons.js";
import { redrawOn } from "./layout.js";

/** @param {HTMLElement} show @param {import("./model.js").Model} model */
export function mountShown(show, model) {
  redrawOn(model, ["visibility"], () =>
    fill(
      show,
      toggle(model, "showPeople", "People's boxes", "solid"),
      toggle(model, "showModel", "Model's boxes", "dashed"),
      model.hidden && h("div", { class: "bc-hidden-note" }, icon("eye_off", { size: 14 }), "All hidden; H shows them"),
    ),
  );
}

/** @param {import("./model.js").Model} model @param {"showPeople" | "showModel"} key @param {string} text @param {string} look */
function toggle(model, key, text, look) {
  const change = (/** @type {Event} */ event) => {
    model[key] = /** @type {HTMLInputElement} */ (event.target).checked;
    model.emit("visibility");
  };
  return h("label", { class: "bc-toggle" }, h("input", { type: "checkbox", checked: model[key], onchange: change }), h("span", { class: `bc-line ${look}` }), text);
}
