/**
 * The class of a box that was just drawn: the one that the model sees there, unless the person chose one for it. One key
 * gives it the class back that it would have had.
 *
 * @typedef {import("./types.js").Prediction} Prediction
 * @typedef {import("./types.js").Rect} Rect
 */

import { iou } from "./geometry.js";
import { isRejected, SAME_OBJECT } from "./suggesting.js";

const NAMED_FROM = 0.1; // score from which the model's word is taken unasked

/**
 * The model's surest box where one was drawn, or null. gui/suggesting.py holds the same rule, and a test holds the two
 * together.
 * @param {Rect} drawn @param {readonly Prediction[]} predictions of any score, the first one wins a tie @param {number} [minimumScore]
 * @returns {Prediction | null}
 */
export function nameOf(drawn, predictions, minimumScore = NAMED_FROM) {
  const there = predictions.filter((p) => p.score >= minimumScore && iou(p, drawn) >= SAME_OBJECT);
  return there.reduce((/** @type {Prediction | null} */ best, p) => (best && best.score >= p.score ? best : p), null);
}

export class Naming {
  /** Whether the person chose the class of what is drawn next: "box" for the one on its way, "image" for the rest of the image. @type {"box" | "image" | null} */
  #chosen = null;
  /** The box that was named last, and the class that it would have had. @type {{boxId: string, classId: number, instead: number} | null} */
  #last = null;
  /** @type {number | null} */
  #imageId = null;

  /** @param {import("./model.js").Model} model */
  constructor(model) {
    this.model = model;
    model.subscribe((topic) => {
      if (topic !== "image" || model.image?.id === this.#imageId) return;
      this.#imageId = model.image?.id ?? null;
      this.#chosen = null;
      this.#last = null;
    });
  }

  /** A class was chosen before its box is there. @param {boolean} drawing whether the box is on its way */
  choose(drawing) {
    if (this.#chosen !== "image") this.#chosen = drawing ? "box" : "image";
  }

  /** The class of a box drawn now, which the model gives; null where it is for the person to say. @param {Rect} rect @returns {number | null} */
  nameFor(rect) {
    const chosen = this.#chosen;
    if (chosen === "box") this.#chosen = null;
    const { model } = this;
    if (chosen || !model.drawing.name || !model.showModel) return null;
    return model.classOf(nameOf(rect, this.#known())?.class_id ?? null)?.id ?? null;
  }

  /** Remember what a box would have been. @param {string} boxId @param {number} classId @param {number} instead */
  named(boxId, classId, instead) {
    this.#last = { boxId, classId, instead };
  }

  /** The class that the selected box would have had, while it has the model's; else null. */
  get instead() {
    const last = this.#last;
    const box = last && this.model.selection === last.boxId ? this.model.boxOf(last.boxId) : undefined;
    return last && box?.class_id === last.classId ? last.instead : null;
  }

  /** Of classes that can be drawn, not rejected, and not of an object that stands there with that class. */
  #known() {
    const { model } = this;
    const rejected = model.rejections();
    const stands = (/** @type {Prediction} */ p) => model.content.boxes.some((box) => box.class_id === p.class_id && iou(box, p) >= SAME_OBJECT);
    const drawable = (/** @type {Prediction} */ p) => model.classOf(p.class_id)?.archived === false;
    return model.predictions.filter((p) => drawable(p) && !isRejected(p, rejected) && !stands(p));
  }
}
