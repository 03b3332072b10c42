/**
 * Which image is open: loads it, goes on and back, fetches those round it ahead, keeps the address in step.
 *
 * @typedef {import("./types.js").Content} Content
 * @typedef {import("./types.js").ImageAnswer} ImageAnswer
 */

import { afterPaint } from "../shared/frames.js";
import { readNumber, readQuery, writeQuery } from "../shared/query.js";
import { toast } from "../shared/toast.js";
import { Ahead } from "./ahead.js";
import * as client from "./client.js";
import { FlipBook } from "./flip_book.js";

const LONGEST_LOOK_MS = 400; // how long a held key waits for a picture
const FLIPPED_AHEAD = 24; // images asked for at once while a key is held

export class Session {
  #ahead = new Ahead((id, signal) => this.#fetch(id, signal));
  #book = new FlipBook((id, back) => client.getFollowing(id, { back, count: FLIPPED_AHEAD, ...this.#asked }));
  /** While a key is held; and until the image that it showed last has been painted. */
  #flipping = false;
  #painting = false;
  /** When the open image was asked for. */
  #turnedAt = 0;
  /** Counts the requests to open an image, so that a late answer never replaces a newer one. */
  #turn = 0;
  /** @type {number | null} the image that was claimed to come next */
  #expected = null;
  /** @type {number | null} a model chosen by the person; null follows the active one */
  chosenModel = readNumber("model");

  /**
   * @param {import("./model.js").Model} model @param {import("./editor.js").Editor} editor
   * @param {import("./saver.js").Saver} saver @param {import("./pictures.js").Pictures} pictures
   * @param {import("./shown_picture.js").ShownPicture} shown
   */
  constructor(model, editor, saver, pictures, shown) {
    this.model = model;
    this.editor = editor;
    this.saver = saver;
    this.pictures = pictures;
    this.shown = shown;
    const { unlabelled, walk } = readQuery();
    model.navigation = { ...model.navigation, unlabelledOnly: unlabelled === "1", walk: walk ?? "" };
  }

  /** Load the project and open the image of the address, else the first that needs work. @param {number} projectId @returns {Promise<boolean>} false where there are no images */
  async start(projectId) {
    this.model.setProject(await client.getProject(projectId));
    const asked = readNumber("image");
    if (asked !== null && (await this.open(asked, { push: false }))) return true;
    const first = await this.#firstImage(projectId);
    if (first === null) return false;
    return this.open(first, { push: false });
  }

