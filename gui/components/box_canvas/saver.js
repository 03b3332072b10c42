/**
 * Saves every edit at once: one request of an image in flight, each with a key of its own, so that repeating it changes
 * nothing. What the server has not acknowledged stays in the outbox and is sent again until it has: while the server
 * cannot be reached the oldest edit is tried now and then, and once that got through the others follow one by one.
 *
 * @typedef {import("./types.js").Content} Content
 * @typedef {import("./entry.js").Entry} Entry
 * @typedef {{
 *   revision: number, boxes: readonly object[], rejected: readonly object[], state: string, key: string,
 *   step?: import("./undoing.js").Step
 * }} Body
 * @typedef {"saved" | "saving" | "retrying" | "signed_out" | "refused" | "conflict" | "idle"} SaveState
 * @typedef {{state: SaveState, reason: string | null, waiting: number, edits: number, since: number | null}} Status
 *   `waiting`: images; `since`: when the oldest of the edits was made, in ms since 1970
 * @typedef {{revision: number, state: string, annotations: object[], rejected: object[], saved_by?: string}} Theirs
 * @typedef {{current: Theirs, base: Theirs | null}} Stale what a save met that started from an earlier revision
 */

import { adoptedEntry, freshEntry, isBusy, mayGo, pendingOf, takeOff, waitAfter } from "./entry.js";

