/**
 * A box by one click: where nothing is shown but what was asked for, a click takes the model's best box there, of whatever score; the next click
 * on the same spot, or the key, takes the next candidate instead; Esc takes it back. What a click would take is shown
 * under the pointer before.
 *
 * @typedef {import("./types.js").Content} Content
 * @typedef {import("./types.js").Prediction} Prediction
 * @typedef {{
 *   spot: [number, number] | null, candidates: Prediction[], index: number, boxId: string, rejecting: Prediction | null,
 *   before: Content
 * }} Take what is under way: `spot` in pixels of the image, `before` what stood there
 */

import { contains } from "./geometry.js";
import { candidatesAt, othersAround } from "./suggesting.js";

const SAME_SPOT = 6; // CSS pixels

export class OneClick {
  /** @type {Take | null} */
  #take = null;
  #editing = false;
  /** Where the pointer is, in pixels of the image, while a click would take a box there. @type {[number, number] | null} */
  #pointer = null;
  /** What a click would take now. @type {Prediction | null} */
  ghost = null;

  /**
   * @param {import("./model.js").Model} model @param {import("./editor.js").Editor} editor
   * @param {import("./view.js").View} view @param {() => void} onChange the ghost or the take is another one
   */
  constructor(model, editor, view, onChange) {
    this.model = model;
    this.editor = editor;
    this.view = view;
    this.onChange = onChange;
    model.subscribe((topic) => {
      if (this.#editing || !["content", "image", "predictions", "selection", "visibility", "threshold"].includes(topic)) return;
      const still = topic === "selection" && this.model.selection === this.#take?.boxId;
      if (this.#take && !still) this.#end();
      this.#look();
    });
  }

  /** The pointer is over ground that a click may take, or not. @param {{x: number, y: number} | null} at CSS pixels */
  hover(at) {
    this.#pointer = at && this.view.toImage(at.x, at.y);
    this.#look();
  }

  /** A click on ground where no box is shown. @param {{x: number, y: number}} at CSS pixels @returns {boolean} whether it took one */
  click(at) {
    const [x, y] = this.view.toImage(at.x, at.y);
    const candidates = this.#candidates(x, y);
    if (candidates.length === 0) return false;
    this.#begin({ spot: [x, y], candidates, index: 0, boxId: "", rejecting: null, before: this.model.content });
    return true;
  }

  /** A click on the box just taken. @param {{x: number, y: number}} at CSS pixels @returns {boolean} whether it stands for another one now */
  clickAgain(at) {
    const spot = this.#take?.spot;
    if (!spot) return false;
    const [x, y] = this.view.toImage(at.x, at.y);
    if (Math.max(Math.abs(x - spot[0]), Math.abs(y - spot[1])) * this.view.k > SAME_SPOT) return false;
    return this.other();
  }

  /** The next candidate instead of what was taken, or of the model's box that is selected or under the pointer. */
  other() {
    if (this.#take) return this.#next(this.#take);
    const { model } = this;
    const id = [model.selection, model.hover].find((one) => model.itemOf(one)?.kind === "model") ?? null;
    const shown = model.predictionOf(id);
    if (!shown) return false;
    const candidates = othersAround(this.#known(), shown, model.content.boxes, model.rejections());
    if (candidates.length === 0) return false;
    this.#begin({ spot: null, candidates, index: 0, boxId: "", rejecting: shown, before: model.content });
    return true;
  }

  /** Take back what is under way; false where nothing is. */
  giveUp() {
    const take = this.#take;
    if (!take) return false;
    this.#end();
    this.editor.goBackTo(take.before);
    return true;
  }

  /** What to say of the take under way. @returns {{boxId: string, number: number, of: number} | null} */
  get underWay() {
    return this.#take && { boxId: this.#take.boxId, number: this.#take.index + 1, of: this.#take.candidates.length };
  }

  /** @param {Take} take */
  #next(take) {
    if (take.candidates.length < 2) return false;
    this.#begin({ ...take, index: (take.index + 1) % take.candidates.length });
    return true;
  }

  /** @param {Take} take */
  #begin(take) {
    this.#editing = true;
    const boxId = this.editor.take(take.candidates[take.index], { after: take.before, rejecting: take.rejecting });
    this.#editing = false;
    this.#take = boxId === null ? null : { ...take, boxId };
    this.#look();
    this.onChange();
  }

  #end() {
    this.#take = null;
    this.onChange();
  }

  #look() {
    const ghost = this.#pointer ? (this.#candidates(...this.#pointer)[0] ?? null) : null;
    if (ghost === this.ghost) return;
    this.ghost = ghost;
    this.onChange();
  }

  /** @param {number} x @param {number} y */
  #candidates(x, y) {
    const { model } = this;
    const { clicks, over, take } = model.drawing;
    const isOff = !take || clicks || over || model.hidden || !model.showModel || model.readOnly || !model.image;
    if (isOff || model.items().some(({ id, rect }) => !model.revealed.has(id) && contains(rect, x, y))) return [];
    return candidatesAt(this.#known(), model.content.boxes, model.rejections(), x, y);
  }

  /** Of classes that can be drawn. */
  #known() {
    return this.model.predictions.filter((p) => this.model.classOf(p.class_id));
  }
}
