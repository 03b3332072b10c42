/**
 * Changes to the project's classes: told to the server, then shown, each with its undo.
 *
 * @typedef {import("./types.js").ObjectClass} ObjectClass
 * @typedef {{activity_id: number | null}} Change
 */

import { toast } from "../shared/toast.js";
import * as client from "./client.js";

export class Classes {
  /**
   * @param {import("./model.js").Model} model
   * @param {() => Promise<unknown>} reopen loads the open image anew, after its boxes got other classes on the server
   */
  constructor(model, reopen) {
    this.model = model;
    this.reopen = reopen;
  }

  /** Add a class and make it the current one. @param {string} name @param {string} [color] @returns {Promise<ObjectClass>} */
  async add(name, color) {
    const made = await client.addClass(this.model.project.id, name, color);
    this.model.setClasses([...this.model.classes, made]);
    this.model.setCurrentClass(made.id);
    return made;
  }

  /** @param {ObjectClass} entry @param {string} name */
  rename(entry, name) {
    return this.#change(client.changeClass(entry.id, { name }), `Renamed “${entry.name}” to “${name}”.`);
  }

  /** @param {ObjectClass} entry @param {string} color "#rrggbb" */
  recolor(entry, color) {
    return this.#change(client.changeClass(entry.id, { color }), `“${entry.name}” has another colour.`);
  }

  /** @param {ObjectClass} entry @param {string | null} key null: the digit of its place @param {boolean} [take] from the class that has it */
  setKey(entry, key, take = false) {
    const text = key === null ? `“${entry.name}” has the digit of its place again.` : `“${entry.name}” is ${key.toUpperCase()} now.`;
    return this.#change(client.changeClass(entry.id, { hotkey: key, take }), text);
  }

  /** @param {readonly number[]} ids every class in its new order */
  reorder(ids) {
    const places = new Map(ids.map((id, place) => [id, place]));
    this.model.setClasses(this.model.classes.map((entry) => ({ ...entry, position: places.get(entry.id) ?? entry.position })));
    return this.#change(client.orderClasses(this.model.project.id, ids), "Changed the order of the classes.");
  }

  /** One place up (-1) or down (1) among those that can be drawn with. @param {ObjectClass} entry @param {1 | -1} step */
  move(entry, step) {
    const palette = this.model.palette;
    const other = palette[palette.findIndex(({ id }) => id === entry.id) + step];
    return other ? this.place(entry.id, other.id, step > 0) : Promise.resolve();
  }

  /** Put a class before or after another one. @param {number} id @param {number} other @param {boolean} after */
  place(id, other, after) {
    const ids = this.model.classes.map((entry) => entry.id).filter((one) => one !== id);
    ids.splice(ids.indexOf(other) + Number(after), 0, id);
    return this.reorder(ids);
  }

  /** @param {ObjectClass} entry @param {boolean} archived */
  setArchived(entry, archived) {
    const text = archived ? `Archived “${entry.name}”: its boxes stay, nobody draws or learns it.` : `“${entry.name}” is in use again.`;
    return this.#change(client.changeClass(entry.id, { archived }), text, { reopens: true });
  }

  /** @param {readonly ObjectClass[]} entries @param {ObjectClass} into */
  merge(entries, into) {
    const names = entries.map(({ name }) => `“${name}”`).join(", ");
    return this.#change(client.mergeClasses(entries.map(({ id }) => id), into.id), `Merged ${names} into “${into.name}”.`, { reopens: true });
  }

  /** @param {ObjectClass} entry that was merged into another one */
  unmerge(entry) {
    return this.#change(client.unmergeClass(entry.id), `“${entry.name}” stands for itself again.`, { reopens: true });
  }

  /** @param {ObjectClass} entry @param {{boxes: {image_id: number, ids: string[]}[], into?: number, name?: string}} selection */
  async split(entry, selection) {
    const found = await client.splitClass(entry.id, selection);
    const boxes = found.boxes === 1 ? "1 box" : `${found.boxes} boxes`;
    await this.#show(found, `${boxes} became “${found.into.name}”.`, { reopens: true });
    return found;
  }

  /** Only an unused class can go; the server checks that again. @param {ObjectClass} entry */
  remove(entry) {
    return this.#change(client.deleteClass(entry.id), `Deleted the class “${entry.name}”.`);
  }

  /** Take the classes over from the server. */
  async refresh() {
    this.model.setProject(await client.getProject(this.model.project.id));
  }

  /** @param {Promise<Change>} sent @param {string} text @param {{reopens?: boolean}} [options] */
  async #change(sent, text, options) {
    try {
      await this.#show(await sent, text, options);
    } catch (error) {
      await this.refresh().catch(() => {}); // what was shown ahead of the answer
      throw error;
    }
  }

  /** @param {Change} change @param {string} text @param {{reopens?: boolean}} [options] reopens: boxes may have other classes */
  async #show(change, text, { reopens = false } = {}) {
    await this.refresh();
    if (reopens) await this.reopen();
    const { activity_id: id } = change;
    toast(text, id === null ? {} : { undo: () => this.#undo(id, reopens) });
  }

  /** @param {number} activityId @param {boolean} reopens */
  async #undo(activityId, reopens) {
    const undone = await client.undoActivity(activityId);
    await this.refresh();
    if (reopens) await this.reopen();
    if (undone.left?.length) {
      const some = undone.left.slice(0, 3).map((/** @type {string} */ name) => `“${name}”`).join(", ");
      const more = undone.left.length > 3 ? ` and ${undone.left.length - 3} more` : "";
      toast(`Put back on ${undone.images} of ${undone.images + undone.left.length} images; ${some}${more} were saved since.`, { kind: "warn", ms: 20000 });
    } else {
      toast("Undone.", undone.activity_id ? { action: { label: "Redo", run: () => this.#undo(undone.activity_id, reopens) } } : {});
    }
  }
}
