/**
 * What happens when a save met a later revision: a merge that loses nothing where that is possible, else a question.
 *
 * @typedef {import("./merge.js").Version} Version
 * @typedef {import("./types.js").Content} Content
 */

import { attempt, toast } from "../shared/toast.js";
import * as client from "./client.js";
import { askWhichStays, mergedSentence } from "./conflict.js";
import { merge } from "./merge.js";
import { contentOf } from "./session.js";

export class Settling {
  /** @type {Set<number>} images whose question stands open */
  #asked = new Set();

  /** @param {import("./model.js").Model} model @param {import("./saver.js").Saver} saver @param {import("./editor.js").Editor} editor */
  constructor(model, saver, editor) {
    this.model = model;
    this.saver = saver;
    this.editor = editor;
  }

  /** @param {number} imageId @param {Content} mine @param {import("./saver.js").Stale} stale */
  async settle(imageId, mine, { current, base }) {
    const theirs = contentOf(/** @type {any} */ (current));
    const start = base && contentOf(/** @type {any} */ (base));
    const merged = merge(start, mine, theirs);
    const answer = this.#isOpen(imageId) ? this.model : await attempt(() => client.getImage(imageId, { model: "active", unlabelledOnly: false, ahead: true }));
    const image = answer?.image;
    const who = current.saved_by ?? "";
    const take = (/** @type {Version} */ version) => this.#take(imageId, current.revision, version);
    if (merged.clashes.length === 0) {
      take(versionOnly(merged));
      toast(mergedSentence(image?.name ?? "an image", who, mine, merged), { undo: () => this.#put(imageId, mine) });
      return;
    }
    if (!image || this.#asked.has(imageId)) return;
    this.#asked.add(imageId);
    askWhichStays(this.model, { image, base: start, mine, theirs, who }, {
      settle: (version) => take(versionOnly(version)),
      takeTheirs: () => this.#takeTheirs(imageId, current.revision, theirs),
      closed: () => this.#asked.delete(imageId),
    });
  }

  /** Send what was agreed on, and show it. @param {number} imageId @param {number} revision @param {Content} content */
  #take(imageId, revision, content) {
    this.saver.settle(imageId, revision, content);
    if (this.#isOpen(imageId)) this.editor.takeOver(content);
    else this.editor.forget(imageId);
  }

  /** @param {number} imageId @param {number} revision @param {Version} theirs */
  #takeTheirs(imageId, revision, theirs) {
    this.saver.drop(imageId, revision);
    this.editor.undoing.know(theirs, revision);
    if (this.#isOpen(imageId)) this.editor.takeOver(theirs);
    else this.editor.forget(imageId);
  }

  /** Go back to what stood here before the merge, as an edit. @param {number} imageId @param {Content} content */
  #put(imageId, content) {
    if (this.#isOpen(imageId)) this.editor.undo();
    else this.saver.put(imageId, content);
  }

  /** @param {number} imageId */
  #isOpen(imageId) {
    return this.model.image?.id === imageId;
  }
}

/** @param {Version} version @returns {Version} without what a merge says beside it */
const versionOnly = ({ boxes, state, rejected }) => ({ boxes, state, rejected });
