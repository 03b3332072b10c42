// Differences between two versions, box by box: which are shown, in which order, and what is said of each. Pure.

import { score } from "../shared/format.js";

/** What each difference is called, and whether the version that is looked at does better there. */
export const KINDS = {
  found: { name: "Found now", hint: "Objects that only %1 finds", better: true },
  gone: { name: "False alarms gone", hint: "False alarms of %2 that %1 does not raise", better: true },
  lost: { name: "Lost", hint: "Objects that only %2 finds", better: false },
  new: { name: "New false alarms", hint: "False alarms of %1 that %2 did not raise", better: false },
};

const MISTAKES = {
  wrong_class: (mistake, name) => `took it for ${name} ${score(mistake.score)}`,
  badly_placed: (mistake) => `placed it badly ${score(mistake.score)}`,
  both: (mistake, name) => `placed it badly, as ${name} ${score(mistake.score)}`,
  duplicate: (mistake) => `a second box ${score(mistake.score)}`,
  background: () => "nothing there",
};

/** @param {string} kind @param {string} ours @param {string} theirs names of the versions */
export const hintOf = (kind, ours, theirs) => KINDS[kind].hint.replace("%1", ours).replace("%2", theirs);

/**
 * @param {{changes: object[]}} found as the server gives it @param {{changes: Set<string>, classId: number | null}} wanted
 * @returns {object[]} the surest first
 */
export function shownChanges(found, { changes, classId }) {
  return found.changes
    .filter((one) => changes.has(one.change) && (classId === null || one.class_id === classId || one.mistake?.class_id === classId))
    .sort((a, b) => b.score - a.score);
}

/** The places of the images on which any of these differences is, in the order in which they are shown. @param {{image: number}[]} shown */
export function imagesOf(shown) {
  return [...new Set(shown.map(({ image }) => image))];
}

/** What the version that is wrong there did: "v4 took it for mite 0.62". @param {(id: number) => string} nameOf of a class */
export function saidOf(one, ours, theirs, nameOf) {
  const who = one.change === "found" || one.change === "gone" ? theirs : ours;
  if (one.change === "gone" || one.change === "new") return `${who}: ${alarmOf(one.mistake, nameOf)}`;
  return one.mistake ? `${who} ${MISTAKES[one.mistake.kind](one.mistake, nameOf(one.mistake.class_id))}` : `${who} missed it`;
}

function alarmOf(mistake, nameOf) {
  const words = { wrong_class: "another class is there", badly_placed: "badly placed", both: "badly placed, another class", duplicate: "a second box", background: "nothing there" };
  return words[mistake.kind] ?? nameOf(mistake.class_id);
}

/** How a difference is marked on the picture of one version: what is right there, what is wrong, or not at all. */
export function markOf(change, isOurs) {
  if (change === "found" || change === "lost") return (change === "found") === isOurs ? "right" : "wrong";
  return (change === "new") === isOurs ? "wrong" : null;
}
