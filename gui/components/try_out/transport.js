// Play and stop, where in the video, and how many frames a second are looked at.

import { fill, h, on } from "../shared/dom.js";
import { elapsed } from "../shared/format.js";
import { icon } from "../shared/icons.js";

export class Transport {
  constructor() {
    this.play = h("button", { class: "bl-icon-button", type: "button", onclick: () => this.toggle() });
    this.slider = h("input", { type: "range", min: 0, step: "any", "aria-label": "Place in the video", oninput: () => this.#seek() });
    this.time = h("span", { class: "bl-numeric" });
    this.rate = h("span", { class: "bl-muted bl-numeric", "aria-label": "Frames looked at in a second" });
    this.other = h("button", { class: "bl-button quiet", type: "button", hidden: true }, icon("camera"), "Other camera");
    this.element = h("div", { class: "try-transport", hidden: true }, this.play, this.slider, this.time, this.rate, this.other);
    this.video = null;
  }

  /** @param {HTMLVideoElement} video @param {boolean} isLive a camera has no places to go to */
  attach(video, isLive) {
    Object.assign(this, { video, isLive });
    this.element.hidden = false;
    this.slider.hidden = this.time.hidden = isLive;
    this.slider.max = String(video.duration);
    for (const type of ["play", "pause", "ended", "timeupdate", "seeked"]) on(video, type, () => this.#show());
    this.#show();
  }

  detach() {
    this.video = null;
    this.element.hidden = this.other.hidden = true;
    this.showRate(null);
  }

  toggle() {
    if (!this.video) return;
    if (this.video.paused || this.video.ended) this.video.play().catch(() => this.#show()); // stopped again before it began
    else this.video.pause();
  }

  /** @param {(() => void) | null} open shows what the next camera sees; null where there is one only */
  offerOther(open) {
    this.other.hidden = open === null;
    this.other.onclick = open;
  }

  /** @param {number | null} rate */
  showRate(rate) {
    this.rate.textContent = rate === null ? "" : `${rate < 10 ? rate.toFixed(1) : Math.round(rate)} frames a second`;
  }

  #seek() {
    this.video.pause();
    this.video.currentTime = Number(this.slider.value);
  }

  #show() {
    if (!this.video) return;
    const stands = this.video.paused || this.video.ended;
    const label = `${stands ? "Play" : this.isLive ? "Hold still" : "Stop"} (Space)`;
    if (this.play.title !== label) fill(this.play, icon(stands ? "play" : "pause"));
    this.play.title = label;
    this.play.setAttribute("aria-label", label);
    if (this.isLive) return;
    if (!this.slider.matches(":active")) this.slider.value = String(this.video.currentTime);
    this.time.textContent = `${elapsed(this.video.currentTime)} / ${elapsed(this.video.duration)}`;
  }
}
