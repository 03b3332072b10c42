// What is said of a suspect: its kind, the sentence, and what accepting it does.

import { number, percent, score } from "../shared/format.js";

/**
 * @typedef {object} Suspect as GET /api/projects/P/check gives it
 * @property {number} place in the queue @property {number} image_id
 * @property {string} kind @property {number} probability that something is wrong
 * @property {number | null} class_id @property {number[] | null} box @property {string | null} box_id of the label in question
 * @property {number | null} other_class_id @property {number[] | null} other_box what stands against it
 * @property {string | null} other_id @property {number | null} other_image @property {number | null} score
 */

/** In the order in which the filter lists them. */
export const KINDS = [
  { key: "missing", name: "Missing" },
  { key: "class", name: "Wrong class" },
  { key: "placed", name: "Badly placed" },
  { key: "spurious", name: "Nothing there" },
  { key: "twice", name: "Labelled twice" },
  { key: "size", name: "Odd size" },
  { key: "twin", name: "Equal images" },
];

export const kindName = (key) => KINDS.find((kind) => kind.key === key)?.name ?? key;

/** One sentence on why it is asked about. @param {Suspect} suspect @param {(id: number) => string} nameOf */
export function sentence({ kind, class_id, other_class_id, score: sure }, nameOf) {
  const mine = class_id === null ? "" : nameOf(class_id);
  const other = other_class_id === null ? "" : nameOf(other_class_id);
  const reached = sure === null ? "" : score(sure);
  const sentences = {
    missing: () => `The model sees ${article(other)} here with ${reached}, and no label stands here.`,
    class: () => `The label says ${mine}, and the model sees ${article(other)} with ${reached}.`,
    placed: () => (mine === other ? `The model sees this ${mine} with ${reached}, but somewhat elsewhere.` : `The model sees ${article(other)} with ${reached} beside this ${mine}.`),
    spurious: () => `The label says ${mine}, and the model sees nothing here.`,
    twice: () => (mine === other ? `Two labels of ${mine} lie on each other here.` : `A label of ${mine} and one of ${other} lie on each other here.`),
    size: () => `This ${mine} has another size or shape than nearly all others.`,
    twin: () => `Another image shows the same and has ${article(other)} here; this one has ${mine ? article(mine) : "none"}.`,
  };
  return sentences[kind]();
}

/** What the button says that takes the other's word. @param {Suspect} suspect @param {(id: number) => string} nameOf */
export function acceptText({ kind, class_id, other_class_id }, nameOf) {
  if (kind === "missing" || (kind === "twin" && class_id === null)) return `Add ${article(nameOf(other_class_id))}`;
  if (kind === "class" || kind === "twin") return `Make it ${article(nameOf(other_class_id))}`;
  if (kind === "placed") return class_id === other_class_id ? "Take the model's box" : "Take the model's box and class";
  return "Remove the label";
}

/** What the button says that leaves all as it is. @param {Suspect} suspect */
export const keepText = ({ box_id }) => (box_id === null ? "Right without one" : "Keep mine");

/** "Of the 12 left, about 9 are expected to be wrong." @param {Suspect[]} left @param {boolean} filtered */
export function expectation(left, filtered) {
  if (!left.length) return "";
  const wrong = Math.max(1, Math.round(left.reduce((sum, { probability }) => sum + probability, 0)));
  const of = `Of the ${number(left.length)} left${filtered ? " with this filter" : ""}`;
  return `${of}, about ${number(wrong)} ${wrong === 1 ? "is" : "are"} expected to be wrong.`;
}

export const likely = ({ probability }) => `${percent(probability)} likely wrong`;

/** "an apple", "a cell"; letters are read out in names like WBC, but not in RBC's way alone, so all other names get "a". */
function article(name) {
  const spelled = /^[A-Z0-9]{2,5}$/.test(name);
  const vowel = spelled ? /^[AEFHILMNORSX8]/.test(name) : /^[aeiou]/i.test(name);
  return `${vowel ? "an" : "a"} ${name}`;
}
