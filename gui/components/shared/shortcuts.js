// The commands of a page and the keys they answer to, which a person may change. What was changed is kept in this
// browser; an entry that names no command of today, or a key in no known form, is passed over.

const STORED_AS = "boxloop.shortcuts";

/**
 * @typedef {object} Command
 * @property {string} id         "box.delete": what is stored with a changed key, so it never changes
 * @property {string} group      heading in the sheet of keys
 * @property {string} text       what it does, as a sentence without a full stop
 * @property {string[]} keys     chords it answers to by default, see chords.js; the first one is shown in tooltips
 * @property {(event: KeyboardEvent) => void} [run]  absent for gestures of the mouse, which are only described
 * @property {() => boolean} [unless] while it says so, the key is left to the browser
 * @property {() => void} [release]  for what lasts as long as the key is held
 * @property {boolean} [repeats] goes on while the key is held; off by default, so that no key runs through images
 * @property {string} [row]      commands with the same row share a line of the sheet, which shows this text
 * @property {boolean} [fixed]   its key cannot be changed
 */

export class Shortcuts {
  #commands = new Map();
  #changed = {};
  #chords = null;
  #listeners = new Set();

  /** @param {Storage | null} storage where changes are kept; null keeps them nowhere. */
  constructor(storage = browserStorage()) {
    this.storage = storage;
    this.#changed = read(storage);
  }

  /** @param {Command[]} commands */
  add(commands) {
    for (const command of commands) this.#commands.set(command.id, command);
    this.#chords = null;
  }

  /** All commands, in the order in which they were added. */
  get commands() {
    return [...this.#commands.values()];
  }

  command(id) {
    return this.#commands.get(id);
  }

  /** Chords that a command answers to now. A chord that a person gave to one command is no other's. */
  keysOf(id) {
    const command = this.#commands.get(id);
    return command ? this.#wanted(command).filter((chord) => this.commandFor(chord) === command) : [];
  }

  /** The command that a chord stands for, or undefined. */
  commandFor(chord) {
    this.#chords ??= this.#index();
    return this.#chords.get(chord);
  }

  /** The other command that has this chord now, or undefined. */
  clash(id, chord) {
    const holder = this.commandFor(chord);
    return holder && holder.id !== id ? holder : undefined;
  }

  /** Give a command this chord and no other. Who had it gets what the command had before. */
  bind(id, chord) {
    const other = this.clash(id, chord);
    const before = this.keysOf(id);
    if (other) this.#changed[other.id] = [...this.keysOf(other.id).filter((one) => one !== chord), ...before];
    this.#changed[id] = [chord];
    this.#keep();
  }

  /** Back to the default; who holds one of those keys now goes back as well. */
  reset(id) {
    if (!this.isChanged(id)) return;
    delete this.#changed[id];
    for (const chord of this.#commands.get(id)?.keys ?? []) {
      for (const other of this.commands) {
        if (other.id !== id && this.#changed[other.id]?.includes(chord)) this.reset(other.id);
      }
    }
    this.#keep();
  }

  resetAll() {
    this.#changed = {};
    this.#keep();
  }

  isChanged(id) {
    return this.#changed[id] !== undefined;
  }

  get anyChanged() {
    return this.commands.some(({ id }) => this.isChanged(id));
  }

  /** Call back after each change; returns a function that stops it. */
  subscribe(listener) {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Groups of rows for the sheet of keys: [{name, rows: [{chords, text}]}]. */
  sheet() {
    const groups = new Map();
    for (const command of this.commands) {
      const rows = groups.get(command.group) ?? new Map();
      groups.set(command.group, rows);
      const text = command.row ?? command.text;
      const row = rows.get(text) ?? { text, chords: [] };
      rows.set(text, row);
      row.chords.push(...(command.run ? this.keysOf(command.id) : command.keys));
    }
    const told = (row) => ({ text: row.text, chords: joined(row.chords) });
    return [...groups].map(([name, rows]) => ({ name, rows: [...rows.values()].map(told) }));
  }

  #wanted(command) {
    return this.#changed[command.id] ?? command.keys;
  }

  /** Changed commands first: their keys win over another's default. */
  #index() {
    const chords = new Map();
    const ordered = [...this.commands].sort((a, b) => Number(this.isChanged(b.id)) - Number(this.isChanged(a.id)));
    for (const command of ordered) {
      if (!command.run) continue;
      for (const chord of this.#wanted(command)) if (!chords.has(chord)) chords.set(chord, command);
    }
    return chords;
  }

  #keep() {
    this.#chords = null;
    try {
      this.storage?.setItem(STORED_AS, JSON.stringify(this.#changed));
    } catch {
      // A full or forbidden store: the change lasts as long as the page.
    }
    for (const listener of this.#listeners) listener();
  }
}

/** More than two keys with the same modifiers are one line: Shift ← ↑ → ↓. */
function joined(chords) {
  const held = (chord) => chord.split("+").slice(0, -1).join("+");
  if (chords.length < 3 || chords.some((chord) => held(chord) !== held(chords[0]))) return chords;
  const keys = chords.map((chord) => chord.split("+").at(-1)).join("+");
  return [held(chords[0]) ? `${held(chords[0])}+${keys}` : keys];
}

function browserStorage() {
  try {
    return window.localStorage;
  } catch {
    return null; // forbidden by the person's settings
  }
}

function read(storage) {
  try {
    const stored = JSON.parse(storage?.getItem(STORED_AS) ?? "{}");
    return Object.fromEntries(Object.entries(stored).filter(([, chords]) => isListOfChords(chords)));
  } catch {
    return {};
  }
}

const isListOfChords = (value) => Array.isArray(value) && value.every((chord) => typeof chord === "string" && chord !== "");
