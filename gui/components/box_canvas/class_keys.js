/**
 * Which key picks which class. A class has the key that the project gave it, else the digit of its place in the list,
 * where no other class has that digit. Keys of classes belong to the project; a command that has the same key in this
 * browser wins, and the class says so. Pure.
 *
 * @typedef {import("./types.js").ObjectClass} ObjectClass
 */

/** @param {readonly ObjectClass[]} classes in the order of the list @returns {Map<number, string>} class id -> key */
export function keysOfClasses(classes) {
  const active = classes.filter((entry) => !entry.archived);
  const given = new Set(active.map((entry) => entry.hotkey).filter(Boolean));
  /** @type {Map<number, string>} */
  const keys = new Map();
  for (const [place, entry] of active.entries()) {
    const digit = place < 10 ? String((place + 1) % 10) : null;
    if (entry.hotkey) keys.set(entry.id, entry.hotkey);
    else if (digit !== null && !given.has(digit)) keys.set(entry.id, digit);
  }
  return keys;
}

/** A key as the commands name it, see shared/chords.js. @param {string} key */
export const chordOfKey = (key) => (key === "+" ? "Plus" : key.toUpperCase());

/** The class that a chord picks. @param {readonly ObjectClass[]} classes @param {string} chord @returns {ObjectClass | undefined} */
export function classByChord(classes, chord) {
  for (const [id, key] of keysOfClasses(classes)) {
    if (chordOfKey(key) === chord) return classes.find((entry) => entry.id === id);
  }
  return undefined;
}

/** The key that a chord would be, or null where it is no plain key. @param {string} chord @returns {string | null} */
export function keyOfChord(chord) {
  if (chord === "Plus") return "+";
  return [...chord].length === 1 ? chord.toLowerCase() : null;
}
