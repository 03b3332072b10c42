// Labels that look wrong, one after the other: take the model's word, keep one's own, fix it on the image, or skip.
// What is said is saved while the next one is shown already; where that fails, the suspect comes back.

import { isFinished } from "../job_follow/job.js";
import { poll } from "../job_follow/poll.js";
import { api } from "../shared/api.js";
import { fill, h, isTyping, on } from "../shared/dom.js";
import { icon } from "../shared/icons.js";
import { describeKeys } from "../shared/keys.js";
import { pageLink, readNumber, readQuery, writeQuery } from "../shared/query.js";
import { attempt, toast } from "../shared/toast.js";
import { Acts } from "./acts.js";
import { buildPanel } from "./panel.js";
import { Stage } from "./stage.js";
import { beforeFirst, jobLine, nothingLeft, warning } from "./standing.js";
import { Walk } from "./walk.js";
import { KINDS } from "./words.js";

const KEYS = [
  ["E", "Take the model's word: add, change or remove the label"],
  ["K", "Keep it as it is; it is not asked about again"],
  ["F", "Fix it on the Label page; Back returns here"],
  ["S", "Skip for now"],
  ["Z", "Undo the last of these"],
];
const AHEAD = 3; // suspects whose crops are there before they are shown
const UNKNOWN = { name: "an object", color: "#888888" };

/** @param {HTMLElement} element @param {import("../evaluation_panel/views.js").Context} context */
export function open(element, context) {
  const view = new CheckView(element, context);
  describeKeys(KEYS);
  return { close: () => view.close() };
}

class CheckView {
  constructor(element, context) {
    this.context = context;
    this.classes = new Map(context.project.classes.map((one) => [one.id, one]));
    const classOf = (id) => this.classes.get(id) ?? UNKNOWN;
    this.acts = new Acts();
    this.stage = new Stage(classOf);
    /** What can be done with the check as a whole. */
    this.whole = { start: () => this.start(), stop: () => this.stop(), filter: (change) => this.filter(change) };
    this.element = h("div", { class: "check" });
    this.notes = h("div", { class: "check-notes" });
    this.panel = buildPanel({ ...this.#keys(), ...this.whole }, classOf);
    this.state = null;
    this.walk = new Walk([], 0);
    /** @type {{suspect: any, gone: any[] | null, back: Promise<() => Promise<void>> | null}[]} */
    this.done = [];
    fill(element, this.element);
    this.poll = poll(this.element, () => this.#ask());
    this.stops = [on(document, "keydown", (event) => this.#key(event)), on(window, "pageshow", (event) => event.persisted && attempt(() => this.reload()))];
  }

  close() {
    this.closed = true;
    this.poll.stop();
    this.stops.forEach((stop) => stop());
    describeKeys([]);
  }

  #keys() {
    return { accept: () => this.accept(), keep: () => this.keep(), fix: () => this.fix(), skip: () => this.skip(), undo: () => this.undo() };
  }

  /** Before the first answer, and while a job is under way. @returns {Promise<number | null>} */
  async #ask() {
    if (this.state && isIdle(this.state)) return null;
    await this.reload();
    return this.closed || isIdle(this.state) ? null : 1000;
  }

  /** Ask anew how it stands. A queue that one is walking through stays as it is, until there is another one. */
  async reload() {
    let state;
    try {
      state = await api.get(`/api/projects/${this.context.project.id}/check`);
    } catch (error) {
      if (!this.state && !this.closed) this.#explain(error);
      throw error;
    }
    if (this.closed) return;
    const before = this.state;
    const same = before?.queue && before.queue.made_at === state.queue?.made_at;
    this.state = { ...state, images: same ? { ...before.images, ...state.images } : state.images };
    if (same && before.items.length === state.items.length) {
      this.#showNotes(); // a job moves on, and nobody is disturbed by it
      return;
    }
    if (same) this.#refresh();
    else this.#begin(before?.queue ? 0 : (readNumber("at") ?? 0));
    this.show();
  }

  /** @param {number} at the place to begin at; a new queue is asked from its top */
  #begin(at) {
    const { queue, items } = this.state;
    const { kind, of } = readQuery();
    this.done = [];
    this.walk = new Walk(items, queue?.suspects ?? 0, at);
    this.walk.filter = { kind: KINDS.some(({ key }) => key === kind) ? kind : null, classId: of ? Number(of) : null };
  }

  /** What others dealt with, or this person on the Label page, goes; what was said here may be on its way to be saved. */
  #refresh() {
    const gone = new Set(this.done.flatMap((entry) => entry.gone ?? []).map((one) => one.place));
    this.walk.left = this.state.items.filter((one) => !gone.has(one.place));
  }

  #explain(error) {
    const again = h("button", { class: "bl-button", type: "button", onclick: () => this.poll.now() }, "Try again");
    fill(this.element, h("div", { class: "bl-empty" }, icon("warning"), h("p", {}, error.message), again));
  }

