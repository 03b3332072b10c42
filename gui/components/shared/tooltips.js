// Tooltips that name the key: an element with data-command shows what the shortcuts say at the moment it is pointed at.

import { shownChord } from "./chords.js";

/**
 * Elements inside `root` with `data-command="box.delete"` get a title: their label, then the key of the command.
 * @param {HTMLElement} root @param {import("./shortcuts.js").Shortcuts} shortcuts @param {AbortSignal} signal
 */
export function showKeysInTooltips(root, shortcuts, signal) {
  const describe = (event) => {
    const element = event.target.closest?.("[data-command]");
    if (element) describeElement(element, shortcuts);
  };
  for (const type of ["pointerover", "focusin"]) root.addEventListener(type, describe, { signal, passive: true });
}

function describeElement(element, shortcuts) {
  const { command: id } = element.dataset;
  const [chord] = shortcuts.keysOf(id);
  const label = element.getAttribute("aria-label") ?? element.dataset.hint ?? shortcuts.command(id)?.text ?? "";
  element.title = chord ? `${label} (${shownChord(chord)})` : label;
  if (chord) element.setAttribute("aria-keyshortcuts", chord.replace("Ctrl", "Control").replace("Del", "Delete").replace("Esc", "Escape"));
  else element.removeAttribute("aria-keyshortcuts");
}
