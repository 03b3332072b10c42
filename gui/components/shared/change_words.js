// What a save changed, in a few words.

import { count, STATE_NAMES } from "./format.js";

/**
 * "+3 boxes, 1 moved, class of 2 changed, done".
 * @param {{added: number, removed: number, moved: number, reclassed: number, rejected: number, accepted: any}} changes
 *   `accepted`: of those added, what came from models: [{model, boxes}] or numbers by id
 * @param {string} state @param {string} before of the image, after and before it
 */
export function changesInWords({ added, removed, moved, reclassed, rejected, accepted }, state, before) {
  const taken = Array.isArray(accepted)
    ? accepted
    : Object.values(accepted).map((boxes) => ({ model: "the model", boxes }));
  const drawn = added - taken.reduce((sum, { boxes }) => sum + boxes, 0);
  const parts = [
    drawn > 0 && `+${count(drawn, "box", "boxes")}`,
    ...taken.map(({ model, boxes }) => `${count(boxes, "box", "boxes")} accepted from ${model}`),
    removed > 0 && `−${count(removed, "box", "boxes")}`,
    moved > 0 && `${moved} moved`,
    reclassed > 0 && `class of ${reclassed} changed`,
    rejected > 0 && `${rejected} rejected`,
    state !== before && STATE_NAMES[state].toLowerCase(),
  ];
  return parts.filter(Boolean).join(", ") || "nothing changed";
}

/** What kind of save it was, where it is no plain edit; "" else. */
export function kindInWords({ revision, bulk, step }) {
  if (bulk === "import") return "Import";
  if (bulk === "accept") return "Accepted on many images";
  if (step.restored === 0) return "Restored: as it came in";
  if (step.restored !== null) return `Restored: revision ${step.restored}`;
  if (step.redo === revision - 1) return "Undo";
  if (step.same !== null || step.undo !== null) return step.same === null && step.redo === null ? "" : "Redo";
  return "";
}
