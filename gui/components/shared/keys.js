// The keys that a page answers to, for the help dialog.

let described = [];

/** describeKeys([["Del", "Move the selected images to the bin"], ["Ctrl A", "Select all"]]) */
export function describeKeys(list) {
  described = list;
}

export function describedKeys() {
  return described;
}
