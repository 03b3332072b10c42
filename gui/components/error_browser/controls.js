// Sliders and lists that say what is looked at.

import { fill, h } from "../shared/dom.js";
import { share } from "./address.js";
import { SIZES } from "./sift.js";

const SORTS = [
  ["-score", "Surest first"],
  ["score", "Least sure first"],
  ["-iou", "Most overlap first"],
  ["iou", "Least overlap first"],
  ["-size", "Largest first"],
  ["size", "Smallest first"],
];

/**
 * @param {{changed: (change: object) => void, classes: {id: number, name: string}[], ious: number[], advised: number}} page
 */
export function controls({ changed, classes, ious, advised }) {
  const threshold = slider("Threshold", { min: 0.01, max: 0.99, step: 0.01 }, (value) => changed({ threshold: value }));
  const overlap = slider("Overlap", { min: 0, max: ious.length - 1, step: 1 }, (row) => changed({ row }));
  const follow = h("button", { class: "bl-button quiet mistakes-advised", type: "button", onclick: () => changed({ threshold: advised }) }, `Advised: ${advised.toFixed(2)}`);
  const said = list("Model says", "Any class", classes.map(({ id, name }) => [id, name]), (value) => changed({ classId: value && Number(value) }));
  const labelled = list("Label says", "Any class", classes.map(({ id, name }) => [id, name]), (value) => changed({ truthId: value && Number(value) }));
  const size = list("Size", "Any size", SIZES.map(({ key, name }) => [key, name]), (value) => changed({ size: value }));
  const from = typed("Least score shown", (value) => changed({ from: value ?? 0 }));
  const to = typed("Greatest score shown", (value) => changed({ to: value ?? 1 }));
  const sort = h("select", { class: "bl-select", "aria-label": "Order", onchange: () => changed({ sort: sort.value }) }, SORTS.map(([value, name]) => h("option", { value }, name)));
  const clear = h("button", { class: "bl-button quiet", type: "button", onclick: () => changed({ classId: null, truthId: null, size: null, from: 0, to: 1 }) }, "Clear filters");

  return {
    sliders: h("div", { class: "mistakes-sliders" }, h("div", { class: "mistakes-threshold" }, threshold.element, follow), overlap.element),
    filters: h("div", { class: "mistakes-filters" }, said.element, labelled.element, size.element, h("div", { class: "bl-field" }, "Score", h("div", { class: "bl-row" }, from, "to", to)), clear),
    sort,
    /** @param {import("./sift.js").Wanted} wanted */
    show(wanted) {
      threshold.show(wanted.threshold, wanted.threshold.toFixed(2));
      overlap.show(wanted.row, ious[wanted.row].toFixed(2));
      follow.hidden = wanted.threshold === advised;
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

function slider(name, range, changed) {
  const input = h("input", { type: "range", ...range, "aria-label": name, oninput: () => changed(Number(input.value)) });
  const shown = h("output", { class: "bl-numeric" });
  const element = h("label", { class: "mistakes-slider", title: HINTS[name] }, h("span", {}, name, shown), input);
  const show = (value, text) => {
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
  return { element: h("label", { class: "bl-field" }, name, select), show };
}

function typed(name, changed) {
  const input = h("input", { class: "bl-input bl-numeric", type: "number", min: 0, max: 1, step: 0.05, placeholder: name.startsWith("Least") ? "0" : "1", "aria-label": name, onchange: () => changed(share(input.value)) });
  return input;
}
