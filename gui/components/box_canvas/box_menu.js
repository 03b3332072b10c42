/** The menu at a point of the image: by the right button, or by a finger held still. It names the keys as it goes. */

import { shownChord } from "../shared/chords.js";
import { openMenu } from "../shared/menu.js";
import { copied } from "./clipboard.js";

const MOST_CLASSES = 10; // more stand in the panel, where they can be searched

/**
 * @typedef {{
 *   model: import("./model.js").Model, actions: import("./actions.js").Actions, pointer: import("./pointer.js").Pointer,
 *   shortcuts: import("../shared/shortcuts.js").Shortcuts, layout: import("./layout.js").Layout
 * }} Page
 */

/** At a point of the stage, in CSS pixels: for the box that lies there. @param {import("./hits.js").Point} at @param {Page} page */
export function openMenuAt(at, page) {
  const { model, pointer, layout } = page;
  const item = pointer.hits.at(at)[0];
  if (!item) model.select(null);
  else if (!model.selected.has(item.id)) model.select(item.id);
  openMenuBelow(pointAnchor(layout.stage, at), page);
}

/** For what is selected, or for the image where nothing is. @param {any} anchor @param {Page} page */
export function openMenuBelow(anchor, { model, actions, shortcuts }) {
  const entry = (/** @type {string} */ command, /** @type {string} */ label, /** @type {() => void} */ run, /** @type {object} */ more = {}) => {
    const [chord] = shortcuts.keysOf(command);
    return { label, run, hint: chord && shownChord(chord), ...more };
  };
  const some = model.selected.size > 0;
  const entries = some ? forSelection(model, actions, entry) : forImage(model, actions, entry);
  openMenu(anchor, entries, { label: some ? "What is selected" : "This image" });
}

/** @typedef {(command: string, label: string, run: () => void, more?: object) => object} Entry */

/** @param {import("./model.js").Model} model @param {import("./actions.js").Actions} actions @param {Entry} entry */
function forSelection(model, actions, entry) {
  const items = model.items().filter(({ id }) => model.selected.has(id));
  const proposals = items.filter(({ kind }) => kind === "model");
  const locked = items.every(({ id }) => model.marks.has("locked", id));
  const shown = items.length === 1 ? items[0].classId : null;
  const classes = model.palette.slice(0, MOST_CLASSES).map(({ id, name }) => ({ label: name, checked: id === shown, run: () => actions.choose(id) }));
  return [
    ...(proposals.length > 0 ? [entry("model.accept", "Accept", actions.accept, { icon: "check" }), entry("model.reject", "Reject", actions.reject, { icon: "close" }), null] : []),
    ...classes,
    ...(model.palette.length > MOST_CLASSES ? [entry("class.quick", "Another class", actions.openPalette, { icon: "search" })] : []),
    null,
    entry("box.duplicate", "Duplicate", actions.duplicate, { icon: "boxes" }),
    entry("box.copy", "Copy", actions.copy),
    entry("box.numbers", "Type numbers", actions.typeNumbers),
    entry("box.lock", locked ? "Unlock" : "Lock", actions.lock, { icon: "lock" }),
    entry("box.hide", "Hide", actions.hideSelected, { icon: "eye_off" }),
    ...(proposals.length < items.length ? [entry("box.delete", "Delete", actions.remove, { icon: "bin", danger: true })] : []),
  ];
}

/** @param {import("./model.js").Model} model @param {import("./actions.js").Actions} actions @param {Entry} entry */
function forImage(model, actions, entry) {
  const hidden = model.listed().length - model.items().length;
  const areas = [
    entry("model.rejectArea", "Reject the model's boxes in an area", actions.rejectArea, { icon: "reject_area" }),
    entry("model.unsureArea", "Show what the model is unsure of", actions.unsureArea, { icon: "unsure_area" }),
    entry("model.more", "Show one more of its boxes here", () => actions.showMore(1)),
    entry("model.fewer", "Show one less", () => actions.showMore(-1)),
    null,
  ];
  return [
    ...(model.predictions.length > 0 ? areas : []),
    entry("box.paste", "Paste", actions.paste, { disabled: copied().length === 0 }),
    entry("box.repeat", "Repeat the boxes of the last image", actions.repeat),
    entry("select.all", "Select all", actions.selectAll, { disabled: model.content.boxes.length === 0 }),
    entry("box.hide", hidden > 0 ? `Show ${hidden} hidden` : "Show hidden boxes", () => (model.select(null), actions.hideSelected()), { disabled: hidden === 0 }),
    null,
    entry("edit.undo", "Undo", actions.undo, { icon: "undo" }),
    entry("edit.redo", "Redo", actions.redo, { icon: "redo" }),
  ];
}

/** A point to hang a menu on; the focus goes back to the stage. @param {HTMLElement} stage @param {import("./hits.js").Point} at */
function pointAnchor(stage, at) {
  const bounds = stage.getBoundingClientRect();
  const [x, y] = [bounds.left + at.x, bounds.top + at.y];
  return {
    getBoundingClientRect: () => new DOMRect(x, y, 0, 0),
    setAttribute: () => {},
    contains: () => false,
    focus: () => stage.focus({ preventScroll: true }),
  };
}
