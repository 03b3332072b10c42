// The versions in a table, newest first; the note is written in its row.

import { fill, h } from "../shared/dom.js";
import { ago, bytes, count, number, score } from "../shared/format.js";
import { icon } from "../shared/icons.js";
import { menuButton } from "../shared/menu.js";
import { pageLink } from "../shared/query.js";
import { dataOf } from "./model_facts.js";

const PRESET_NAMES = { "retinanet-lite": "Lite", "retinanet-r50-v2": "ResNet-50" };
const HEADS = ["Version", "From", "AP", "AP50", "Images", "Boxes", "Data", "Network", "Size", "Made", "Note", ""];
const NUMERIC = new Set(["AP", "AP50", "Images", "Boxes", "Size"]);

/** @param {object} acts activate(model), remove(model), note(model, text): each resolves when it is done */
export function versionTable(acts) {
  const body = h("tbody");
  const head = h("tr", {}, HEADS.map((name) => h("th", { scope: "col", class: NUMERIC.has(name) ? "numeric" : null }, name)));
  const table = h("table", { class: "bl-table" }, h("thead", {}, head), body);
  const element = h("section", { class: "bl-panel bl-models-table", "aria-label": "Versions", hidden: true }, table);
  let drawn = "";

  function show(models, active) {
    const key = JSON.stringify([models, active]);
    // Redraw on change only, and never under somebody's hands.
    if (key === drawn || body.querySelector("input:focus") || document.querySelector(".bl-menu")) return;
    drawn = key;
    element.hidden = models.length === 0;
    const numbers = new Map(models.map((model) => [model.id, model.number]));
    const newestFirst = [...models].sort((a, b) => b.number - a.number);
    const focused = body.contains(document.activeElement) ? document.activeElement.dataset.key : null;
    fill(body, newestFirst.map((model) => row(model, model.id === active, numbers, acts)));
    if (focused) body.querySelector(`[data-key="${focused}"]`)?.focus();
  }
  return { element, show };
}

function row(model, isActive, numbers, acts) {
  const data = dataOf(model);
  const figure = (value) => (value === undefined ? "–" : number(value));
  const metrics = model.metrics ?? {};
  const on = Number.isFinite(metrics.val_images) ? `On ${count(metrics.val_images, "validation image")}` : null;
  return h(
    "tr",
    { "aria-current": isActive ? "true" : null, dataset: { model: String(model.id) } },
    h("td", {}, h("b", {}, `v${model.number}`), isActive && h("span", { class: "bl-badge" }, "active")),
    h("td", { class: "bl-muted" }, model.parent_id === null ? "pretrained" : `v${numbers.get(model.parent_id) ?? "?"}`),
    h("td", { class: "numeric", title: on }, score(metrics.ap)),
    h("td", { class: "numeric", title: on }, score(metrics.ap50)),
    h("td", { class: "numeric" }, figure(data.images)),
    h("td", { class: "numeric" }, figure(data.boxes)),
    h("td", {}, h("code", { class: "bl-models-digest", title: `Snapshot ${model.snapshot_digest}` }, model.snapshot_digest.slice(0, 8))),
    h("td", {}, PRESET_NAMES[model.preset] ?? model.preset),
    h("td", { class: "numeric" }, Number.isFinite(model.disk_bytes) ? bytes(model.disk_bytes) : "–"),
    h("td", { class: "bl-muted", title: model.created_at }, ago(model.created_at)),
    h("td", { class: "bl-models-note-cell" }, noteField(model, acts)),
    h("td", { class: "bl-models-acts" }, actions(model, isActive, acts)),
  );
}

/** Saved on Enter and on leaving the field; Escape takes the change back. */
function noteField(model, acts) {
  let saved = model.note ?? "";
  const save = async () => {
    const text = input.value.trim();
    if (text === saved) return;
    if (await acts.note(model, text)) saved = text;
  };
  const keys = (event) => {
    if (event.key === "Escape") input.value = saved;
    if (event.key === "Enter" || event.key === "Escape") input.blur();
  };
  const input = h("input", {
    class: "bl-models-note",
    value: saved,
    placeholder: "Add a note",
    maxlength: 500,
    "aria-label": `Note on v${model.number}`,
    dataset: { key: `note-${model.id}` },
    onchange: save,
    onkeydown: keys,
  });
  return input;
}

function actions(model, isActive, acts) {
  const activate = h(
    "button",
    { class: "bl-button", type: "button", dataset: { key: `activate-${model.id}`, needs: "labeller" }, onclick: () => acts.activate(model) },
    "Activate",
  );
  const more = h("button", { class: "bl-icon-button", type: "button", "aria-label": `More for v${model.number}`, dataset: { key: `more-${model.id}` } }, icon("more"));
  menuButton(more, () => [
    { label: "Its boxes", icon: "boxes", href: pageLink("/predictions", { model: model.id }) },
    { label: "Its figures", icon: "chart", href: pageLink("/evaluate", { model: model.id }) },
    model.job_id === null ? null : { label: "Its run", icon: "history", href: pageLink("/train", { run: model.job_id }) },
    null,
    { label: isActive ? "Delete (active: choose another first)" : "Delete", icon: "bin", danger: true, needs: "owner", disabled: isActive, run: () => acts.remove(model) },
  ]);
  return h("div", {}, !isActive && activate, more);
}
