// Frames of a video or a camera, sent one at a time: the next one is taken when the answer to the last has come, so that
// none waits behind another. While it plays they follow each other; when it stands still, the frame in sight is the last.

import { on } from "../shared/dom.js";

const HAS_FRAME = 2; // HAVE_CURRENT_DATA of a media element
const RATE_OVER = 10; // answers

/**
 * The frame in sight as JPEG, or null where there is none yet.
 * @param {HTMLVideoElement} video @param {number} [quality]
 * @returns {Promise<{blob: Blob, time: number, width: number, height: number} | null>}
 */
export async function grab(video, quality = 0.9) {
  const { videoWidth: width, videoHeight: height, currentTime: time } = video;
  if (!width || video.readyState < HAS_FRAME) return null;
  const canvas = document.createElement("canvas");
  Object.assign(canvas, { width, height });
  canvas.getContext("2d").drawImage(video, 0, 0);
  const blob = await new Promise((done) => canvas.toBlob(done, "image/jpeg", quality));
  return { blob, time, width, height };
}

/** Wait until the frame that a video was sent to is in sight. @param {HTMLVideoElement} video */
export async function settled(video) {
  if (video.seeking) await new Promise((done) => video.addEventListener("seeked", done, { once: true }));
}

export class Frames {
  #wanted = false;
  #busy = false;
  #closed = false;
  #moment = 0; // goes on when another frame comes into sight, other than by playing
  #answeredAt = [];

  /**
   * @param {HTMLVideoElement} video
   * @param {object} acts look: (blob) => Promise of an answer; found: (answer, {moment}) => void; failed: (error) => void
   */
  constructor(video, acts) {
    Object.assign(this, { video, acts });
    for (const type of ["playing", "pause", "seeking", "seeked"]) on(video, type, () => (this.#moment += 1));
    for (const type of ["loadeddata", "playing", "pause", "seeked"]) on(video, type, () => this.ask());
  }

  get playing() {
    return !this.video.paused && !this.video.ended;
  }

  /** Whether what was found on a frame goes with what is in sight: all that is new does while it plays. @param {{moment: number}} frame */
  isOf({ moment }) {
    return this.playing || (moment === this.#moment && !this.video.seeking);
  }

  /** Frames looked at in a second, lately; null where too few to tell. */
  get rate() {
    const times = this.#answeredAt;
    return times.length < 3 ? null : (1000 * (times.length - 1)) / (times.at(-1) - times[0]);
  }

  /** Look at the frame in sight, when the one before is answered. */
  ask() {
    this.#wanted = true;
    if (!this.#busy) this.#run();
  }

  close() {
    this.#closed = true;
  }

  async #run() {
    this.#busy = true;
    try {
      while (!this.#closed && (this.#wanted || this.playing)) await this.#one();
    } catch (error) {
      if (!this.#closed) this.acts.failed(error);
    } finally {
      this.#busy = false;
    }
  }

  async #one() {
    if (document.hidden) return this.#seen();
    this.#wanted = false;
    const moment = this.#moment;
    const frame = await grab(this.video);
    if (frame === null) return this.#nextFrame();
    const answer = await this.acts.look(frame.blob);
    if (this.#closed) return;
    this.#count();
    this.acts.found(answer, { moment });
  }

  /** A camera left on in a tab behind others shall not keep the model busy. */
  #seen() {
    return new Promise((done) => document.addEventListener("visibilitychange", done, { once: true }));
  }

  /** A video that plays and has no frame to show is waiting for one: so do we. */
  #nextFrame() {
    return new Promise((done) => requestAnimationFrame(done));
  }

  /** Only what plays has a rate: a frame after a pause begins anew. */
  #count() {
    this.#answeredAt = this.playing ? [...this.#answeredAt, performance.now()].slice(-RATE_OVER) : [];
  }
}