  /** @param {number} id @param {{push?: boolean}} [options] push: a step for the Back button. @returns {Promise<boolean>} */
  async open(id, { push = true } = {}) {
    this.#turn += 1;
    this.#turnedAt = performance.now();
    const turn = this.#turn;
    const ahead = this.#ahead.take(id);
    let answer;
    try {
      answer = await (ahead ?? this.#fetch(id));
      // an edit of an earlier page may have been saved while it was read
      if (answer.revision < (this.saver.revisionOf(id) ?? 0) && !this.saver.pending(id)) answer = await this.#fetch(id);
    } catch (error) {
      if (turn === this.#turn) toast(/** @type {Error} */ (error).message, { kind: "error" });
      return false;
    }
    if (turn !== this.#turn) return true;
    if (answer.image.project_id !== this.model.project.id) {
      toast("That image belongs to another project.", { kind: "warn" });
      return false;
    }
    const stands = this.#flipping && this.model.image?.id === id; // and somebody may have begun to work on it
    this.#flipping = false;
    if (!stands || !this.#takeOver(answer)) this.#show(answer);
    this.shown.show(answer.image);
    writeQuery(readNumber("image") === id ? { image: id } : { image: id, show: null }, { push });
    this.#settle(turn, ahead !== null);
    return true;
  }

  /** The picture comes first: what stands beside it and what is asked of the server waits until it has been painted. @param {number} turn @param {boolean} refresh */
  async #settle(turn, refresh) {
    await afterPaint();
    await afterPaint(); // two threads paint: the second frame begins before the first one is on the screen
    const { image } = this.model;
    if (turn !== this.#turn || !image) return;
    this.model.emit("settled");
    this.#lookAhead(turn);
    if (refresh) this.#refresh(image.id, turn);
  }

  /**
   * A key that is held runs through the images as through a flip book: each is shown at once with its boxes and its
   * thumbnail, and nothing is asked of the server for it alone. @param {1 | -1} step
   */
  async flip(step) {
    const { image, navigation } = this.model;
    const id = step > 0 ? navigation.nextId : navigation.previousId;
    if (!image || id === null || this.#painting || !this.#isSeen) return;
    const leaf = this.#book.leaf(id, step < 0, image.id);
    if (!leaf || this.#isOld(leaf.answer)) return;
    this.#turn += 1;
    this.#turnedAt = performance.now();
    this.#flipping = true;
    this.#painting = true;
    this.#show(leaf.answer);
    this.shown.glance(leaf.answer.image, leaf.thumb);
    await afterPaint();
    this.#painting = false;
  }

  /** The key was let go: the image that it stopped at is opened like any other. */
  endFlip() {
    const { image } = this.model;
    if (this.#flipping && image) this.open(image.id);
  }

  /** Whether the open image has been seen; not for ever, lest one that cannot be had stops the key. */
  get #isSeen() {
    return this.pictures.isSeen || performance.now() - this.#turnedAt > LONGEST_LOOK_MS;
  }

  /** Whether an answer was read before this page saved the image. @param {ImageAnswer} answer */
  #isOld({ image, revision }) {
    const old = revision < (this.saver.revisionOf(image.id) ?? 0) && !this.saver.pending(image.id);
    if (old) this.#book.forget(image.id);
    return old;
  }

  previous() {
    return this.#turnTo(this.model.navigation.previousId, "This is the first image.");
  }

  next() {
    const { unlabelledOnly } = this.model.navigation;
    return this.#turnTo(this.model.navigation.nextId, unlabelledOnly ? "No unlabelled image comes after this one." : "This is the last image.");
  }

  /** Take over what somebody else has saved on the open image meanwhile. */
  catchUp() {
    if (this.model.image) this.#refresh(this.model.image.id, this.#turn);
  }

  /** An image that will be opened next: fetch it ahead. @param {number} id */
  async expect(id) {
    this.#expected = id;
    const turn = this.#turn;
    const answer = await this.#ahead.get(id).catch(() => null);
    if (answer && turn === this.#turn) this.pictures.prefetch([answer.image]);
  }

  /** @param {boolean} only */
  setUnlabelledOnly(only) {
    this.model.navigation = { ...this.model.navigation, unlabelledOnly: only, list: null };
    writeQuery({ unlabelled: only ? 1 : null });
    this.reload();
  }

  /** Go through all images of the project again, not only through those that the grid showed. */
  leaveWalk() {
    this.model.navigation = { ...this.model.navigation, walk: "", list: null };
    writeQuery({ walk: null });
    this.reload();
  }

  /** @param {number | null} modelId null follows the active model */
  setModel(modelId) {
    this.chosenModel = modelId;
    writeQuery({ model: modelId });
    this.reload();
  }

  /** Ask again for predictions and neighbours of the open image. */
  reload() {
    this.#ahead.clear();
    this.#book.clear();
    const turn = this.#turn;
    if (this.model.image) this.#refresh(this.model.image.id, turn).then(() => this.#lookAhead(turn));
  }

  /** An answer fetched ahead is out of date once the image was saved. @param {number} imageId */
  forget(imageId) {
    this.#ahead.forget(imageId);
    this.#book.forget(imageId);
  }

  /** @param {number | null} id @param {string} none what to say where there is none */
  async #turnTo(id, none) {
    if (id === null) toast(none);
    else await this.open(id);
  }

  /** @param {number} projectId */
  async #firstImage(projectId) {
    for (const state of ["new", "in_progress", null]) {
      const page = await client.listImages(projectId, { limit: 1, state });
      if (page.items.length > 0) return page.items[0].id;
    }
    return null;
  }

  /**
   * A model that the address names but that is gone gives way to the active one.
   * @param {number} id @param {AbortSignal} [ahead] stops what is fetched before anybody looks at it
   */
  async #fetch(id, ahead) {
    const asked = { ...this.#asked, ahead: ahead !== undefined, signal: ahead };
    try {
      return await client.getImage(id, asked);
    } catch (error) {
      if (this.chosenModel === null || /** @type {any} */ (error).status !== 404) throw error;
    }
    this.chosenModel = null;
    writeQuery({ model: null });
    return client.getImage(id, { ...asked, model: "active" });
  }

  get #asked() {
    const { unlabelledOnly, walk, list } = this.model.navigation;
    return { model: this.chosenModel ?? "active", unlabelledOnly, walk, list };
  }

  /** @param {ImageAnswer} answer */
  #show(answer) {
    const { id } = answer.image;
    const pending = this.saver.pending(id);
    const known = this.saver.revisionOf(id);
    if (!pending && known !== undefined && known !== answer.revision) this.editor.forget(id);
    this.saver.know(id, answer.revision);
    const content = contentOf(answer);
    this.editor.undoing.know(content, answer.revision, answer.redo);
    this.model.setImage(answer, pending ?? content);
  }

  /** After an answer fetched ahead was shown: take over what has changed since. @param {number} id @param {number} turn */
  async #refresh(id, turn) {
    let answer;
    try {
      answer = await this.#fetch(id);
    } catch {
      return; // what is shown stays; saving tells when the server is away
    }
    if (turn !== this.#turn || this.model.image?.id !== id) return;
    const { nextId, previousId } = this.model.navigation;
    if (!this.#takeOver(answer)) {
      this.#show(answer);
      this.shown.show(answer.image);
      this.model.emit("settled");
    }
    if (nextId !== answer.next_id || previousId !== answer.previous_id) this.#lookAhead(turn);
  }

  /** What is new about the image that is shown, without disturbing who works on it; false where its boxes are others now. @param {ImageAnswer} answer */
  #takeOver(answer) {
    const { id } = answer.image;
    this.model.setNavigation(answer);
    const changed = answer.revision > (this.saver.revisionOf(id) ?? 0) && !this.saver.pending(id);
    if (changed && !this.model.draft) return false;
    this.#takePredictions(answer);
    return true;
  }

  /** @param {ImageAnswer} answer */
  #takePredictions(answer) {
    const same = answer.model_version_id === this.model.modelId && (answer.predictions?.length ?? 0) === this.model.predictions.length;
    if (!same) this.model.setPredictions(answer);
  }

