/**
 * Saves every edit at once: one request of an image in flight, each with a key of its own, so that repeating it changes
 * nothing. What the server has not acknowledged stays in the outbox and is sent again until it has.
 *
 * @typedef {import("./types.js").Content} Content
 * @typedef {{
 *   revision: number, boxes: readonly object[], rejected: readonly object[], state: string, key: string
 * }} Body
 * @typedef {{
 *   imageId: number, revision: number, wanted: Content | null, flight: Body | null, flown: Content | null,
 *   attempt: number, timer: number, refused: string | null, conflict: boolean
 * }} Entry
 * @typedef {"saved" | "saving" | "retrying" | "refused" | "conflict" | "idle"} SaveState
 * @typedef {{revision: number, state: string, annotations: object[], rejected: object[]}} Theirs
 */

const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 8000;

/** A name nobody else has given. Works without a secure context, where crypto.randomUUID is missing. */
export function newId() {
  if (crypto.randomUUID) return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

export class Saver {
  /** @type {Map<number, Entry>} */
  #entries = new Map();
  /** @type {Date | null} */
  savedAt = null;

  /**
   * @param {{
   *   send: (imageId: number, body: Body) => Promise<{revision: number, state: string, saved_at: string}>,
   *   outbox: import("./outbox.js").Outbox,
   *   onChange: () => void,
   *   onSaved: (imageId: number, content: Content, answer: {revision: number}) => void,
   *   onConflict: (imageId: number, mine: Content, theirs: Theirs) => void,
   * }} options
   */
  constructor({ send, outbox, onChange, onSaved, onConflict }) {
    this.send = send;
    this.outbox = outbox;
    this.onChange = onChange;
    this.onSaved = onSaved;
    this.onConflict = onConflict;
    window.addEventListener("online", () => this.retryNow());
  }

  /** Take up what an earlier page of this browser could not deliver. */
  resume() {
    for (const kept of this.outbox.adopt()) {
      const flown = kept.flight ? contentOf(kept.flight) : null;
      this.#entries.set(kept.imageId, { ...freshEntry(kept.imageId, kept.revision), ...kept, flown });
    }
    this.retryNow();
  }

  /** The server's revision of an image, learnt by loading it. @param {number} imageId @param {number} revision */
  know(imageId, revision) {
    const entry = this.#entries.get(imageId);
    if (!entry) this.#entries.set(imageId, freshEntry(imageId, revision));
    else if (!this.#isBusy(entry)) entry.revision = revision;
  }

  /** Save this content of an image; an earlier one that was not sent yet is replaced. @param {number} imageId @param {Content} content */
  put(imageId, content) {
    const entry = this.#entries.get(imageId);
    if (!entry) throw new Error(`image ${imageId} was never loaded`);
    entry.wanted = content;
    entry.refused = null;
    entry.conflict = false; // where the question was closed unanswered, the server's next 409 asks it again
    this.#keep(entry);
    this.#pump(entry);
    this.onChange();
  }

  /** The revision last known of an image, undefined where it was never loaded. @param {number} imageId */
  revisionOf(imageId) {
    return this.#entries.get(imageId)?.revision;
  }

  /** What this page wants an image to be and the server has not acknowledged, or null. @param {number} imageId */
  pending(imageId) {
    const entry = this.#entries.get(imageId);
    return entry ? (entry.wanted ?? entry.flown) : null;
  }

  /** The answer to a conflict: send mine over the other's version. @param {number} imageId @param {number} theirRevision */
  keepMine(imageId, theirRevision) {
    const entry = this.#entries.get(imageId);
    if (!entry) return;
    entry.revision = theirRevision;
    entry.conflict = false;
    this.#pump(entry);
    this.onChange();
  }

  /** The answer to a conflict, or to a refusal: let go of what was not saved. @param {number} imageId @param {number} revision */
  drop(imageId, revision) {
    this.outbox.remove(imageId);
    this.#entries.set(imageId, freshEntry(imageId, revision));
    this.onChange();
  }

  /** Let go of everything that the server refuses for good (an image that is gone, say). */
  discardRefused() {
    for (const entry of [...this.#entries.values()]) {
      if (entry.refused) this.drop(entry.imageId, entry.revision);
    }
  }

  /** Send again what waits, without waiting. */
  retryNow() {
    for (const entry of this.#entries.values()) {
      if (entry.timer === 0 && entry.attempt > 0) continue; // on its way right now
      clearTimeout(entry.timer);
      entry.timer = 0;
      if (entry.flight && !entry.conflict) this.#deliver(entry);
      else this.#pump(entry);
    }
  }

  /** @returns {{state: SaveState, reason: string | null, waiting: number}} worst first */
  status() {
    const busy = [...this.#entries.values()].filter((entry) => this.#isBusy(entry));
    const refused = busy.find((entry) => entry.refused);
    if (refused) return { state: "refused", reason: refused.refused, waiting: busy.length };
    if (busy.some((entry) => entry.conflict)) return { state: "conflict", reason: null, waiting: busy.length };
    if (busy.some((entry) => entry.attempt > 1)) return { state: "retrying", reason: null, waiting: busy.length };
    if (busy.length > 0) return { state: "saving", reason: null, waiting: busy.length };
    return { state: this.savedAt ? "saved" : "idle", reason: null, waiting: 0 };
  }

  /** @param {Entry} entry */
  #isBusy(entry) {
    return entry.wanted !== null || entry.flight !== null;
  }

  /** @param {Entry} entry */
  #pump(entry) {
    if (entry.flight || !entry.wanted || entry.conflict || entry.refused) return;
    entry.flown = entry.wanted;
    entry.flight = bodyOf(entry.wanted, entry.revision);
    entry.wanted = null;
    this.#keep(entry);
    this.#deliver(entry);
  }

  /** @param {Entry} entry */
  async #deliver(entry) {
    const body = /** @type {Body} */ (entry.flight);
    entry.timer = 0;
    entry.attempt += 1;
    try {
      this.#acknowledge(entry, await this.send(entry.imageId, body));
    } catch (error) {
      this.#fail(entry, error);
    }
    this.onChange();
  }

  /** @param {Entry} entry @param {{revision: number, state: string, saved_at: string}} answer */
  #acknowledge(entry, answer) {
    const content = /** @type {Content} */ (entry.flown);
    Object.assign(entry, { revision: answer.revision, flight: null, flown: null, attempt: 0 });
    this.savedAt = new Date();
    if (entry.wanted) this.#keep(entry);
    else this.outbox.remove(entry.imageId);
    this.onSaved(entry.imageId, content, answer);
    this.#pump(entry);
  }

  /** @param {Entry} entry @param {any} error an ApiError (status 0: no answer), or whatever went wrong */
  #fail(entry, error) {
    const status = error.status ?? 0;
    if (status === 409 && error.body?.current) this.#stopAtConflict(entry, error.body.current);
    else if (isWorthRetrying(status)) this.#retryLater(entry);
    else this.#refuse(entry, error.message);
  }

  /** @param {Entry} entry @param {Theirs} theirs */
  #stopAtConflict(entry, theirs) {
    entry.wanted ??= entry.flown;
    Object.assign(entry, { flight: null, flown: null, attempt: 0, conflict: true });
    this.#keep(entry);
    this.onConflict(entry.imageId, /** @type {Content} */ (entry.wanted), theirs);
  }

  /** @param {Entry} entry */
  #retryLater(entry) {
    const wait = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** (entry.attempt - 1));
    entry.timer = window.setTimeout(() => this.#deliver(entry), wait);
  }

  /** @param {Entry} entry @param {string} reason */
  #refuse(entry, reason) {
    entry.wanted ??= entry.flown;
    Object.assign(entry, { flight: null, flown: null, attempt: 0, refused: reason });
    this.#keep(entry);
  }

  /** @param {Entry} entry */
  #keep({ imageId, revision, wanted, flight }) {
    this.outbox.keep({ imageId, revision, wanted, flight });
  }
}

/** @param {number} imageId @param {number} revision @returns {Entry} */
function freshEntry(imageId, revision) {
  const nothing = { wanted: null, flight: null, flown: null, refused: null };
  return { imageId, revision, ...nothing, attempt: 0, timer: 0, conflict: false };
}

/** @param {Content} content @param {number} revision @returns {Body} */
function bodyOf(content, revision) {
  return { revision, boxes: content.boxes, rejected: content.rejected, state: content.state, key: newId() };
}

/** @param {Body} body @returns {Content} */
function contentOf(body) {
  return /** @type {any} */ ({ boxes: body.boxes, state: body.state, rejected: body.rejected });
}

/**
 * No answer, signed out, timed out, too many, or a fault of the server: the same request may succeed later.
 * @param {number} status
 */
const isWorthRetrying = (status) => status === 0 || [401, 408, 425, 429].includes(status) || status >= 500;
