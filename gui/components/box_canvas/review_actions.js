/**
 * Going through the model's boxes: accept, reject, correct, take another one, and on to the next.
 *
 * @typedef {import("./types.js").Prediction} Prediction
 */

import { count } from "../shared/format.js";
import { toast } from "../shared/toast.js";
import { nextInOrder, readingOrder } from "./review.js";
import { opinionOnSelected } from "./suggestion_chip.js";

/**
 * @param {{
 *   model: import("./model.js").Model, editor: import("./editor.js").Editor, oneClick: import("./one_click.js").OneClick,
 *   naming: import("./naming.js").Naming,
 *   whenIdle: (run: (...values: any[]) => void) => (...values: any[]) => void, reveal: (id: string) => void,
 *   tell: (text: string) => void
 * }} parts `tell`: of what was done, with Undo
 */
export function buildReviewActions({ model, editor, oneClick, naming, whenIdle, reveal, tell }) {
  const pointed = lastPointed(model);
  const go = (/** @type {string | null} */ id) => {
    model.select(id);
    if (id) reveal(id);
  };
  /** Where the selected one was dealt with, the next one is selected; one under the pointer leaves the selection alone. */
  const settle = (/** @type {(ids: string[]) => void} */ act) => {
    const { ids, selected } = pointed();
    if (ids.length === 0) return;
    const kept = model.selection;
    const from = selected && ids.length === 1 ? model.predictionOf(ids[0]) : undefined;
    act(ids);
    if (from) go(nextProposal(model, from, 1));
    else if (!selected) model.select(model.itemOf(kept) ? kept : null);
  };
  const suggested = (/** @type {"edges" | "otherClass"} */ what, /** @type {(id: string, opinion: Prediction) => void} */ act) =>
    whenIdle(() => {
      const opinion = opinionOnSelected(model)[what];
      if (opinion && model.selection) act(model.selection, opinion);
      else toast(what === "edges" ? "The model has no other edges for the selected box." : "The model sees no other class there.");
    });
  const giveClass = suggested("otherClass", (id, other) => editor.setClassOf([id], other.class_id));
  return {
    accept: whenIdle(() => settle((ids) => editor.acceptAll(ids))),
    reject: whenIdle(() => settle((ids) => editor.removeAll(ids))),
    acceptAllShown: whenIdle(() => {
      const taken = editor.acceptAllShown();
      if (taken > 0) tell(`Accepted ${count(taken, "box", "boxes")}.`);
    }),
    showMore: whenIdle((/** @type {1 | -1} */ step) => {
      if (model.hidden || !model.showModel) return model.say("The model's boxes are hidden; show them first");
      const moved = model.showMore(step);
      const end = moved ? "" : step > 0 ? ": there are no more" : ": there is none to leave out";
      model.say(`${count(model.shownPredictions().length, "box", "boxes")} of the model shown on this image${end}`);
    }),
    otherCandidate: whenIdle(() => {
      if (!oneClick.other()) toast("The model has no other box there.");
    }),
    takeEdges: suggested("edges", (id, edges) => editor.changeRects(new Map([[id, wholePixels(edges, model)]]))),
    /** The class that the model sees; where the box was named so already, the one that it would have had. */
    takeClass: whenIdle(() => {
      const { instead } = naming;
      if (instead === null || model.selection === null) return giveClass();
      editor.setClassOf([model.selection], instead);
      model.say(`“${model.classOf(instead)?.name}” again`);
    }),
    tab: whenIdle((/** @type {1 | -1} */ step) => go(nextToReview(model, whereWeAre(model), step))),
  };
}

/**
 * The model's boxes that a key means: those selected, or the one under the pointer, whichever came last.
 * @param {import("./model.js").Model} model
 */
function lastPointed(model) {
  let hovered = false;
  model.subscribe((topic) => {
    if (topic === "hover") hovered = model.hover !== null;
    if (topic === "selection" && model.selected.size > 0) hovered = false;
  });
  const isProposal = (/** @type {string | null} */ id) => model.itemOf(id)?.kind === "model";
  return () => {
    const chosen = [...model.selected].filter(isProposal);
    const under = model.hover !== null && isProposal(model.hover) ? [model.hover] : [];
    const selected = chosen.length > 0 && !(hovered && under.length > 0 && !chosen.includes(under[0]));
    return { ids: selected ? chosen : under, selected };
  };
}

/** The prediction to go on from: the selected one, or the one that the selected box was taken from or stands at. @param {import("./model.js").Model} model */
function whereWeAre(model) {
  const known = model.predictionOf(model.selection);
  const box = model.boxOf(model.selection);
  if (known || !box) return known;
  const near = (/** @type {Prediction} */ p) => Math.abs(p.x1 + p.x2 - box.x1 - box.x2) + Math.abs(p.y1 + p.y2 - box.y1 - box.y2);
  return ordered(model).reduce((/** @type {Prediction | undefined} */ best, p) => (best && near(best) <= near(p) ? best : p), undefined);
}

/** All that are or were to be seen, dealt with or not, so that the way through them stays the same. @param {import("./model.js").Model} model */
const ordered = (model) => readingOrder(model.predictions.filter((p) => model.wants(p)));

/** @param {import("./model.js").Model} model @param {Prediction | undefined} from @param {1 | -1} step @returns {string | null} */
function nextProposal(model, from, step) {
  const left = new Set(model.items().filter(({ kind }) => kind === "model").map(({ id }) => id));
  const next = nextInOrder(ordered(model), ({ key }) => left.has(key), from, step);
  return next?.key ?? (from && left.has(from.key) ? from.key : null);
}

/**
 * The model's boxes are reviewed in reading order; where none is left, people's boxes one after the other.
 * @param {import("./model.js").Model} model @param {Prediction | undefined} from @param {1 | -1} step
 * @returns {string | null}
 */
function nextToReview(model, from, step) {
  const proposal = nextProposal(model, from, step);
  if (proposal !== null) return proposal;
  const people = model.items().filter(({ kind }) => kind === "person");
  if (people.length === 0) return null;
  const index = people.findIndex(({ id }) => id === model.selection);
  const start = index < 0 && step < 0 ? 0 : index;
  return people[(start + step + people.length) % people.length].id;
}

/** As a person would have drawn it. @param {Prediction} p @param {import("./model.js").Model} model @returns {import("./types.js").Rect} */
function wholePixels(p, model) {
  const { width, height } = /** @type {import("./types.js").ImageInfo} */ (model.image);
  const x1 = Math.max(0, Math.round(p.x1));
  const y1 = Math.max(0, Math.round(p.y1));
  return { x1, y1, x2: Math.min(width, Math.max(x1 + 1, Math.round(p.x2))), y2: Math.min(height, Math.max(y1 + 1, Math.round(p.y2))) };
}
