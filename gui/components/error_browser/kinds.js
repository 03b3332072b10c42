// The kinds of mistakes, by the numbers that the server gives them (detector/measuring/error_kinds.py).

export const RIGHT = 0;
export const WRONG_CLASS = 1;
export const BADLY_PLACED = 2;
export const BOTH = 3;
export const DUPLICATE = 4;
export const BACKGROUND = 5;
export const MISSED = 6;

/** `key` stands in the address. */
export const KINDS = [
  { number: WRONG_CLASS, key: "wrong_class", name: "Wrong class", hint: "An object is there, but its label has another class." },
  { number: BADLY_PLACED, key: "badly_placed", name: "Badly placed", hint: "The class is right, but box and label overlap too little." },
  { number: BOTH, key: "both", name: "Class and place", hint: "The nearest label has another class, and they overlap too little." },
  { number: DUPLICATE, key: "duplicate", name: "Duplicate", hint: "A better box of the model has found the same object." },
  { number: BACKGROUND, key: "background", name: "Nothing there", hint: "The model sees an object where no label is." },
  { number: MISSED, key: "missed", name: "Missed", hint: "A label that the model has not found." },
];
export const RIGHT_ONES = { number: RIGHT, key: "right", name: "Right", hint: "Class and place are those of a label." };

/** @param {string | undefined} key @returns {number | null} null for all mistakes */
export function kindOfKey(key) {
  return [...KINDS, RIGHT_ONES].find((kind) => kind.key === key)?.number ?? null;
}

/** @param {number | null} number */
export function keyOfKind(number) {
  return [...KINDS, RIGHT_ONES].find((kind) => kind.number === number)?.key ?? null;
}
