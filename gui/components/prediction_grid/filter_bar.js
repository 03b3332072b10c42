// The bar above the pictures: which version, from which score, which classes, and what that makes.

import { fill, h } from "../shared/dom.js";
import { count, number } from "../shared/format.js";
import { icon } from "../shared/icons.js";
import { menuButton } from "../shared/menu.js";

const LEAST_SCORE = 0.01;

/**
 * @param {object} acts changed(change): part of the filter was changed, {threshold} | {classIds} | {onlyDiffering};
 *   chooseModel(id); accept({markDone}); predict()
 */
export function filterBar(acts) {
  const models = h("select", { class: "bl-select", "aria-label": "Model version", onchange: () => acts.chooseModel(Number(models.value)) });
  const slider = h("input", {
    type: "range",
    min: LEAST_SCORE,
    max: 0.99,
    step: 0.01,
    "aria-label": "Least score shown",
    oninput: () => acts.changed({ threshold: Number(slider.value) }),
  });
  const typed = h("input", {
    class: "bl-input bl-numeric",
    type: "number",
    min: LEAST_SCORE,
    max: 1,
    step: 0.01,
    "aria-label": "Least score shown, typed",
    onchange: () => acts.changed({ threshold: clamped(Number(typed.value)) }),
  });
  const chips = h("div", { class: "predictions-classes", role: "group", "aria-label": "Classes shown" });
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
    h("div", { class: "predictions-threshold", title: "Boxes with this score or more are shown" }, slider, typed),
    chips,
    h("label", { class: "predictions-differing", title: "Images with labels where the model sees more, less or something else" }, differing, "Only differences"),
    h("span", { class: "bl-grow" }),
    summary,
    predict,
    accept,
  );

  function showModels(list, chosen, active) {
    fill(models, list.map((model) => h("option", { value: String(model.id) }, `v${model.number}${model.id === active ? " (active)" : ""}`)));
    models.value = String(chosen);
  }

  function showClasses(every, classIds) {
    const classes = every.filter((one) => !one.archived); // models propose none of the others
    fill(
      chips,
      classes.map((one) =>
        h(
          "button",
          {
            class: "predictions-chip",
            type: "button",
            "aria-pressed": String(!classIds || classIds.has(one.id)),
            dataset: { id: String(one.id) },
            title: `${one.name}: click to show or hide, double-click to show only it`,
            onclick: (event) => acts.changed({ classIds: toggled(classes, classIds, one.id, event.detail > 1) }),
          },
          h("i", { style: { background: one.color } }),
          h("span", { class: "bl-cut" }, one.name),
          h("span", { class: "bl-muted bl-numeric" }),
        ),
      ),
    );
  }

  function showFilter({ threshold, exceptions, onlyDiffering }) {
    slider.title = Object.keys(exceptions).length > 0 ? "Some classes have a threshold of their own; moving this sets one for all" : "";
    slider.value = String(threshold);
    if (document.activeElement !== typed || Number(typed.value) !== threshold) typed.value = threshold.toFixed(2);
    differing.checked = onlyDiffering;
  }

  function showTotals(sums, { loaded, total, hiddenImages }) {
    offer = { boxes: sums.boxes, images: sums.images };
    const where = loaded < total ? `the first ${number(loaded)} of ${count(total, "image")}` : count(total, "image");
    const images = `${number(sums.images)} of ${where}`;
    summary.textContent = `${count(sums.boxes, "box", "boxes")} on ${images}`;
    summary.title = hiddenImages ? `${count(hiddenImages, "image")} where model and labels agree, or without labels, not shown` : "";
    for (const chip of chips.children) chip.lastChild.textContent = number(sums.byClass.get(Number(chip.dataset.id)) ?? 0);
  }

  function offerPredicting(text) {
    predict.hidden = text === null;
    predict.textContent = text ?? "";
  }

  return { element, showModels, showClasses, showFilter, showTotals, offerPredicting };
}

function clamped(value) {
  return Number.isFinite(value) ? Math.min(1, Math.max(LEAST_SCORE, value)) : LEAST_SCORE;
}

/** The classes shown after a click; null stands for all of them, so that a class added later is shown too. */
export function toggled(classes, classIds, id, alone) {
  if (alone) return new Set([id]);
  const next = new Set(classIds ?? classes.map((one) => one.id));
  if (!next.delete(id)) next.add(id);
  return next.size === classes.length ? null : next;
}
