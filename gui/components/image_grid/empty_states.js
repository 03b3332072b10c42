// What the Images page says when there is nothing to show, and the one thing to do then.

import { h } from "../shared/dom.js";
import { icon } from "../shared/icons.js";

export function emptyState({ inBin, filtered, busy }, { choose, clear }) {
  if (inBin) return state("bin", "The bin is empty. Deleted images wait here until they are restored.");
  if (filtered) return state("filter", "No image fits these filters.", { label: "Show all images", run: clear });
  if (busy) return state("upload", "The first images are on their way.");
  return state("images", "Drop images, a folder or a zip anywhere on this page.", {
    label: "Choose images",
    run: choose,
    primary: true,
  });
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
