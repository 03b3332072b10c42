// Help: the story in six lines and the keys of the page. A page with help of its own listens to "boxloop:help" and
// calls preventDefault(); a page that only has keys to tell puts them in with shared/keys.js.

import { h, isTyping } from "../shared/dom.js";
import { openDialog } from "../shared/dialog.js";
import { icon } from "../shared/icons.js";
import { describedKeys } from "../shared/keys.js";

const STORY = [
  "Add images to a project on the Images page.",
  "Draw boxes on the Label page. Mark each finished image as done: only those are learned from.",
  "Press Train. It runs in the background; keep labelling meanwhile.",
  "Look at the model's boxes on the Predictions page or while labelling, and accept the good ones.",
  "Evaluate shows what the model still gets wrong. Label more of that, then train again.",
];

function openHelp() {
  const keys = describedKeys();
  openDialog({
    title: "How Boxloop works",
    wide: true,
    body: [
      h("ol", { class: "help-story" }, STORY.map((line) => h("li", {}, line))),
      keys.length > 0 && h("strong", {}, "Keys on this page"),
      keys.length > 0 &&
        h("dl", { class: "bl-shortcuts" }, keys.map(([key, text]) => [
          h("dt", {}, key.split(" ").map((part) => [h("kbd", { class: "bl-key" }, part), " "])),
          h("dd", {}, text),
        ])),
    ],
  });
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
