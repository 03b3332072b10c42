/** The panel on the right: every box that is shown. */

import { fill, h } from "../shared/dom.js";
import { icon } from "../shared/icons.js";
import { UNKNOWN } from "./colors.js";
import { redrawOn } from "./layout.js";

/**
 * @typedef {{
 *   accept: (id: string) => void, remove: (id: string) => void, reveal: (id: string) => void
 * }} BoxListActions
 */

/**
 * @param {HTMLElement} panel @param {import("./model.js").Model} model @param {BoxListActions} actions
 */
export function mountBoxList(panel, model, actions) {
  const count = h("span", { class: "bc-count bl-numeric" });
  const rows = h("div", { class: "bc-box-rows", role: "listbox", "aria-multiselectable": "true", "aria-label": "Boxes on this image" });
  const review = h("div", { class: "bc-review bl-numeric", hidden: true });
  const controls = h("div", { class: "bc-model-controls", hidden: true });
  fill(panel, h("header", { class: "bc-head" }, "Boxes", count), review, rows, controls);
  /** Rows by what they say: with hundreds of boxes an edit must not build the others anew. @type {Map<string, HTMLElement>} */
  let known = new Map();
  const draw = () => {
    const items = model.listed();
    count.textContent = items.length > 0 ? String(items.length) : "";
    const wanted = new Map(items.map((item, index) => [saidOf(item, index, model), { item, index }]));
    const drawn = new Map([...wanted].map(([said, { item, index }]) => [said, known.get(said) ?? boxRow(item, index, model, actions)]));
    known = drawn;
    arrange(rows, items.length > 0 ? [...drawn.values()] : [emptyNote(model)]);
    markSelected(rows, model);
  };
  redrawOn(model, ["settled", "content", "predictions", "threshold", "classes", "visibility"], draw);
  redrawOn(model, ["selection", "hover"], () => markSelected(rows, model));
  return { review, controls };
}

/** All that a row depends on. @param {import("./types.js").Item} item @param {number} index @param {import("./model.js").Model} model */
function saidOf({ id, kind, rect, classId, score }, index, model) {
  const entry = model.classOf(classId);
  const marks = [model.marks.has("hidden", id), model.marks.has("locked", id)];
  return JSON.stringify([id, index, kind, rect.x1, rect.y1, rect.x2, rect.y2, score, entry?.name, entry?.color, entry?.archived, whoMade(model, id), ...marks]);
}

/** Put these in the place of what an element holds, touching only what is not in its place. @param {HTMLElement} element @param {HTMLElement[]} nodes */
function arrange(element, nodes) {
  const staying = new Set(nodes);
  for (const child of [...element.children]) if (!staying.has(/** @type {HTMLElement} */ (child))) child.remove();
  let at = element.firstChild;
  for (const node of nodes) {
    if (node === at) at = at.nextSibling;
    else element.insertBefore(node, at);
  }
}

/** @param {HTMLElement} rows @param {import("./model.js").Model} model */
function markSelected(rows, model) {
  for (const row of rows.children) {
    if (!(row instanceof HTMLElement) || !row.dataset.item) continue;
    const selected = model.selected.has(row.dataset.item);
    row.classList.toggle("hovered", row.dataset.item === model.hover);
    if (row.classList.contains("selected") === selected) continue;
    row.classList.toggle("selected", selected);
    row.setAttribute("aria-selected", String(selected));
    if (selected) row.scrollIntoView({ block: "nearest" });
  }
}

/** @param {import("./types.js").Item} item @param {number} index @param {import("./model.js").Model} model @param {BoxListActions} actions */
function boxRow(item, index, model, actions) {
  const entry = model.classOf(item.classId);
  const { x1, y1, x2, y2 } = item.rect;
  const isModel = item.kind === "model";
  return h(
    "div",
    {
      class: ["bc-box", item.kind, model.marks.has("hidden", item.id) && "unseen"],
      role: "option",
      "aria-selected": "false",
      dataset: { item: item.id },
      onclick: (/** @type {MouseEvent} */ event) => (pick(model, item.id, event), actions.reveal(item.id)),
      onpointerenter: () => model.setHover(item.id),
      onpointerleave: () => model.setHover(null),
    },
    h("span", { class: "bc-number bl-numeric" }, index + 1),
    h("span", { class: ["bc-chip", item.kind], style: { "--color": entry?.color ?? UNKNOWN } }),
    h("span", { class: ["bc-box-name bl-cut", entry?.archived && "archived"], title: entry?.archived ? `${entry.name}, archived` : (entry?.name ?? "unknown class") }, entry?.name ?? "unknown class"),
    h("span", { class: "bc-size bl-numeric" }, `${Math.round(x2 - x1)}×${Math.round(y2 - y1)}`),
    h("span", { class: "bc-who bl-numeric" }, isModel ? (item.score ?? 0).toFixed(2) : whoMade(model, item.id)),
    model.marks.has("locked", item.id) && rowButton("lock", "Unlock", "box.lock", () => model.setMark("locked", [item.id], false)),
    model.marks.has("hidden", item.id) && rowButton("eye_off", "Show", "box.hide", () => model.setMark("hidden", [item.id], false)),
    isModel && rowButton("check", "Accept", "model.accept", () => actions.accept(item.id)),
    rowButton(isModel ? "close" : "bin", isModel ? "Reject" : "Delete", isModel ? "model.reject" : "box.delete", () => actions.remove(item.id)),
  );
}

/** As on the image: with Shift or Ctrl the box joins the others. @param {import("./model.js").Model} model @param {string} id @param {MouseEvent} event */
function pick(model, id, event) {
  if (event.shiftKey || event.ctrlKey || event.metaKey) model.toggle(id);
  else model.select(id);
}

/** @param {import("./model.js").Model} model @param {string} id */
function whoMade(model, id) {
  const box = model.boxOf(id);
  if (box?.source === "model") {
    const version = (model.project?.models ?? []).find((/** @type {any} */ entry) => entry.id === box.model_version_id);
    return version ? `from v${version.number}` : "accepted";
  }
  return box?.source === "import" ? "import" : "you";
}

/** @param {string} name @param {string} label @param {string} command @param {() => void} run */
function rowButton(name, label, command, run) {
  const click = (/** @type {Event} */ event) => (event.stopPropagation(), run());
  return h("button", { "data-needs": "labeller", class: "bc-row-tool", type: "button", tabindex: "-1", "aria-label": label, dataset: { command }, onclick: click }, icon(name, { size: 14 }));
}

/** @param {import("./model.js").Model} model */
function emptyNote(model) {
  const text = model.hidden ? "All boxes are hidden." : model.content.state === "done" ? "Nothing here." : "Drag on the image to draw a box.";
  return h("div", { class: "bc-empty-note" }, text);
}
