/**
 * How two contents of an image differ, box by box. A box is known by its id. Pure.
 *
 * @typedef {import("./types.js").Box} Box
 * @typedef {{kind: "kept" | "added" | "removed" | "moved" | "reclassed", box: Box, was: Box | null}} Difference
 *   `box` as it is after (of one removed: before), `was` as it was before where it changed
 */

import { sameRect } from "./geometry.js";

/** @param {readonly Box[]} before @param {readonly Box[]} after @returns {Difference[]} what changed last, so that it is painted on top */
export function differences(before, after) {
  const old = new Map(before.map((box) => [box.id, box]));
  const now = new Set(after.map((box) => box.id));
  /** @type {Difference[]} */
  const gone = before.filter((box) => !now.has(box.id)).map((box) => ({ kind: "removed", box, was: null }));
  const here = after.map((box) => difference(box, old.get(box.id)));
  const kept = here.filter(({ kind }) => kind === "kept");
  return [...kept, ...gone, ...here.filter(({ kind }) => kind !== "kept")];
}

/** @param {Box} box @param {Box | undefined} was @returns {Difference} */
function difference(box, was) {
  if (!was) return { kind: "added", box, was: null };
  if (!sameRect(box, was)) return { kind: "moved", box, was };
  if (box.class_id !== was.class_id) return { kind: "reclassed", box, was };
  return { kind: "kept", box, was: null };
}
