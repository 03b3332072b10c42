// What can be done with the selected images; stands in the place of the filters while some are selected.

import { api } from "../shared/api.js";
import { fill, h } from "../shared/dom.js";
import { count } from "../shared/format.js";
import { icon } from "../shared/icons.js";
import { toast } from "../shared/toast.js";

/** @param {object} actions onDelete, onRestore, onAll, onClear. */
export function bulkBar({ onDelete, onRestore, onAll, onClear }) {
  const element = h("div", { class: "image-bulk", role: "toolbar", "aria-label": "Selected images", hidden: true });
  const act = (label, mark, run, kind = "") =>
    h("button", { class: `bl-button ${kind}`, type: "button", "data-needs": "labeller", onclick: run }, icon(mark), label);
  return {
    element,
    show({ selected, total, inBin }) {
      element.hidden = selected === 0;
      if (selected === 0) return;
      fill(
        element,
        h("button", { class: "bl-icon-button", type: "button", "aria-label": "Clear the selection", onclick: onClear }, icon("close")),
        h("strong", { class: "bl-numeric" }, `${count(selected, "image")} selected`),
        selected < total && h("button", { class: "bl-button quiet", type: "button", onclick: onAll }, `Select all ${count(total, "image")}`),
        h("span", { class: "bl-grow" }),
        inBin ? act("Restore", "restore", onRestore) : act("Delete", "bin", onDelete, "danger"),
      );
    },
  };
}

/** Move images to the bin and offer to take that back; `onDone` runs after each of the two. */
export async function deleteImages(ids, onDone) {
  await api.post("/api/images/delete", { ids });
  onDone();
  toast(`${count(ids.length, "image")} moved to the bin.`, { undo: () => restoreImages(ids, onDone) });
}

export async function restoreImages(ids, onDone) {
  await api.post("/api/images/restore", { ids });
  onDone();
  toast(`${count(ids.length, "image")} restored.`, { kind: "ok" });
}
