/**
 * How a person wants pictures and boxes shown. What helps with the pictures of one project (light, smoothing, the place
 * kept from image to image) is remembered for that project, the rest for all of them; in this browser.
 *
 * @typedef {"auto" | "smooth" | "pixels"} Smoothing
 * @typedef {"all" | "pointed" | "none"} Names whose names stand at the boxes; `pointed`: selected or under the pointer
 */

const PIXELS_FROM = 3; // pixels of the screen for one of the picture from which "auto" shows it as a square
const KEY = "boxloop.look";

/** Of one project. Brightness and contrast from -1 to 1, gamma 0.2 to 5; the first values change nothing. */
const PICTURE = { brightness: 0, contrast: 0, gamma: 1, smoothing: /** @type {Smoothing} */ ("auto"), keepPlace: false };
const PAGE = { guide: true, loupe: false, map: true, names: /** @type {Names} */ ("all"), wheel: /** @type {"auto" | "zoom" | "pan"} */ ("auto") };

export class Look {
  /** @type {Set<() => void>} */
  #listeners = new Set();
  #picture = { ...PICTURE };
  #page = { ...PAGE, ...stored(KEY) };
  #project = 0;
  #lightOff = false;

  /** @param {() => void} listener */
  subscribe(listener) {
    this.#listeners.add(listener);
  }

  /** @param {number} projectId */
  useProject(projectId) {
    if (projectId === this.#project) return;
    this.#project = projectId;
    this.#picture = { ...PICTURE, ...stored(`${KEY}.${projectId}`) };
    this.#tell();
  }

  /** @param {Partial<typeof PICTURE & typeof PAGE>} changes */
  set(changes) {
    this.#lightOff = false;
    for (const [name, value] of Object.entries(changes)) {
      const group = name in PICTURE ? this.#picture : this.#page;
      Object.assign(group, { [name]: value });
    }
    store(KEY, this.#page);
    store(`${KEY}.${this.#project}`, this.#picture);
    this.#tell();
  }

  /** Show the pixels as they are. */
  resetLight() {
    this.set({ brightness: PICTURE.brightness, contrast: PICTURE.contrast, gamma: PICTURE.gamma });
  }

  /** Show the pixels as they are for a look, and again as adjusted. */
  toggleLight() {
    this.#lightOff = !this.#lightOff;
    this.#tell();
  }

  get brightness() {
    return this.#picture.brightness;
  }

  get contrast() {
    return this.#picture.contrast;
  }

  get gamma() {
    return this.#picture.gamma;
  }

  get smoothing() {
    return this.#picture.smoothing;
  }

  get keepPlace() {
    return this.#picture.keepPlace;
  }

  get guide() {
    return this.#page.guide;
  }

  get loupe() {
    return this.#page.loupe;
  }

  get map() {
    return this.#page.map;
  }

  /** What a wheel does: `auto` tells a trackpad, which pans, from a mouse, which zooms. */
  get wheel() {
    return this.#page.wheel;
  }

  get names() {
    return this.#page.names;
  }

  /** Whether the light of this project was adjusted. */
  get hasLight() {
    return this.brightness !== 0 || this.contrast !== 0 || this.gamma !== 1;
  }

  /** Whether the pixels are shown other than they are. */
  get isLit() {
    return this.hasLight && !this.#lightOff;
  }

  /** @param {number} zoom pixels of the screen for one of the picture */
  isPixelated(zoom) {
    return this.smoothing === "pixels" || (this.smoothing === "auto" && zoom >= PIXELS_FROM);
  }

  #tell() {
    for (const listener of this.#listeners) listener();
  }
}

/**
 * What becomes of each brightness of a channel, 0..1 in even steps: first gamma, then contrast about the middle, then
 * brightness.
 * @param {{brightness: number, contrast: number, gamma: number}} light @param {number} [steps]
 */
export function curve({ brightness, contrast, gamma }, steps = 65) {
  const slope = contrast < 0 ? 1 + contrast : 1 / Math.max(0.02, 1 - contrast);
  return Array.from({ length: steps }, (_, index) => {
    const value = ((index / (steps - 1)) ** (1 / gamma) - 0.5) * slope + 0.5 + brightness;
    return Math.max(0, Math.min(1, value));
  });
}

/** @param {string} key @returns {object} */
function stored(key) {
  try {
    return JSON.parse(localStorage.getItem(key) ?? "{}") ?? {};
  } catch {
    return {}; // Storage is switched off, or holds what we did not write.
  }
}

/** @param {string} key @param {object} value */
function store(key, value) {
  try {
    localStorage.setItem(key, JSON.stringify(value));
  } catch {
    // The choice then lasts as long as the page.
  }
}
