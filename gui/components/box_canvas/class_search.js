/**
 * Finds classes by a few letters of their names: what begins so first, then words that do, then what holds the letters
 * side by side; where no name does that, what holds them in that order. Pure.
 *
 * @typedef {import("./types.js").ObjectClass} ObjectClass
 * @typedef {{entry: ObjectClass, marks: number[]}} Found `marks`: places of the letters in the name
 */

const SCATTERED = 4; // rank of letters that do not stand together

/** @param {readonly ObjectClass[]} classes @param {string} query @returns {Found[]} best first, else in the order given */
export function findClasses(classes, query) {
  const wanted = folded(query.trim());
  if (!wanted) return classes.map((entry) => ({ entry, marks: [] }));
  const found = [];
  for (const [place, entry] of classes.entries()) {
    const match = matchOf(folded(entry.name), wanted);
    if (match) found.push({ entry, marks: match.marks, rank: match.rank, place });
  }
  found.sort((a, b) => a.rank - b.rank || a.place - b.place);
  const close = found.filter(({ rank }) => rank < SCATTERED);
  return (close.length > 0 ? close : found).map(({ entry, marks }) => ({ entry, marks }));
}

/** Letters without case and accents, each in its own place. @param {string} text */
const folded = (text) => [...text].map((letter) => letter.normalize("NFD")[0].toLowerCase()).join("");

/** @param {string} name @param {string} wanted @returns {{rank: number, marks: number[]} | null} */
function matchOf(name, wanted) {
  const at = name.indexOf(wanted);
  const run = (/** @type {number} */ start) => Array.from({ length: wanted.length }, (_, index) => start + index);
  if (at === 0) return { rank: name.length === wanted.length ? 0 : 1, marks: run(0) };
  for (let word = at; word > 0; word = name.indexOf(wanted, word + 1)) {
    if (/[^\p{L}\p{N}]/u.test(name[word - 1])) return { rank: 2, marks: run(word) };
  }
  if (at > 0) return { rank: 3, marks: run(at) };
  const marks = scattered(name, wanted);
  return marks && { rank: SCATTERED + (marks[marks.length - 1] - marks[0]) / 1000, marks };
}

/** @param {string} name @param {string} wanted @returns {number[] | null} */
function scattered(name, wanted) {
  const marks = [];
  let from = 0;
  for (const letter of wanted) {
    const at = name.indexOf(letter, from);
    if (at < 0) return null;
    marks.push(at);
    from = at + 1;
  }
  return marks;
}
