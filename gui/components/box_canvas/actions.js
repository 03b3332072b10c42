/**
 * What the keys and buttons do, said once.
 *
 * @typedef {import("./types.js").Item} Item
 * @typedef {ReturnType<typeof buildActions>} Actions
 */

import { toast } from "../shared/toast.js";
import { buildBoxActions } from "./box_actions.js";
import { classByChord } from "./class_keys.js";
import { offerUndo } from "./offer_undo.js";
import { buildReviewActions } from "./review_actions.js";

/**
 * @param {{
 *   model: import("./model.js").Model, editor: import("./editor.js").Editor, view: import("./view.js").View,
 *   session: import("./session.js").Session, pointer: () => import("./pointer.js").Pointer,
 *   oneClick: import("./one_click.js").OneClick, typeNumbers: () => void, onward: () => void, nextFree: () => void, openPalette: () => void, searchClasses: () => void,
 *   nextRegion: (step: 1 | -1) => void, windowLevel: import("./window_level.js").WindowLevel,
 *   naming: import("./naming.js").Naming, areas: import("./areas.js").Areas
 * }} parts `onward`: to the image after a finished one
 */
export function buildActions({ model, editor, view, session, pointer, oneClick, typeNumbers, onward, nextFree, openPalette, searchClasses, nextRegion, windowLevel, naming, areas }) {
  const tell = (/** @type {string} */ text) => offerUndo(text, { model, editor, session });
  const idle = () => model.image !== null && !pointer().isActive;
  const whenIdle = (/** @type {(...values: any[]) => void} */ run) => (/** @type {any[]} */ ...values) => idle() && run(...values);
  const reveal = (/** @type {string} */ id) => {
    const item = model.itemOf(id);
    if (item) view.reveal(item.rect);
  };
  const choose = (/** @type {number} */ id) => {
    model.setCurrentClass(id);
    if (model.selected.size > 0 && idle()) return editor.setClassOf([...model.selected], id);
    naming.choose(pointer().isDrawing);
    if (model.draft?.id === "new") model.setDraft({ ...model.draft, classId: id });
  };
  /** Of the box under the pointer only: what is drawn next keeps its class. */
  const giveClassToHovered = (/** @type {number} */ id) => {
    if (idle() && model.hover !== null && model.itemOf(model.hover)) editor.setClassOf([model.hover], id);
  };
  const zoom = (/** @type {number} */ factor) => view.zoomAt(view.width / 2, view.height / 2, factor);
  return {
    choose,
    reveal,
    zoom,
    window: () => windowLevel.toggle(),
    /** A key of a class; false where it is none. */
    chooseByKey: (/** @type {string} */ chord) => {
      const plain = chord.replace(/^Alt\+/, "");
      const entry = classByChord(model.classes, plain);
      if (entry && plain !== chord) giveClassToHovered(entry.id);
      else if (entry && (idle() || pointer().isDrawing)) choose(entry.id);
      return entry !== undefined;
    },
    openPalette,
    searchClasses,
    ...buildBoxActions({ model, editor, view, pointer }),
    nextRegion,
    typeNumbers: whenIdle(() => (model.selected.size === 1 ? typeNumbers() : toast("Select one box first."))),
    undo: whenIdle(() => editor.undo()),
    redo: whenIdle(() => editor.redo()),
    previous: whenIdle((/** @type {Event} */ event) => (isHeld(event) ? session.flip(-1) : session.previous())),
    next: whenIdle((/** @type {Event} */ event) => (isHeld(event) ? session.flip(1) : session.next())),
    endFlip: () => session.endFlip(),
    nextFree: whenIdle(() => nextFree()),
    done: whenIdle(() => {
      editor.setState("done");
      onward();
    }),
    nothing: whenIdle(() => {
      const lost = model.content.boxes.length;
      editor.nothingHere();
      if (lost > 0) tell(`Marked as "nothing here"; ${lost === 1 ? "1 box" : `${lost} boxes`} removed.`);
      onward();
    }),
    ...buildReviewActions({ model, editor, oneClick, naming, whenIdle, reveal, tell }),
    rejectArea: whenIdle(() => pointer().panning || areas.ask("reject")), // not while an earlier version is looked at
    unsureArea: whenIdle(() => pointer().panning || areas.ask("unsure")),
    acceptAll: whenIdle(() => {
      editor.acceptAllShown("done");
      onward();
    }),
    fit: () => view.fit(),
    actualSize: () => view.actualSize(),
    hide: () => {
      model.setHidden(!model.hidden);
      if (model.hidden) model.select(null);
    },
    escape: () => pointer().cancel() || areas.leave() || oneClick.giveUp() || model.select(null),
    space: (/** @type {boolean} */ held) => {
      pointer().panning = held;
      pointer().refreshCursor();
    },
  };
}

/** @param {Event | undefined} event */
const isHeld = (event) => event instanceof KeyboardEvent && event.repeat;
