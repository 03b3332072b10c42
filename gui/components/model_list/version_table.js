// The versions in a table, newest first, with the lines of their descent; name and note are written in their row.

import { fill, h } from "../shared/dom.js";
import { ago, bytes, count, moment, number, score } from "../shared/format.js";
import { icon } from "../shared/icons.js";
import { menuButton } from "../shared/menu.js";
import { pageLink } from "../shared/query.js";
import { descent } from "./descent.js";
import { descentLines } from "./descent_lines.js";
import { inlineField } from "./inline_field.js";
import { dataOf } from "./model_facts.js";

const PRESET_NAMES = { "retinanet-lite": "Lite", "retinanet-r50-v2": "ResNet-50" };
const HEADS = ["", "Version", "Name", "AP", "AP50", "Images", "Boxes", "Network", "Size", "Made", "Note", ""];
const NUMERIC = new Set(["AP", "AP50", "Images", "Boxes", "Size"]);

/** @param {object} acts activate(model), remove(model), change(model, {title | note | pinned}): each resolves when it is done */
export function versionTable(acts) {
  const body = h("tbody");
  const head = h("tr", {}, HEADS.map((name) => h("th", { scope: "col", class: NUMERIC.has(name) ? "numeric" : null }, name)));
  const table = h("table", { class: "bl-table" }, h("thead", {}, head), body);
  const element = h("section", { class: "bl-panel bl-models-table", "aria-label": "Versions", hidden: true }, table);
  let drawn = "";

  /** @param {object[]} models @param {number | null} active @param {object[]} binned versions in the bin, which may be parents @param {boolean} mayWrite names and notes */
  function show(models, active, binned, mayWrite) {
    const key = JSON.stringify([models, active, binned, mayWrite]);
    // Redraw on change only, and never under somebody's hands.
    if (key === drawn || body.querySelector("input:focus") || document.querySelector(".bl-menu")) return;
    drawn = key;
    element.hidden = models.length === 0;
    const newestFirst = [...models].sort((a, b) => b.number - a.number);
    const list = { active: models.find(({ id }) => id === active), parents: parentNames(models, binned), mayWrite, ...descent(newestFirst) };
    const focused = body.contains(document.activeElement) ? document.activeElement.dataset.key : null;
    fill(body, newestFirst.map((model, place) => row(model, place, list, acts)));
    if (focused) body.querySelector(`[data-key="${focused}"]`)?.focus();
  }
  return { element, show };
}

/** How each version is called where it is a parent. */
function parentNames(models, binned) {
  return new Map([...binned.map(({ id, number: n }) => [id, `v${n} (in the bin)`]), ...models.map(({ id, number: n }) => [id, `v${n}`])]);
}

function row(model, place, list, acts) {
  const isActive = model.id === list.active?.id;
  const data = dataOf(model);
  const figure = (value) => (value === undefined ? "–" : number(value));
  const metrics = model.metrics ?? {};
  const on = Number.isFinite(metrics.val_images) ? `On ${count(metrics.val_images, "validation image")} of its time` : null;
  const from = `v${model.number} comes from ${model.parent_id === null ? "pretrained weights" : (list.parents.get(model.parent_id) ?? "a version that is gone")}`;
  const cell = (name, attributes, ...content) => h("td", { "data-name": name, ...attributes }, content);
  return h(
    "tr",
    { "aria-current": isActive ? "true" : null, dataset: { model: String(model.id) } },
    h("td", { class: "bl-models-descent-cell" }, descentLines(list.rows[place], list.lanes, isActive, from)),
    h("td", { class: "bl-models-version", title: from }, h("div", {}, h("b", {}, `v${model.number}`), isActive && h("span", { class: "bl-badge" }, "active"), pinButton(model, acts))),
    h("td", { class: "bl-models-name-cell" }, nameField(model, list.mayWrite, acts)),
    cell("AP", { class: "numeric", title: on }, score(metrics.ap)),
    cell("AP50", { class: "numeric", title: on }, score(metrics.ap50)),
    cell("Images", { class: "numeric", title: `Snapshot ${model.snapshot_digest}` }, figure(data.images)),
    cell("Boxes", { class: "numeric", title: `Snapshot ${model.snapshot_digest}` }, figure(data.boxes)),
    cell("Network", {}, PRESET_NAMES[model.preset] ?? model.preset),
    cell("Size", { class: "numeric" }, Number.isFinite(model.disk_bytes) ? bytes(model.disk_bytes) : "–"),
    cell("Made", { class: "bl-muted", title: moment(model.created_at) }, ago(model.created_at)),
    h("td", { class: "bl-models-note-cell" }, noteField(model, list.mayWrite, acts)),
    h("td", { class: "bl-models-acts" }, actions(model, list.active, acts)),
  );
}

function pinButton(model, acts) {
  const said = model.pinned ? `v${model.number} is pinned: it is neither deleted nor replaced. Unpin it` : `Pin v${model.number}, so that it is neither deleted nor replaced`;
  return h(
    "button",
    {
      class: ["bl-icon-button bl-models-pin", model.pinned && "pinned"],
      type: "button",
      "aria-pressed": String(model.pinned),
      "aria-label": `Pin v${model.number}`,
      title: said,
      dataset: { key: `pin-${model.id}`, needs: "labeller" },
      onclick: () => acts.change(model, { pinned: !model.pinned }),
    },
    icon("pin"),
  );
}

function nameField(model, mayWrite, acts) {
  const field = { value: model.title ?? "", placeholder: "Add a name", label: `Name of v${model.number}`, most: 60, key: `name-${model.id}`, readonly: !mayWrite };
  return inlineField(field, (title) => acts.change(model, { title }));
}

function noteField(model, mayWrite, acts) {
  const field = { value: model.note ?? "", placeholder: "Add a note", label: `Note on v${model.number}`, most: 500, key: `note-${model.id}`, readonly: !mayWrite };
  return inlineField(field, (note) => acts.change(model, { note }));
}

function actions(model, active, acts) {
  const isActive = model.id === active?.id;
  const isOlder = active !== undefined && model.number < active.number;
  const activate = h(
    "button",
    { class: "bl-button", type: "button", dataset: { key: `activate-${model.id}`, needs: "labeller" }, onclick: () => acts.activate(model) },
    isOlder ? `Back to v${model.number}` : "Activate",
  );
  const more = h("button", { class: "bl-icon-button", type: "button", "aria-label": `More for v${model.number}`, dataset: { key: `more-${model.id}` } }, icon("more"));
  menuButton(more, () => [
    { label: "Its boxes", icon: "boxes", href: pageLink("/predictions", { model: model.id }) },
    { label: "Its figures", icon: "chart", href: pageLink("/evaluate", { model: model.id }) },
    ...(active === undefined || isActive ? [] : [{ label: `Against v${active.number}`, icon: "over", href: pageLink("/evaluate", { view: "compare", model: active.id, with: model.id }) }]),
    ...(model.job_id === null ? [] : [{ label: "Its run", icon: "history", href: pageLink("/train", { run: model.job_id }) }]),
    null,
    { label: deleteLabel(model, isActive), icon: "bin", danger: true, needs: "owner", disabled: isActive || model.pinned, run: () => acts.remove(model) },
  ]);
  return h("div", {}, !isActive && activate, more);
}

function deleteLabel(model, isActive) {
  if (isActive) return "Delete (active: choose another first)";
  return model.pinned ? "Delete (pinned: unpin it first)" : "Delete";
}
