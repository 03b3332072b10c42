// Beside the suspect: why it is asked about, what can be said of it, and how far one is.

import { fill, h } from "../shared/dom.js";
import { number } from "../shared/format.js";
import { icon } from "../shared/icons.js";
import { KINDS, acceptText, expectation, keepText, kindName, likely, sentence } from "./words.js";

/** @param {{accept: () => void, keep: () => void, fix: () => void, skip: () => void, undo: () => void, filter: (change: object) => void, start: () => void}} acts @param {(id: number) => {name: string}} classOf */
export function buildPanel(acts, classOf) {
  const nameOf = (id) => classOf(id).name;
  const asked = h("div", { class: "check-asked", "aria-live": "polite" });
  const choices = h("div", { class: "check-choices" });
  const kinds = h("select", { class: "bl-select", "aria-label": "Kind", onchange: () => acts.filter({ kind: kinds.value || null }) });
  const classes = h("select", { class: "bl-select", "aria-label": "Class", onchange: () => acts.filter({ classId: classes.value ? Number(classes.value) : null }) });
  const progress = h("div", { class: "check-progress", role: "status" });
  const element = h("aside", { class: "check-panel" }, asked, choices, h("span", { class: "bl-grow" }), h("div", { class: "check-filters" }, kinds, classes), progress);

  /** @param {import("./walk.js").Walk} walk @param {{image: {name: string} | null, canUndo: boolean}} more */
  function show(walk, { image, canUndo }) {
    const suspect = walk.current;
    fill(
      asked,
      suspect && h("div", { class: "check-kind" }, h("span", { class: "bl-chip" }, kindName(suspect.kind)), h("span", { class: "bl-muted bl-numeric" }, likely(suspect))),
      suspect && h("p", { class: "check-sentence" }, sentence(suspect, nameOf)),
      suspect && h("p", { class: "bl-muted bl-cut", title: image.name }, image.name),
    );
    fill(
      choices,
      suspect && [
        choice("check", acceptText(suspect, nameOf), "E", acts.accept, "primary"),
        choice("pin", keepText(suspect), "K", acts.keep),
        choice("edit", "Fix it on the image", "F", acts.fix),
        choice("skip", "Skip", "S", acts.skip),
      ],
      (suspect || canUndo) && choice("undo", "Undo", "Z", acts.undo, "quiet", !canUndo),
    );
    showFilters(walk);
    const dealt = `${number(walk.dealt)} of ${number(walk.total)} dealt with`;
    const filtered = walk.filter.kind !== null || walk.filter.classId !== null;
    fill(
      progress,
      h("div", { class: "bl-progress", "aria-hidden": "true" }, h("div", { style: { width: `${walk.total ? (100 * walk.dealt) / walk.total : 0}%` } })),
      h("span", { class: "bl-numeric" }, `${dealt}. ${expectation(walk.coming, filtered)}`),
      h("button", { class: "bl-button quiet", type: "button", "data-needs": "labeller", onclick: acts.start }, icon("restore"), "Check again"),
    );
  }

  /** @param {import("./walk.js").Walk} walk */
  function showFilters({ filter, left, classIds }) {
    const there = new Set([...left.map((one) => one.kind), filter.kind]);
    const option = (value, text, chosen) => h("option", { value, selected: chosen }, text);
    fill(kinds, option("", "All kinds", filter.kind === null), KINDS.filter(({ key }) => there.has(key)).map(({ key, name }) => option(key, name, filter.kind === key)));
    const ids = [...new Set([...classIds, ...(filter.classId === null ? [] : [filter.classId])])];
    fill(classes, option("", "All classes", filter.classId === null), ids.map((id) => option(String(id), nameOf(id), filter.classId === id)));
  }

  return { element, show };
}

function choice(sign, text, key, run, look = null, disabled = false) {
  return h(
    "button",
    { class: ["bl-button", look], type: "button", "data-needs": key === "S" ? null : "labeller", disabled, onclick: run },
    icon(sign),
    h("span", { class: "bl-grow bl-cut" }, text),
    h("kbd", { class: "bl-key" }, key),
  );
}
