// What is known of the picture in sight, and the one click that adds it to the project.

import { fill, h } from "../shared/dom.js";
import { icon } from "../shared/icons.js";
import { pageLink } from "../shared/query.js";

/** @param {{add: () => void}} acts */
export function foot({ add }) {
  const name = h("span", { class: "bl-cut" });
  const facts = h("span", { class: "bl-muted bl-numeric try-facts" });
  const said = h("span", { class: "bl-muted" });
  const link = h("a", { class: "bl-button primary" }, icon("edit"), "Label it");
  const button = h("button", { class: "bl-button", type: "button", onclick: add }, icon("add"), "Add to project");
  const adding = h("div", { class: "bl-row", "data-needs": "labeller" }, said, link, button);
  const element = h("div", { class: "try-foot", hidden: true }, name, facts, h("span", { class: "bl-grow" }), adding);

  /**
   * @param {object} state name; facts: string[]; isMoving: they change many times a second; canAdd; isAdding; added: {imageId, again} | null
   */
  function show(state) {
    element.hidden = false;
    name.textContent = state.name;
    facts.setAttribute("aria-live", state.isMoving ? "off" : "polite");
    facts.textContent = state.facts.join(" · ");
    const { added } = state;
    button.hidden = Boolean(added);
    button.disabled = !state.canAdd || state.isAdding;
    link.hidden = said.hidden = !added;
    if (!added) return;
    said.textContent = added.again ? "In the project already." : "Added.";
    link.href = pageLink("/label", { image: added.imageId });
  }

  const hide = () => {
    element.hidden = true;
    fill(facts);
  };
  return { element, show, hide };
}
