/**
 * The edits a person makes: each becomes one step of the image's history and is handed to the saver at once.
 *
 * @typedef {import("./types.js").Box} Box
 * @typedef {import("./types.js").Content} Content
 * @typedef {import("./types.js").ImageState} ImageState
 * @typedef {import("./types.js").Prediction} Prediction
 * @typedef {import("./types.js").Rect} Rect
 */

import { clamp, iou, moved, rectOf, sameRect } from "./geometry.js";
import { History } from "./history.js";
import { newId } from "./saver.js";

const SAME_OBJECT_FROM = 0.5;

export class Editor {
  /** @type {Map<number, History<Content>>} steps of every image seen since the page was opened */
  #histories = new Map();

  /** @param {import("./model.js").Model} model @param {import("./saver.js").Saver} saver */
  constructor(model, saver) {
    this.model = model;
    this.saver = saver;
  }

  /** Forget the steps of an image: somebody else changed it, so that undoing ours would undo theirs. @param {number} imageId */
  forget(imageId) {
    this.#histories.delete(imageId);
  }

  /** @param {Rect} rect @param {number} classId */
  addBox(rect, classId) {
    const box = personBox(rect, classId);
    this.#edit({ boxes: [...this.model.content.boxes, box] });
    this.model.select(box.id);
  }

  /** Move or resize; a model's box becomes a person's by that. @param {string} id @param {Rect} rect @param {string | null} [merge] */
  changeRect(id, rect, merge = null) {
    const prediction = this.model.predictionOf(id);
    if (prediction) return this.#accept(prediction, { rect });
    this.#replaceBox(id, (box) => (sameRect(box, rect) ? box : { ...box, ...rectOf(rect) }), merge);
  }

  /** @param {string} id @param {number} classId */
  setClass(id, classId) {
    const prediction = this.model.predictionOf(id);
    if (prediction) return this.#accept(prediction, { classId });
    this.#replaceBox(id, (box) => (box.class_id === classId ? box : { ...box, class_id: classId }));
  }

  /** Delete a person's box or reject the model's. @param {string} id */
  remove(id) {
    const next = this.#neighbourOf(id);
    const prediction = this.model.predictionOf(id);
    if (prediction) this.#edit({ rejected: [...this.model.content.rejected, this.#rejectionOf(prediction)] });
    else this.#edit({ boxes: this.model.content.boxes.filter((box) => box.id !== id) });
    if (next) this.model.select(next);
  }

  /** @param {string} id @param {number} dx @param {number} dy whole pixels */
  nudge(id, dx, dy) {
    const item = this.model.itemOf(id);
    if (item && this.model.image) this.changeRect(id, moved(item.rect, dx, dy, this.model.image), `nudge ${id}`);
  }

  /** Take a model's box as a label. @param {string} id */
  accept(id) {
    const prediction = this.model.predictionOf(id);
    if (prediction) this.#accept(prediction, {});
  }

  /** Take every model's box that is shown, as one step. @param {ImageState} [state] of the image from then on */
  acceptAllShown(state) {
    /** @type {Box[]} */
    const taken = [];
    for (const prediction of this.model.showModel && !this.model.hidden ? this.model.shownPredictions() : []) {
      if (!this.model.classOf(prediction.class_id)) continue;
      const known = taken.some((box) => box.class_id === prediction.class_id && iou(box, prediction) >= SAME_OBJECT_FROM);
      if (!known) taken.push(this.#boxOf(prediction, {}));
    }
    this.#edit({ boxes: [...this.model.content.boxes, ...taken], state });
    return taken.length;
  }

  /** @param {ImageState} state */
  setState(state) {
    this.#edit({ state });
  }

  /** Done with no boxes: a fact that is stored and trained on. Boxes that stood there go, and undo brings them back. */
  nothingHere() {
    this.#edit({ boxes: [], state: "done" });
  }

  undo() {
    this.#goTo(this.#history().undo());
  }

  redo() {
    this.#goTo(this.#history().redo());
  }

  /**
   * Show what came of a conflict, or of an edit of a tab that is gone; the saver knows of it already. Undo goes back to
   * what stood here, and no further: earlier steps know nothing of the other's boxes and would take them away.
   * @param {Content} content
   */
  takeOver(content) {
    const { image, content: before } = this.model;
    if (!image) return;
    this.forget(image.id);
    this.#history().push(before, content);
    this.model.setContent(content);
  }

  get canUndo() {
    return this.model.image !== null && this.#history().canUndo;
  }

  get canRedo() {
    return this.model.image !== null && this.#history().canRedo;
  }

  /** @param {string} id @param {(box: Box) => Box} change @param {string | null} [merge] */
  #replaceBox(id, change, merge = null) {
    this.#edit({ boxes: this.model.content.boxes.map((box) => (box.id === id ? change(box) : box)) }, merge);
  }

