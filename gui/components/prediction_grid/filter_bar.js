// The bar above the pictures: which version, from which score, which classes, and what that makes.

import { fill, h } from "../shared/dom.js";
import { count, number, versionName } from "../shared/format.js";
import { icon } from "../shared/icons.js";
import { menuButton } from "../shared/menu.js";
import { classChips } from "./class_chips.js";
import { thresholdField } from "./threshold_field.js";

/**
 * @param {object} acts changed(change): part of the filter was changed, {threshold} | {classIds} | {onlyDiffering};
 *   chooseModel(id); accept({markDone}); predict()
 */
export function filterBar(acts) {
  const models = h("select", { class: "bl-select", "aria-label": "Model version", onchange: () => acts.chooseModel(Number(models.value)) });
  const field = thresholdField((threshold) => acts.changed({ threshold }));
  const chips = classChips((classIds) => acts.changed({ classIds }));
  const differing = h("input", { type: "checkbox", onchange: () => acts.changed({ onlyDiffering: differing.checked }) });
  const summary = h("span", { class: "predictions-summary bl-numeric", role: "status" });
  const predict = h("button", { class: "bl-button", type: "button", hidden: true, onclick: () => acts.predict() });
  const accept = h("button", { class: "bl-button", type: "button" }, icon("check"), "Accept all shown");
  let offer = { boxes: 0, images: 0 };
  menuButton(accept, () => {
    const what = `${count(offer.boxes, "box", "boxes")} on ${count(offer.images, "image")}`;
    const disabled = offer.boxes === 0;
    return [
      { label: `Accept ${what}`, icon: "check", disabled, run: () => acts.accept({ markDone: false }) },
      { label: "Accept and mark the images done", icon: "check", disabled, run: () => acts.accept({ markDone: true }) },
    ];
  });
  const element = h(
    "div",
    { class: "predictions-bar" },
    models,
    field.element,
    chips.element,
    h("label", { class: "predictions-differing", title: "Images with labels where the model sees more, less or something else" }, differing, "Only differences"),
    h("span", { class: "bl-grow" }),
    summary,
    predict,
    accept,
  );

  function showModels(list, chosen, active) {
    fill(models, list.map((model) => h("option", { value: String(model.id) }, versionName(model, model.id === active))));
    models.value = String(chosen);
  }

  function showFilter(filter) {
    field.show(filter);
    differing.checked = filter.onlyDiffering;
  }

  function showTotals(sums, { loaded, total, hiddenImages }) {
    offer = { boxes: sums.boxes, images: sums.images };
    const where = loaded < total ? `the first ${number(loaded)} of ${count(total, "image")}` : count(total, "image");
    const images = `${number(sums.images)} of ${where}`;
    summary.textContent = `${count(sums.boxes, "box", "boxes")} on ${images}`;
    summary.title = hiddenImages ? `${count(hiddenImages, "image")} where model and labels agree, or without labels, not shown` : "";
    chips.count(sums.byClass);
  }

  function offerPredicting(text) {
    predict.hidden = text === null;
    predict.textContent = text ?? "";
  }

  return { element, showModels, showClasses: chips.show, showFilter, showTotals, offerPredicting };
}
