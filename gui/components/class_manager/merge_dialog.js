/** Merging classes: what would change is shown before it is done. */

import { openDialog } from "../shared/dialog.js";
import { fill, h } from "../shared/dom.js";
import { attempt } from "../shared/toast.js";
import { keysOfClasses } from "../box_canvas/class_keys.js";
import { previewMerge } from "../box_canvas/client.js";
import { classPicker } from "./class_picker.js";

/** @typedef {import("../box_canvas/types.js").ObjectClass} ObjectClass */

/** @param {readonly ObjectClass[]} sources @param {import("./manager.js").ClassPage} page @param {() => void} [onDone] */
export function openMergeDialog(sources, page, onDone) {
  const { model, classes } = page;
  const names = sources.map(({ name }) => `“${name}”`).join(", ");
  /** @type {ObjectClass | null} */
  let into = null;
  let asked = 0;
  const preview = h("div", { class: "cm-preview", role: "status", "aria-live": "polite" });
  const show = async (/** @type {ObjectClass | null} */ entry) => {
    if (entry === into) return;
    into = entry;
    asked += 1;
    const turn = asked;
    if (!entry) return void fill(preview, h("p", { class: "bl-muted" }, "Choose the class that stays."));
    const found = await attempt(() => previewMerge(sources.map(({ id }) => id), entry.id));
    if (found && turn === asked) fill(preview, previewOf(found, names));
  };
  const merge = async () => {
    if (!into) return false;
    const target = into;
    const done = await attempt(() => classes.merge(sources, target).then(() => true));
    if (!done) return false;
    onDone?.();
    return true;
  };
  const picker = classPicker({
    classes: model.palette.filter((entry) => !sources.some(({ id }) => id === entry.id)),
    keys: keysOfClasses(model.classes),
    label: `The class that ${names} is merged into`,
    onMove: (entry) => show(entry),
    onPick: async (entry) => {
      await show(entry);
      /** @type {HTMLElement | null} */ (dialog.element.querySelector("footer .primary"))?.focus();
    },
  });
  const dialog = openDialog({
    title: `Merge ${names} into another class`,
    wide: true,
    body: [h("div", { class: "cm-merge" }, picker.element, preview)],
    actions: [{ label: "Cancel" }, { label: "Merge", primary: true, run: merge }],
  });
  picker.focus();
}

/** @param {any} found the server's preview @param {string} names */
function previewOf(found, names) {
  const boxes = found.boxes === 1 ? "1 box" : `${found.boxes.toLocaleString("en")} boxes`;
  const images = found.images === 1 ? "1 image" : `${found.images.toLocaleString("en")} images`;
  const what = found.boxes === 0 ? `${names} has no box.` : `${boxes} on ${images} become “${found.into.name}”.`;
  return [
    h("p", {}, h("strong", {}, what), ` “${found.into.name}” then has ${(found.boxes + found.into.boxes).toLocaleString("en")}.`),
    found.examples.length > 0 && h("div", { class: "cm-crops" }, found.examples.map(crop)),
    h(
      "ul",
      { class: "bl-muted" },
      found.models > 0 && h("li", {}, "Models go on working: what they find as one or the other is shown as one class."),
      h("li", {}, "No image gets a new revision; figures, exports and the next run see one class."),
      h("li", {}, "It can be undone at any time: each box knows the class that it was given."),
    ),
  ];
}

/** @param {any} one a box of a class */
export const crop = (one) => h("img", { class: "cm-crop", src: one.crop_url, alt: `A box on ${one.image_name}`, title: one.image_name, loading: "lazy", decoding: "async" });
