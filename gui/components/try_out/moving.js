// A video or the camera on the stage: it plays, its frames are looked at, and one of them can be taken.

import { on } from "../shared/dom.js";
import { nextCamera, openCamera, stopCamera } from "./camera.js";
import { Frames, grab, settled } from "./frames.js";
import { frameName } from "./names.js";
import { openVideo, player } from "./video_file.js";

const TAKEN_QUALITY = 0.95; // of a frame that is added to the project

export class Moving {
  /** What was found last, or null. @type {object | null} */
  answer = null;
  /** Why nothing can be seen or found, and what to do then. @type {{text: string, again: () => void} | null} */
  trouble = null;
  #frame = null;
  #stream = null;
  #closed = false;
  #opened = 0; // times; a camera that is late after another one was asked for is turned off again
  #sight = 0; // goes on when another frame comes into sight

  /**
   * @param {import("./items.js").Item} item
   * @param {object} acts stage, transport; look: (blob) => Promise of an answer; changed: () => void after each change
   */
  constructor(item, { stage, transport, look, changed }) {
    Object.assign(this, { item, stage, transport, look, changed });
    this.open();
  }

  /** Whether the boxes are of another moment than the picture. */
  get isStale() {
    return this.#frame !== null && !this.frames.isOf(this.#frame);
  }

  async open(deviceId = null) {
    this.trouble = null;
    this.#opened += 1;
    const mine = this.#opened;
    const isWanted = () => !this.#closed && mine === this.#opened;
    try {
      const video = this.item.kind === "camera" ? await this.#camera(deviceId, isWanted) : await openVideo(this.item.url);
      if (video && isWanted()) this.#begin(video);
    } catch (error) {
      if (isWanted()) this.#fail(error.message, () => this.open(deviceId));
    }
  }

  /**
   * The frame in sight, held still, as a file.
   * @returns {Promise<{blob: Blob, name: string, isInSight: () => boolean}>} isInSight: whether it is that one still
   */
  async take() {
    this.video.pause();
    await settled(this.video);
    const sight = this.#sight;
    const frame = await grab(this.video, TAKEN_QUALITY);
    if (frame === null) throw new Error("There is no frame to add yet. Wait until one is in sight.");
    return { blob: frame.blob, name: frameName(this.item, frame.time), isInSight: () => !this.#closed && sight === this.#sight };
  }

  get canBeTaken() {
    return Boolean(this.video?.videoWidth);
  }

  close() {
    this.#closed = true;
    this.frames?.close();
    this.video?.pause();
    stopCamera(this.#stream);
    this.transport.detach();
  }

  /** Its picture, or null where it is not wanted any more. */
  async #camera(deviceId, isWanted) {
    stopCamera(this.#stream); // many machines cannot show two at once
    this.#stream = null;
    const stream = await openCamera(deviceId);
    if (!isWanted()) {
      stopCamera(stream);
      return null;
    }
    this.#stream = stream;
    const [track] = stream.getVideoTracks();
    track.addEventListener("ended", () => isWanted() && this.#fail("The camera was disconnected.", () => this.open()));
    const video = player();
    video.srcObject = stream;
    await video.play();
    return video;
  }

  #begin(video) {
    this.frames?.close();
    this.video = video;
    this.item.added = null; // that was the frame that was in sight when this was left
    this.frames = new Frames(video, { look: this.look, found: (answer, frame) => this.#found(answer, frame), failed: (error) => this.#stop(error) });
    this.stage.show(video, video.videoWidth, video.videoHeight);
    on(video, "resize", () => this.stage.show(video, video.videoWidth, video.videoHeight)); // a phone was turned
    for (const type of ["playing", "pause", "seeking", "seeked"]) on(video, type, () => this.#moved());
    this.transport.attach(video, this.item.kind === "camera");
    if (this.#stream) this.#offerOther();
    this.changed();
    this.frames.ask();
  }

  /** Another frame is in sight: what was found on the last one may not go with it, nor was it added. */
  #moved() {
    if (this.frames.playing || this.video.seeking) {
      this.#sight += 1;
      this.item.added = null;
    }
    this.changed();
  }

  #found(answer, frame) {
    this.answer = answer;
    this.#frame = frame;
    this.transport.showRate(this.frames.rate);
    this.changed();
  }

  /** A frame could not be looked at: the picture stands still, so that it can be tried again. */
  #stop(error) {
    this.video.pause();
    this.#fail(error.message, () => {
      this.trouble = null;
      this.changed();
      this.frames.ask();
    });
  }

  #fail(text, again) {
    if (this.#closed) return;
    this.trouble = { text, again };
    this.changed();
  }

  async #offerOther() {
    const stream = this.#stream;
    const deviceId = await nextCamera(stream);
    if (!this.#closed && stream === this.#stream) this.transport.offerOther(deviceId && (() => this.open(deviceId)));
  }
}
