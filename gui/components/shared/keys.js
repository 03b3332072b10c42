// The keys that a page answers to, for the help dialog.

let groups = () => [];
let changeKeys = null;

/** describeKeys([["Del", "Move the selected images to the bin"], ["Ctrl A", "Select all"]]) */
export function describeKeys(list) {
  groups = () => [{ name: null, rows: list.map(([key, text]) => ({ chords: [key.replaceAll(" ", "+")], text })) }];
  changeKeys = null;
}

/** A page whose keys are commands, which can be changed. @param {import("./shortcuts.js").Shortcuts} shortcuts @param {() => void} change opens the dialog for that */
export function describeShortcuts(shortcuts, change) {
  groups = () => shortcuts.sheet();
  changeKeys = change;
}

/** [{name, rows: [{chords, text}]}] */
export const describedKeys = () => groups();

/** Opens the dialog that changes the keys of this page; null where they are fixed. */
export const keysChanger = () => changeKeys;
