/**
 * The keyboard of the Label page: hands each key to the command that it stands for (see commands.js). Keys typed into a
 * field stay there.
 */

import { chordOf } from "../shared/chords.js";
import { isTyping } from "../shared/dom.js";

const ARROWS = ["ArrowLeft", "ArrowUp", "ArrowRight", "ArrowDown"];

/**
 * @param {{
 *   root: HTMLElement, stage: HTMLElement, shortcuts: import("../shared/shortcuts.js").Shortcuts, signal: AbortSignal,
 *   chooseByKey: (chord: string) => boolean
 * }} page `chooseByKey` takes the keys of the classes, which no command has
 */
export function listenToKeys({ root, stage, shortcuts, signal, chooseByKey }) {
  /** @type {Map<string, () => void>} what ends with the key, by the key's place */
  const held = new Map();
  const press = (/** @type {KeyboardEvent} */ event) => {
    if (event.defaultPrevented || isTyping(event) || document.querySelector("dialog[open], .bl-menu")) return;
    if (belongsToControl(event, root, stage)) return;
    const chord = chordOf(event);
    if (chord === null) return;
    const command = shortcuts.commandFor(chord);
    if (!command?.run) return void (chooseByKey(chord) && event.preventDefault());
    if (command.unless?.()) return;
    event.preventDefault();
    if (command.release) held.set(event.code, command.release);
    if (!event.repeat || command.repeats) command.run(event);
  };
  const release = (/** @type {string} */ code) => {
    held.get(code)?.();
    held.delete(code);
  };
  window.addEventListener("keydown", press, { signal });
  window.addEventListener("keyup", (event) => release(event.code), { signal });
  window.addEventListener("blur", () => [...held.keys()].forEach(release), { signal });
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
  if (target instanceof HTMLInputElement && target.type === "range") keeps.push(...ARROWS);
  if (event.key === "Escape" && root.contains(target)) return false;
  return keeps.includes(event.key);
}
