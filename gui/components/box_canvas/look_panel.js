/** The small panel of the tools that says how pictures and boxes are shown. */

import { fill, h, on } from "../shared/dom.js";
import { icon } from "../shared/icons.js";

/** @type {{key: "brightness" | "contrast" | "gamma", text: string, low: number, high: number, step: number, none: number}[]} */
const LIGHT = [
  { key: "brightness", text: "Brightness", low: -1, high: 1, step: 0.02, none: 0 },
  { key: "contrast", text: "Contrast", low: -0.9, high: 0.9, step: 0.02, none: 0 },
  { key: "gamma", text: "Gamma", low: 0.2, high: 4, step: 0.05, none: 1 },
];
const CHOICES = [
  { key: "smoothing", text: "Pixels", options: [["auto", "Square from 300 %"], ["smooth", "Always smooth"], ["pixels", "Always square"]] },
  { key: "names", text: "Names", options: [["all", "At every box"], ["pointed", "At the pointer"], ["none", "Nowhere"]] },
  { key: "wheel", text: "Scrolling", options: [["auto", "Wheel zooms, trackpad pans"], ["zoom", "Zooms"], ["pan", "Pans"]] },
];
const SWITCHES = [
  ["guide", "Guide lines"],
  ["loupe", "Magnifier while drawing"],
  ["map", "Map when zoomed in"],
  ["keepPlace", "Keep zoom and place between images"],
];

/**
 * @param {HTMLElement} place what the panel is put into @param {import("./look.js").Look} look
 * @returns {{button: HTMLElement, toggle: () => void}}
 */
export function mountLookPanel(place, look) {
  const redraws = [...LIGHT.map((entry) => lightRow(look, entry)), ...CHOICES.map((entry) => choiceRow(look, entry)), ...SWITCHES.map(([key, text]) => switchRow(look, key, text))];
  const reset = h("button", { class: "bl-button bc-look-reset", type: "button", onclick: () => look.resetLight() }, "Reset light");
  const rows = redraws.map(({ element }) => element);
  const panel = h("div", { class: "bc-look", role: "dialog", "aria-label": "How it is shown", hidden: true }, rows.slice(0, LIGHT.length), reset, rows.slice(LIGHT.length));
  const button = h("button", { class: "bl-icon-button bc-look-button", type: "button", tabindex: "-1", "aria-label": "How it is shown", "aria-haspopup": "dialog", "aria-expanded": "false", dataset: { command: "view.look" } }, icon("settings"));
  const show = (/** @type {boolean} */ open) => {
    panel.hidden = !open;
    button.setAttribute("aria-expanded", String(open));
    if (open) panel.querySelector("input")?.focus({ preventScroll: true });
  };
  const toggle = () => show(panel.hidden);
  button.addEventListener("click", toggle);
  closeOnLeaving(panel, button, () => show(false));
  const draw = () => {
    for (const { draw: redraw } of redraws) redraw();
    button.classList.toggle("lit", look.isLit);
    reset.disabled = !look.hasLight;
  };
  look.subscribe(draw);
  draw();
  place.append(panel);
  return { button, toggle };
}

/** Keys typed in the panel are the panel's; Escape and a press elsewhere close it. @param {HTMLElement} panel @param {HTMLElement} button @param {() => void} close */
function closeOnLeaving(panel, button, close) {
  on(panel, "keydown", (/** @type {KeyboardEvent} */ event) => {
    event.stopPropagation();
    if (event.key !== "Escape") return;
    event.preventDefault();
    close();
    /** @type {HTMLElement | null} */ (panel.closest(".bc-centre")?.querySelector(".bc-stage"))?.focus({ preventScroll: true });
  });
  on(panel.ownerDocument, "pointerdown", (/** @type {PointerEvent} */ event) => {
    const target = /** @type {Node} */ (event.target);
    if (!panel.hidden && !panel.contains(target) && !button.contains(target)) close();
  });
}

/** @param {import("./look.js").Look} look @param {typeof LIGHT[number]} entry */
function lightRow(look, { key, text, low, high, step, none }) {
  const set = (/** @type {number} */ value) => look.set({ [key]: value });
  const slider = h("input", { type: "range", min: low, max: high, step, "aria-label": text, title: "Double-click for none", oninput: () => set(Number(slider.value)), ondblclick: () => set(none) });
  const value = h("output", { class: "bl-numeric" });
  const draw = () => {
    slider.value = String(look[key]);
    value.textContent = key === "gamma" ? look.gamma.toFixed(2) : `${Math.round(look[key] * 100)}`;
  };
  return { element: h("div", { class: "bc-look-row" }, h("span", {}, text), slider, value), draw };
}

/** @param {import("./look.js").Look} look @param {{key: string, text: string, options: string[][]}} entry */
function choiceRow(look, { key, text, options }) {
  const select = h("select", { class: "bl-select", "aria-label": text, onchange: () => look.set({ [key]: select.value }) });
  fill(select, options.map(([value, name]) => h("option", { value }, name)));
  const draw = () => {
    select.value = /** @type {any} */ (look)[key];
  };
  return { element: h("div", { class: "bc-look-row" }, h("span", {}, text), select), draw };
}

/** @param {import("./look.js").Look} look @param {string} key @param {string} text */
function switchRow(look, key, text) {
  const box = h("input", { type: "checkbox", onchange: () => look.set({ [key]: box.checked }) });
  const draw = () => {
    box.checked = /** @type {any} */ (look)[key];
  };
  return { element: h("label", { class: "bc-look-switch" }, box, text), draw };
}
