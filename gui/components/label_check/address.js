// Which suspect is in hand, as it stands in the address: a link leads to the same one, also in a newer list.

import { iou } from "../box_canvas/geometry.js";
import { readQuery, writeQuery } from "../shared/query.js";
import { rectOf } from "./acts.js";

const SAME = 0.5; // IoU from which a box is the one that was named: a later check may see it a little elsewhere

/** @typedef {import("./words.js").Suspect} Suspect */

/** Its image, its kind and the corners of the label in question, or of what is missing, in tenths of a pixel. @param {Suspect} suspect */
export function nameOf({ image_id, kind, box, other_box }) {
  return [image_id, kind, ...(box ?? other_box).map((side) => Math.round(side * 10))].join(".");
}

/** The suspect of a name, or what else is asked about that place by now; null where nothing is. @param {string | undefined} name @param {Suspect[]} items */
export function suspectOf(name, items) {
  const [image, kind, ...tenths] = (name ?? "").split(".");
  const place = rectOf(tenths.map((side) => Number(side) / 10));
  const near = ({ box, other_box }) => iou(rectOf(box ?? other_box), place);
  const there = items.filter((one) => one.image_id === Number(image) && near(one) >= SAME);
  const [best] = there.sort((a, b) => (b.kind === kind) - (a.kind === kind) || near(b) - near(a));
  return best ?? null;
}

/**
 * Where to begin in a list: at the suspect that the address names; where that one is dealt with, at those after it, if the
 * list is the one that was walked through here; else with the first.
 * @param {{queue: {made_at: string}, items: Suspect[]}} state
 */
export function placeOfAddress({ queue, items }) {
  const { at } = readQuery();
  const kept = at === undefined ? null : history.state?.check;
  return suspectOf(at, items)?.place ?? (kept?.list === queue.made_at ? kept.place : 0);
}

/** @param {Suspect} suspect in hand @param {{made_at: string}} queue */
export function keepAddress(suspect, { made_at: list }) {
  writeQuery({ at: nameOf(suspect) });
  history.replaceState({ ...history.state, check: { list, place: suspect.place } }, "");
}
