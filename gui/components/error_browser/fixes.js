// "My label was wrong": the label is put right by what the model said, through an ordinary save, and can be taken back.

import { labelOf, saveBoxes } from "../prediction_grid/accepting.js";
import { api } from "../shared/api.js";
import { BACKGROUND, BADLY_PLACED, BOTH, MISSED, WRONG_CLASS } from "./kinds.js";

const NEAR = 0.02; // pixels of the picture: corners travel as 32-bit numbers

/** Somebody was quicker: what was to be changed does not stand there any more. */
export class Overtaken extends Error {}

/**
 * @typedef {object} Fix
 * @property {number} imageId
 * @property {any | null} label what stands there now: {class_id, x1, y1, x2, y2}; null where there is no label yet
 * @property {any | null} change what becomes of it; null takes it away
 * @property {string} act what the button says
 * @property {string} done what is said afterwards
 * @property {string} key
 */

/**
 * How a label can be put right by an item; null where nothing can be wrong with a label.
 * @param {number} kind @param {{imageId: number, box: any, truth: any}} about @param {number} modelId @param {(id: number) => string} nameOf
 * @returns {Fix | null}
 */
export function fixOf(kind, { imageId, box, truth }, modelId, nameOf) {
  const taken = box && labelOf(box, modelId);
  const { id: _, class_id, ...place } = taken ?? {};
  const name = box && nameOf(class_id);
  const fixes = {
    [WRONG_CLASS]: () => ({ label: truth, change: { class_id }, act: `Make the label ${name}`, done: `The label is ${name} now.`, key: "E" }),
    [BADLY_PLACED]: () => ({ label: truth, change: place, act: "Take the model's box", done: "The label has the model's box now.", key: "E" }),
    [BOTH]: () => ({ label: truth, change: { class_id, ...place }, act: "Take the model's box and class", done: `The label has the model's box and is ${name} now.`, key: "E" }),
    [BACKGROUND]: () => ({ label: null, change: taken, act: "Add as a label", done: `Added as ${name}.`, key: "E" }),
    [MISSED]: () => ({ label: truth, change: null, act: "Remove the label", done: "The label is removed.", key: "X" }),
  };
  const made = fixes[kind]?.();
  return made ? { imageId, ...made } : null;
}

/** @param {Fix} fix @returns {Promise<{imageId: number, before: any, after: any}>} what `undo` takes back */
export async function apply({ imageId, label, change }) {
  let changed;
  await edit(imageId, (annotations) => {
    const before = label && annotations.find((one) => isSame(one, label));
    if (label && !before) throw new Overtaken("This label has been changed or removed meanwhile.");
    const after = change && { ...before, ...change };
    changed = { imageId, before, after };
    return put(annotations, before, after);
  });
  return changed;
}

/** @param {{imageId: number, before: any, after: any}} changed of `apply` */
export async function undo({ imageId, before, after }) {
  await edit(imageId, (annotations) => {
    const now = after && annotations.find((one) => one.id === after.id);
    if (after && !(now && isSame(now, after))) throw new Overtaken("This label was changed since and is left as it is.");
    return put(annotations, now, before);
  });
}

/** The boxes with one in another's place; either may be missing. */
function put(annotations, before, after) {
  if (!before) return [...annotations, after];
  return annotations.flatMap((one) => (one.id !== before.id ? [one] : after ? [after] : []));
}

/** Save an image's boxes, changed; once more where somebody saved it between reading and writing. */
async function edit(imageId, changed, again = true) {
  const { revision, state, annotations } = await api.get(`/api/images/${imageId}`, { params: { ahead: 1 } });
  try {
    await saveBoxes({ id: imageId, revision }, changed(annotations), state);
  } catch (error) {
    if (error.status !== 409 || !again) throw error;
    await edit(imageId, changed, false);
  }
}

function isSame(one, other) {
  return one.class_id === other.class_id && ["x1", "y1", "x2", "y2"].every((side) => Math.abs(one[side] - other[side]) < NEAR);
}