  /** What is said above everything else. */
  #showNotes() {
    fill(this.notes, jobLine(this.state, this.whole), this.walk.current && warning(this.state));
  }

  show() {
    const { state, walk } = this;
    const suspect = walk.current;
    const nothing = !state.queue ? isIdle(state) && beforeFirst(state, this.whole) : !suspect && nothingLeft(state, walk, this.whole);
    const columns = state.queue && (suspect || this.done.length > 0);
    this.#showNotes();
    fill(this.element, this.notes, nothing, columns && h("div", { class: ["check-columns", !suspect && "alone"] }, suspect && this.stage.element, this.panel.element));
    if (state.queue) this.panel.show(walk, { image: suspect && this.#image(suspect), canUndo: this.done.length > 0 });
    if (!suspect) return;
    this.stage.show(suspect, this.#image(suspect));
    this.stage.prepare(walk.coming.slice(1, 1 + AHEAD), (id) => state.images[id]);
    writeQuery({ at: walk.at || null });
  }

  #image(suspect) {
    return this.state.images[suspect.image_id];
  }

  filter(change) {
    Object.assign(this.walk.filter, change);
    const { kind, classId } = this.walk.filter;
    writeQuery({ kind, of: classId });
    this.show();
  }

  accept() {
    this.#settle((suspect) => this.acts.accept(suspect));
  }

  keep() {
    this.#settle((suspect) => this.acts.keep(suspect));
  }

  /** Show the next one at once; this one comes back where it could not be saved. */
  #settle(act) {
    const suspect = this.walk.current;
    if (!suspect) return;
    const entry = { suspect, gone: this.walk.close(suspect), back: act(suspect) };
    this.done.push(entry);
    this.show();
    entry.back.catch((error) => {
      this.done = this.done.filter((one) => one !== entry);
      this.#bringBack(entry.gone);
      toast(error.message, { kind: "error" });
    });
  }

  skip() {
    const suspect = this.walk.current;
    if (!suspect) return;
    this.walk.skip(suspect);
    this.done.push({ suspect, gone: null, back: null });
    this.show();
  }

  async undo() {
    const entry = this.done.pop();
    if (!entry) return;
    if (!entry.gone) {
      this.walk.unskip(entry.suspect);
      this.show();
      return;
    }
    this.#bringBack(entry.gone);
    await attempt(async () => (await entry.back)());
  }

  #bringBack(gone) {
    this.walk.reopen(gone);
    if (!this.closed) this.show();
  }

  /** The Label page, at this box. What was said before must be saved first, as the page will show it. */
  async fix() {
    const suspect = this.walk.current;
    if (!suspect) return;
    await Promise.allSettled(this.done.map((entry) => entry.back));
    const show = (suspect.box ?? suspect.other_box).map((side) => side.toFixed(1)).join();
    location.assign(pageLink("/label", { image: suspect.image_id, show }));
  }

  async start() {
    const job = await attempt(() => api.post(`/api/projects/${this.context.project.id}/check`));
    if (job) this.#follow(job);
  }

  async stop() {
    const job = await attempt(() => api.post(`/api/jobs/${this.state.job.id}/cancel`));
    if (job) this.#follow(job);
  }

  #follow(job) {
    this.state = { ...this.state, job };
    this.show();
    this.poll.stop();
    this.poll = poll(this.element, () => this.#ask());
  }

  #key(event) {
    if (isTyping(event) || event.altKey || event.repeat || document.querySelector("dialog[open], .bl-menu")) return;
    const key = event.key.toLowerCase();
    if ((event.ctrlKey || event.metaKey) && key !== "z") return;
    const act = { e: this.accept, k: this.keep, f: this.fix, s: this.skip, z: this.undo }[key];
    if (!act) return;
    event.preventDefault();
    act.call(this);
  }
}

/** Whether no job is under way. */
const isIdle = (state) => !state.job || isFinished(state.job);
