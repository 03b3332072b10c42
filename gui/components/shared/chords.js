// A key press as one word, the same on every keyboard: "Ctrl+Shift+Z", "ArrowLeft", "?", "Space". No DOM but the event.

const NAMES = { " ": "Space", "+": "Plus", Escape: "Esc", Delete: "Del" };
const SHOWN = { Plus: "+", ArrowLeft: "←", ArrowUp: "↑", ArrowRight: "→", ArrowDown: "↓", PageUp: "Page up", PageDown: "Page down" };
const ALONE = ["Control", "Shift", "Alt", "Meta", "AltGraph", "CapsLock", "Dead", "Process", "Unidentified"];
/** What browsers do not give away to a page. */
const KEPT = ["Ctrl+W", "Ctrl+T", "Ctrl+N", "Ctrl+Shift+W", "Ctrl+Shift+T", "Ctrl+Shift+N", "Ctrl+Tab", "Ctrl+Shift+Tab", "F11", "F12"];

/**
 * The chord of a key event, or null for a modifier alone. Cmd counts as Ctrl. Shift is part of a sign ("?" and not
 * "Shift+/"), and a letter that is not Latin goes by its place on the keyboard, so that A is the same key in Cyrillic.
 */
export function chordOf(event) {
  if (ALONE.includes(event.key) || event.isComposing) return null;
  const key = keyOf(event);
  const isSign = key.length === 1 && !/[A-Z]/.test(key);
  return [
    (event.ctrlKey || event.metaKey) && "Ctrl",
    event.altKey && "Alt",
    event.shiftKey && !isSign && key !== "Plus" && "Shift",
    key,
  ].filter(Boolean).join("+");
}

function keyOf({ key, code, altKey }) {
  const placed = /^(?:Key|Digit)([A-Z0-9])$/.exec(code ?? "")?.[1];
  const foreign = key.length === 1 && key.charCodeAt(0) > 127;
  if (placed && (foreign || altKey)) return placed; // Alt makes other signs of letters on a Mac
  return NAMES[key] ?? (key.length === 1 ? key.toUpperCase() : key);
}

/** A chord as a list of keys to show: "Ctrl+Shift+Z" -> ["Ctrl", "Shift", "Z"]. */
export const keysOfChord = (chord) => chord.split("+").map((key) => SHOWN[key] ?? key);

/** A chord in words: "Ctrl Shift Z". */
export const shownChord = (chord) => keysOfChord(chord).join(" ");

/** True for chords that the browser keeps for itself. */
export const browserKeeps = (chord) => KEPT.includes(chord);
