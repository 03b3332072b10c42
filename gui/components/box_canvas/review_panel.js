/** The parts of the box panel that are about the model: what is left to review, thresholds, accepting what is shown. */

import { readQuery, writeQuery } from "../shared/query.js";
import { Thresholds } from "../shared/thresholds.js";
import * as client from "./client.js";
import { redrawOn } from "./layout.js";
import { LearnedThresholds } from "./learned.js";
import { mountModelControls } from "./model_controls.js";
import { ReviewCount } from "./review_count.js";
import { drawReviewLine } from "./review_line.js";

const ADDRESS_AFTER_MS = 150; // browsers refuse to change the address a hundred times a second

/**
 * @param {{review: HTMLElement, controls: HTMLElement}} places @param {import("./model.js").Model} model
 * @param {{acceptAllShown: () => void, setModel: (id: number | null) => void}} actions
 */
export function mountReview(places, model, actions) {
  let timer = 0;
  const change = (/** @type {(thresholds: Thresholds) => void} */ act) => {
    model.changeThresholds((thresholds) => {
      thresholds.here = 0;
      act(thresholds);
    });
    clearTimeout(timer);
    timer = window.setTimeout(() => writeQuery(model.thresholds.address), ADDRESS_AFTER_MS);
  };
  mountModelControls(places.controls, model, {
    ...actions,
    setThreshold: (value) => change((thresholds) => (thresholds.chosen = value)),
    followAdvice: () => change((thresholds) => thresholds.followAdvice()),
    setClassThreshold: (id, value) => change(({ own }) => (value === null ? own.delete(id) : own.set(id, value))),
  });
  const draw = () => drawReviewLine(places.review, model, review);
  new LearnedThresholds(model, client.getAdvice);
  const review = new ReviewCount(model, client.getReview, draw);
  redrawOn(model, ["settled", "content", "predictions", "threshold", "classes"], draw);
}

/** After Back, say. @param {import("./model.js").Model} model */
export function takeThresholdsOfAddress(model) {
  const { chosen, own } = Thresholds.ofAddress(readQuery());
  model.changeThresholds((thresholds) => Object.assign(thresholds, { chosen, own }));
}
