// The chosen item in words, and what can be done with it; buttons for those who have no keys.

import { fill, h } from "../shared/dom.js";
import { icon } from "../shared/icons.js";
import { sentence } from "./words.js";

/** @param {{open: () => void, fix: () => void, undo: () => void}} acts */
export function detailBar(acts) {
  const element = h("div", { class: "mistakes-detail", role: "status" });

  /** @param {{facts: any, image: any, fix: import("./fixes.js").Fix | null, dealt: import("./put_right.js").Deed | undefined, isLast: boolean, threshold: number} | null} shown isLast: the last one that was put right */
  function show(shown) {
    if (!shown) {
      fill(element, h("span", { class: "bl-muted" }, "Choose a crop to see what is wrong with it. Arrow keys move, Enter opens the image."));
      return;
    }
    const { facts, image, fix, dealt, isLast, threshold } = shown;
    fill(
      element,
      h("div", { class: "mistakes-words" }, h("span", {}, dealt ? dealt.said : sentence(facts, threshold)), h("span", { class: "bl-muted bl-cut" }, image.name)),
      !dealt && fix && h("span", { class: "bl-muted mistakes-if", "data-needs": "labeller" }, "My label was wrong:"),
      !dealt && fix && button(fix.act, fix.key, acts.fix),
      dealt && button("Undo", isLast ? "Ctrl Z" : null, acts.undo),
      h("button", { class: "bl-button", type: "button", onclick: acts.open }, icon("forward"), "Open the image", h("kbd", { class: "bl-key" }, "Enter")),
    );
  }

  return { element, show };
}

function button(text, key, run) {
  return h("button", { class: "bl-button", type: "button", "data-needs": "labeller", onclick: run }, text, key && h("kbd", { class: "bl-key" }, key));
}
