/**
 * What the saver knows of one image: what stands on the server, what is under way and what waits behind it.
 *
 * @typedef {import("./types.js").Content} Content
 * @typedef {import("./saver.js").Body} Body
 * @typedef {{
 *   imageId: number, revision: number, wanted: Content | null, flight: Body | null, flown: Content | null,
 *   flying: boolean, since: number, edits: number, attempts: number, notBefore: number, refused: string | null,
 *   conflict: import("./saver.js").Stale | null, adopted: boolean
 * }} Entry `flight`: a request that may have reached the server, sent again as it is until there is an answer;
 *   `flown`: the content in it; `flying`: it is under way now; `since` and `notBefore`: ms since 1970
 */

const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 8000;

/** @param {number} imageId @param {number} revision @returns {Entry} */
export function freshEntry(imageId, revision) {
  const nothing = { wanted: null, flight: null, flown: null, refused: null };
  return { imageId, revision, ...nothing, flying: false, since: 0, edits: 0, attempts: 0, notBefore: 0, conflict: null, adopted: false };
}

/** @param {import("./outbox.js").Kept} kept @returns {Entry} */
export function adoptedEntry({ imageId, revision, wanted, flight, flown, since, edits }) {
  return { ...freshEntry(imageId, revision), wanted, flight, flown, since, edits, adopted: true };
}

/** Whether the server has not acknowledged everything. @param {Entry} entry */
export const isBusy = (entry) => entry.wanted !== null || entry.flight !== null;

/** @param {Entry | undefined} entry @returns {Content | null} */
export const pendingOf = (entry) => entry?.wanted ?? entry?.flown ?? null;

/** Whether something of it can be sent now. @param {Entry} entry @param {number} now ms since 1970 */
export const mayGo = (entry, now) => isBusy(entry) && !entry.flying && !entry.conflict && !entry.refused && entry.notBefore <= now;

/** Make the request of what is wanted. @param {Entry} entry @param {string} key @param {import("./undoing.js").Step | null} [step] */
export function takeOff(entry, key, step = null) {
  const content = /** @type {Content} */ (entry.wanted);
  entry.flown = content;
  entry.flight = { revision: entry.revision, boxes: content.boxes, rejected: content.rejected, state: content.state, key, ...(step && { step }) };
  entry.wanted = null;
}

/** How long to wait after so many failures, in ms. @param {number} attempts */
export const waitAfter = (attempts) => Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** (attempts - 1));
