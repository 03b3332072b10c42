/**
 * Zoom and pan: how pixels of the picture become CSS pixels of the stage. `screen = image * k + offset`.
 *
 * @typedef {import("./types.js").Rect} Rect
 */

import { clamp } from "./geometry.js";

const MAX_ZOOM = 64; // CSS pixels for one pixel of the picture
const KEPT_IN_SIGHT = 48; // CSS pixels of the picture that panning never pushes out
const FIT_MARGIN = 16;
const STEP = 64; // CSS pixels that an arrow key pans
const ROUND_SELECTION = 0.18; // of the stage, on each side
const TOOLS = 40; // CSS pixels at the bottom of the stage that the tools stand on

export class View {
  k = 1;
  ox = 0;
  oy = 0;
  /** Stage size in CSS pixels. */
  width = 1;
  height = 1;
  /** Picture size in its own pixels. */
  imageWidth = 1;
  imageHeight = 1;
  /** True until the person zooms or pans: then a new stage size fits the picture again. */
  fitted = true;

  /** @param {() => void} onChange called after each change */
  constructor(onChange) {
    this.onChange = onChange;
  }

  /** @param {number} width @param {number} height of the stage */
  resize(width, height) {
    if (width < 1 || height < 1) return;
    const [centreX, centreY] = this.toImage(this.width / 2, this.height / 2);
    this.width = width;
    this.height = height;
    if (this.fitted) return this.fit();
    this.ox = width / 2 - centreX * this.k;
    this.oy = height / 2 - centreY * this.k;
    this.#settle();
  }

  /** @param {number} width @param {number} height of the picture @param {boolean} [keep] zoom and place, where the size is the same */
  setImage(width, height, keep = false) {
    const same = this.imageWidth === width && this.imageHeight === height;
    this.imageWidth = width;
    this.imageHeight = height;
    if (keep && same && !this.fitted) this.onChange();
    else this.fit();
  }

  fit() {
    this.k = this.#fitZoom();
    this.ox = (this.width - this.imageWidth * this.k) / 2;
    this.oy = (this.height - TOOLS - this.imageHeight * this.k) / 2;
    this.fitted = true;
    this.onChange();
  }

  /** One pixel of the picture on one pixel of the screen, about a point. @param {number} [sx] @param {number} [sy] */
  actualSize(sx = this.width / 2, sy = this.height / 2) {
    const ratio = window.devicePixelRatio || 1;
    this.zoomAt(sx, sy, 1 / ratio / this.k);
    // On whole pixels of the screen, so that each pixel of the picture is one of them and not a mix of four.
    this.panBy(Math.round(this.ox * ratio) / ratio - this.ox, Math.round(this.oy * ratio) / ratio - this.oy);
  }

  /** The rectangle as large as the stage allows, in its middle. @param {Rect} rect */
  zoomTo({ x1, y1, x2, y2 }) {
    const [width, height] = [Math.max(1, x2 - x1), Math.max(1, y2 - y1)];
    const room = 1 - 2 * ROUND_SELECTION;
    this.k = clamp(Math.min((this.width * room) / width, ((this.height - TOOLS) * room) / height), this.#fitZoom(), MAX_ZOOM / 4);
    this.centreOn((x1 + x2) / 2, (y1 + y2) / 2);
  }

  /** Bring a point of the picture into the middle. @param {number} x @param {number} y */
  centreOn(x, y) {
    this.ox = this.width / 2 - x * this.k;
    this.oy = (this.height - TOOLS) / 2 - y * this.k;
    this.fitted = false;
    this.#settle();
  }

  /** Zoom by a factor; what lies under the point stays there. @param {number} sx @param {number} sy @param {number} factor */
  zoomAt(sx, sy, factor) {
    const lowest = Math.min(this.#fitZoom() / 4, 1);
    const k = clamp(this.k * factor, lowest, MAX_ZOOM);
    this.ox = sx - ((sx - this.ox) * k) / this.k;
    this.oy = sy - ((sy - this.oy) * k) / this.k;
    this.k = k;
    this.fitted = false;
    this.#settle();
  }

  /** @param {number} dx @param {number} dy CSS pixels */
  panBy(dx, dy) {
    this.ox += dx;
    this.oy += dy;
    this.fitted = false;
    this.#settle();
  }

  /** Pan by an arrow key. @param {number} dx @param {number} dy direction, as a box would be moved: 1 pixel, or more for further */
  step(dx, dy) {
    const far = Math.max(Math.abs(dx), Math.abs(dy)) > 1 ? 4 : 1;
    this.panBy(-Math.sign(dx) * STEP * far, -Math.sign(dy) * STEP * far);
  }

  /** Pan as little as brings the rectangle into sight. @param {Rect} rect */
  reveal(rect) {
    const { x1, y1, x2, y2 } = this.toScreen(rect);
    const dx = shiftInto(x1, x2, this.width);
    const dy = shiftInto(y1, y2, this.height);
    if (dx || dy) this.panBy(dx, dy);
  }

  /** @param {number} sx @param {number} sy @returns {[number, number]} */
  toImage(sx, sy) {
    return [(sx - this.ox) / this.k, (sy - this.oy) / this.k];
  }

  /** @param {Rect} rect @returns {Rect} in CSS pixels of the stage */
  toScreen({ x1, y1, x2, y2 }) {
    const { k, ox, oy } = this;
    return { x1: x1 * k + ox, y1: y1 * k + oy, x2: x2 * k + ox, y2: y2 * k + oy };
  }

  /** Pixels of the screen for one pixel of the picture, in percent. */
  get percent() {
    return Math.round(this.k * (window.devicePixelRatio || 1) * 100);
  }

  /** How many times larger the picture is than where all of it is in sight. */
  get zoomOverFit() {
    return this.k / this.#fitZoom();
  }

  #fitZoom() {
    const margin = Math.min(FIT_MARGIN, this.width / 16) * 2;
    return Math.min((this.width - margin) / this.imageWidth, (this.height - margin - TOOLS) / this.imageHeight);
  }

  #settle() {
    const { k, imageWidth, imageHeight } = this;
    this.ox = clamp(this.ox, KEPT_IN_SIGHT - imageWidth * k, this.width - KEPT_IN_SIGHT);
    this.oy = clamp(this.oy, KEPT_IN_SIGHT - imageHeight * k, this.height - KEPT_IN_SIGHT);
    this.onChange();
  }
}

/** @param {number} from @param {number} to @param {number} length of the stage on this axis */
function shiftInto(from, to, length) {
  const margin = 24;
  if (to - from > length - 2 * margin) return (length - from - to) / 2;
  if (from < margin) return margin - from;
  if (to > length - margin) return length - margin - to;
  return 0;
}
