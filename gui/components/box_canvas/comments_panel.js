/**
 * What people say about the open image: plain text, to be answered or marked as resolved.
 *
 * @typedef {{
 *   id: number, author: string, text: string, created_at: string, edited_at: string | null, resolved_at: string | null,
 *   own: boolean
 * }} Comment
 */

import { api } from "../shared/api.js";
import { fill, h } from "../shared/dom.js";
import { ago, moment } from "../shared/format.js";
import { attempt, toast } from "../shared/toast.js";

const LONGEST = 2000; // characters, as the server has it

export class CommentsPanel {
  /** @type {Comment[]} */
  #comments = [];
  /** @type {number | null} the comment that is being changed */
  #editing = null;
  /** What was typed on each image and not sent yet. @type {Map<number, string>} */
  #drafts = new Map();
  /** Counts what changes the list, so that an answer that was asked for before is never shown after it. */
  #turn = 0;
  /** @type {number | null} whose comments these are */
  #imageId = null;

  /**
   * @param {import("./model.js").Model} model @param {(open: number) => void} onCount how many wait to be resolved
   * @param {() => void} leave goes back to the image; what was typed stays
   */
  constructor(model, onCount, leave) {
    this.model = model;
    this.onCount = onCount;
    this.leave = leave;
    this.list = h("ul", { class: "bc-comments", "aria-label": "Comments" });
    this.field = h("textarea", { class: "bl-input bc-comment-field", rows: 3, maxlength: LONGEST, placeholder: "What should others know about this image?", "aria-label": "New comment", oninput: () => this.#keepDraft(), onkeydown: (/** @type {KeyboardEvent} */ event) => this.#onKey(event) });
    const send = h("button", { class: "bl-button primary", type: "submit", title: "Ctrl Enter" }, "Comment");
    const form = h("form", { class: "bc-drawer-foot", "data-needs": "labeller", onsubmit: (/** @type {Event} */ event) => (event.preventDefault(), this.#add()) }, this.field, h("div", { class: "bc-foot-line" }, send));
    this.element = h("div", { class: "bc-drawer-body" }, this.list, form);
  }

  /** To another image, whose comments are asked for when it has been painted. @returns {boolean} whether it is another one */
  turn() {
    const id = this.model.image?.id ?? null;
    if (id === this.#imageId) return false;
    this.#imageId = id;
    this.#turn += 1;
    this.#editing = null;
    this.#comments = [];
    this.#draw();
    this.field.value = (id !== null && this.#drafts.get(id)) || "";
    return true;
  }

  async load() {
    const { image } = this.model;
    if (!image) return;
    this.#editing = null;
    this.field.value = this.#drafts.get(image.id) ?? "";
    await this.#read(image.id);
  }

  /** @param {number} imageId */
  async #read(imageId) {
    const turn = (this.#turn += 1);
    const answer = await api.get(`/api/images/${imageId}/comments`).catch(() => null); // the page's own requests tell what is wrong
    if (answer && turn === this.#turn && this.model.image?.id === imageId) this.#show(answer.items);
  }

  /** Show what was said or changed at once, and then what others have said meanwhile. @param {number} imageId @param {Comment[]} comments */
  #showNow(imageId, comments) {
    this.#show(comments);
    return this.#read(imageId);
  }

  focus() {
    this.field.focus();
  }

  /** @param {Comment[]} comments */
  #show(comments) {
    this.#comments = comments;
    this.onCount(comments.filter((one) => !one.resolved_at).length);
    this.#draw();
  }

  /** @param {KeyboardEvent} event */
  #onKey(event) {
    sendOn(event, () => this.#add());
    if (event.key !== "Escape") return;
    event.stopPropagation();
    this.leave();
  }

  #keepDraft() {
    const id = this.model.image?.id;
    if (id !== undefined) this.#drafts.set(id, this.field.value);
  }

  async #add() {
    const { image } = this.model;
    const text = this.field.value.trim();
    if (!image || !text) return this.field.focus();
    const added = await attempt(() => api.post(`/api/images/${image.id}/comments`, { text }));
    if (!added) return; // what was typed stays
    this.#drafts.delete(image.id);
    if (this.model.image?.id !== image.id) return;
    this.field.value = "";
    this.#showNow(image.id, [...this.#comments.filter((one) => one.id !== added.id), added]);
    this.list.lastElementChild?.scrollIntoView({ block: "nearest" });
  }

  /** @param {Comment} comment @param {{text?: string, resolved?: boolean}} changes */
  async #change(comment, changes) {
    const changed = await attempt(() => api.patch(`/api/comments/${comment.id}`, changes));
    if (!changed) return;
    this.#turn += 1;
    this.#editing = null;
    this.#show(this.#comments.map((one) => (one.id === comment.id ? changed : one)));
  }

  /** @param {Comment} comment */
  async #delete(comment) {
    const done = await attempt(() => api.del(`/api/comments/${comment.id}`));
    if (!done) return;
    this.#turn += 1;
    this.#show(this.#comments.filter((one) => one.id !== comment.id));
    const undo = async () => {
      await api.post(`/api/comments/${comment.id}/restore`);
      this.load();
    };
    toast("Comment deleted.", { undo });
  }

  #draw() {
    fill(
      this.list,
      this.#comments.map((one) => (one.id === this.#editing ? this.#editor(one) : this.#row(one))),
      this.#comments.length === 0 && h("li", { class: "bc-empty-note" }, "Nobody has said anything about this image yet."),
    );
  }

  /** @param {Comment} one */
  #row(one) {
    const edit = () => {
      this.#editing = one.id;
      this.#draw();
      this.list.querySelector("textarea")?.focus();
    };
    const act = (/** @type {string} */ text, /** @type {() => void} */ run) => h("button", { class: "bc-comment-act", type: "button", onclick: run }, text);
    return h(
      "li",
      { class: ["bc-comment", one.resolved_at && "resolved"] },
      h("header", {}, h("strong", { class: "bl-cut" }, one.author || "You"), h("time", { datetime: one.created_at, title: moment(one.created_at) }, ago(one.created_at)), one.edited_at && h("span", { title: moment(one.edited_at) }, "edited"), one.resolved_at && h("span", { class: "bc-resolved", title: moment(one.resolved_at) }, "resolved")),
      h("p", {}, one.text),
      h("footer", { "data-needs": "labeller" }, act(one.resolved_at ? "Open again" : "Resolve", () => this.#change(one, { resolved: !one.resolved_at })), one.own && act("Edit", edit), one.own && act("Delete", () => this.#delete(one))),
    );
  }

  /** @param {Comment} one */
  #editor(one) {
    const field = h("textarea", { class: "bl-input bc-comment-field", rows: 3, maxlength: LONGEST, "aria-label": "Comment", value: one.text });
    const save = () => (field.value.trim() ? this.#change(one, { text: field.value }) : field.focus());
    const stop = () => {
      this.#editing = null;
      this.#draw();
    };
    field.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => {
      sendOn(event, save);
      if (event.key !== "Escape") return;
      event.stopPropagation();
      stop();
    });
    return h("li", { class: "bc-comment" }, field, h("div", { class: "bc-foot-line" }, h("button", { class: "bl-button primary", type: "button", onclick: save }, "Save"), h("button", { class: "bl-button quiet", type: "button", onclick: stop }, "Cancel")));
  }
}

/** @param {KeyboardEvent} event @param {() => void} send */
function sendOn(event, send) {
  if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
  event.preventDefault();
  send();
}
