// Labels that look wrong, one after the other: take the model's word, keep one's own, fix it on the image, or skip.
// What is said is saved while the next one is shown already; where that fails, the suspect comes back.

import { isFinished } from "../job_follow/job.js";
import { poll } from "../job_follow/poll.js";
import { api } from "../shared/api.js";
import { fill, h, isTyping, on } from "../shared/dom.js";
import { icon } from "../shared/icons.js";
import { describeKeys } from "../shared/keys.js";
import { pageLink, readQuery, writeQuery } from "../shared/query.js";
import { mayHere } from "../shared/session.js";
import { attempt, toast } from "../shared/toast.js";
import { Turns } from "../shared/turns.js";
import { accept, keep } from "./acts.js";
import { keepAddress, placeOfAddress } from "./address.js";
import { buildPanel } from "./panel.js";
import { Stage } from "./stage.js";
import { answeredMeanwhile, beforeFirst, firstUnderWay, jobLine, newerList, nothingLeft, savingFirst, warning } from "./standing.js";
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
    this.turns = new Turns();
    /** How it stands by the last answer; null before it. */
    this.state = null;
    /** The queue that is walked through, which is not the newest one until that is asked for; null without any. */
    this.queue = null;
    this.images = {};
    this.walk = new Walk([], 0);
    /** The place whose answer was lost, as the message says; null where it says something else. */
    this.unsaved = null;
    /** The place of the one in hand, where somebody else dealt with it. */
    this.overtaken = null;
    /** @type {{suspect: any, gone: any[] | null, back: Promise<() => Promise<void>> | null}[]} */
    this.done = [];
    this.#build(element);
    this.poll = poll(this.element, () => this.#ask());
    this.stops = [on(document, "keydown", (event) => this.#key(event)), on(window, "pageshow", (event) => event.persisted && attempt(() => this.#askAll()))];
  }

  #build(element) {
    const classOf = (id) => this.classes.get(id) ?? UNKNOWN;
    /** What can be done with the check as a whole. */
    this.whole = { start: () => this.start(), stop: () => this.stop(), filter: (change) => this.filter(change) };
    const answers = { accept: () => this.accept(), keep: () => this.keep(), fix: () => this.fix(), skip: () => this.skip(), undo: () => this.undo() };
    this.stage = new Stage(classOf);
    this.panel = buildPanel({ ...answers, ...this.whole, leave: () => this.stage.focus() }, classOf);
    this.job = jobLine(this.whole);
    this.notes = h("div", { class: "check-notes" });
    this.nothing = h("div", { class: "check-nothing" });
    this.columns = h("div", { class: "check-columns", hidden: true }, this.stage.element, this.panel.element);
    this.element = h("div", { class: "check" }, this.job.element, this.notes, this.nothing, this.columns);
    this.job.show(null);
    fill(element, this.element);
  }

  close() {
    this.closed = true;
    this.turns.close();
    this.poll.stop();
    this.stops.forEach((stop) => stop());
    describeKeys([]);
  }

  // How it stands

  /** Once, whenever the page is seen again, and while a job is under way. @returns {Promise<number | null>} */
  async #ask() {
    await this.reload();
    return this.closed || isIdle(this.state) ? null : 1000;
  }

  /**
   * Ask anew how it stands. The suspect in hand stays where it is: a newer list is shown when that is asked for.
   * @param {{keep: boolean}} [how] keep: also where the one in hand is dealt with
   */
  async reload({ keep: keeping = true } = {}) {
    const { taken, waiting } = this.turns;
    let state;
    try {
      state = await api.get(`/api/projects/${this.context.project.id}/check`);
    } catch (error) {
      if (!this.state && !this.closed) this.#explain(error);
      throw error;
    }
    if (this.closed) return;
    const before = this.state;
    this.state = state;
    const knowsAll = waiting === 0 && this.turns.taken === taken; // that was said
    if (this.#isNewer && !this.walk.current && !knowsAll) {
      this.#showNotes();
      if (!this.queue) fill(this.nothing, savingFirst());
      this.turns.settled().then(() => this.poll.now());
    } else if (this.#isNewer && !this.walk.current) this.#begin(this.queue ? 0 : placeOfAddress(state));
    else if (this.queue && !this.#isNewer && knowsAll && this.#refresh(keeping)) this.show();
    else if (!before || isIdle(before) !== isIdle(state)) this.show();
    else this.#showNotes(); // a job moves on, and nobody is disturbed by it
  }

  /** Once all is saved, so that the answer knows of it; what is dealt with goes. */
  async #askAll() {
    await this.turns.settled();
    await this.reload({ keep: false });
  }

  /** Whether there is another list than the one in hand. */
  get #isNewer() {
    return this.state.queue !== null && this.state.queue.made_at !== this.queue?.made_at;
  }

  /** @param {number} at the place to begin at */
  #begin(at) {
    const { queue, items, images } = this.state;
    const { kind, of } = readQuery();
    Object.assign(this, { queue, images, done: [], overtaken: null });
    this.turns.forgetAll();
    this.walk = new Walk(items, queue.suspects ?? 0, at);
    this.walk.filter = { kind: KINDS.some(({ key }) => key === kind) ? kind : null, classId: of ? Number(of) : null };
    this.show();
  }

  /** What others dealt with, or this person on the Label page, goes. @returns {boolean} whether there is anything else to show */
  #refresh(keeping) {
    const gone = new Set(this.done.flatMap((entry) => entry.gone ?? []).map((one) => one.place));
    const open = this.state.items.filter((one) => !gone.has(one.place));
    const { current } = this.walk;
    Object.assign(this.images, this.state.images);
    if (!this.walk.update(open, { keep: keeping })) return false;
    this.overtaken = keeping && current && !open.some(({ place }) => place === current.place) ? current.place : null;
    return true;
  }

  async showNewer() {
    await this.turns.settled();
    const asked = await attempt(() => this.reload().then(() => true));
    if (asked && !this.closed && this.#isNewer) this.#begin(0);
    this.stage.focus();
  }

  #explain(error) {
    const again = h("button", { class: "bl-button", type: "button", onclick: () => this.poll.now() }, "Try again");
    fill(this.nothing, h("div", { class: "bl-empty" }, icon("warning"), h("p", {}, error.message), again));
  }

  /** What is said of the check and its list, whatever is in hand. */
  #showNotes() {
    const { current } = this.walk;
    this.job.show(this.state.job);
    fill(this.notes, current && warning(this.queue));
    const newer = this.queue && this.#isNewer && newerList({ showNewer: () => this.showNewer() });
    const goOn = () => attempt(() => this.#askAll()).then(() => this.stage.focus());
    const answered = current && current.place === this.overtaken && answeredMeanwhile({ goOn });
    this.panel.tell([newer, answered].filter(Boolean));
  }

  show() {
    const { state, queue, walk } = this;
    const suspect = walk.current;
    this.#showNotes();
    fill(this.nothing, !suspect && this.#whyNothing());
    this.columns.hidden = !queue || !(suspect || this.done.length > 0);
    this.columns.classList.toggle("alone", !suspect);
    this.stage.element.hidden = !suspect;
    if (queue) this.panel.show(walk, { image: suspect && this.images[suspect.image_id], canUndo: this.done.length > 0, isLost: suspect && this.turns.hasLost(suspect.place), isIdle: isIdle(state) });
    if (!suspect) return;
    this.stage.show(suspect, this.images[suspect.image_id]);
    this.stage.prepare(walk.coming.slice(1, 1 + AHEAD), (id) => this.images[id]);
    keepAddress(suspect, queue);
  }

  #whyNothing() {
    const { state, queue, walk, whole } = this;
    if (queue) return nothingLeft(queue, isIdle(state) && (state.reason ?? ""), walk, whole);
    return isIdle(state) ? beforeFirst(state, whole) : firstUnderWay();
  }

  filter(change) {
    Object.assign(this.walk.filter, change);
    const { kind, classId } = this.walk.filter;
    writeQuery({ kind, of: classId });
    this.show();
  }

  // What is said

  accept() {
    this.#settle(accept);
  }

  keep() {
    this.#settle(keep);
  }

  /** Show the next one at once; this one comes back where it could not be saved. */
  #settle(act) {
    const suspect = this.walk.current;
    if (!suspect) return;
    const entry = { suspect, gone: this.walk.close(suspect), back: this.turns.take(() => act(suspect), suspect.place) };
    this.done.push(entry);
    this.show();
    entry.back.then(
      () => entry.suspect.place === this.unsaved && this.unsay?.(), // what was lost is saved now
      (error) => this.#failed(entry, error),
    );
  }

  /** What got lost comes again; what was refused is asked of the server, who may know that it is dealt with. */
  #failed(entry, error) {
    this.#tell(error);
    this.unsaved = this.turns.hasLost(entry.suspect.place) ? entry.suspect.place : null;
    if (this.closed || !this.done.includes(entry)) return; // undone before, or of a list that is shown no more
    this.done = this.done.filter((one) => one !== entry);
    this.walk.bringBack(entry.gone);
    this.show();
    this.#askAll().catch(() => {}); // what is wrong has been said
  }

  /** One message, whatever number of answers fails by the same. */
  #tell(error) {
    this.unsay?.();
    this.unsay = toast(error.message, { kind: "error" });
  }

  skip() {
    const suspect = this.walk.current;
    if (!suspect) return;
    this.turns.forget(suspect.place);
    this.walk.skip(suspect);
    this.done.push({ suspect, gone: null, back: null });
    this.show();
  }

  undo() {
    const entry = this.done.pop();
    if (!entry) return;
    if (entry.gone) this.#takeBack(entry);
    else this.walk.unskip(entry.suspect);
    this.show();
  }

  /** After what came before, so that it is saved by then or has failed: then there is nothing to take back. */
  #takeBack(entry) {
    this.walk.reopen(entry.gone);
    const back = async () => (await entry.back.catch(() => null))?.();
    this.turns.take(back, entry).catch((error) => this.#stays(entry, error));
  }

  /** It could not be taken back: it can be tried again where the server did not answer; else the server says how it stands. */
  #stays(entry, error) {
    this.#tell(error);
    this.unsaved = null;
    if (this.closed) return;
    const { place } = entry.suspect;
    if (this.turns.hasLost(entry) && this.walk.left.some((one) => one.place === place)) {
      this.walk.close(entry.suspect);
      this.done.push(entry);
      this.show();
    } else this.turns.forget(entry);
    this.#askAll().catch(() => {}); // what is wrong has been said
  }

  /** The Label page, at this box. What was said before must be saved first, as the page will show it. */
  async fix() {
    const suspect = this.walk.current;
    if (!suspect || !(await this.turns.settled()) || this.closed || this.walk.current?.place !== suspect.place) return;
    this.turns.forget(suspect.place);
    const show = (suspect.box ?? suspect.other_box).map((side) => side.toFixed(1)).join();
    location.assign(pageLink("/label", { image: suspect.image_id, show }));
  }

  async start() {
    const job = await attempt(() => api.post(`/api/projects/${this.context.project.id}/check`));
    if (job && !this.closed) this.#follow(job);
  }

  async stop() {
    const job = await attempt(() => api.post(`/api/jobs/${this.state.job.id}/cancel`));
    if (job && !this.closed) this.#follow(job);
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
    const labelling = mayHere("labeller") ? { e: this.accept, k: this.keep, f: this.fix } : {};
    const act = { ...labelling, s: this.skip, z: this.undo }[key];
    if (!act) return;
    event.preventDefault();
    act.call(this);
  }
}

/** Whether no job is under way. */
const isIdle = (state) => !state.job || isFinished(state.job);
