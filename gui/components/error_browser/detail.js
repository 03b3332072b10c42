// The chosen item in words, and what can be done with it; buttons for those who have no keys.
//
// They stay in their places, whatever is said: so none comes under the second click of two, and the focus stays.

import { fill, h } from "../shared/dom.js";
import { icon } from "../shared/icons.js";
import { sentence } from "./words.js";

/** @param {{open: () => void, fix: () => void, undo: () => void, leave: () => void}} acts leave: the focus goes back to the crops */
export function detailBar(acts) {
  const words = h("div", { class: "mistakes-words", role: "status" });
  const before = h("span", { class: "bl-muted" }, "My label was wrong:");
  const undo = h("button", { class: "bl-button", type: "button", onclick: acts.undo });
  const state = h("div", { class: "mistakes-state", "data-needs": "labeller" }, before, undo);
  const right = h("button", { class: "bl-button", type: "button", "data-needs": "labeller", onclick: () => right.ariaDisabled === "true" || acts.fix() });
  const open = h("button", { class: "bl-button", type: "button", onclick: acts.open }, icon("forward"), "Open the image", key("Enter"));
  const element = h("div", { class: "mistakes-detail" }, words, state, right, open);

  /** @param {{facts: any, image: any, fix: import("./fixes.js").Fix | null, dealt: import("./put_right.js").Deed | undefined, isLast: boolean, threshold: number} | null} shown isLast: the last one that was put right */
  function show(shown) {
    const holder = element.contains(document.activeElement) ? document.activeElement : null;
    const { facts, image, fix, dealt, isLast, threshold } = shown ?? {};
    if (shown) fill(words, h("span", {}, dealt ? dealt.said : sentence(facts, threshold)), h("span", { class: "bl-muted bl-cut" }, image.name));
    else fill(words, advice());
    state.hidden = !fix && !dealt;
    right.hidden = !fix;
    open.hidden = !shown;
    before.classList.toggle("away", Boolean(dealt));
    undo.classList.toggle("away", !dealt);
    fill(undo, "Undo", isLast && key("Ctrl Z"));
    right.ariaDisabled = String(Boolean(dealt));
    if (fix) fill(right, fix.act, key(fix.key));
    if (!holder?.closest("[hidden], .away")) return;
    if (right.hidden) acts.leave();
    else right.focus();
  }

  return { element, show };
}

const advice = () =>
  h("span", { class: "bl-muted" }, "Choose a crop to see what is wrong with it.", h("span", { class: "mistakes-by-key" }, " Arrow keys move, Enter opens the image."));
const key = (name) => h("kbd", { class: "bl-key" }, name);
