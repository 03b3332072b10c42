/**
 * The steps of every image: those made on this page, and behind them those that the server keeps. So undo and redo
 * outlive the page: where this page has no step left, the one before it is fetched from the history of the image.
 *
 * A content that the server holds has a revision. What is undone is saved as a revision of its own, which says what it
 * is the same as (see storage/history.py); that is all that another page needs to go on from there.
 *
 * @typedef {import("./types.js").Content} Content
 * @typedef {{same?: number, redo?: number, undo?: number, restored?: number}} Step
 * @typedef {{entry: {revision: number, redo: boolean} | null, why: string, author: string, saved_at: string | null}} Found
 */

import { ago } from "../shared/format.js";
import { toast } from "../shared/toast.js";
import { History } from "./history.js";
import { getStep } from "./history_client.js";
import { contentOf } from "./session.js";

export class Undoing {
  /** @type {Map<number, History<Content>>} */
  #histories = new Map();
  /** @type {WeakMap<Content, number>} what the server holds, by the newest revision of it */
  #revisions = new WeakMap();
  /** @type {WeakMap<Content, number>} what a person brought back, by the revision it was */
  #restored = new WeakMap();
  /** @type {{undo: WeakSet<Content>, redo: WeakSet<Content>}} where the server was asked in vain, or need not be */
  #ends = { undo: new WeakSet(), redo: new WeakSet() };
  #asking = false;
  /** @type {(() => void) | null} takes the last message away */
  #hush = null;

  /** @param {import("./model.js").Model} model */
  constructor(model) {
    this.model = model;
  }

  /** @param {number} imageId */
  of(imageId) {
    const history = this.#histories.get(imageId) ?? new History();
    this.#histories.set(imageId, history);
    return history;
  }

  /** @param {number} imageId */
  forget(imageId) {
    this.#histories.delete(imageId);
  }

  /** The server holds this content as that revision. @param {Content} content @param {number} revision @param {boolean} [redo] whether redo leads on from it */
  know(content, revision, redo = false) {
    if (!redo && !this.#revisions.has(content)) this.#ends.redo.add(content);
    this.#revisions.set(content, revision);
  }

  /** This content is what an image was at a revision, brought back by a person. @param {Content} content @param {number} revision */
  restored(content, revision) {
    this.#restored.set(content, revision);
  }

  /** Whether there may be a step, here or on the server. @param {"undo" | "redo"} way */
  may(way) {
    const { image, content } = this.model;
    if (!image) return false;
    const history = this.of(image.id);
    if (way === "undo" ? history.canUndo : history.canRedo) return true;
    return (this.#revisions.get(content) ?? 0) > 0 && !this.#ends[way].has(content);
  }

  /**
   * What a save has to tell, so that another page can undo from it; null for an edit of what stands there.
   * @param {number} imageId @param {Content} content @param {number} base the revision that it is saved upon
   * @returns {Step | null}
   */
  stepOf(imageId, content, base) {
    const { past, future } = this.of(imageId).around();
    const known = (/** @type {Content[]} */ contents) => contents.map((one) => this.#revisions.get(one)).find((one) => one !== undefined);
    const [same, undo, redo, restored] = [this.#revisions.get(content), known(past), known(future), this.#restored.get(content)];
    /** @type {Step} */
    const step = {};
    if (same !== undefined) step.same = same;
    else if (undo !== undefined && (undo !== base || redo !== undefined)) step.undo = undo;
    if (redo !== undefined) step.redo = redo;
    if (same === undefined && restored !== undefined) step.restored = restored;
    return Object.keys(step).length > 0 ? step : null;
  }

  /**
   * Fetch the step before the first one of this page, or after the last one. Only one's own steps can be had.
   * @param {"undo" | "redo"} way @returns {Promise<boolean>} whether there is one now
   */
  async fetch(way) {
    const { image, content } = this.model;
    if (!image || this.#asking) return false;
    this.#asking = true;
    try {
      const found = await this.#search(image.id, content, way);
      if (this.model.content !== content) return false; // edited meanwhile: that edit is the step to undo
      if (!found) return false;
      const history = this.of(image.id);
      if (way === "undo") history.putBefore(found, content);
      else history.putAfter(content, found);
      return true;
    } catch (error) {
      this.#say(/** @type {Error} */ (error).message, "error");
      return false;
    } finally {
      this.#asking = false;
    }
  }

  /** The content that a step leads to; revisions that changed nothing are passed over. @param {number} imageId @param {Content} content @param {"undo" | "redo"} way */
  async #search(imageId, content, way) {
    let revision = this.#revisions.get(content);
    if (revision === undefined) this.#say("Wait until this is saved: then earlier steps can be undone too.", "info");
    while (revision !== undefined) {
      const found = await getStep(imageId, revision, way);
      if (!found.entry) {
        this.#ends[way].add(content);
        this.model.emit("visibility"); // the buttons say so
        this.#say(reasonOf(found, way), "info");
        return null;
      }
      const there = this.#standing(found.entry);
      revision = found.entry.revision;
      this.know(there, revision, found.entry.redo);
      if (!isEqual(there, content)) return there;
    }
    return null;
  }

  /** A revision as it can stand today: boxes of a class that is gone are left out. @param {any} entry */
  #standing(entry) {
    const content = contentOf(entry);
    const boxes = content.boxes.filter((box) => this.model.classOf(box.class_id));
    return boxes.length < content.boxes.length ? { ...content, boxes } : content;
  }

  /** @param {string} text @param {"info" | "error"} kind */
  #say(text, kind) {
    this.#hush?.();
    this.#hush = toast(text, { kind });
  }
}

/** @param {Found} found @param {"undo" | "redo"} way */
function reasonOf({ why, author, saved_at }, way) {
  if (why === "nothing") return `There is nothing left to ${way} on this image.`;
  const when = saved_at ? ago(saved_at) : "";
  const what = why === "import" ? `The step before is the import, ${when}.` : `${author || "Somebody"} saved the step before, ${when}: it is not yours to undo.`;
  return `${what} The history of the image can bring back any earlier version.`;
}

/** Whether two contents would be stored alike. @param {Content} a @param {Content} b */
export function isEqual(a, b) {
  const place = (/** @type {import("./types.js").Rect & {class_id: number}} */ one) => [one.class_id, one.x1, one.y1, one.x2, one.y2];
  const parts = (/** @type {Content} */ { boxes, rejected }) => JSON.stringify([boxes.map((box) => [box.id, ...place(box)]), rejected.map(place)]);
  return a.state === b.state && parts(a) === parts(b);
}
