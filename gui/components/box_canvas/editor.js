/**
 * The edits a person makes: each becomes one step of the image's history and is handed to the saver at once.
 *
 * @typedef {import("./types.js").Box} Box
 * @typedef {import("./types.js").Content} Content
 * @typedef {import("./types.js").ImageState} ImageState
 * @typedef {import("./types.js").Prediction} Prediction
 * @typedef {import("./types.js").Rect} Rect
 */

import { toast } from "../shared/toast.js";
import { clamp, iou, movedTogether, rectOf, sameRect, stretched } from "./geometry.js";
import { newId } from "./saver.js";

const SAME_OBJECT_FROM = 0.5;

export class Editor {
  /** @param {import("./model.js").Model} model @param {import("./saver.js").Saver} saver @param {import("./undoing.js").Undoing} undoing */
  constructor(model, saver, undoing) {
    this.model = model;
    this.saver = saver;
    this.undoing = undoing;
  }

  /** Forget the steps of an image: somebody else changed it, so that undoing ours would undo theirs. @param {number} imageId */
  forget(imageId) {
    this.undoing.forget(imageId);
  }

  /** @param {Rect} rect @param {number} classId */
  addBox(rect, classId) {
    this.addBoxes([{ rect, classId }]);
  }

  /** New boxes as one step; they are selected. @param {readonly {rect: Rect, classId: number}[]} wanted */
  addBoxes(wanted) {
    const made = wanted.map(({ rect, classId }) => personBox(rect, classId));
    this.#edit({ boxes: [...this.model.content.boxes, ...made] });
    this.model.selectAll(made.map(({ id }) => id));
  }

  /** Move or resize as one step; a model's box becomes a person's by that. @param {ReadonlyMap<string, Rect>} rects by id @param {string | null} [merge] */
  changeRects(rects, merge = null) {
    this.#change([...rects.keys()], (id) => ({ rect: rects.get(id) }), merge);
  }

  /** As one step. @param {readonly string[]} ids @param {number} classId */
  setClassOf(ids, classId) {
    this.#change(ids, () => ({ classId }));
  }

