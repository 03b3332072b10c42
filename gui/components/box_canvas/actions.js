/**
 * What the keys and buttons do, said once.
 *
 * @typedef {import("./types.js").Item} Item
 * @typedef {ReturnType<typeof buildActions>} Actions
 */

import { toast } from "../shared/toast.js";
import { buildBoxActions } from "./box_actions.js";
import { classByChord } from "./class_keys.js";

/**
 * @param {{
 *   model: import("./model.js").Model, editor: import("./editor.js").Editor, view: import("./view.js").View,
 *   session: import("./session.js").Session, pointer: () => import("./pointer.js").Pointer,
 *   typeNumbers: () => void, onward: () => void, nextFree: () => void, openPalette: () => void, searchClasses: () => void,
 *   windowLevel: import("./window_level.js").WindowLevel
 * }} parts `onward`: to the image after a finished one
 */
export function buildActions({ model, editor, view, session, pointer, typeNumbers, onward, nextFree, openPalette, searchClasses, windowLevel }) {
  const idle = () => model.image !== null && !pointer().isActive;
  const whenIdle = (/** @type {(...values: any[]) => void} */ run) => (/** @type {any[]} */ ...values) => idle() && run(...values);
  const reveal = (/** @type {string} */ id) => {
    const item = model.itemOf(id);
    if (item) view.reveal(item.rect);
  };
  const choose = (/** @type {number} */ id) => {
    model.setCurrentClass(id);
    if (model.selected.size > 0 && idle()) editor.setClassOf([...model.selected], id);
    else if (model.draft?.id === "new") model.setDraft({ ...model.draft, classId: id });
  };
  const zoom = (/** @type {number} */ factor) => view.zoomAt(view.width / 2, view.height / 2, factor);
  return {
    choose,
    reveal,
    zoom,
    window: () => windowLevel.toggle(),
    /** A key of a class; false where it is none. */
    chooseByKey: (/** @type {string} */ chord) => {
      const entry = classByChord(model.classes, chord);
      if (entry && (idle() || pointer().isDrawing)) choose(entry.id);
      return entry !== undefined;
    },
    openPalette,
    searchClasses,
    ...buildBoxActions({ model, editor, view, pointer }),
    typeNumbers: whenIdle(() => (model.selected.size === 1 ? typeNumbers() : toast("Select one box first."))),
    undo: whenIdle(() => editor.undo()),
    redo: whenIdle(() => editor.redo()),
    previous: whenIdle((/** @type {Event} */ event) => mayTurn(event, session) && session.previous()),
    next: whenIdle((/** @type {Event} */ event) => mayTurn(event, session) && session.next()),
    nextFree: whenIdle(() => nextFree()),
    done: whenIdle(() => {
      editor.setState("done");
      onward();
    }),
    nothing: whenIdle(() => {
      const lost = model.content.boxes.length;
      editor.nothingHere();
      if (lost > 0) offerBack(lost, model, editor, session);
      onward();
    }),
    accept: whenIdle(() => onProposals(model, (ids) => editor.acceptAll(ids))),
    reject: whenIdle(() => onProposals(model, (ids) => editor.removeAll(ids))),
    acceptAllShown: whenIdle(() => editor.acceptAllShown()),
    acceptAll: whenIdle(() => {
      editor.acceptAllShown("done");
      onward();
    }),
    tab: whenIdle((/** @type {1 | -1} */ step) => {
      const id = nextToReview(model, step);
      model.select(id);
      if (id) reveal(id);
    }),
    fit: () => view.fit(),
    actualSize: () => view.actualSize(),
    hide: () => {
      model.hidden = !model.hidden;
      model.emit("visibility");
      if (model.hidden) model.select(null);
    },
    escape: () => pointer().cancel() || model.select(null),
    space: (/** @type {boolean} */ held) => {
      pointer().panning = held;
      pointer().refreshCursor();
    },
  };
}

/** A key that is held shows each image before it goes on. @param {Event | undefined} event @param {import("./session.js").Session} session */
const mayTurn = (event, session) => !(event instanceof KeyboardEvent && event.repeat) || session.isSettled;

/** The model's boxes that are selected, else the one under the pointer. @param {import("./model.js").Model} model @param {(ids: string[]) => void} act */
function onProposals(model, act) {
  const isProposal = (/** @type {string | null} */ id) => model.itemOf(id)?.kind === "model";
  const selected = [...model.selected].filter(isProposal);
  if (selected.length > 0) act(selected);
  else if (model.hover !== null && isProposal(model.hover)) act([model.hover]);
}

/** The model's boxes are reviewed first; where there are none, people's. @param {import("./model.js").Model} model @param {1 | -1} step */
function nextToReview(model, step) {
  const items = model.items();
  const proposals = items.filter((item) => item.kind === "model");
  const round = proposals.length > 0 ? proposals : items;
  if (round.length === 0) return null;
  const index = round.findIndex((item) => item.id === model.selection);
  if (index < 0) return round[step > 0 ? 0 : round.length - 1].id;
  return round[(index + step + round.length) % round.length].id;
}

/**
 * @param {number} lost @param {import("./model.js").Model} model @param {import("./editor.js").Editor} editor
 * @param {import("./session.js").Session} session
 */
function offerBack(lost, model, editor, session) {
  const id = model.image?.id;
  toast(`Marked as "nothing here"; ${lost === 1 ? "1 box" : `${lost} boxes`} removed.`, {
    undo: async () => {
      if (id !== undefined && (await session.open(id))) editor.undo();
    },
  });
}
