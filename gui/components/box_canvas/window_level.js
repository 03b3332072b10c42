/**
 * The window of deep grey: from which measured value black, from which white. A button among the tools, there only for
 * such images, opens a small panel; what is set is remembered for the project in this browser. Only the page shows it:
 * the file stays as it is, and networks see what detector/pixels.py says.
 *
 * @typedef {import("./tiled_picture.js").TiledPicture} TiledPicture
 * @typedef {import("./deep_pixels.js").Deep} Deep
 * @typedef {{kind: "auto" | "full" | "own", low?: number, high?: number}} Setting
 */

import { fill, h, svg } from "../shared/dom.js";
import { icon } from "../shared/icons.js";

const KEY = "boxloop.window";
/** @type {Setting} */
const AUTO = { kind: "auto" };

export class WindowLevel {
  /** @type {TiledPicture | null} */
  #picture = null;
  #project = 0;
  #frame = 0;

  /** @param {() => void} onClose called when the person has closed the panel */
  constructor(onClose) {
    this.onClose = onClose;
    this.button = h(
      "button",
      { class: "bl-icon-button", type: "button", "aria-label": "Window of grey values", "aria-expanded": "false", dataset: { command: "view.window" }, onclick: () => this.toggle() },
      icon("window"),
    );
    this.part = h("span", { class: "bc-window-tool", hidden: true }, h("span", { class: "bc-gap" }), this.button);
    this.panel = h("div", { class: "bc-window", role: "dialog", "aria-label": "Window of grey values", hidden: true });
    // What is typed here moves sliders, not boxes.
    this.panel.addEventListener("keydown", (event) => {
      if (event.key === "Escape") this.#close();
      event.stopPropagation();
    });
  }

  /** @param {HTMLElement} tools where the button goes, behind the others @param {HTMLElement} centre on which the panel lies */
  mount(tools, centre) {
    tools.append(this.part);
    centre.append(this.panel);
  }

