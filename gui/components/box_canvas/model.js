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
 *   | "visibility" | "marks" | "draft" | "drawing" | "corner" | "armed" | "navigation" | "said" | "settled"} Topic
 *   "settled": the open image has been painted, and stays; what stands beside it may follow
 */

import { Thresholds } from "../shared/thresholds.js";
import { Marks } from "./marks.js";
import { countingFor, unsettled } from "./review.js";

/** @type {Content} */
const NOTHING = Object.freeze({ boxes: [], state: "new", rejected: [] });

/** Changes that leave the boxes as they are. @type {readonly Topic[]} */
const UNSEEN = ["hover", "draft", "selection", "drawing", "corner", "armed", "marks", "said", "settled"];

/** After these a message is of the past. @type {readonly Topic[]} */
const HUSHING = ["content", "image", "selection"];

/** @type {ReadonlySet<string>} */
const NONE = new Set();

export class Model {
  /** @type {any} the project's JSON */
  project = null;
  /** @type {ObjectClass[]} */
  classes = [];
  /** Those that can be drawn with. @type {ObjectClass[]} */
  palette = [];
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
  /** The primary one of those selected: id of a box or key of a prediction. @type {string | null} */
  selection = null;
  /** All that are selected, the primary one among them. @type {ReadonlySet<string>} */
  selected = NONE;
  /** How this person draws. @type {import("./settings.js").Drawing} */
  drawing = { clicks: false, over: false, snap: false, take: true, name: true, several: false };
  /** True while the first corner of a box stands and the other one is awaited. */
  corner = false;
  /** What the next drag over an area does. @type {import("./areas.js").AreaAct | null} */
  armed = null;
  /** What the page did by itself, told until the next act; "" for nothing. */
  said = "";
  /** Boxes hidden or locked by this person. */
  marks = new Marks();
  /** @type {string | null} */
  hover = null;
  /** Keys of its boxes that are shown on this image whatever their scores. @type {ReadonlySet<string>} */
  revealed = NONE;
  /** From which score the model's boxes are shown. */
  thresholds = new Thresholds();
  /** Thresholds that count from the next image on. @type {import("../shared/thresholds.js").Learned | null} */
  learned = null;
  /** Those that count on the open image. @type {import("../shared/thresholds.js").Learned | null} */
  #learnedHere = null;
  hidden = false;
  /** Whether this person may look only, see the role of viewer. */
  readOnly = false;
  showPeople = true;
  showModel = true;
  /**
   * A box being drawn ("new"), a band that selects ("band"), an area (named as what is done there), or a stored box being changed, with `all` that change along.
   * @type {{id: string, rect: Rect, classId: number | null, all?: Map<string, Rect>} | null}
   */
  draft = null;
  /** `walk`: filter and order of the images, as in an address; `list`: what the server calls them. */
  navigation = { previousId: null, nextId: null, position: 0, total: 0, unlabelledOnly: false, walk: "", list: /** @type {string | null} */ (null) };

  /** @type {Set<(topic: Topic) => void>} */
  #listeners = new Set();
  /** @type {readonly Prediction[] | null} */
  #open = null;
  /** @type {Map<number, ObjectClass>} */
  #byId = new Map();
  /** Class id -> the class that it was merged into. @type {Map<number, number>} */
  #merged = new Map();
  /** @type {Item[] | null} */
  #items = null;

  /** @param {(topic: Topic) => void} listener */
  subscribe(listener) {
    this.#listeners.add(listener);
  }

