/**
 * Changes to the project's classes: told to the server, then shown.
 *
 * @typedef {import("./types.js").ObjectClass} ObjectClass
 */

import { toast } from "../shared/toast.js";
import * as client from "./client.js";

export class Classes {
  /** @param {import("./model.js").Model} model */
  constructor(model) {
    this.model = model;
  }

  /** Add a class and make it the current one. @param {string} name @param {string} [color] @returns {Promise<ObjectClass>} */
  async add(name, color) {
    const made = await client.addClass(this.model.project.id, name, color);
    this.model.setClasses([...this.model.classes, { ...made, boxes: made.boxes ?? 0 }]);
    this.model.setCurrentClass(made.id);
    return made;
  }

  /** @param {ObjectClass} entry @param {string} name */
  async rename(entry, name) {
    const { name: before } = entry;
    await client.changeClass(entry.id, { name });
    this.#patch(entry.id, { name });
    toast(`Renamed “${before}” to “${name}”.`, { undo: async () => {
      await client.changeClass(entry.id, { name: before });
      this.#patch(entry.id, { name: before });
    } });
  }

  /** @param {ObjectClass} entry @param {string} color "#rrggbb" */
  async recolor(entry, color) {
    await client.changeClass(entry.id, { color });
    this.#patch(entry.id, { color });
  }

  /** Only an unused class can go; the server checks that again. @param {ObjectClass} entry */
  async remove(entry) {
    await client.deleteClass(entry.id);
    this.model.setClasses(this.model.classes.filter((other) => other.id !== entry.id));
    toast(`Deleted the class “${entry.name}”.`, { undo: () => this.add(entry.name, entry.color) });
  }

  /** @param {number} id @param {Partial<ObjectClass>} changes */
  #patch(id, changes) {
    this.model.setClasses(this.model.classes.map((entry) => (entry.id === id ? { ...entry, ...changes } : entry)));
  }
}
