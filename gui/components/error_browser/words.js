// What is said of an item: in the caption of its crop, which has the score beside its box, and in a sentence.

import { percent, score } from "../shared/format.js";
import { BACKGROUND, BADLY_PLACED, BOTH, DUPLICATE, MISSED, RIGHT, WRONG_CLASS } from "./kinds.js";

/**
 * @typedef {object} Facts of an item
 * @property {number} kind @property {any} box the model's, null for a label @property {any} truth null for background
 * @property {number} iou @property {string} said the class that the model says @property {string} labelled that of the label
 */

/** @param {Facts} facts */
export function caption({ kind, iou, said, labelled }) {
  if (kind === MISSED) return `${labelled}, not found`;
  if (kind === BACKGROUND) return `${said}, nothing there`;
  if (kind === DUPLICATE) return `${said}, duplicate`;
  return kind === WRONG_CLASS || kind === BOTH ? `${said}, label ${labelled}` : `${said}, overlap ${percent(iou)}`;
}

/** @param {Facts} facts @param {number} threshold */
export function sentence({ kind, box, iou, said, labelled }, threshold) {
  const sure = box && `${said} (${score(box.score)})`;
  const over = percent(iou).replace(" ", "\u00a0"); // stays in one line
  const sentences = {
    [RIGHT]: () => `The model's ${sure} is right. It overlaps the label by ${over}.`,
    [WRONG_CLASS]: () => `The model says ${sure}, the label ${labelled}. They overlap by ${over}.`,
    [BADLY_PLACED]: () => `The model's ${sure} and the label overlap by only ${over}.`,
    [BOTH]: () => `The model says ${sure}, the nearest label ${labelled}, and they overlap by only ${over}.`,
    [DUPLICATE]: () => `The model says ${sure} once more: a better box has this label already.`,
    [BACKGROUND]: () => `The model sees ${sure} where no label is.`,
    [MISSED]: () => `The label says ${labelled}. The model finds nothing here from ${score(threshold)} up.`,
  };
  return sentences[kind]();
}