  /** The picture that is shown now; one without deep grey, or whose tiles are not made yet, has no window. @param {TiledPicture | null} picture @param {number} project */
  show(picture, project) {
    this.#picture = picture?.deep ? picture : null;
    this.#project = project;
    this.part.hidden = !this.#picture;
    if (!this.#picture) return this.#close(false);
    this.#apply(this.setting);
    if (!this.panel.hidden) this.#build();
  }

  toggle() {
    if (!this.#picture) return;
    if (!this.panel.hidden) return this.#close();
    this.panel.hidden = false;
    this.button.setAttribute("aria-expanded", "true");
    this.#build();
    this.panel.querySelector("input")?.focus();
  }

  /** @returns {Setting} */
  get setting() {
    try {
      return JSON.parse(localStorage.getItem(`${KEY}.${this.#project}`) ?? "null") ?? AUTO;
    } catch {
      return AUTO; // storage is switched off
    }
  }

  /** @param {Setting} setting */
  #keep(setting) {
    try {
      localStorage.setItem(`${KEY}.${this.#project}`, JSON.stringify(setting));
    } catch {
      // The choice then lasts as long as the image is open.
    }
    this.#apply(setting);
  }

  /** @param {Setting} setting */
  #apply(setting) {
    const deep = /** @type {Deep} */ (this.#picture?.deep);
    const window = windowOf(setting, deep);
    this.#picture?.setWindow(window);
    this.#drawWindow?.(window);
  }

  /** Puts the controls where the window is. @type {((window: {low: number, high: number}) => void) | null} */
  #drawWindow = null;

  #build() {
    const picture = /** @type {TiledPicture} */ (this.#picture);
    const deep = /** @type {Deep} */ (picture.deep);
    const now = windowOf(this.setting, deep);
    const set = (/** @type {Partial<typeof now>} */ change) => {
      const window = { ...windowOf(this.setting, deep), ...change };
      cancelAnimationFrame(this.#frame); // a slider may move more often than the screen shows
      this.#frame = requestAnimationFrame(() => this.#keep({ kind: "own", ...ordered(window, change, deep) }));
    };
    const low = valueRow("Black up to", deep, (value) => set({ low: value }));
    const high = valueRow("White from", deep, (value) => set({ high: value }));
    const bars = histogram(deep);
    this.#drawWindow = (window) => {
      low.show(window.low);
      high.show(window.high);
      bars.show(window);
    };
    const choice = (/** @type {string} */ text, /** @type {Setting["kind"]} */ kind) =>
      h("button", { class: "bl-button", type: "button", onclick: () => this.#keep({ kind }) }, text);
    fill(
      this.panel,
      bars.element,
      low.element,
      high.element,
      deep.bands > 1 && this.#bandRow(picture, deep),
      h("div", { class: "bc-window-row" }, choice("Automatic", "auto"), choice("Full range", "full")),
      h("p", { class: "bl-muted" }, "Only how it looks here: the file stays as it is, and models see the full range of the first band."),
    );
    this.#drawWindow(now);
  }

  /** @param {TiledPicture} picture @param {Deep} deep */
  #bandRow(picture, deep) {
    const options = Array.from({ length: deep.bands }, (_, band) => h("option", { value: String(band), selected: band === picture.state.band }, `Band ${band + 1} of ${deep.bands}`));
    return h(
      "select",
      { class: "bl-select", "aria-label": "Band", onchange: (/** @type {any} */ event) => picture.setBand(Number(event.target.value)) },
      options,
    );
  }

  #close(refocus = true) {
    if (this.panel.hidden) return;
    this.panel.hidden = true;
    this.#drawWindow = null;
    this.button.setAttribute("aria-expanded", "false");
    if (refocus) this.onClose();
  }
}

/** @param {Setting} setting @param {Deep} deep */
export function windowOf({ kind, low, high }, deep) {
  if (kind === "full") return { low: deep.low, high: deep.high };
  if (kind === "own" && Number.isFinite(low) && Number.isFinite(high)) return { low: Number(low), high: Number(high) };
  return { low: deep.auto_low, high: deep.auto_high };
}

/** The end that was not moved gives way, so that black stays below white. @param {{low: number, high: number}} window @param {{low?: number, high?: number}} moved @param {Deep} deep */
export function ordered({ low, high }, moved, deep) {
  if (low < high) return { low, high };
  return moved.low !== undefined ? { low, high: low + deep.step } : { low: high - deep.step, high };
}

/** A slider and a number for one end. @param {string} label @param {Deep} deep @param {(value: number) => void} onValue */
function valueRow(label, deep, onValue) {
  const step = deep.step === 1 ? 1 : (deep.near_high - deep.near_low) / 1000 || 1;
  const limits = { min: String(deep.near_low), max: String(deep.near_high), step: String(step) };
  const send = (/** @type {any} */ { target }) => Number.isFinite(target.valueAsNumber) && onValue(target.valueAsNumber);
  const slider = h("input", { type: "range", ...limits, "aria-label": label, oninput: send });
  const number = h("input", { type: "number", step: step === 1 ? "1" : "any", class: "bl-input bl-numeric", "aria-label": `${label}, value`, onchange: send });
  const show = (/** @type {number} */ value) => {
    slider.value = String(value);
    number.value = String(Number(value.toPrecision(6)));
  };
  return { element: h("label", { class: "bc-window-row" }, h("span", {}, label), slider, number), show };
}

/** How often each value is there, and which part the window shows. @param {Deep} deep */
function histogram(deep) {
  const most = Math.log1p(Math.max(...deep.histogram, 1));
  const wide = 256 / deep.histogram.length;
  const path = deep.histogram.map((count, at) => `M${at * wide} 40v${(-40 * Math.log1p(count)) / most}h${wide}V40z`).join("");
  const span = svg("rect", { y: 0, height: 40, class: "bc-window-span" });
  const element = svg("svg", { class: "bc-window-bars", viewBox: "0 0 256 40", preserveAspectRatio: "none", "aria-hidden": "true" }, span, svg("path", { d: path }));
  const at = (/** @type {number} */ value) => Math.max(0, Math.min(256, (256 * (value - deep.near_low)) / (deep.near_high - deep.near_low || 1)));
  const show = (/** @type {{low: number, high: number}} */ { low, high }) => {
    span.setAttribute("x", String(at(low)));
    span.setAttribute("width", String(Math.max(1, at(high) - at(low))));
  };
  return { element, show };
}
