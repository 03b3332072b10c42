// What the Images page says when there is nothing to show, and the one thing to do then.

import { h } from "../shared/dom.js";
import { icon } from "../shared/icons.js";
import { STATES, chips, isFiltered, words } from "./filter_state.js";

/**
 * @param {object} given inBin, busy; params: what is asked for; project, tags: to name the parts of the filter.
 * @param {object} acts choose(); clear(); drop(key, value): the key becomes that value.
 */
export function emptyState({ inBin, params, busy, project, tags }, { choose, clear, drop }) {
  if (isFiltered(params)) return nothingFits(params, { project, tags }, { clear, drop });
  if (inBin) return state("bin", "The bin is empty. Deleted images wait here until they are restored.");
  if (busy) return state("upload", "The first images are on their way.");
  return state("images", "Drop images, a folder or a zip anywhere on this page.", {
    label: "Choose images",
    run: choose,
    primary: true,
  });
}

/** Names each part of the filter, so that a person sees which one to give up. */
function nothingFits(params, { project, tags }, { clear, drop }) {
  const parts = chips(params, { ...project, tags });
  const states = words(params, "state");
  if (states.length === 1) parts.unshift({ key: "state", label: STATES[states[0]] ?? states[0], value: null });
  const buttons = parts.map((part) => h("button", { class: "image-chip", type: "button", onclick: () => drop(part.key, part.value) }, part.label, icon("close", { size: 12 })));
  return h(
    "div",
    { class: "bl-empty" },
    icon("filter"),
    h("p", {}, "No image fits these filters."),
    parts.length > 1 && h("p", { class: "bl-muted" }, "Drop one of them:"),
    parts.length > 1 && h("div", { class: "image-empty-parts" }, buttons),
    h("button", { class: "bl-button large", type: "button", onclick: clear }, "Show all images"),
  );
}

function state(mark, text, action = null) {
  return h(
    "div",
    { class: "bl-empty" },
    icon(mark),
    h("p", {}, text),
    action &&
      h("button", { class: ["bl-button large", action.primary && "primary"], type: "button", onclick: action.run }, action.label),
  );
}
