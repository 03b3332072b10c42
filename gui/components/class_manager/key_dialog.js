/** Asks for the key of a class by having it pressed; says whose key it is already. */

import { browserKeeps, chordOf, shownChord } from "../shared/chords.js";
import { openDialog } from "../shared/dialog.js";
import { fill, h } from "../shared/dom.js";
import { attempt } from "../shared/toast.js";
import { chordOfKey, keyOfChord, keysOfClasses } from "../box_canvas/class_keys.js";

/** @param {import("../box_canvas/types.js").ObjectClass} entry @param {import("./manager.js").ClassPage} page */
export function askForKey(entry, page) {
  const { model, classes, shortcuts } = page;
  const now = keysOfClasses(model.classes).get(entry.id);
  const field = h("button", { class: "bl-key-button waiting cm-key", type: "button", autofocus: true, "aria-describedby": "cm-key-note" }, now ? now.toUpperCase() : "press a key");
  const note = h("div", { class: "cm-key-note", id: "cm-key-note", role: "status", "aria-live": "polite" }, "Press one key: a letter, a digit or a sign.");
  const set = async (/** @type {string | null} */ key, take = false) => {
    const done = await attempt(() => classes.setKey(entry, key, take).then(() => true));
    if (done) dialog.close();
  };
  const hear = (/** @type {KeyboardEvent} */ event) => {
    const chord = chordOf(event);
    if (chord === null || ["Tab", "Shift+Tab", "Esc", "Enter", "Space"].includes(chord)) return;
    event.preventDefault();
    const key = keyOfChord(chord);
    if (key === null || browserKeeps(chord)) return void fill(note, `${shownChord(chord)} does not do for a class. Press one key alone.`);
    field.textContent = key.toUpperCase();
    const command = shortcuts.commandFor(chordOfKey(key));
    if (command) {
      return void fill(note, `${key.toUpperCase()} is for “${command.text}” in this browser, which comes first. Press another key, or give that command another one under “Change shortcuts”.`);
    }
    const holder = model.palette.find((other) => other.id !== entry.id && other.hotkey === key);
    if (!holder) return void set(key);
    const swap = h("button", { class: "bl-button primary", type: "button", onclick: () => set(key, true) }, `Give it to “${entry.name}”`);
    fill(note, h("span", {}, `${key.toUpperCase()} belongs to “${holder.name}”. `), swap);
    swap.focus();
  };
  field.addEventListener("keydown", hear);
  const dialog = openDialog({
    title: `Key of “${entry.name}”`,
    body: [h("div", { class: "cm-key-body" }, field, note)],
    actions: [{ label: "Use the digit of its place", run: async () => (await set(null), false) }, { label: "Cancel" }],
  });
  field.focus();
}
