/**
 * Which of the model's boxes to propose at a place, in an area or for a drawn box. Pure; gui/suggesting.py holds the same rules for
 * `candidatesAt` and `unsureWithin`, and tests hold the two together.
 *
 * @typedef {import("./types.js").Prediction} Prediction
 * @typedef {import("./types.js").Rect} Rect
 * @typedef {import("./types.js").Rejection} Rejection
 */

import { contains, iou, middleIn } from "./geometry.js";

export const SAME_OBJECT = 0.5; // IoU from which two boxes are the same object
const UNSURE_FROM = 0.5; // share of its class's threshold from which a box is one that the model is unsure of
const SAME_EDGES = 0.6; // from which the model's edges are an offer for a drawn box: sure enough the same object
const EDGES_DIFFER = 0.97; // above, nobody would see the difference

/**
 * Whether a person turned this box of the model down: one of its class overlaps it.
 * @param {Rect & {class_id: number}} prediction @param {readonly Rejection[]} rejected those that count for the model
 */
export function isRejected(prediction, rejected) {
  return rejected.some((entry) => entry.class_id === prediction.class_id && iou(entry, prediction) >= SAME_OBJECT);
}

/**
 * What a click may take, the highest score first: the model's boxes of any score that contain the point, on no object
 * that stands there already (of whatever class), and not rejected.
 * @param {readonly Prediction[]} predictions @param {readonly Rect[]} standing boxes of people
 * @param {readonly Rejection[]} rejected those that count for the model
 * @param {number} x @param {number} y in pixels of the picture
 * @returns {Prediction[]}
 */
export function candidatesAt(predictions, standing, rejected, x, y) {
  return predictions
    .filter((p) => contains(p, x, y) && !isRejected(p, rejected) && !standing.some((box) => iou(box, p) >= SAME_OBJECT))
    .sort((a, b) => b.score - a.score);
}

/**
 * What the model is unsure of in an area: boxes below the threshold, down to half of it, the highest score first.
 * @param {readonly Prediction[]} predictions of any score @param {Rect} area a box lies within by its middle
 * @param {(classId: number) => number} thresholdOf from which boxes of a class are shown
 * @returns {Prediction[]}
 */
export function unsureWithin(predictions, area, thresholdOf) {
  const isUnsure = (/** @type {Prediction} */ p) => p.score < thresholdOf(p.class_id) && p.score >= UNSURE_FROM * thresholdOf(p.class_id);
  return predictions.filter((p) => isUnsure(p) && middleIn(area, p)).sort((a, b) => b.score - a.score);
}

/**
 * What may stand in for one of the model's boxes whose edges or class are wrong: others that share ground with it, the
 * most alike first.
 * @param {readonly Prediction[]} predictions @param {Prediction} instead @param {readonly Rect[]} standing
 * @param {readonly Rejection[]} rejected
 * @returns {Prediction[]}
 */
export function othersAround(predictions, instead, standing, rejected) {
  return predictions
    .filter((p) => p.key !== instead.key && iou(p, instead) >= 0.2)
    .filter((p) => !isRejected(p, rejected) && !standing.some((box) => iou(box, p) >= SAME_OBJECT))
    .sort((a, b) => b.score * iou(b, instead) - a.score * iou(a, instead));
}

/**
 * What the model would say of a box that a person has drawn: other edges, another class. Null where it has no box there
 * or agrees.
 * @param {readonly Prediction[]} predictions @param {Rect & {class_id: number}} drawn
 * @returns {{edges: Prediction | null, otherClass: Prediction | null}}
 */
export function opinionOn(predictions, drawn) {
  const best = (/** @type {(p: Prediction) => number} */ worth) =>
    predictions.reduce((/** @type {Prediction | null} */ top, p) => (worth(p) > (top ? worth(top) : 0) ? p : top), null);
  const edges = best((p) => (p.class_id === drawn.class_id && iou(p, drawn) >= SAME_EDGES ? p.score * iou(p, drawn) : 0));
  const named = best((p) => (iou(p, drawn) >= SAME_OBJECT ? p.score : 0));
  return {
    edges: edges && iou(edges, drawn) < EDGES_DIFFER ? edges : null,
    otherClass: named && named.class_id !== drawn.class_id ? named : null,
  };
}