/** A name nobody else has given. Works without a secure context, where crypto.randomUUID is missing. */
export function newId() {
  if (crypto.randomUUID) return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

export class Saver {
  /** @type {Map<number, Entry>} */
  #entries = new Map();
  /** Since the server could not be reached: one request at a time, the oldest edit first. */
  #careful = false;
  /** @type {{reason: "retrying" | "signed_out", attempts: number, timer: number} | null} */
  #away = null;
  /** @type {(() => void)[]} told of each answer */
  #landings = [];
  /** @type {Date | null} */
  savedAt = null;

  /**
   * @param {{
   *   send: (imageId: number, body: Body) => Promise<{revision: number, state: string, saved_at: string}>,
   *   outbox: import("./outbox.js").Outbox,
   *   onChange: () => void,
   *   onSaved: (imageId: number, content: Content, answer: {revision: number}) => void,
   *   onConflict: (imageId: number, mine: Content, stale: Stale) => void,
   *   onAdopted: (imageId: number, content: Content) => void,
   *   stepOf?: (imageId: number, content: Content, base: number) => import("./undoing.js").Step | null,
   * }} options
   */
  constructor({ send, outbox, onChange, onSaved, onConflict, onAdopted, stepOf }) {
    this.send = send;
    this.outbox = outbox;
    this.onChange = onChange;
    this.onSaved = onSaved;
    this.onConflict = onConflict;
    this.onAdopted = onAdopted;
    this.stepOf = stepOf;
  }

  /** Take up what earlier pages of this browser could not deliver. */
  async resume() {
    for (const kept of await this.outbox.adopt((id) => this.pending(id) !== null)) {
      if (this.pending(kept.imageId)) this.outbox.giveBack(kept); // edited here while it was read
      else this.#take(adoptedEntry(kept));
    }
    this.onChange();
    this.#pump();
  }

  /** @param {Entry} entry */
  #take(entry) {
    this.#entries.set(entry.imageId, entry);
    this.onAdopted(entry.imageId, /** @type {Content} */ (pendingOf(entry)));
  }

  /** The server's revision of an image, learnt by loading it. @param {number} imageId @param {number} revision */
  know(imageId, revision) {
    const entry = this.#entries.get(imageId);
    if (!entry) this.#entries.set(imageId, freshEntry(imageId, revision));
    else if (!isBusy(entry)) entry.revision = revision;
  }

  /** Save this content of an image; an earlier one that was not sent yet is replaced. @param {number} imageId @param {Content} content */
  put(imageId, content) {
    const entry = this.#entries.get(imageId);
    if (!entry) throw new Error(`image ${imageId} was never loaded`);
    if (!isBusy(entry)) Object.assign(entry, { since: Date.now(), edits: 0 });
    // Where the question was closed unanswered, the server's next 409 asks it again.
    Object.assign(entry, { wanted: content, edits: entry.edits + 1, refused: null, conflict: null });
    this.#keep(entry);
    this.#pump();
    this.onChange();
  }

  /** The revision last known of an image, undefined where it was never loaded. @param {number} imageId */
  revisionOf(imageId) {
    return this.#entries.get(imageId)?.revision;
  }

  /** What this page wants an image to be and the server has not acknowledged, or null. @param {number} imageId */
  pending(imageId) {
    return pendingOf(this.#entries.get(imageId));
  }

  /** The answer to a conflict: send this, made with their version known. @param {number} imageId @param {number} theirRevision @param {Content} content */
  settle(imageId, theirRevision, content) {
    const entry = this.#entries.get(imageId);
    if (!entry) return;
    Object.assign(entry, { revision: theirRevision, wanted: content, conflict: null });
    this.#keep(entry);
    this.#pump();
    this.onChange();
  }

  /** The answer to a conflict, or to a refusal: let go of what was not saved. @param {number} imageId @param {number} revision */
  drop(imageId, revision) {
    this.outbox.remove(imageId);
    this.#entries.set(imageId, freshEntry(imageId, revision));
    this.onChange();
  }

  /** Ask again what to do about what others changed meanwhile. */
  askAgain() {
    for (const { imageId, conflict, wanted } of this.#entries.values()) {
      if (conflict && wanted) this.onConflict(imageId, wanted, conflict);
    }
  }

  /** Let go of everything that the server refuses for good (an image that is gone, say). */
  discardRefused() {
    for (const entry of [...this.#entries.values()]) {
      if (entry.refused) this.drop(entry.imageId, entry.revision);
    }
  }

  /** Send again what waits, without waiting. */
  retryNow() {
    if (this.#away) clearTimeout(this.#away.timer);
    for (const entry of this.#entries.values()) entry.notBefore = 0;
    this.#pump(true);
  }

  /** Resolves once nothing is under way to the server. */
  async landed() {
    while ([...this.#entries.values()].some((entry) => entry.flying)) await new Promise((done) => this.#landings.push(() => done(null)));
  }

  /** @returns {Status} worst first */
  status() {
    const busy = [...this.#entries.values()].filter(isBusy);
    const refused = busy.find((entry) => entry.refused);
    return {
      state: this.#state(busy),
      reason: refused?.refused ?? null,
      waiting: busy.length,
      edits: busy.reduce((sum, entry) => sum + entry.edits, 0),
      since: busy.length > 0 ? Math.min(...busy.map((entry) => entry.since)) : null,
    };
  }

  /** @param {Entry[]} busy @returns {SaveState} */
  #state(busy) {
    if (busy.length === 0) return this.savedAt ? "saved" : "idle";
    if (busy.some((entry) => entry.refused)) return "refused";
    if (busy.some((entry) => entry.conflict)) return "conflict";
    if (this.#away?.reason === "signed_out") return "signed_out";
    const failed = (this.#away?.attempts ?? 0) > 1 || busy.some((entry) => entry.attempts > 1);
    return failed ? "retrying" : "saving";
  }

  /** Send what may go, the oldest edit first. @param {boolean} [probe] although the server was away a moment ago */
  #pump(probe = false) {
    if (this.#away && !probe) return;
    const ready = [...this.#entries.values()].filter((entry) => mayGo(entry, Date.now())).sort((a, b) => a.since - b.since);
    if (!this.#careful) return ready.forEach((entry) => this.#deliver(entry));
    const underWay = [...this.#entries.values()].some((entry) => entry.flying);
    if (underWay) return;
    if (ready.length > 0) this.#deliver(ready[0]);
    else [this.#careful, this.#away] = [false, null];
  }

  /** @param {Entry} entry */
  async #deliver(entry) {
    if (!entry.flight) {
      const wanted = /** @type {Content} */ (entry.wanted);
      takeOff(entry, newId(), this.stepOf?.(entry.imageId, wanted, entry.revision));
      this.#keep(entry);
    }
    entry.flying = true;
    try {
      const answer = await this.send(entry.imageId, /** @type {Body} */ (entry.flight));
      entry.flying = false;
      this.#away = null;
      this.#acknowledge(entry, answer);
    } catch (error) {
      entry.flying = false;
      this.#fail(entry, error);
    }
    this.#pump();
    for (const tell of this.#landings.splice(0)) tell();
    this.onChange();
  }

  /** @param {Entry} entry @param {{revision: number, state: string, saved_at: string}} answer */
  #acknowledge(entry, answer) {
    const content = /** @type {Content} */ (entry.flown);
    Object.assign(entry, { revision: answer.revision, flight: null, flown: null, attempts: 0 });
    this.savedAt = new Date();
    if (entry.wanted) this.#keep(entry);
    else this.#finish(entry);
    this.onSaved(entry.imageId, content, answer);
  }

  /** @param {Entry} entry */
  #finish(entry) {
    this.outbox.remove(entry.imageId);
    entry.edits = 0;
    if (entry.adopted) this.resume(); // another tab that is gone may have left a second version of this image
    entry.adopted = false;
  }

  /** @param {Entry} entry @param {any} error an ApiError (status 0: no answer), or whatever went wrong */
  #fail(entry, error) {
    const status = error.status ?? 0;
    if (status === 0 || status === 401) return this.#loseServer(status === 401 ? "signed_out" : "retrying");
    this.#away = null; // it answered
    if (status === 409 && error.body?.current) this.#stopAtConflict(entry, error.body);
    else if (isWorthRetrying(status)) this.#retryLater(entry);
    else this.#refuse(entry, error.message);
  }

  /** @param {"retrying" | "signed_out"} reason */
  #loseServer(reason) {
    clearTimeout(this.#away?.timer);
    const attempts = (this.#away?.attempts ?? 0) + 1;
    const timer = window.setTimeout(() => this.#pump(true), waitAfter(attempts));
    this.#away = { reason, attempts, timer };
    this.#careful = true;
  }

  /** @param {Entry} entry @param {Stale} stale */
  #stopAtConflict(entry, stale) {
    entry.wanted ??= entry.flown;
    Object.assign(entry, { flight: null, flown: null, attempts: 0, conflict: stale });
    this.#keep(entry);
    this.onConflict(entry.imageId, /** @type {Content} */ (entry.wanted), stale);
  }

  /** @param {Entry} entry */
  #retryLater(entry) {
    entry.attempts += 1;
    const wait = waitAfter(entry.attempts);
    entry.notBefore = Date.now() + wait;
    setTimeout(() => this.#pump(), wait + 1);
  }

  /** @param {Entry} entry @param {string} reason */
  #refuse(entry, reason) {
    entry.wanted ??= entry.flown;
    Object.assign(entry, { flight: null, flown: null, attempts: 0, refused: reason });
    this.#keep(entry);
  }

  /** @param {Entry} entry */
  #keep({ imageId, revision, wanted, flight, flown, since, edits }) {
    this.outbox.keep({ imageId, revision, wanted, flight, flown, since, edits });
  }
}

/** Timed out, too many, or a fault of the server: the same request may succeed later. @param {number} status */
const isWorthRetrying = (status) => [408, 425, 429].includes(status) || status >= 500;
