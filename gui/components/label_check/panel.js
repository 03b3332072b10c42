// Beside the suspect: why it is asked about, what can be said of it, and how far one is.

import { leaveAfterChoice } from "../shared/choosing.js";
import { fill, h } from "../shared/dom.js";
import { number } from "../shared/format.js";
import { icon } from "../shared/icons.js";
import { KINDS, acceptText, expectation, keepText, kindName, likely, sentence } from "./words.js";

/**
 * @param {{accept: () => void, keep: () => void, fix: () => void, skip: () => void, undo: () => void, filter: (change: object) => void, start: () => void, leave: () => void}} acts
 *   leave: the focus goes back to where keys act at once
 * @param {(id: number) => {name: string}} classOf
 */
export function buildPanel(acts, classOf) {
  const nameOf = (id) => classOf(id).name;
  const asked = h("div", { class: "check-asked", "aria-live": "polite" });
  const accept = choice("check", "E", acts.accept, { look: "primary", needs: "labeller" });
  const keep = choice("pin", "K", acts.keep, { needs: "labeller" });
  const fix = choice("edit", "F", acts.fix, { needs: "labeller", text: "Fix it on the image" });
  const skip = choice("skip", "S", acts.skip, { text: "Skip" });
  const undo = choice("undo", "Z", acts.undo, { look: "quiet", text: "Undo" });
  const answers = [accept, keep, fix, skip];
  const choices = h("div", { class: "check-choices" }, [...answers, undo].map(({ button }) => button));
  const kinds = h("select", { class: "bl-select", "aria-label": "Kind", onchange: () => acts.filter({ kind: kinds.value || null }) });
  const classes = h("select", { class: "bl-select", "aria-label": "Class", onchange: () => acts.filter({ classId: classes.value ? Number(classes.value) : null }) });
  for (const select of [kinds, classes]) leaveAfterChoice(select, acts.leave);
  const told = h("div", { class: "check-told" });
  const done = h("div");
  const sum = h("span", { class: "bl-numeric" });
  const again = h("button", { class: "bl-button quiet", type: "button", "data-needs": "labeller", onclick: acts.start }, icon("restore"), "Check again");
  const progress = h("div", { class: "check-progress" }, h("div", { class: "bl-progress", "aria-hidden": "true" }, done), h("div", { role: "status" }, sum), again);
  const element = h("aside", { class: "check-panel" }, asked, choices, told, h("span", { class: "bl-grow" }), h("div", { class: "check-filters" }, kinds, classes), progress);

  /** @param {import("./walk.js").Walk} walk @param {{image: {name: string} | null, canUndo: boolean, isLost: boolean, isIdle: boolean}} more isLost: what was said of it; isIdle: no check is under way */
  function show(walk, { image, canUndo, isLost, isIdle }) {
    const suspect = walk.current;
    fill(
      asked,
      suspect && h("div", { class: "check-kind" }, h("span", { class: "bl-chip" }, kindName(suspect.kind)), h("span", { class: "bl-muted bl-numeric" }, likely(suspect))),
      suspect && h("p", { class: "check-sentence" }, sentence(suspect, nameOf)),
      suspect && h("p", { class: "bl-muted bl-cut", title: image.name }, image.name),
      isLost && h("div", { class: "check-lost" }, icon("warning"), h("span", {}, "What you said of this one was not saved. Say it again.")),
    );
    showChoices(suspect, canUndo);
    showFilters(walk);
    const dealt = `${number(walk.dealt)} of ${number(walk.total)} dealt with`;
    const filtered = walk.filter.kind !== null || walk.filter.classId !== null;
    again.hidden = !isIdle;
    done.style.width = `${walk.total ? (100 * walk.dealt) / walk.total : 0}%`;
    sum.textContent = `${dealt}. ${expectation(walk.coming, filtered)}`;
  }

  /** The buttons stay and say something else, so that the one that was reached by Tab keeps the focus. */
  function showChoices(suspect, canUndo) {
    const focused = choices.contains(document.activeElement);
    for (const { button } of answers) button.hidden = !suspect;
    undo.button.hidden = !suspect && !canUndo;
    undo.button.disabled = !canUndo;
    if (suspect) {
      accept.text.textContent = acceptText(suspect, nameOf);
      keep.text.textContent = keepText(suspect);
    }
    const holder = document.activeElement;
    if (focused && (!choices.contains(holder) || holder.hidden || holder.disabled)) acts.leave();
  }

  /** @param {import("./walk.js").Walk} walk */
  function showFilters({ filter, left, classIds }) {
    const there = new Set([...left.map((one) => one.kind), filter.kind]);
    const shown = KINDS.filter(({ key }) => there.has(key));
    const ids = [...new Set([...classIds, ...(filter.classId === null ? [] : [filter.classId])])];
    list(kinds, [["", "All kinds"], ...shown.map(({ key, name }) => [key, name])], filter.kind);
    list(classes, [["", "All classes"], ...ids.map((id) => [String(id), nameOf(id)])], filter.classId);
  }

  /** Below what can be said, where it moves nothing. @param {HTMLElement[]} notes made anew only where they say something else, so that no press is lost */
  function tell(notes) {
    if (notes.map((one) => one.textContent).join("") !== told.textContent) fill(told, notes);
  }

  return { element, show, tell };
}

/** A list that is open on the screen stays open as long as the same stands in it. */
function list(select, entries, chosen) {
  const before = [...select.options].map(({ value }) => value).join();
  if (before !== entries.map(([value]) => value).join()) fill(select, entries.map(([value, text]) => h("option", { value }, text)));
  select.value = chosen === null ? "" : String(chosen);
}

function choice(sign, key, run, { look = null, needs = null, text: says = "" } = {}) {
  const text = h("span", { class: "bl-grow bl-cut" }, says);
  const button = h("button", { class: ["bl-button", look], type: "button", "data-needs": needs, onclick: run }, icon(sign), text, h("kbd", { class: "bl-key" }, key));
  return { button, text };
}
