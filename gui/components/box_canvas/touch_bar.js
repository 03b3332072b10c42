/** For fingers, which have no keys: what can be done with the selection, and a menu for the rest. */

import { fill, h } from "../shared/dom.js";
import { icon } from "../shared/icons.js";
import { redrawOn } from "./layout.js";

/**
 * @param {HTMLElement} place @param {import("./model.js").Model} model @param {import("./actions.js").Actions} actions
 * @param {(below: HTMLElement) => void} openMenu
 */
export function mountTouchBar(place, model, actions, openMenu) {
  const bar = h("div", { class: "bc-tools bc-touch-bar", role: "toolbar", });
  place.append(bar);
  const areaButton = (/** @type {import("./areas.js").AreaAct} */ what, /** @type {string} */ name, /** @type {string} */ label, /** @type {() => void} */ run) => {
    const made = button(name, label, run);
    made.setAttribute("aria-pressed", String(model.armed === what));
    return made;
  };
  const areas = () => [
    areaButton("reject", "reject_area", "Reject in an area", actions.rejectArea),
    areaButton("unsure", "unsure_area", "Show what the model is unsure of", actions.unsureArea),
  ];
  redrawOn(model, ["selection", "visibility", "content", "image", "predictions", "armed"], () => {
    const items = model.items().filter(({ id }) => model.selected.has(id));
    bar.setAttribute("aria-label", items.length > 0 ? "What is selected" : "This image");
    const proposals = items.some(({ kind }) => kind === "model");
    const menu = button("more", "More", () => openMenu(menu));
    fill(bar, [
      proposals && button("check", "Accept", () => actions.accept()),
      proposals && button("close", "Reject", () => actions.reject()),
      items.length > 0 && button("boxes", "Duplicate", () => actions.duplicate()),
      items.length > 0 && !proposals && button("bin", "Delete", () => actions.remove()),
      ...(items.length === 0 && model.predictions.length > 0 ? areas() : []),
      menu,
    ]);
  });
}

/** @param {string} name @param {string} label @param {() => void} run */
function button(name, label, run) {
  return h("button", { class: "bl-icon-button", type: "button", "aria-label": label, title: label, onclick: run }, icon(name));
}
