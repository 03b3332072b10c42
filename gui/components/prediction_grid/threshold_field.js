// From which score boxes are shown: a slider, and the number to type.

import { h } from "../shared/dom.js";

const LEAST_SCORE = 0.01;

/**
 * @param {(threshold: number) => void} changed
 * @returns {{element: HTMLElement, show: (filter: {threshold: number, exceptions: object}) => void}}
 */
export function thresholdField(changed) {
  const slider = h("input", {
    type: "range",
    min: LEAST_SCORE,
    max: 0.99,
    step: 0.01,
    "aria-label": "Least score shown",
    oninput: () => changed(Number(slider.value)),
  });
  const typed = h("input", {
    class: "bl-input bl-numeric",
    type: "number",
    min: LEAST_SCORE,
    max: 1,
    step: 0.01,
    "aria-label": "Least score shown, typed",
    onchange: () => changed(clamped(Number(typed.value))),
  });
  const element = h("div", { class: "predictions-threshold", title: "Boxes with this score or more are shown" }, slider, typed);

  function show({ threshold, exceptions }) {
    slider.title = Object.keys(exceptions).length > 0 ? "Some classes have a threshold of their own; moving this sets one for all" : "";
    slider.value = String(threshold);
    if (document.activeElement !== typed || Number(typed.value) !== threshold) typed.value = threshold.toFixed(2);
  }

  return { element, show };
}

function clamped(value) {
  return Number.isFinite(value) ? Math.min(1, Math.max(LEAST_SCORE, value)) : LEAST_SCORE;
}
