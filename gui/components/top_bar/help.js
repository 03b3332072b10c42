// Help: the story in six lines and the keys of the page. A page with help of its own listens to "boxloop:help" and
// calls preventDefault(); a page that only has keys to tell puts them in with shared/keys.js.

import { h, isTyping } from "../shared/dom.js";
import { openDialog } from "../shared/dialog.js";
import { icon } from "../shared/icons.js";
import { describedKeys, keysChanger } from "../shared/keys.js";
import { chordNodes } from "../shared/shortcut_dialog.js";

const STORY = [
  "Add images to a project on the Images page.",
  "Draw boxes on the Label page. Mark each finished image as done: only those are learned from.",
  "Press Train. It runs in the background; keep labelling meanwhile.",
  "Look at the model's boxes on the Predictions page or while labelling, and accept the good ones.",
  "Evaluate shows what the model still gets wrong. Label more of that, then train again.",
];

function openHelp() {
  const groups = describedKeys();
  const change = keysChanger();
  const { element, close } = openDialog({
    title: "How Boxloop works",
    wide: true,
    body: [
      h("ol", { class: "help-story" }, STORY.map((line) => h("li", {}, line))),
      groups.length > 0 &&
        h(
          "div",
          { class: "help-keys-head" },
          h("strong", {}, "Keys on this page"),
          change && h("button", { class: "bl-button", type: "button", onclick: () => (close(), change()) }, "Change shortcuts"),
        ),
      h("div", { class: "help-keys" }, groups.map(keyGroup)),
    ],
  });
  element.classList.toggle("widest", groups.length > 2);
}

function keyGroup({ name, rows }) {
  return h(
    "section",
    {},
    name && h("h3", {}, name),
    h("dl", { class: "bl-shortcuts" }, rows.map(({ chords, text }) => [h("dt", {}, chordNodes(chords)), h("dd", {}, text)])),
  );
}

export function requestHelp() {
  const event = new CustomEvent("boxloop:help", { cancelable: true });
  if (dispatchEvent(event)) openHelp();
}

export function helpButton() {
  addEventListener("keydown", (event) => {
    if (event.key !== "?" || event.defaultPrevented || isTyping(event) || document.querySelector("dialog[open]")) return;
    event.preventDefault();
    requestHelp();
  });
  return h(
    "button",
    { class: "bl-icon-button", type: "button", "aria-label": "Help", title: "Help (?)", onclick: requestHelp },
    icon("help"),
  );
}
