/**
 * Below the list of boxes: which model's boxes are shown, from which score, for all classes or for each, and accepting
 * what is shown. A threshold acts in the browser only.
 *
 * @typedef {{
 *   acceptAllShown: () => void, setThreshold: (value: number) => void, followAdvice: () => void,
 *   setClassThreshold: (classId: number, value: number | null) => void, setModel: (id: number | null) => void
 * }} ModelControlActions
 */

import { fill, h } from "../shared/dom.js";
import { versionName } from "../shared/format.js";
import { icon } from "../shared/icons.js";
import { wishInWords } from "../shared/wishes.js";
import { redrawOn } from "./layout.js";

/**
 * @param {HTMLElement} place @param {import("./model.js").Model} model @param {ModelControlActions} actions
 */
export function mountModelControls(place, model, actions) {
  const slider = scoreSlider("Threshold of the model's score", actions.setThreshold);
  const hint = h("div", { class: "bc-advice" });
  const picker = modelPicker(actions);
  const perClass = classSliders(model, actions);
  const acceptAll = h("button", { class: "bl-button bc-accept-all", "data-needs": "labeller", type: "button", dataset: { command: "model.acceptShown" }, onclick: actions.acceptAllShown });
  fill(
    place,
    h("div", { class: "bc-control-line" }, h("span", {}, "Model"), picker.element),
    h("div", { class: "bc-control-line" }, h("span", {}, "Threshold"), slider.element, slider.value),
    hint,
    perClass.element,
    acceptAll,
  );
  redrawOn(model, ["settled", "content", "predictions", "threshold", "project", "classes", "visibility"], () => {
    place.hidden = (model.project?.models ?? []).length === 0;
    if (place.hidden) return;
    picker.draw(model);
    slider.draw(model.threshold);
    perClass.draw();
    const shown = model.shownPredictions().length;
    hint.title = "The others score lower than the threshold, are rejected, or lie where a person's box of the class is";
    fill(hint, `${shown} of ${model.predictions.length} shown`, adviceLink(model, actions));
    fill(acceptAll, icon("check"), shown === 0 ? "Accept all shown" : `Accept all ${shown} shown`);
    acceptAll.disabled = shown === 0 || !model.showModel || model.hidden;
  });
}

/** @param {string} name @param {(value: number) => void} choose */
function scoreSlider(name, choose) {
  const element = h("input", { type: "range", min: 0.01, max: 1, step: 0.01, "aria-label": name, class: "bc-threshold" });
  const value = h("output", { class: "bl-numeric bc-threshold-value" });
  element.addEventListener("input", () => choose(Number(element.value)));
  const draw = (/** @type {number} */ score) => {
    element.value = String(score);
    value.textContent = score.toFixed(2);
  };
  return { element, value, draw };
}

/** Only where one was chosen, learnt or named by the model's validation. @param {import("./model.js").Model} model @param {ModelControlActions} actions */
function adviceLink({ thresholds }, actions) {
  const { all, byClass, learned, wish } = thresholds.advised;
  if (all === null) return null;
  const chosen = wish ? `what was chosen for this version: ${wishInWords(wish)}` : "what was found best on the validation images";
  const found = learned ? "what needed the fewest corrections on the images finished last" : chosen;
  if (thresholds.followsAdvice) return h("span", { title: `Shows ${found}` }, byClass.size > 1 ? "as advised, by class" : "as advised");
  return h(
    "button",
    { class: "bc-advised", type: "button", title: `Use ${found}`, onclick: actions.followAdvice },
    `advised ${all.toFixed(2)}`,
  );
}

/** One slider a class, folded away until somebody asks. @param {import("./model.js").Model} model @param {ModelControlActions} actions */
function classSliders(model, actions) {
  const summary = h("summary", {}, "By class");
  const rows = h("div", { class: "bc-class-thresholds" });
  const element = h("details", { class: "bc-by-class" }, summary, rows);
  /** @type {Map<number, () => void>} */
  let draws = new Map();
  let signature = "";
  const row = (/** @type {import("./types.js").ObjectClass} */ { id, name, color }) => {
    const slider = scoreSlider(`Threshold of ${name}`, (value) => actions.setClassThreshold(id, value));
    const reset = h("button", { class: "bc-row-tool", type: "button", "aria-label": `As the others: ${name}`, title: "As the others", onclick: () => actions.setClassThreshold(id, null) }, icon("close", { size: 12 }));
    draws.set(id, () => {
      slider.draw(model.thresholds.of(id));
      reset.style.visibility = model.thresholds.own.has(id) ? "visible" : "hidden";
    });
    const chip = h("span", { class: "bc-chip model", style: { "--color": color } });
    return h("div", { class: "bc-control-line" }, h("span", { class: "bc-class-threshold-name", title: name }, chip, h("span", { class: "bl-cut" }, name)), slider.element, slider.value, reset);
  };
  const draw = () => {
    element.hidden = model.classes.length < 2;
    const now = JSON.stringify(model.classes.map(({ id, name, color }) => [id, name, color]));
    if (now !== signature) {
      signature = now;
      draws = new Map();
      fill(rows, model.classes.map(row));
    }
    for (const drawRow of draws.values()) drawRow();
    const { size } = model.thresholds.own;
    summary.textContent = size === 0 ? "By class" : `By class (${size} set)`;
  };
  return { element, draw };
}

/** @param {ModelControlActions} actions */
function modelPicker(actions) {
  const element = h("select", { class: "bl-select bc-model", "aria-label": "Model whose boxes are shown" });
  element.addEventListener("change", () => actions.setModel(element.value === "" ? null : Number(element.value)));
  let signature = "";
  const draw = (/** @type {import("./model.js").Model} */ { project, modelId }) => {
    const { models, active_model_id: active } = project;
    const wanted = models.map((/** @type {any} */ entry) => ({ id: entry.id, text: versionName(entry, entry.id === active) }));
    const now = JSON.stringify(wanted);
    if (now !== signature) {
      signature = now;
      const options = wanted.map(({ id, text }) => h("option", { value: String(id === active ? "" : id) }, text));
      if (!models.some((/** @type {any} */ entry) => entry.id === active)) options.unshift(h("option", { value: "" }, "None active"));
      fill(element, options);
    }
    element.value = modelId === null || modelId === active ? "" : String(modelId);
  };
  return { element, draw };
}
