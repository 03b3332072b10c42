/**
 * The revisions of the open image, newest first: choosing one shows on the picture what it changed, and it can be brought
 * back, as an edit that undo takes back.
 *
 * @typedef {{
 *   revision: number, author: string, saved_at: string, state: string, state_before: string, boxes: number,
 *   changes: any, bulk: string | null, step: any
 * }} Revision
 */

import { changesInWords, kindInWords } from "../shared/change_words.js";
import { fill, h } from "../shared/dom.js";
import { ago, count, moment } from "../shared/format.js";
import { attempt, toast } from "../shared/toast.js";
import { getRevision, getRevisions } from "./history_client.js";
import { contentOf } from "./session.js";

const MODES = /** @type {const} */ ([["before", "Before"], ["changes", "Changes"], ["after", "After"]]);

export class HistoryPanel {
  /** @type {Revision[]} */
  #revisions = [];
  #more = false;
  /** @type {number | null} */
  #chosen = null;
  #turn = 0;

  /**
   * @param {import("./model.js").Model} model @param {import("./editor.js").Editor} editor
   * @param {import("./comparing.js").Comparing} comparing
   */
  constructor(model, editor, comparing) {
    this.model = model;
    this.editor = editor;
    this.comparing = comparing;
    this.list = h("ul", { class: "bc-revisions", role: "listbox", tabindex: "0", "aria-label": "Revisions, newest first", onkeydown: (/** @type {KeyboardEvent} */ event) => this.#key(event) });
    this.foot = h("div", { class: "bc-drawer-foot" });
    this.element = h("div", { class: "bc-drawer-body" }, this.list, this.foot);
  }

  /** Load the newest revisions; what was chosen stays so, where it is still there. */
  async load() {
    const { image } = this.model;
    const turn = (this.#turn += 1);
    if (!image) return;
    const page = await attempt(() => getRevisions(image.id));
    if (!page || turn !== this.#turn) return;
    this.#revisions = page.items;
    this.#more = page.more;
    if (!this.#revisions.some((one) => one.revision === this.#chosen)) this.leave();
    this.#draw();
  }

  /** Choose nothing: the boxes of today are back. */
  leave() {
    this.#chosen = null;
    this.comparing.stop();
    this.#draw();
  }

  focus() {
    this.list.focus();
  }

  /** A key while a revision is looked at, wherever the focus is. @param {KeyboardEvent} event @returns {boolean} whether it was one of ours */
  handle(event) {
    const at = this.#revisions.findIndex((one) => one.revision === this.#chosen);
    if (event.key === "ArrowDown") this.#choose(this.#revisions[at + 1]);
    else if (event.key === "ArrowUp") this.#choose(this.#revisions[Math.max(0, at - 1)]);
    else if (event.key === "Home") this.#choose(this.#revisions[0]);
    else if (event.key === "End") this.#choose(this.#revisions.at(-1));
    else if (event.key.toLowerCase() === "b" && at >= 0) this.#setMode(this.comparing.mode === "before" ? "after" : "before");
    else if (event.key === "Enter" && at >= 0) this.#restore();
    else if (event.key === "Escape" && at >= 0) this.leave();
    else return false;
    return true;
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || !this.handle(event)) return;
    event.preventDefault();
    event.stopPropagation();
  }

  /** @param {Revision | undefined} entry */
  async #choose(entry) {
    const { image } = this.model;
    if (!entry || !image) return;
    this.#chosen = entry.revision;
    this.#draw();
    const turn = (this.#turn += 1);
    const both = await attempt(() => Promise.all([getRevision(image.id, entry.revision - 1), getRevision(image.id, entry.revision)]));
    if (both && turn === this.#turn && this.#chosen === entry.revision) this.comparing.show(contentOf(both[0]), contentOf(both[1]));
    if (entry === this.#revisions.at(-1) && this.#more) this.#loadMore();
  }

  async #loadMore() {
    const { image } = this.model;
    const last = this.#revisions.at(-1);
    if (!image || !last) return;
    const page = await attempt(() => getRevisions(image.id, last.revision));
    if (!page || this.#revisions.at(-1) !== last) return;
    this.#revisions = [...this.#revisions, ...page.items];
    this.#more = page.more;
    this.#draw();
  }

  async #restore() {
    const { image } = this.model;
    const revision = this.#chosen;
    if (!image || revision === null) return;
    const entry = await attempt(() => getRevision(image.id, revision));
    if (!entry || this.model.image !== image) return;
    const content = contentOf(entry);
    const boxes = content.boxes.filter((box) => this.model.classOf(box.class_id));
    const lost = content.boxes.length - boxes.length;
    this.leave();
    this.editor.restore({ ...content, boxes }, revision);
    const without = lost > 0 ? `, without ${count(lost, "box", "boxes")} of a class that is gone` : "";
    toast(`Revision ${revision} is back${without}.`, { undo: () => this.editor.undo() });
  }

  /** @param {import("./comparing.js").Mode} mode */
  #setMode(mode) {
    this.comparing.setMode(mode);
    this.#drawFoot();
  }

  #draw() {
    const focused = document.activeElement === this.list;
    fill(
      this.list,
      this.#revisions.map((one) => this.#row(one)),
      this.#more && h("li", { role: "presentation" }, h("button", { class: "bl-button quiet", type: "button", onclick: () => this.#loadMore() }, "Earlier revisions")),
      this.#revisions.length === 0 && h("li", { class: "bc-empty-note", role: "presentation" }, "Nobody has saved this image yet. Every save will be listed here, and can be brought back."),
    );
    const chosen = this.list.querySelector("[aria-selected=true]");
    this.list.setAttribute("aria-activedescendant", chosen?.id ?? "");
    chosen?.scrollIntoView({ block: "nearest" });
    if (focused) this.list.focus();
    this.#drawFoot();
  }

  /** @param {Revision} one */
  #row(one) {
    const kind = kindInWords(one);
    return h(
      "li",
      { id: `revision-${one.revision}`, class: "bc-revision", role: "option", "aria-selected": String(one.revision === this.#chosen), onclick: () => this.#choose(one) },
      h("span", { class: "bc-revision-words" }, kind && h("strong", {}, `${kind}: `), changesInWords(one.changes, one.state, one.state_before)),
      h("span", { class: "bc-revision-who" }, h("span", { class: "bl-cut" }, one.author || "You"), h("time", { datetime: one.saved_at, title: moment(one.saved_at) }, ago(one.saved_at))),
    );
  }

  #drawFoot() {
    if (this.#chosen === null) {
      fill(this.foot, this.#revisions.length > 0 && h("p", { class: "bl-muted" }, "Choose a revision to see on the picture what it changed."));
      return;
    }
    const isNewest = this.#chosen === this.#revisions[0]?.revision;
    const mode = (/** @type {typeof MODES[number]} */ [key, name]) =>
      h("button", { type: "button", class: "bl-button", "aria-pressed": String(this.comparing.mode === key), onclick: () => this.#setMode(key) }, name);
    fill(
      this.foot,
      h("div", { class: "bc-modes", role: "group", "aria-label": "What is shown on the picture" }, MODES.map(mode)),
      h("p", { class: "bc-legend" }, h("span", { class: "added" }, "+ added"), h("span", { class: "removed" }, "− removed"), h("span", { class: "moved" }, "↦ moved"), h("span", { class: "reclassed" }, "→ class")),
      h(
        "div",
        { class: "bc-foot-line" },
        h("button", { type: "button", class: "bl-button primary", "data-needs": "labeller", disabled: isNewest, title: isNewest ? "This is how the image stands now" : "Bring this version back (Enter); undo takes that back", onclick: () => this.#restore() }, "Restore"),
        h("button", { type: "button", class: "bl-button quiet", onclick: () => this.leave() }, "Back to now"),
      ),
      h("p", { class: "bl-muted bc-keys" }, "↑ ↓ choose, B before and after, Enter restore, Esc back"),
    );
  }
}
