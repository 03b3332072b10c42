// What can be done with the selected images; stands in the place of the states while some are selected.

import { fill, h } from "../shared/dom.js";
import { count } from "../shared/format.js";
import { icon } from "../shared/icons.js";
import { menuButton } from "../shared/menu.js";
import { progressText } from "./bulk_acts.js";
import { SPLITS } from "./filter_state.js";

/** @param {object} actions onAct(action, value), onTag(), onPredict(), onAll(), onClear(); hasModel(). */
export function bulkBar({ onAct, onTag, onPredict, onAll, onClear, hasModel }) {
  const element = h("div", { class: "image-bulk", role: "toolbar", "aria-label": "Selected images", hidden: true });
  const button = (label, mark, run, kind = "quiet") => h("button", { class: `bl-button ${kind}`, type: "button", "data-needs": "labeller", onclick: run }, icon(mark), label);
  const menu = (label, mark, items) => {
    const made = h("button", { class: "bl-button quiet", type: "button", "data-needs": "labeller" }, icon(mark), label, icon("chevron"));
    return menuButton(made, items, { label });
  };
  const splits = () => Object.entries(SPLITS).map(([key, label]) => ({ label, run: () => onAct("split", key === "none" ? "" : key) }));
  const states = () => [
    { label: "Skip", icon: "skip", run: () => onAct("state", "skipped") },
    { label: "In doubt", icon: "help", run: () => onAct("state", "in_doubt") },
    { label: "Back to new", icon: "undo", run: () => onAct("state", "new") },
  ];
  const acts = () => [
    menu("State", "check", states),
    menu("Split", "list", splits),
    button("Tag", "label", onTag),
    hasModel() && button("Predict", "model", onPredict),
    button("Delete", "bin", () => onAct("delete"), "danger"),
  ];

  return {
    element,
    show({ selected, total, inBin, busy }) {
      element.hidden = selected === 0 && !busy;
      if (element.hidden) return;
      if (busy) return void fill(element, h("span", { role: "status", class: "bl-numeric" }, `Working: ${progressText(busy)}`), progress(busy));
      fill(
        element,
        h("button", { class: "bl-icon-button", type: "button", "aria-label": "Clear the selection", onclick: onClear }, icon("close")),
        h("strong", { class: "bl-numeric", role: "status" }, `${count(selected, "image")} selected`),
        selected < total && h("button", { class: "bl-button quiet", type: "button", onclick: onAll }, `Select all ${count(total, "image")}`),
        h("span", { class: "bl-grow" }),
        inBin ? button("Restore", "restore", () => onAct("restore"), "") : acts(),
      );
    },
  };
}

function progress({ done, total }) {
  return h("div", { class: "bl-progress bl-grow" }, h("div", { style: { width: `${(100 * done) / Math.max(1, total)}%` } }));
}
