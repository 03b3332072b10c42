// The dialog in which a person gives commands other keys: click one, press the new key. A key that is taken is named
// with its command, and the two may be swapped.

import { browserKeeps, chordOf, keysOfChord, shownChord } from "./chords.js";
import { openDialog } from "./dialog.js";
import { fill, h } from "./dom.js";
import { icon } from "./icons.js";

/** @param {import("./shortcuts.js").Shortcuts} shortcuts @param {(chord: string) => string | null} [takenBy] what else a key is for, such as a class */
export function openShortcutDialog(shortcuts, takenBy = () => null) {
  const list = h("div", { class: "bl-key-list" });
  const note = h("div", { class: "bl-key-note", role: "status", "aria-live": "polite" });
  let waiting = null;
  const draw = () => fill(list, groupsOf(shortcuts).map(([name, commands]) => [h("strong", {}, name), commands.map(row)]));
  const stop = (text = "") => {
    waiting = null;
    fill(note, text || "Click a key, then press the one that you want instead.");
    draw();
  };
  const take = (id, chord) => {
    shortcuts.bind(id, chord);
    stop(`“${shortcuts.command(id).text}” is now ${shownChord(chord)}.`);
    list.querySelector(`[data-id="${id}"]`)?.focus();
  };
  const hear = (id, event) => {
    if (waiting !== id) return;
    const chord = chordOf(event);
    if (chord === null) return;
    event.preventDefault();
    if (chord === "Esc") return stop();
    const problem = refusal(shortcuts, id, chord, takenBy);
    if (problem) return stop(problem);
    const other = shortcuts.clash(id, chord);
    if (!other) return take(id, chord);
    waiting = null;
    draw();
    fill(
      note,
      h("span", { class: "bl-grow" }, `${shownChord(chord)} is for “${other.text}”. Swap the two keys?`),
      h("button", { class: "bl-button primary", type: "button", onclick: () => take(id, chord) }, "Swap"),
      h("button", { class: "bl-button", type: "button", onclick: () => stop() }, "Leave it"),
    );
    note.querySelector("button").focus();
  };
  const row = (command) => {
    const begin = () => {
      waiting = command.id;
      draw();
      fill(note, `Press the new key for “${command.text}”, or Esc to leave it.`);
      list.querySelector(`[data-id="${command.id}"]`)?.focus();
    };
    return h(
      "div",
      { class: "bl-key-row" },
      h("span", { class: "bl-grow" }, command.text),
      shortcuts.isChanged(command.id) &&
        h(
          "button",
          { class: "bl-icon-button", type: "button", "aria-label": `Reset “${command.text}”`, title: `Back to ${command.keys.map(shownChord).join(" or ")}`, onclick: () => (shortcuts.reset(command.id), stop()) },
          icon("undo"),
        ),
      h(
        "button",
        {
          class: ["bl-key-button", waiting === command.id && "waiting"],
          type: "button",
          disabled: command.fixed,
          dataset: { id: command.id },
          "aria-label": `${command.text}: ${shortcuts.keysOf(command.id).map(shownChord).join(" or ") || "no key"}. Change it`,
          onclick: begin,
          onkeydown: (event) => hear(command.id, event),
        },
        waiting === command.id ? "press a key" : chordNodes(shortcuts.keysOf(command.id)),
      ),
    );
  };
  stop();
  openDialog({
    title: "Change shortcuts",
    wide: true,
    body: [note, list],
    actions: [{ label: "Reset all", run: () => (shortcuts.resetAll(), stop("All keys are as they were at first."), false) }, { label: "Close", primary: true }],
  });
}

/** Chords as keys, with "or" between them. */
export function chordNodes(chords) {
  if (chords.length === 0) return h("span", { class: "bl-muted" }, "none");
  return chords.map((chord, index) => [
    index > 0 && h("span", { class: "bl-muted" }, " or "),
    keysOfChord(chord).map((key) => [h("kbd", { class: "bl-key" }, key), " "]),
  ]);
}

function groupsOf(shortcuts) {
  const groups = new Map();
  for (const command of shortcuts.commands.filter(({ run }) => run)) {
    groups.set(command.group, [...(groups.get(command.group) ?? []), command]);
  }
  return [...groups];
}

function refusal(shortcuts, id, chord, takenBy) {
  if (browserKeeps(chord)) return `${shownChord(chord)} belongs to the browser. Press another key.`;
  const fixed = shortcuts.clash(id, chord);
  if (fixed?.fixed) return `${shownChord(chord)} is always for “${fixed.text}”. Press another key.`;
  const taken = takenBy(chord);
  return taken && `${shownChord(chord)} is for ${taken}. Press another key.`;
}
