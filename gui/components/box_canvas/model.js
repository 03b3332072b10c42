/**
 * What the Label page shows now: project, classes, image, boxes, selection. It tells listeners what kind of thing
 * changed; it knows no DOM and sends nothing.
 *
 * @typedef {import("./types.js").Box} Box
 * @typedef {import("./types.js").Content} Content
 * @typedef {import("./types.js").ImageAnswer} ImageAnswer
 * @typedef {import("./types.js").Item} Item
 * @typedef {import("./types.js").ObjectClass} ObjectClass
 * @typedef {import("./types.js").Prediction} Prediction
 * @typedef {import("./types.js").Rect} Rect
 *
 * @typedef {"project" | "classes" | "image" | "content" | "predictions" | "selection" | "hover" | "threshold"
 *   | "visibility" | "draft" | "navigation"} Topic
 */

import { countingFor, unsettled } from "./review.js";

/** @type {Content} */
const NOTHING = Object.freeze({ boxes: [], state: "new", rejected: [] });

export class Model {
  /** @type {any} the project's JSON */
  project = null;
  /** @type {ObjectClass[]} */
  classes = [];
  /** @type {number | null} */
  currentClassId = null;
  /** @type {import("./types.js").ImageInfo | null} */
  image = null;
  /** @type {Content} */
  content = NOTHING;
  /** @type {readonly Prediction[]} best score first */
  predictions = [];
  /** @type {number | null} model whose predictions are shown */
  modelId = null;
  /** Models whose rejections count for it. @type {ReadonlySet<number>} */
  lineage = new Set();
  /** @type {string | null} id of a box or key of a prediction */
  selection = null;
  /** @type {string | null} */
  hover = null;
  threshold = 0.5;
  hidden = false;
  showPeople = true;
  showModel = true;
  /** A box being drawn or changed; painted instead of the stored one. @type {{id: string, rect: Rect, classId: number | null} | null} */
  draft = null;
  navigation = { previousId: null, nextId: null, position: 0, total: 0, unlabelledOnly: false };

  /** @type {Set<(topic: Topic) => void>} */
  #listeners = new Set();
  /** @type {readonly Prediction[] | null} */
  #open = null;
  /** @type {Item[] | null} */
  #items = null;

  /** @param {(topic: Topic) => void} listener */
  subscribe(listener) {
    this.#listeners.add(listener);
  }

  /** @param {Topic} topic */
  emit(topic) {
    if (topic !== "hover" && topic !== "draft") this.#items = null;
    if (topic === "content" || topic === "predictions" || topic === "image") this.#open = null;
    for (const listener of this.#listeners) listener(topic);
  }

  /** @param {any} project */
  setProject(project) {
    this.project = project;
    this.emit("project");
    this.setClasses(project.classes);
  }

  /** @param {ObjectClass[]} classes */
  setClasses(classes) {
    this.classes = [...classes].sort((a, b) => a.position - b.position || a.id - b.id);
    if (!this.classOf(this.currentClassId)) this.currentClassId = this.classes[0]?.id ?? null;
    this.emit("classes");
  }

  /** @param {number | null} id @returns {ObjectClass | undefined} */
  classOf(id) {
    return this.classes.find((entry) => entry.id === id);
  }

  /** @param {number} id */
  setCurrentClass(id) {
    this.currentClassId = id;
    this.emit("classes");
  }

  /** Show another image. @param {ImageAnswer} answer @param {Content} content */
  setImage(answer, content) {
    this.image = answer.image;
    this.content = content;
    this.selection = null;
    this.hover = null;
    this.draft = null;
    this.#takePredictions(answer);
    this.setNavigation(answer);
    this.emit("image");
  }

  /** @param {ImageAnswer} answer */
  setPredictions(answer) {
    this.#takePredictions(answer);
    this.#dropLostSelection();
    this.emit("predictions");
  }

  /** @param {Pick<ImageAnswer, "previous_id" | "next_id" | "position" | "total">} answer */
  setNavigation(answer) {
    const { previous_id: previousId, next_id: nextId, position, total } = answer;
    this.navigation = { ...this.navigation, previousId, nextId, position, total };
    this.emit("navigation");
  }

  /** @param {Content} content */
  setContent(content) {
    this.#recount(this.content.boxes, -1);
    this.#recount(content.boxes, 1);
    this.content = content;
    this.#open = null;
    this.#items = null;
    this.#dropLostSelection();
    this.emit("content");
  }

  /** @param {string | null} id */
  select(id) {
    if (this.selection === id) return;
    this.selection = id;
    this.emit("selection");
  }

  /** @param {string | null} id */
  setHover(id) {
    if (this.hover === id) return;
    this.hover = id;
    this.emit("hover");
  }

  /** @param {number} value 0..1 */
  setThreshold(value) {
    if (this.threshold === value) return;
    this.threshold = value;
    this.#items = null;
    this.#dropLostSelection();
    this.emit("threshold");
  }

  /** @param {typeof this.draft} draft */
  setDraft(draft) {
    this.draft = draft;
    this.emit("draft");
  }

  /** @param {string | null} id @returns {Box | undefined} */
  boxOf(id) {
    return this.content.boxes.find((box) => box.id === id);
  }

  /** @param {string | null} id @returns {Prediction | undefined} */
  predictionOf(id) {
    return this.predictions.find((prediction) => prediction.key === id);
  }

  /** The model's boxes that are worth a look: over the threshold, not rejected, not where a same-class box stands. */
  shownPredictions() {
    return this.openPredictions().filter((p) => p.score >= this.threshold);
  }

  /** The same of any score. */
  openPredictions() {
    this.#open ??= unsettled(this.predictions, this.content.boxes, this.rejections());
    return this.#open;
  }

  /** The rejections that count for the model that is shown. */
  rejections() {
    return countingFor(this.content.rejected, this.lineage);
  }

  /** Everything that can be seen now; people's boxes first. @returns {readonly Item[]} */
  items() {
    this.#items ??= this.#visibleItems();
    return this.#items;
  }

  /** @param {string | null} id @returns {Item | undefined} */
  itemOf(id) {
    return id === null ? undefined : this.items().find((item) => item.id === id);
  }

  /** @returns {Item[]} */
  #visibleItems() {
    if (this.hidden) return [];
    const people = this.showPeople ? this.content.boxes.map(personItem) : [];
    const model = this.showModel ? this.shownPredictions().map(modelItem) : [];
    return [...people, ...model];
  }

  /** @param {ImageAnswer} answer */
  #takePredictions(answer) {
    this.modelId = answer.model_version_id;
    this.lineage = new Set(answer.lineage);
    this.predictions = (answer.predictions ?? [])
      .map((p, index) => ({ ...p, key: `m${answer.model_version_id}-${index}` }))
      .sort((a, b) => b.score - a.score);
  }

  #dropLostSelection() {
    if (this.selection !== null && !this.itemOf(this.selection)) {
      this.selection = null;
      this.emit("selection");
    }
  }

  /** @param {readonly Box[]} boxes @param {number} by */
  #recount(boxes, by) {
    for (const box of boxes) {
      const entry = this.classOf(box.class_id);
      if (entry) entry.boxes = Math.max(0, entry.boxes + by);
    }
  }
}

/** @param {Box} box @returns {Item} */
const personItem = (box) => ({ id: box.id, kind: "person", rect: box, classId: box.class_id, score: null });

/** @param {Prediction} p @returns {Item} */
const modelItem = (p) => ({ id: p.key, kind: "model", rect: p, classId: p.class_id, score: p.score });
