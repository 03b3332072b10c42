/** How boxes are drawn, as switches at the lower left of the stage, and what the next click will do. */

import { fill, h } from "../shared/dom.js";
import { icon } from "../shared/icons.js";
import { HINTS } from "./areas.js";
import { redrawOn } from "./layout.js";

/**
 * @param {HTMLElement} place @param {import("./model.js").Model} model @param {import("./actions.js").Actions} actions
 */
export function mountDrawingTools(place, model, actions) {
  /** @type {[keyof import("./settings.js").Drawing, HTMLElement][]} */
  const switches = [
    ["clicks", turn("corners", "Draw by two clicks", "draw.clicks", actions.toggleClicks)],
    ["over", turn("over", "Draw over boxes", "draw.over", actions.toggleOver)],
    ["several", turn("select", "Select several", "select.several", actions.toggleSeveral)],
    ["take", turn("spark", "A click takes the model's box there", "draw.take", actions.toggleTake)],
    ["name", turn("label", "A drawn box gets the class that the model sees", "draw.name", actions.toggleName)],
    ["snap", turn("magnet", "Snap to other boxes", "draw.snap", actions.toggleSnap)],
  ];
  const note = h("span", { class: "bc-draw-note", hidden: true });
  fill(place, h("div", { class: "bc-tools bc-drawing", role: "toolbar", "aria-label": "Drawing and selecting" }, switches.map(([, element]) => element)), note);
  redrawOn(model, ["drawing"], () => {
    for (const [name, element] of switches) element.setAttribute("aria-pressed", String(model.drawing[name]));
  });
  redrawOn(model, ["drawing", "corner", "armed", "image", "content", "selection", "said"], () => {
    note.textContent = noteOf(model);
    note.hidden = note.textContent === "";
  });
}

/** What was just done, else what the next click will do. @param {import("./model.js").Model} model */
function noteOf({ said, corner, armed, drawing }) {
  if (corner) return "Click the opposite corner, or Esc";
  if (armed) return HINTS[armed];
  return said || (drawing.clicks ? "Click a corner of the next box" : "");
}

/** @param {string} name @param {string} label @param {string} command @param {() => void} run */
function turn(name, label, command, run) {
  return h("button", { class: "bl-icon-button", type: "button", "aria-label": label, "aria-pressed": "false", dataset: { command }, onclick: run }, icon(name));
}
