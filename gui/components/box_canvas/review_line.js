/** At the top of the box panel: how much of the model's work is left to look at, here and in the project. */

import { fill, h } from "../shared/dom.js";
import { number } from "../shared/format.js";

/** @param {HTMLElement} place @param {import("./model.js").Model} model @param {import("./review_count.js").ReviewCount} review */
export function drawReviewLine(place, model, review) {
  const { here, inProject } = review;
  place.hidden = model.modelId === null || model.image === null;
  place.title = "Boxes of the model from the threshold up that are neither accepted nor rejected, on images that are not done";
  const left = h("span", { class: here > 0 ? "bc-left-here" : "" }, here > 0 ? `${number(here)} to review here` : "Nothing to review here");
  fill(place, left, inProject !== null && h("span", { class: "bl-muted" }, inProject > 0 ? `${number(inProject)} in the project` : "nor in the project"));
}
