// What is put right in this view and taken back. It outlives counting anew, so that the last of it can still be taken back.

import { toast } from "../shared/toast.js";
import { Turns } from "../shared/turns.js";
import { Overtaken, apply, undo } from "./fixes.js";

/**
 * @typedef {object} Deed
 * @property {number} item @property {Map<number, Deed>} among those that were done in the same counting
 * @property {string} name of the item @property {string} said what became of the label @property {Promise<any>} changed what `undo` takes back, once it is saved
 */

export class PutRight {
  /** By item of the mistakes that are shown. @type {Map<number, Deed>} */
  dealt = new Map();
  /** In the order in which they were done. @type {Deed[]} */
  #done = [];
  #turns = new Turns();

  /** @param {{changed: () => void, countAnew: () => void}} view changed: `dealt` is another; countAnew: so are the labels */
  constructor(view) {
    this.view = view;
  }

  /** The one that Ctrl Z takes back, if it is among those shown. */
  get last() {
    const last = this.#done.at(-1);
    return last?.among === this.dealt ? last.item : null;
  }

  /** Mistakes are counted anew, once all is saved: items mean others. */
  async settle() {
    await this.#turns.settled();
    this.#turns.forgetAll();
    this.dealt = new Map();
  }

  /** Resolves once all is saved. @param {string} name of an item that is dealt with elsewhere @returns {Promise<boolean>} whether it is */
  async saved(name) {
    const all = await this.#turns.settled();
    if (all) this.#turns.forget(name);
    return all;
  }

  close() {
    this.#turns.close();
  }

  /** Shown at once, and saved after what came before. @param {number} item @param {string} name @param {import("./fixes.js").Fix} fix */
  add(item, name, fix) {
    const deed = { item, name, said: fix.done, among: this.dealt, changed: this.#turns.take(() => apply(fix), name) };
    this.#do(deed);
    deed.changed.then(
      () => name === this.unsaved && this.unsay?.(), // what was lost is saved now
      (error) => {
        this.#undo(deed);
        this.#explain(error);
        this.unsaved = this.#turns.hasLost(name) ? name : null;
      },
    );
  }

  /** @param {Deed | undefined} deed */
  takeBack(deed = this.#done.at(-1)) {
    if (!deed || !this.#done.includes(deed)) return;
    this.#undo(deed);
    const back = () => deed.changed.then(undo, () => {}); // what was not saved is told by then
    this.#turns.take(back, deed).then(
      () => {
        if (deed.among === this.dealt) return;
        this.#say("Taken back.", { kind: "ok" });
        this.view.countAnew();
      },
      (error) => {
        if (this.#turns.hasLost(deed)) this.#do(deed);
        this.#explain(error);
      },
    );
  }

  #do(deed) {
    this.#done.push(deed);
    deed.among.set(deed.item, deed);
    this.view.changed();
  }

  #undo(deed) {
    this.#done = this.#done.filter((one) => one !== deed);
    if (deed.among.get(deed.item) === deed) deed.among.delete(deed.item); // else it was made again
    this.view.changed();
  }

  /** Where somebody was quicker, the mistakes are others by now. */
  #explain(error) {
    const stale = error instanceof Overtaken || error.status === 404;
    const text = error.status === 404 ? "This image is not there any more." : error.message;
    this.#say(text, { kind: "error", action: stale ? { label: "Count anew", run: () => this.view.countAnew() } : undefined });
  }

  /** One message at a time, as several may fail by the same. */
  #say(text, how) {
    this.unsay?.();
    this.unsaved = null;
    this.unsay = toast(text, how);
  }
}
