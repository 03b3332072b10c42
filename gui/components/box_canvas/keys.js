/**
 * The keyboard of the Label page: which key asks for which act. Keys typed into a field stay there.
 *
 * @typedef {{
 *   digit: (n: number) => void, remove: () => void, undo: () => void, redo: () => void,
 *   nudge: (dx: number, dy: number) => void, previous: () => void, next: () => void, done: () => void,
 *   nothing: () => void, accept: () => void, reject: () => void, acceptAll: () => void,
 *   tab: (step: 1 | -1) => void, fit: () => void, actualSize: () => void, zoom: (factor: number) => void,
 *   hide: () => void, escape: () => void, space: (held: boolean) => void
 * }} KeyActions
 */

import { isTyping } from "../shared/dom.js";
import { describeKeys } from "../shared/keys.js";

/** For the help sheet, in the order of the work. */
const HELP = [
  ["Drag", "Draw a box with the current class; with Shift also over another box"],
  ["1 … 9 0", "Class of the selected box, else of the next one"],
  ["E", "Accept the model's box that is selected or under the pointer"],
  ["X", "Reject it"],
  ["Tab", "Next box to review (Shift Tab goes back)"],
  ["Enter", "Done, next image"],
  ["N", "Nothing here, next image"],
  ["Shift Enter", "Accept all shown, done, next image"],
  ["A", "Image before"],
  ["D", "Image after"],
  ["Del", "Delete the selected box"],
  ["← ↑ → ↓", "Move the selected box by 1 pixel (with Shift by 10)"],
  ["Ctrl Z", "Undo"],
  ["Ctrl Shift Z", "Redo (also Ctrl Y)"],
  ["Wheel", "Zoom at the pointer (also + and -)"],
  ["Space Drag", "Pan (also the middle button)"],
  ["F", "Fit the image"],
  ["Shift F", "One pixel of the image on one of the screen"],
  ["H", "Hide or show all boxes"],
  ["Esc", "Give up the drag, or select nothing"],
  ["?", "This help"],
];

/** @type {Record<string, [number, number]>} */
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

/** @type {Record<string, (actions: KeyActions, event: KeyboardEvent) => void>} */
const PLAIN = {
  a: (actions) => actions.previous(),
  d: (actions) => actions.next(),
  e: (actions) => actions.accept(),
  x: (actions) => actions.reject(),
  n: (actions) => actions.nothing(),
  h: (actions) => actions.hide(),
  f: (actions, event) => (event.shiftKey ? actions.actualSize() : actions.fit()),
  "+": (actions) => actions.zoom(1.25),
  "=": (actions) => actions.zoom(1.25),
  "-": (actions) => actions.zoom(0.8),
  delete: (actions) => actions.remove(),
  backspace: (actions) => actions.remove(),
  enter: (actions, event) => (event.shiftKey ? actions.acceptAll() : actions.done()),
  tab: (actions, event) => actions.tab(event.shiftKey ? -1 : 1),
  escape: (actions) => actions.escape(),
  " ": (actions) => actions.space(true),
};

const ONCE = new Set(["a", "d", "e", "x", "n", "h", "enter"]); // holding one down must not run through images

/** @param {HTMLElement} root @param {HTMLElement} stage @param {KeyActions} actions @param {AbortSignal} signal */
export function listenToKeys(root, stage, actions, signal) {
  describeKeys(HELP);
  const press = (/** @type {KeyboardEvent} */ event) => {
    if (event.defaultPrevented || isTyping(event) || document.querySelector("dialog[open]")) return;
    if (belongsToControl(event, root, stage)) return;
    if (act(event, actions)) event.preventDefault();
  };
  window.addEventListener("keydown", press, { signal });
  window.addEventListener("keyup", (event) => event.key === " " && actions.space(false), { signal });
  window.addEventListener("blur", () => actions.space(false), { signal });
}

/**
 * Buttons keep Enter, Space and Tab, sliders their arrows, as everywhere.
 * @param {KeyboardEvent} event @param {HTMLElement} root @param {HTMLElement} stage
 */
function belongsToControl(event, root, stage) {
  const { target } = event;
  if (!(target instanceof HTMLElement) || target === document.body || target === stage) return false;
  if (target.closest("[role=menu]")) return true;
  const keeps = ["Tab", "Escape"];
  if (target.closest("button, a, summary, input")) keeps.push("Enter", " ");
  if (target instanceof HTMLInputElement && target.type === "range") keeps.push(...Object.keys(ARROWS));
  if (event.key === "Escape" && root.contains(target)) return false;
  return keeps.includes(event.key);
}

/** @param {KeyboardEvent} event @param {KeyActions} actions @returns {boolean} whether the key was ours */
function act(event, actions) {
  const key = event.key.toLowerCase();
  if (event.ctrlKey || event.metaKey) return actOnCommand(key, event.shiftKey, actions);
  if (event.altKey) return false;
  if (/^[0-9]$/.test(key)) {
    actions.digit(Number(key));
    return true;
  }
  const arrow = ARROWS[event.key];
  if (arrow) {
    const step = event.shiftKey ? 10 : 1;
    actions.nudge(arrow[0] * step, arrow[1] * step);
    return true;
  }
  const run = PLAIN[key];
  if (run && !(event.repeat && ONCE.has(key))) run(actions, event);
  return run !== undefined;
}

/** @param {string} key @param {boolean} shift @param {KeyActions} actions */
function actOnCommand(key, shift, actions) {
  if (key === "z") shift ? actions.redo() : actions.undo();
  else if (key === "y") actions.redo();
  else return false;
  return true;
}