  /** @param {Topic} topic */
  emit(topic) {
    if (!UNSEEN.includes(topic)) this.#items = null;
    if (topic === "content" || topic === "predictions" || topic === "image") this.#open = null;
    if (HUSHING.includes(topic)) this.said = "";
    for (const listener of this.#listeners) listener(topic);
  }

  /** @param {any} project */
  setProject(project) {
    this.project = project;
    this.#takeAdvice();
    this.#merged = new Map(Object.entries(project.merged_classes ?? {}).map(([id, into]) => [Number(id), /** @type {number} */ (into)]));
    this.emit("project");
    this.setClasses(project.classes);
  }

  /** @param {ObjectClass[]} classes */
  setClasses(classes) {
    this.classes = [...classes].sort((a, b) => a.position - b.position || a.id - b.id);
    this.palette = this.classes.filter((entry) => !entry.archived);
    this.#byId = new Map(this.classes.map((entry) => [entry.id, entry]));
    const current = this.classOf(this.currentClassId);
    this.currentClassId = current && !current.archived ? current.id : (this.palette[0]?.id ?? null);
    this.emit("classes");
  }

  /** @param {number | null} id @returns {ObjectClass | undefined} */
  classOf(id) {
    return id === null ? undefined : this.#byId.get(this.#merged.get(id) ?? id);
  }

  /** @param {number} id */
  setCurrentClass(id) {
    this.currentClassId = id;
    this.emit("classes");
  }

  /** Show another image. @param {ImageAnswer} answer @param {Content} content */
  setImage(answer, content) {
    if (answer.image.id !== this.image?.id) {
      this.#forgetWhatWasAskedFor();
      this.#learnedHere = this.learned;
    }
    this.image = answer.image;
    this.content = content;
    this.selection = null;
    this.selected = NONE;
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

  /** @param {Pick<ImageAnswer, "previous_id" | "next_id" | "position" | "total" | "list">} answer */
  setNavigation(answer) {
    const { previous_id: previousId, next_id: nextId, position, total } = answer;
    this.navigation = { ...this.navigation, previousId, nextId, position, total, list: answer.list ?? this.navigation.list };
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

  /** Only this one; null for none. @param {string | null} id */
  select(id) {
    this.selectAll(id === null ? [] : [id]);
  }

  /** Add to what is selected, or take out of it. @param {string} id */
  toggle(id) {
    const others = [...this.selected].filter((one) => one !== id);
    this.selectAll(this.selected.has(id) ? others : [...others, id]);
  }

  /** @param {readonly string[]} ids @param {string | null} [primary] the last one where none is named */
  selectAll(ids, primary = ids.at(-1) ?? null) {
    const same = this.selection === primary && this.selected.size === ids.length && ids.every((id) => this.selected.has(id));
    if (same) return;
    this.selection = primary;
    this.selected = new Set(ids);
    this.emit("selection");
  }

  /** Selected ones that may be moved and deleted: not those that are locked. @returns {string[]} */
  get free() {
    return [...this.selected].filter((id) => !this.marks.has("locked", id));
  }

  /** @param {import("./marks.js").Mark} mark @param {readonly string[]} ids @param {boolean} on */
  setMark(mark, ids, on) {
    this.marks.set(mark, ids, on);
    this.#items = null;
    this.#dropLostSelection();
    this.emit("visibility");
    this.emit("marks");
  }

  /** @param {string | null} id */
  setHover(id) {
    if (this.hover === id) return;
    this.hover = id;
    this.emit("hover");
  }

  /** For all classes that have none of their own. */
  get threshold() {
    return this.thresholds.all;
  }

  /** @param {(thresholds: Thresholds) => void} change */
  changeThresholds(change) {
    change(this.thresholds);
    this.#items = null;
    this.#dropLostSelection();
    this.emit("threshold");
  }

  /** @param {typeof this.draft} draft */
  setDraft(draft) {
    this.draft = draft;
    this.emit("draft");
  }

  /** @param {typeof this.armed} what */
  arm(what) {
    if (this.armed === what) return;
    this.armed = what;
    this.emit("armed");
  }

  /** Tell what was done, in words. @param {string} text */
  say(text) {
    this.said = text;
    this.emit("said");
  }

  /** All boxes at once. @param {boolean} hidden */
  setHidden(hidden) {
    if (this.hidden === hidden) return;
    this.hidden = hidden;
    this.emit("visibility");
  }

  /** @param {boolean} waits */
  setCorner(waits) {
    if (this.corner === waits) return;
    this.corner = waits;
    this.emit("corner");
  }

  /** @param {string | null} id @returns {Box | undefined} */
  boxOf(id) {
    return this.content.boxes.find((box) => box.id === id);
  }

  /** @param {string | null} id @returns {Prediction | undefined} */
  predictionOf(id) {
    return this.predictions.find((prediction) => prediction.key === id);
  }

  /** The model's boxes that are worth a look: over the threshold or asked for, not rejected, not where a same-class box stands. */
  shownPredictions() {
    return this.openPredictions().filter((p) => this.wants(p));
  }

  /** Whether a box of the model is to be seen on this image, before anybody dealt with it. @param {Prediction} prediction */
  wants(prediction) {
    return this.thresholds.shows(prediction) || this.revealed.has(prediction.key);
  }

  /** Show one of the model's boxes more on this image, or less; first those go that were asked for. @param {1 | -1} step @returns {boolean} */
  showMore(step) {
    const asked = step < 0 && this.revealed.size > 0;
    if (asked) this.revealed = NONE;
    const hidden = this.openPredictions().filter(({ key }) => !this.revealed.has(key));
    const moved = asked || this.thresholds.move(hidden, step);
    if (moved) this.changeThresholds(() => {});
    return moved;
  }

  /** Show these on this image too. @param {readonly string[]} keys */
  reveal(keys) {
    this.revealed = new Set([...this.revealed, ...keys]);
    this.emit("threshold");
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
    this.#items ??= this.listed().filter(({ id }) => !this.marks.has("hidden", id));
    return this.#items;
  }

  /** @param {string | null} id @returns {Item | undefined} */
  itemOf(id) {
    return id === null ? undefined : this.items().find((item) => item.id === id);
  }

  /** The same with boxes that are hidden one by one. @returns {Item[]} */
  listed() {
    if (this.hidden) return [];
    const people = this.showPeople ? this.content.boxes.map(personItem) : [];
    const model = this.showModel ? this.shownPredictions().map(modelItem) : [];
    return [...people, ...model];
  }

  #forgetWhatWasAskedFor() {
    this.revealed = NONE;
    this.thresholds.here = 0;
  }

  /** @param {ImageAnswer} answer */
  #takePredictions(answer) {
    if (answer.model_version_id !== this.modelId) this.#forgetWhatWasAskedFor();
    this.modelId = answer.model_version_id;
    this.lineage = new Set(answer.lineage);
    this.#takeAdvice();
    this.predictions = (answer.predictions ?? [])
      .map((p, index) => ({ ...p, key: `m${answer.model_version_id}-${index}` }))
      .sort((a, b) => b.score - a.score);
  }

  #takeAdvice() {
    this.thresholds.setAdvice((this.project?.models ?? []).find((/** @type {any} */ entry) => entry.id === this.modelId), this.#learnedHere);
  }

  #dropLostSelection() {
    if (this.selected.size === 0) return;
    const seen = new Set(this.items().map(({ id }) => id));
    const left = [...this.selected].filter((id) => seen.has(id));
    if (left.length < this.selected.size) this.selectAll(left, seen.has(this.selection ?? "") ? this.selection : undefined);
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
