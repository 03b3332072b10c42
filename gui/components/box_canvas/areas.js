/**
 * What a drag over an area does to the model's boxes there: turns down those that are shown, or shows what the model is
 * unsure of. With the right button, or with any pointer once a command has armed it; the same command again acts on all
 * that is in sight, for those who cannot drag.
 *
 * @typedef {import("./types.js").Rect} Rect
 * @typedef {"reject" | "unsure"} AreaAct
 */

import { count } from "../shared/format.js";
import { sayReadOnly } from "./editor.js";
import { clamp, middleIn } from "./geometry.js";
import { unsureWithin } from "./suggesting.js";

/** What the next drag will do. @type {Record<AreaAct, string>} */
export const HINTS = {
  reject: "Drag over boxes of the model to reject them; again: all in sight; a click: leave",
  unsure: "Drag over an area to see what the model is unsure of; again: all in sight; a click: leave",
};

export class Areas {
  /** @type {number | null} the image that a drag was armed on */
  #imageId = null;

  /**
   * @param {import("./model.js").Model} model @param {import("./editor.js").Editor} editor @param {import("./view.js").View} view
   * @param {(text: string) => void} tell of what was done, with Undo
   */
  constructor(model, editor, view, tell) {
    this.model = model;
    this.editor = editor;
    this.view = view;
    this.tell = tell;
    model.subscribe((topic) => {
      if (topic !== "image" || model.image?.id === this.#imageId) return;
      this.#imageId = model.image?.id ?? null;
      model.arm(null);
    });
  }

  /** The next drag does it; asked for twice, it is done on all that is in sight. @param {AreaAct} what */
  ask(what) {
    if (this.model.armed === what) this.act(what, this.#inSight());
    else this.model.arm(what);
  }

  /** @returns {boolean} whether a drag was armed */
  leave() {
    const armed = this.model.armed !== null;
    this.model.arm(null);
    return armed;
  }

  /** @param {AreaAct} what @param {Rect} area in pixels of the image; a box lies within by its middle */
  act(what, area) {
    this.model.arm(null);
    if (what === "reject") this.#reject(area);
    else this.#show(area);
  }

  /** @param {Rect} area */
  #reject(area) {
    const { model } = this;
    if (model.readOnly) return sayReadOnly();
    const within = model.items().filter(({ id, kind, rect }) => kind === "model" && middleIn(area, rect) && !model.marks.has("locked", id));
    if (within.length === 0) return model.say("The model has no box there that is shown");
    this.editor.removeAll(within.map(({ id }) => id));
    this.tell(`Rejected ${count(within.length, "box", "boxes")}.`);
  }

  /** @param {Rect} area */
  #show(area) {
    const { model } = this;
    if (model.hidden || !model.showModel) return model.say("The model's boxes are hidden; show them first");
    const hidden = model.openPredictions().filter((p) => !model.wants(p) && model.classOf(p.class_id)?.archived === false);
    const unsure = unsureWithin(hidden, area, (id) => model.thresholds.of(id));
    if (unsure.length === 0) return model.say("There is no more that the model is unsure of");
    model.reveal(unsure.map(({ key }) => key));
    model.say(`Shown: ${count(unsure.length, "box", "boxes")} more that the model is unsure of`);
  }

  /** @returns {Rect} */
  #inSight() {
    const { width, height } = /** @type {import("./types.js").ImageInfo} */ (this.model.image);
    const [x1, y1] = this.view.toImage(0, 0);
    const [x2, y2] = this.view.toImage(this.view.width, this.view.height);
    return { x1: clamp(x1, 0, width), y1: clamp(y1, 0, height), x2: clamp(x2, 0, width), y2: clamp(y2, 0, height) };
  }
}
