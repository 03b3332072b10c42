/**
 * "The next free image": asked of the server, which gives none to two people. The one after it is claimed and fetched
 * ahead while this one is worked on; what is held is renewed while the page is seen, and let go of when it leaves.
 */

import { toast } from "../shared/toast.js";
import { PAGE } from "../shared/page_name.js";
import * as client from "./client.js";

const RENEW_EVERY_MS = 30000;

export class Claims {
  /** @type {{current: number, walk: string, next: Promise<number | null>} | null} what was claimed ahead, from which image, on which walk */
  #ahead = null;
  #renewedAt = 0;
  #opening = false;
  /** @type {Set<number>} */
  #held = new Set();

  /** @param {import("./model.js").Model} model @param {import("./session.js").Session} session @param {AbortSignal} signal */
  constructor(model, session, signal) {
    this.model = model;
    this.session = session;
    window.addEventListener("pagehide", () => navigator.sendBeacon(`/api/claims/release?page=${PAGE}`), { signal });
  }

  /** Open the next image to label that nobody else has. */
  async openNext() {
    const current = this.model.image?.id;
    if (current === undefined || this.#opening) return;
    const { walk } = this.model.navigation;
    const ahead = this.#ahead?.current === current && this.#ahead.walk === walk ? this.#ahead.next : this.#claim(current);
    this.#ahead = null;
    let id;
    this.#opening = true;
    try {
      id = await ahead;
    } catch (error) {
      return toast(/** @type {Error} */ (error).message, { kind: "error" });
    } finally {
      this.#opening = false;
    }
    if (this.model.image?.id !== current) return; // somebody who went on by hand stays there
    if (id === null) return toast(walk ? "Nothing is left to label in this list, or somebody is at it." : "Every image is labelled, or somebody is at it.");
    if (!(await this.session.open(id))) return;
    this.#claimAhead(id);
  }

  /** Renew what this page works with; anything else it held is free again. */
  async beat() {
    if (this.#held.size === 0 || performance.now() - this.#renewedAt < RENEW_EVERY_MS) return;
    this.#renewedAt = performance.now();
    const ahead = this.#ahead?.current === this.model.image?.id ? await this.#ahead?.next.catch(() => null) : null;
    const wanted = [this.model.image?.id, ahead].filter((id) => id !== undefined && id !== null && this.#held.has(id));
    if (wanted.length < this.#held.size) this.#ahead = ahead === null ? null : this.#ahead;
    this.#held = new Set((await client.renewClaims(PAGE, /** @type {number[]} */ (wanted)).catch(() => ({ image_ids: wanted }))).image_ids);
  }

  /** @param {number} current */
  #claimAhead(current) {
    const next = this.#claim(current);
    this.#ahead = { current, walk: this.model.navigation.walk, next };
    next.then((id) => id !== null && this.session.expect(id)).catch(() => {
      this.#ahead = null; // asked again with the key
    });
  }

  /** @param {number} current @returns {Promise<number | null>} */
  async #claim(current) {
    await this.session.saver.landed(); // what was left as done must be so before its claim is let go, or it is given out again
    const { image_id: id } = await client.nextFree(this.model.project.id, PAGE, current, this.model.navigation.walk);
    this.#held = new Set(id === null ? [current] : [current, id]);
    this.#renewedAt = performance.now();
    return id;
  }
}