  /** Delete people's boxes and reject the model's, as one step. @param {readonly string[]} ids */
  removeAll(ids) {
    if (ids.length === 1) return this.remove(ids[0]);
    const gone = new Set(ids);
    const { boxes, rejected } = this.model.content;
    const turnedDown = this.model.predictions.filter(({ key }) => gone.has(key)).map((prediction) => this.#rejectionOf(prediction));
    this.#edit({
      boxes: boxes.filter(({ id }) => !gone.has(id)),
      rejected: turnedDown.length > 0 ? [...rejected, ...turnedDown] : rejected,
    });
  }

  /** Delete a person's box or reject the model's. @param {string} id */
  remove(id) {
    const next = this.#neighbourOf(id);
    const prediction = this.model.predictionOf(id);
    if (prediction) this.#edit({ rejected: [...this.model.content.rejected, this.#rejectionOf(prediction)] });
    else this.#edit({ boxes: this.model.content.boxes.filter((box) => box.id !== id) });
    if (next) this.model.select(next);
  }

  /** Move together, stopped where the first of them meets the border. @param {readonly string[]} ids @param {number} dx @param {number} dy whole pixels */
  nudge(ids, dx, dy) {
    const { image } = this.model;
    const items = this.model.items().filter(({ id }) => ids.includes(id));
    if (!image || items.length === 0) return;
    const rects = movedTogether(items.map(({ rect }) => rect), dx, dy, image);
    this.changeRects(new Map(items.map(({ id }, index) => [id, rects[index]])), `move ${ids.join()}`);
  }

  /** Grow (or shrink, by less than nothing) two sides of each box. @param {readonly string[]} ids @param {import("./geometry.js").Handle} handle the corner or side that is moved @param {number} dx @param {number} dy */
  stretch(ids, handle, dx, dy) {
    const { image } = this.model;
    const items = this.model.items().filter(({ id }) => ids.includes(id));
    if (!image || items.length === 0) return;
    const rects = items.map(({ id, rect }) => /** @type {[string, Rect]} */ ([id, stretched(rect, handle, dx, dy, image)]));
    this.changeRects(new Map(rects), `stretch ${ids.join()}`);
  }

  /** Take a model's box as a label. @param {string} id */
  accept(id) {
    this.acceptAll([id]);
  }

  /** As one step. @param {readonly string[]} ids of the model's boxes; others are left as they are */
  acceptAll(ids) {
    const taken = this.model.predictions.filter((p) => ids.includes(p.key) && this.model.classOf(p.class_id)).map((p) => this.#boxOf(p, {}));
    this.#edit({ boxes: [...this.model.content.boxes, ...taken] });
    if (taken.length > 0) this.model.selectAll(taken.map(({ id }) => id));
  }

  /**
   * Take any of the model's boxes as a label and select it, instead of what was done since `after`.
   * @param {Prediction} prediction @param {{after: Content, rejecting?: Prediction | null}} of `rejecting`: the box that it stands in for
   * @returns {string | null} id of the new box
   */
  take(prediction, { after, rejecting = null }) {
    const box = this.#boxOf(prediction, {});
    const rejected = rejecting ? [...after.rejected, this.#rejectionOf(rejecting)] : after.rejected;
    this.#edit({ boxes: [...after.boxes, box], rejected }, `take at ${after.boxes.length}`);
    if (!this.model.boxOf(box.id)) return null;
    this.model.select(box.id);
    return box.id;
  }

  /** As it was, as a step of its own. @param {Content} content */
  goBackTo(content) {
    this.#edit(content);
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

  /** Where this page has no step left, go on with those before it. */
  async undo() {
    if (this.#history().canUndo || (await this.undoing.fetch("undo"))) this.#goTo(this.#history().undo());
  }

  async redo() {
    if (this.#history().canRedo || (await this.undoing.fetch("redo"))) this.#goTo(this.#history().redo());
  }

  /** Bring back what the image was at a revision, as an edit. @param {Content} content @param {number} revision */
  restore({ boxes, state, rejected }, revision) {
    if (this.model.readOnly) return sayReadOnly();
    const after = { boxes, state, rejected };
    this.undoing.restored(after, revision);
    this.#history().push(this.model.content, after);
    this.#show(this.model.content, after);
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
    return this.undoing.may("undo");
  }

  get canRedo() {
    return this.undoing.may("redo");
  }

  /**
   * Boxes of people are replaced, the model's are taken over as they are changed, all in one step.
   * @param {readonly string[]} ids @param {(id: string) => {rect?: Rect, classId?: number}} changesOf @param {string | null} [merge]
   */
  #change(ids, changesOf, merge = null) {
    const wanted = new Set(ids);
    const corrected = this.model.predictions.filter((p) => wanted.has(p.key) && this.model.classOf(changesOf(p.key).classId ?? p.class_id));
    const taken = corrected.map((prediction) => this.#boxOf(prediction, changesOf(prediction.key)));
    const { boxes, rejected } = this.model.content;
    const changed = boxes.map((box) => (wanted.has(box.id) ? changedBox(box, changesOf(box.id)) : box));
    const { selected, selection } = this.model;
    this.#edit(
      {
        boxes: [...changed, ...taken],
        // Corrected, it may no longer cover the prediction it came from: that one has been dealt with all the same.
        rejected: corrected.length > 0 ? [...rejected, ...corrected.map((p) => this.#rejectionOf(p))] : rejected,
      },
      merge,
    );
    if (taken.length === 0) return;
    const idOf = (/** @type {string} */ id) => taken[corrected.findIndex(({ key }) => key === id)]?.id ?? id;
    this.model.selectAll([...selected].map(idOf), selection === null ? null : idOf(selection));
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
    if (this.model.readOnly) return sayReadOnly();
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
    return this.undoing.of(this.model.image?.id ?? 0);
  }

  /** After a model's box is gone the next one is up for review. @param {string} id */
  #neighbourOf(id) {
    if (!this.model.predictionOf(id) || this.model.selection !== id) return null;
    const shown = this.model.shownPredictions();
    return shown[shown.findIndex((p) => p.key === id) + 1]?.key ?? null;
  }
}

export const sayReadOnly = () => {
  toast("You may look here, but not change anything. Ask an owner for the role of labeller.");
};

/** @param {Rect} rect @param {number} classId @returns {Box} */
function personBox(rect, classId) {
  return { id: newId(), class_id: classId, ...rectOf(rect), source: "person", model_version_id: null, score: null };
}

/** The same object where nothing changes. @param {Box} box @param {{rect?: Rect, classId?: number}} changes @returns {Box} */
function changedBox(box, { rect = box, classId = box.class_id }) {
  if (box.class_id === classId && sameRect(box, rect)) return box;
  return { ...box, ...rectOf(rect), class_id: classId };
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
