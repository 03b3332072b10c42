/** The small tools over the stage: undo, redo, zoom, fit, hide. */

import { fill, h } from "../shared/dom.js";
import { icon } from "../shared/icons.js";
import { redrawOn } from "./layout.js";

/**
 * @param {HTMLElement} place @param {import("./model.js").Model} model @param {import("./editor.js").Editor} editor
 * @param {import("./view.js").View} view @param {import("./actions.js").Actions} actions
 * @returns {{drawZoom: () => void}}
 */
export function mountTools(place, model, editor, view, actions) {
  const tool = (/** @type {string} */ name, /** @type {string} */ label, /** @type {string} */ command, /** @type {() => void} */ run) =>
    h("button", { class: "bl-icon-button", type: "button", tabindex: "-1", "aria-label": label, dataset: { command }, onclick: run }, icon(name));
  const undo = tool("undo", "Undo", "edit.undo", actions.undo);
  const redo = tool("redo", "Redo", "edit.redo", actions.redo);
  const hide = tool("eye", "Hide all boxes", "view.hide", actions.hide);
  const percent = h("button", { class: "bc-zoom bl-numeric", type: "button", tabindex: "-1", dataset: { command: "view.actualSize" }, onclick: () => actions.actualSize() });
  fill(
    place,
    undo,
    redo,
    h("span", { class: "bc-gap" }),
    tool("zoom_out", "Zoom out", "view.zoomOut", () => actions.zoom(0.8)),
    percent,
    tool("zoom_in", "Zoom in", "view.zoomIn", () => actions.zoom(1.25)),
    tool("fit", "Fit the image", "view.fit", actions.fit),
    h("span", { class: "bc-gap" }),
    hide,
  );
  redrawOn(model, ["content", "image", "visibility"], () => {
    undo.disabled = !editor.canUndo;
    redo.disabled = !editor.canRedo;
    hide.setAttribute("aria-pressed", String(model.hidden));
    fill(hide, icon(model.hidden ? "eye_off" : "eye"));
  });
  let shown = Number.NaN;
  const drawZoom = () => {
    if (view.percent === shown) return; // panning must not lay the page out anew
    shown = view.percent;
    percent.textContent = `${shown} %`;
  };
  return { drawZoom };
}