  /** Boxes, predictions and pixels of the next image, the one before and the one after the next. @param {number} turn */
  async #lookAhead(turn) {
    const { nextId, previousId } = this.model.navigation;
    /** @type {Map<number, import("./types.js").ImageInfo>} */
    const found = new Map();
    const look = async (/** @type {number | null} */ id) => {
      if (id === null || turn !== this.#turn) return null;
      const answer = await this.#ahead.get(id).catch(() => null); // it is fetched when it is opened
      if (answer === null || turn !== this.#turn) return null;
      found.set(id, answer.image);
      this.#book.keep(answer);
      const likely = [nextId, ...found.keys()].filter((one, index, all) => all.indexOf(one) === index);
      this.pictures.prefetch(likely.flatMap((one) => found.get(one ?? -1) ?? []));
      return answer;
    };
    const [next] = await Promise.all([look(nextId), look(previousId)]);
    if (turn !== this.#turn) return;
    this.#ahead.keepOnly([nextId, previousId, next?.next_id ?? null, this.#expected]);
    await look(next?.next_id ?? null);
  }
}

/** @param {ImageAnswer} answer @returns {Content} */
export function contentOf(answer) {
  return { boxes: answer.annotations.map((box) => Object.freeze(box)), state: answer.state, rejected: answer.rejected };
}
