// Sliders and lists that say what is looked at.

import { leaveAfterChoice } from "../shared/choosing.js";
import { fill, h } from "../shared/dom.js";
import { USUAL } from "../shared/thresholds.js";
import { wishInWords } from "../shared/wishes.js";
import { share } from "./address.js";
import { SIZES } from "./sift.js";

/** @typedef {import("../shared/thresholds.js").Thresholds} Thresholds */

const SORTS = [
  ["-score", "Surest first"],
  ["score", "Least sure first"],
  ["-iou", "Most overlap first"],
  ["iou", "Least overlap first"],
  ["-size", "Largest first"],
  ["size", "Smallest first"],
];

/**
 * @param {{changed: (change: object) => void, leave: () => void, classes: {id: number, name: string}[], ious: number[]}} page
 *   leave: the focus goes back to the crops; a `threshold` of null in a change means the model's own ones
 */
export function controls({ changed, leave, classes, ious }) {
  const threshold = slider("Threshold", { min: 0.01, max: 0.99, step: 0.01 }, (value) => changed({ threshold: value }));
  const overlap = slider("Overlap", { min: 0, max: ious.length - 1, step: 1 }, (row) => changed({ row }));
  const follow = h("button", { class: "bl-button quiet mistakes-advised", type: "button", onclick: () => changed({ threshold: null }) });
  const said = list("Model says", "Any class", classes.map(({ id, name }) => [id, name]), (value) => changed({ classId: value && Number(value) }));
  const labelled = list("Label says", "Any class", classes.map(({ id, name }) => [id, name]), (value) => changed({ truthId: value && Number(value) }));
  const size = list("Size", "Any size", SIZES.map(({ key, name }) => [key, name]), (value) => changed({ size: value }));
  const from = typed("Least score shown", (value) => changed({ from: value ?? 0 }));
  const to = typed("Greatest score shown", (value) => changed({ to: value ?? 1 }));
  const sort = h("select", { class: "bl-select", "aria-label": "Order", onchange: () => changed({ sort: sort.value }) }, SORTS.map(([value, name]) => h("option", { value }, name)));
  for (const select of [said, labelled, size].map((one) => one.select).concat(sort)) leaveAfterChoice(select, leave);
  const clear = h("button", { class: "bl-button quiet", type: "button", onclick: () => changed({ classId: null, truthId: null, size: null, from: 0, to: 1 }) }, "Clear filters");

  return {
    sliders: h("div", { class: "mistakes-sliders" }, h("div", { class: "mistakes-threshold" }, threshold.element, follow), overlap.element),
    filters: h("div", { class: "mistakes-filters" }, said.element, labelled.element, size.element, h("div", { class: "bl-field" }, "Score", h("div", { class: "bl-row" }, from, "to", to)), clear),
    sort,
    /** @param {import("./sift.js").Wanted} wanted */
    show(wanted) {
      threshold.show(wanted.thresholds.all, isByClass(wanted.thresholds) ? "each class its own" : wanted.thresholds.all.toFixed(2), hintOf(wanted.thresholds, classes));
      overlap.show(wanted.row, ious[wanted.row].toFixed(2));
      follow.hidden = wanted.thresholds.followsAdvice;
      fill(follow, ownInWords(wanted.thresholds.advised));
      said.show(wanted.classId);
      labelled.show(wanted.truthId);
      size.show(wanted.size);
      if (document.activeElement !== from) from.value = wanted.from > 0 ? String(wanted.from) : "";
      if (document.activeElement !== to) to.value = wanted.to < 1 ? String(wanted.to) : "";
      sort.value = wanted.sort;
      clear.hidden = wanted.classId === null && wanted.truthId === null && wanted.size === null && wanted.from === 0 && wanted.to === 1;
    },
  };
}

/** Whether classes have thresholds that differ. @param {Thresholds} thresholds */
export const isByClass = (thresholds) => Object.keys(thresholds.exceptions).length > 0;

/** What leads back to the model's own thresholds; on a phone there is no room for which. @param {Thresholds["advised"]} advised */
function ownInWords({ all, byClass, wish }) {
  const isAdvised = all !== null || byClass.size > 0;
  const which = byClass.size > 0 ? "each class" : (all ?? USUAL).toFixed(2);
  return [wish ? "As chosen" : isAdvised ? "Advised" : "Usual", h("span", {}, `: ${which}`)];
}

/** What the slider's name tells on hovering. @param {Thresholds} thresholds @param {{id: number, name: string}[]} classes */
function hintOf(thresholds, classes) {
  const { wish } = thresholds.advised;
  const chosen = thresholds.followsAdvice && wish && `Chosen for this version: ${wishInWords(wish)}`;
  const each = isByClass(thresholds) && classes.map(({ id, name }) => `${name} from ${thresholds.of(id).toFixed(2)}`).join(", ");
  return [HINTS.Threshold, chosen, each && `${each}. Moving this sets one for all`].filter(Boolean).join(". ");
}

function slider(name, range, changed) {
  const input = h("input", { type: "range", ...range, "aria-label": name, oninput: () => changed(Number(input.value)) });
  const shown = h("output", { class: "bl-numeric" });
  const element = h("label", { class: "mistakes-slider" }, h("span", {}, name, shown), input);
  const show = (value, text, hint = HINTS[name]) => {
    element.title = hint;
    input.value = String(value);
    input.setAttribute("aria-valuetext", text);
    fill(shown, text);
  };
  return { element, show };
}

const HINTS = {
  Threshold: "Boxes of the model count from this score up",
  Overlap: "How much of a box and a label must overlap (IoU) for the box to be in the right place",
};

function list(name, any, entries, changed) {
  const options = [h("option", { value: "" }, any), entries.map(([value, text]) => h("option", { value: String(value) }, text))];
  const select = h("select", { class: "bl-select", onchange: () => changed(select.value || null) }, options);
  const show = (value) => {
    select.value = value === null ? "" : String(value);
  };
  return { element: h("label", { class: "bl-field" }, name, select), select, show };
}

function typed(name, changed) {
  const input = h("input", { class: "bl-input bl-numeric", type: "number", min: 0, max: 1, step: 0.05, placeholder: name.startsWith("Least") ? "0" : "1", "aria-label": name, onchange: () => changed(share(input.value)) });
  return input;
}
