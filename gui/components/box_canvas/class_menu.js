/** The menu of a class: everything that can be done with it. */

import { openMenu } from "../shared/menu.js";
import { attempt } from "../shared/toast.js";
import { openClassManager } from "../class_manager/manager.js";
import { openMergeDialog } from "../class_manager/merge_dialog.js";
import { openSplitSheet } from "../class_manager/split_sheet.js";
import { askForKey } from "../class_manager/key_dialog.js";

/**
 * @param {import("./types.js").ObjectClass} entry @param {HTMLElement} anchor
 * @param {import("../class_manager/manager.js").ClassPage} page @param {{rename: () => void, recolor: () => void}} here
 */
export function openClassMenu(entry, anchor, page, here) {
  const { classes, model } = page;
  const place = model.palette.findIndex(({ id }) => id === entry.id);
  const none = entry.boxes === 0;
  openMenu(
    anchor,
    [
      { label: "Rename", hint: "F2", run: here.rename },
      { label: "Colour", run: here.recolor },
      { label: "Key", run: () => askForKey(entry, page) },
      null,
      { label: "Move up", hint: "Alt ↑", disabled: place <= 0, run: () => attempt(() => classes.move(entry, -1)) },
      { label: "Move down", hint: "Alt ↓", disabled: place === model.palette.length - 1, run: () => attempt(() => classes.move(entry, 1)) },
      null,
      { label: "Merge into another class", disabled: model.palette.length < 2, run: () => openMergeDialog([entry], page) },
      { label: "Give some boxes another class", disabled: none, run: () => openSplitSheet(entry, page) },
      { label: "Archive", run: () => attempt(() => classes.setArchived(entry, true)) },
      { label: none ? "Delete" : "Delete (it has boxes)", danger: true, disabled: !none, run: () => attempt(() => classes.remove(entry)) },
      null,
      { label: "Manage classes", run: () => openClassManager(page) },
    ],
    { label: `Class ${entry.name}` },
  );
}