  /** @param {Prediction} prediction @param {{rect?: Rect, classId?: number}} changes */
  #accept(prediction, changes) {
    if (!this.model.classOf(changes.classId ?? prediction.class_id)) return;
    const box = this.#boxOf(prediction, changes);
    const { boxes, rejected } = this.model.content;
    // Corrected, it may no longer cover the prediction it came from: that one has been dealt with all the same.
    const corrected = changes.rect !== undefined || changes.classId !== undefined;
    this.#edit({ boxes: [...boxes, box], rejected: corrected ? [...rejected, this.#rejectionOf(prediction)] : rejected });
    this.model.select(box.id);
  }

  /** @param {Prediction} prediction @param {{rect?: Rect, classId?: number}} changes @returns {Box} */
  #boxOf(prediction, { rect, classId }) {
    return {
      ...personBox(this.#inside(rect ?? prediction), classId ?? prediction.class_id),
      source: "model",
      model_version_id: this.model.modelId,
      score: prediction.score,
    };
  }

  /** @param {Prediction} prediction @returns {import("./types.js").Rejection} */
  #rejectionOf(prediction) {
    const { class_id, score } = prediction;
    return { class_id, ...this.#inside(prediction), score, model_version_id: /** @type {number} */ (this.model.modelId) };
  }

  /** A network's numbers may stick out of the picture by a hair. @param {Rect} rect @returns {Rect} */
  #inside({ x1, y1, x2, y2 }) {
    const { width, height } = /** @type {import("./types.js").ImageInfo} */ (this.model.image);
    return { x1: clamp(x1, 0, width), y1: clamp(y1, 0, height), x2: clamp(x2, 0, width), y2: clamp(y2, 0, height) };
  }

  /** @param {Partial<Content>} changes @param {string | null} [merge] */
  #edit(changes, merge = null) {
    const before = this.model.content;
    const after = withState(before, changes);
    if (sameContent(before, after)) return;
    this.#history().push(before, after, merge);
    this.#show(before, after);
  }

  /** @param {Content | null} content */
  #goTo(content) {
    if (content) this.#show(this.model.content, content);
  }

  /** @param {Content} before @param {Content} after */
  #show(before, after) {
    const { image } = this.model;
    if (!image) return;
    this.model.setContent(after);
    if (!sameContent(before, after)) this.saver.put(image.id, after);
  }

  #history() {
    const id = this.model.image?.id ?? 0;
    const history = this.#histories.get(id) ?? new History();
    this.#histories.set(id, history);
    return history;
  }

  /** After a model's box is gone the next one is up for review. @param {string} id */
  #neighbourOf(id) {
    if (!this.model.predictionOf(id) || this.model.selection !== id) return null;
    const shown = this.model.shownPredictions();
    return shown[shown.findIndex((p) => p.key === id) + 1]?.key ?? null;
  }
}

/** @param {Rect} rect @param {number} classId @returns {Box} */
function personBox(rect, classId) {
  return { id: newId(), class_id: classId, ...rectOf(rect), source: "person", model_version_id: null, score: null };
}

/**
 * The state that follows from an edit: a new or skipped image is begun, and one that lost its last box is no longer
 * done ("nothing here" is said, not left behind).
 * @param {Content} before @param {Partial<Content>} changes @returns {Content}
 */
function withState(before, changes) {
  const boxes = changes.boxes ?? before.boxes;
  const edited = !sameBoxes(boxes, before.boxes);
  let state = before.state;
  const kept = state === "in_doubt" || (state === "done" && boxes.length > 0);
  if (edited && !kept) state = "in_progress";
  return { boxes: edited ? boxes : before.boxes, state: changes.state ?? state, rejected: changes.rejected ?? before.rejected };
}

/** @param {readonly Box[]} a @param {readonly Box[]} b */
const sameBoxes = (a, b) => a.length === b.length && a.every((box, index) => box === b[index]);

/** @param {Content} a @param {Content} b */
const sameContent = (a, b) => sameBoxes(a.boxes, b.boxes) && a.state === b.state && a.rejected === b.rejected;
