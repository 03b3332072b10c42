/**
 * What a turn of the wheel or a stroke on a trackpad asks for. A mouse wheel zooms at the pointer; two fingers on a
 * trackpad pan, and pinching them (which browsers send as a wheel with Ctrl held) zooms. Pure.
 *
 * @typedef {{zoom: number} | {dx: number, dy: number}} WheelAct zoom: a factor; dx, dy: pan by so many CSS pixels
 * @typedef {{deltaX: number, deltaY: number, deltaMode: number, ctrlKey: boolean, metaKey: boolean, shiftKey: boolean,
 *   wheelDeltaY?: number, timeStamp: number}} WheelLike
 */

const ZOOM_PER_PIXEL = 0.0015;
const PINCH_PER_PIXEL = 0.01; // a pinch comes in small steps
const LARGEST_PINCH = 50; // CSS pixels; some mice send a whole notch while Ctrl is held
const LINE = 33; // CSS pixels, for browsers that count in lines
const SAME_STROKE_MS = 250;

export class Wheel {
  #trackpadUntil = 0;

  /** @param {WheelLike} event @param {"auto" | "zoom" | "pan"} mode @returns {WheelAct} */
  read(event, mode) {
    const unit = event.deltaMode === 0 ? 1 : LINE;
    const [dx, dy] = [event.deltaX * unit, event.deltaY * unit];
    if (event.ctrlKey || event.metaKey) {
      return { zoom: Math.exp(-Math.max(-LARGEST_PINCH, Math.min(LARGEST_PINCH, dy)) * PINCH_PER_PIXEL) };
    }
    const pans = mode === "pan" || (mode === "auto" && this.#isTrackpad(event));
    if (!pans) return { zoom: Math.exp(-(dy || dx) * ZOOM_PER_PIXEL) };
    return event.shiftKey && dx === 0 ? { dx: -dy, dy: 0 } : { dx: -dx, dy: -dy };
  }

  /** A stroke that began on a trackpad stays one, though single steps of it look like a wheel's. @param {WheelLike} event */
  #isTrackpad(event) {
    const found = looksLikeTrackpad(event) || event.timeStamp < this.#trackpadUntil;
    if (found) this.#trackpadUntil = event.timeStamp + SAME_STROKE_MS;
    return found;
  }
}

/**
 * Wheels turn on one axis and in whole notches (120 each, of what browsers call wheelDelta); trackpads move sideways
 * too, by parts of a pixel, and on a Mac by three of those units a pixel.
 * @param {WheelLike} event
 */
function looksLikeTrackpad({ deltaX, deltaY, deltaMode, shiftKey, wheelDeltaY = 0 }) {
  if (deltaMode !== 0) return false;
  if (deltaX !== 0 && deltaY !== 0) return true;
  if (deltaX !== 0) return !shiftKey;
  if (wheelDeltaY !== 0 && wheelDeltaY % 120 === 0) return false;
  return wheelDeltaY === -3 * deltaY || !Number.isInteger(deltaY);
}
