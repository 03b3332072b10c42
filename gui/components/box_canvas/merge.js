/**
 * Two people changed one image, starting from the same revision: puts both changes together. Pure; knows no page.
 *
 * What only one side added, changed or removed is taken. What both touched is a clash: it is decided by a person, and
 * until then stands as they left it on this page. So nothing that either side added goes without somebody saying so.
 *
 * @typedef {import("./types.js").Box} Box
 * @typedef {import("./types.js").ImageState} ImageState
 * @typedef {import("./types.js").Content} Version
 * @typedef {"mine" | "theirs" | "both"} Choice
 * @typedef {{id: string, kind: "box" | "twin" | "state", mine: Box | null, theirs: Box | null, choice: Choice}} Clash
 *   of a box that both changed (null where one removed it), of two boxes drawn round one object, or of the state
 * @typedef {{boxes: Box[], state: ImageState, rejected: import("./types.js").Rejection[], clashes: Clash[], fromTheirs: number}} Merged
 *   `fromTheirs`: boxes that they added, changed or removed and that differ from mine
 */

import { iou, sameRect } from "./geometry.js";

const SAME_OBJECT_FROM = 0.5;
const UNTOUCHED = ["new", "in_progress"]; // states that an image has or gets without anybody choosing them

/**
 * @param {Version | null} base what both started from; null where that is not known any more
 * @param {Version} mine @param {Version} theirs
 * @param {ReadonlyMap<string, Choice>} [choices] what was decided, by the id of the clash
 * @returns {Merged}
 */
export function merge(base, mine, theirs, choices = new Map()) {
  const start = base ?? common(mine, theirs);
  const [ours, others] = [byId(mine.boxes), byId(theirs.boxes)];
  const before = byId(start.boxes);
  const twins = twinsOf(mine.boxes.filter((box) => !before.has(box.id)), theirs.boxes.filter((box) => !before.has(box.id)), ours, others);
  const twinned = new Set([...twins.values()].map((box) => box.id));
  /** @type {Clash[]} */
  const clashes = [];
  const decide = (/** @type {Omit<Clash, "choice">} */ clash) => {
    const choice = choices.get(clash.id) ?? "mine";
    clashes.push({ ...clash, choice });
    return choice;
  };
  /** @type {Box[]} */
  const boxes = [];
  for (const id of new Set([...ours.keys(), ...others.keys()])) {
    if (twinned.has(id)) continue; // taken up with the one of mine
    const [was, my, their] = [before.get(id) ?? null, ours.get(id) ?? null, others.get(id) ?? null];
    const twin = twins.get(id);
    if (my && twin) boxes.push(...ofTwins(my, twin, decide));
    else if (sameBox(my, their) || sameBox(was, their)) boxes.push(...present(my));
    else if (sameBox(was, my)) boxes.push(...present(their));
    else boxes.push(...present(decide({ id, kind: "box", mine: my, theirs: their }) === "theirs" ? their : my));
  }
  const state = mergedState(start, mine, theirs, boxes.length, decide);
  const rejected = mergedList(start.rejected, mine.rejected, theirs.rejected);
  return { boxes, state, rejected, clashes, fromTheirs: differences(mine.boxes, boxes) };
}

/** How many boxes stand in one list and not, or not the same, in the other. @param {readonly Box[]} a @param {readonly Box[]} b */
export function differences(a, b) {
  const [left, right] = [byId(a), byId(b)];
  const ids = new Set([...left.keys(), ...right.keys()]);
  return [...ids].filter((id) => !sameBox(left.get(id) ?? null, right.get(id) ?? null)).length;
}

/** @param {Box | null} a @param {Box | null} b */
export function sameBox(a, b) {
  if (a === null || b === null) return a === b;
  return a.class_id === b.class_id && sameRect(a, b);
}

/** @param {readonly Box[]} boxes @returns {Map<string, Box>} */
const byId = (boxes) => new Map(boxes.map((box) => [box.id, box]));

/** @param {Box | null} box @returns {Box[]} */
const present = (box) => (box ? [box] : []);

/** What stands alike on both sides, in the place of a start that is not known. @param {Version} mine @param {Version} theirs @returns {Version} */
function common(mine, theirs) {
  const others = byId(theirs.boxes);
  const boxes = mine.boxes.filter((box) => sameBox(box, others.get(box.id) ?? null));
  return { boxes, state: "new", rejected: [] };
}

/**
 * Boxes that both drew round what is likely one object: id of mine -> theirs.
 * @param {readonly Box[]} mine @param {readonly Box[]} theirs both new since the start
 * @param {Map<string, Box>} ours @param {Map<string, Box>} others
 */
function twinsOf(mine, theirs, ours, others) {
  /** @type {Map<string, Box>} */
  const found = new Map();
  const free = new Set(theirs.filter((box) => !ours.has(box.id)));
  for (const box of mine.filter((one) => !others.has(one.id))) {
    const likely = [...free].filter((other) => other.class_id === box.class_id && iou(box, other) >= SAME_OBJECT_FROM);
    const twin = likely.sort((a, b) => iou(box, b) - iou(box, a))[0];
    if (!twin) continue;
    found.set(box.id, twin);
    free.delete(twin);
  }
  return found;
}

/** @param {Box} my @param {Box} twin @param {(clash: Omit<Clash, "choice">) => Choice} decide @returns {Box[]} */
function ofTwins(my, twin, decide) {
  if (sameRect(my, twin)) return [my]; // the very same box twice: one is enough
  const choice = decide({ id: my.id, kind: "twin", mine: my, theirs: twin });
  return { mine: [my], theirs: [twin], both: [my, twin] }[choice];
}

/**
 * A state that somebody chose goes before one that came by itself; two that were chosen differently are a clash, and so
 * is "nothing here" beside boxes.
 * @param {Version} start @param {Version} mine @param {Version} theirs @param {number} boxes how many there will be
 * @param {(clash: Omit<Clash, "choice">) => Choice} decide @returns {ImageState}
 */
function mergedState(start, mine, theirs, boxes, decide) {
  const [was, my, their] = [start.state, mine.state, theirs.state];
  const wasNothing = was === "done" && start.boxes.length === 0;
  const emptied = boxes > 0 && !wasNothing && [mine, theirs].some((side) => side.state === "done" && side.boxes.length === 0);
  if (my === their && !emptied) return my;
  const chosen = [my, their].filter((state) => state !== was && !UNTOUCHED.includes(state));
  const touched = [my, their].filter((state) => state !== was);
  if (!emptied && chosen.length === 1) return chosen[0];
  if (!emptied && chosen.length === 0) return touched.includes("in_progress") ? "in_progress" : (touched[0] ?? was);
  if (my === their) return my === "done" && boxes > 0 ? "in_progress" : my;
  return decide({ id: "state", kind: "state", mine: null, theirs: null }) === "theirs" ? their : my;
}

/** What either added and neither took away. @param {readonly any[]} base @param {readonly any[]} mine @param {readonly any[]} theirs */
function mergedList(base, mine, theirs) {
  const keys = (/** @type {readonly any[]} */ list) => new Map(list.map((item) => [JSON.stringify(item), item]));
  const [start, ours, others] = [keys(base), keys(mine), keys(theirs)];
  const gone = (/** @type {string} */ key) => start.has(key) && !(ours.has(key) && others.has(key));
  return [...new Map([...ours, ...others])].filter(([key]) => !gone(key)).map(([, item]) => item);
}
