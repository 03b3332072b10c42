/**
 * The tags of the open image, above the list of boxes: people's words to find it again. Each change is an act of its own
 * that can be undone, as on the Images page, and stands in the activity of the project.
 *
 * @typedef {{id: number, name: string, images: number}} Tag
 */

import { api } from "../shared/api.js";
import { followed, undone } from "../shared/bulk_undo.js";
import { fill, h } from "../shared/dom.js";
import { icon } from "../shared/icons.js";
import { attempt, toast } from "../shared/toast.js";
import { sayReadOnly } from "./editor.js";
import { TagField } from "./tag_field.js";

export class ImageTags {
  /** Those of the open image, by name. @type {Tag[]} */
  #tags = [];
  /** Counts what was asked, so that an early answer that comes late is dropped. */
  #turn = 0;

  /**
   * @param {HTMLElement} panel @param {import("./model.js").Model} model
   * @param {{reveal: () => void, leave: () => void}} page `reveal` brings the panel into sight, `leave` gives the keys back to the image
   */
  constructor(panel, model, page) {
    this.model = model;
    this.page = page;
    this.chips = h("ul", { class: "bc-tag-chips", "aria-label": "Tags of this image" });
    this.add = h("button", { class: "bl-button quiet bc-tag-add", type: "button", "data-needs": "labeller", dataset: { command: "image.tag" }, onclick: () => this.open() }, icon("add", { size: 14 }), "Tag");
    this.field = new TagField({ onTake: (name) => this.#put("tag", name), onClose: () => (this.add.hidden = false), onLeave: page.leave });
    this.element = h("div", { class: "bc-tags" }, this.chips, this.add, this.field.element);
    panel.querySelector(".bc-head")?.after(this.element);
    model.subscribe((topic) => {
      if (topic === "image") this.#show([]);
      if (topic === "settled") this.#load();
    });
  }

  /** @returns {import("../shared/shortcuts.js").Command[]} */
  get commands() {
    return [{ id: "image.tag", group: "Images", text: "Tags: put one on, or take it off", keys: ["I"], run: () => this.open() }];
  }

  /** Ask for a tag. */
  async open() {
    if (this.model.readOnly) return sayReadOnly();
    if (!this.model.image) return;
    this.page.reveal();
    this.add.hidden = true;
    this.field.open();
    await this.#suggest();
  }

  async #suggest() {
    const known = await attempt(() => api.get(`/api/projects/${this.model.project.id}/tags`));
    const standing = new Set(this.#tags.map(({ id }) => id));
    this.field.suggest((known ?? []).filter((/** @type {Tag} */ tag) => !standing.has(tag.id)));
  }

  async #load() {
    const id = this.model.image?.id;
    const turn = (this.#turn += 1);
    const tags = await api.get(`/api/images/${id}/tags`).catch(() => null); // the page's own requests tell what is wrong
    if (tags && turn === this.#turn && this.model.image?.id === id) this.#show(tags);
  }

  /** @param {Tag[]} tags */
  #show(tags) {
    this.#tags = tags;
    fill(this.chips, tags.map((tag) => this.#chip(tag)));
    if (this.field.isOpen) this.#suggest();
  }

  /** @param {Tag} tag */
  #chip({ name }) {
    const off = async (/** @type {MouseEvent} */ { detail: clicks }) => {
      const id = this.model.image?.id;
      await this.#put("untag", name);
      if (this.field.isOpen || this.model.image?.id !== id) return;
      if (clicks === 0) (this.chips.querySelector("button") ?? this.add).focus(); // by key: on to the next one
      else this.page.leave();
    };
    const button = h("button", { class: "bc-tag-off", type: "button", "data-needs": "labeller", "aria-label": `Take the tag “${name}” off`, title: "Take it off", onclick: off }, icon("close", { size: 12 }));
    return h("li", { class: "bc-tag" }, h("span", {}, name), button);
  }

  /** @param {"tag" | "untag"} action @param {string} name */
  async #put(action, name) {
    const { project, image } = this.model;
    if (!image) return;
    await attempt(async () => {
      const told = await followed(await api.post(`/api/projects/${project.id}/bulk`, { action, value: name, ids: [image.id] }));
      const undo = async () => {
        await undone(told.activity_id);
        await this.#load();
      };
      if (told.changed > 0) toast(action === "tag" ? `Tagged “${name}”.` : `The tag “${name}” is off.`, { undo });
    });
    await this.#load();
  }
}
