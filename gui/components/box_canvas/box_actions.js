/**
 * What a person does with boxes beyond drawing one: select many, copy, repeat, lock, hide, pick the one below, change
 * sizes by key.
 *
 * @typedef {import("./types.js").Box} Box
 * @typedef {import("./types.js").Rect} Rect
 * @typedef {import("./clipboard.js").Placed} Placed
 */

import { count } from "../shared/format.js";
import { toast } from "../shared/toast.js";
import * as client from "./client.js";
import { besides, copied, fitted, keepCopied, notYetThere } from "./clipboard.js";
import { HANDLES, holds } from "./geometry.js";
import { keepDrawing } from "./settings.js";

const APART = 12; // CSS pixels between a box and its duplicate

/**
 * @param {{
 *   model: import("./model.js").Model, editor: import("./editor.js").Editor, view: import("./view.js").View,
 *   pointer: () => import("./pointer.js").Pointer
 * }} parts
 */
export function buildBoxActions({ model, editor, view, pointer }) {
  const idle = () => model.image !== null && !pointer().isActive;
  const whenIdle = (/** @type {(...values: any[]) => void} */ run) => (/** @type {any[]} */ ...values) => idle() && run(...values);
  const last = lastImage(model);
  const size = () => /** @type {import("./types.js").ImageInfo} */ (model.image);
  const onFree = (/** @type {(ids: string[]) => void} */ act) => {
    const { free } = model;
    if (free.length > 0) act(free);
    else if (model.selected.size > 0) toast("That box is locked. Unlock it first.");
  };
  const chosen = () => model.items().filter(({ id }) => model.selected.has(id)).map(({ rect, classId }) => ({ rect, classId }));
  const add = (/** @type {Placed[]} */ boxes) => {
    editor.addBoxes(boxes.map(({ rect, classId }) => ({ rect, classId })));
    const [first] = boxes;
    if (first) view.reveal(first.rect);
  };
  const copy = () => {
    const boxes = chosen();
    if (boxes.length === 0) return toast("Select a box to copy first.");
    if (keepCopied(boxes)) toast(`Copied ${count(boxes.length, "box", "boxes")}.`);
    else toast("This browser keeps nothing for pages, so boxes cannot be copied.", { kind: "warn" });
  };
  const turn = (/** @type {keyof import("./settings.js").Drawing} */ name) => () => {
    model.drawing = { ...model.drawing, [name]: !model.drawing[name] };
    keepDrawing(model.drawing);
    model.emit("drawing");
  };
  const mark = (/** @type {import("./marks.js").Mark} */ name, /** @type {readonly string[]} */ ids) => {
    model.setMark(name, ids, ids.some((id) => !model.marks.has(name, id)));
  };
  return {
    selectAll: whenIdle(() => {
      const people = model.items().filter(({ id, kind }) => kind === "person" && !model.marks.has("locked", id));
      model.selectAll(people.map(({ id }) => id));
    }),
    /** @param {Rect} band @param {boolean} adding to what is selected */
    selectWithin: (band, adding) => {
      const within = model.items().filter(({ id, rect }) => holds(band, rect) && !model.marks.has("locked", id));
      model.selectAll([...new Set([...(adding ? model.selected : []), ...within.map(({ id }) => id)])]);
    },
    pickBelow: whenIdle(() => {
      const stack = pointer().stack();
      if (stack.length === 0) return;
      const index = stack.findIndex(({ id }) => id === model.selection);
      model.select(stack[(index + 1) % stack.length].id);
    }),
    putCorner: () => pointer().putCorner(),
    toggleClicks: turn("clicks"),
    toggleOver: turn("over"),
    toggleSnap: turn("snap"),
    toggleTake: turn("take"),
    toggleName: turn("name"),
    toggleSeveral: turn("several"),
    remove: whenIdle(() => onFree((ids) => editor.removeAll(ids))),
    nudge: whenIdle((/** @type {number} */ dx, /** @type {number} */ dy) =>
      model.selected.size > 0 ? onFree((ids) => editor.nudge(ids, dx, dy)) : view.step(dx, dy)),
    /** Move the lower right (or upper left) corner of each. */
    stretch: whenIdle((/** @type {"se" | "nw"} */ corner, /** @type {number} */ dx, /** @type {number} */ dy) => {
      const handle = HANDLES.find(({ name }) => name === corner);
      if (handle) onFree((ids) => editor.stretch(ids, handle, dx, dy));
    }),
    duplicate: whenIdle(() => {
      const boxes = chosen();
      if (boxes.length > 0) add(besides(boxes, standing(model), Math.max(1, Math.round(APART / view.k)), size()));
    }),
    copy: whenIdle(copy),
    cut: whenIdle(() => {
      if (model.selected.size > 0) copy();
      onFree((ids) => editor.removeAll(ids));
    }),
    paste: whenIdle(() => {
      const all = copied();
      const known = all.filter(({ classId }) => model.classOf(classId));
      if (all.length === 0) return toast("Nothing has been copied yet.");
      if (known.length === 0) return toast("The copied boxes have classes of another project.", { kind: "warn" });
      const { changed } = fitted(known, size());
      add(besides(known, standing(model), Math.max(1, Math.round(APART / view.k)), size()));
      const notes = [
        changed > 0 && `${changed} put inside this image, which is smaller`,
        known.length < all.length && `${all.length - known.length} left out: their class is not in this project`,
      ].filter(Boolean);
      if (notes.length > 0) toast(`Pasted ${count(known.length, "box", "boxes")}; ${notes.join("; ")}.`);
    }),
    repeat: whenIdle(async () => {
      const target = model.image?.id;
      const from = await last();
      if (model.image?.id !== target || !idle()) return; // the person went on meanwhile
      if (!from) return toast("There is no image before this one to repeat.");
      const known = fitted(from.boxes.filter(({ classId }) => model.classOf(classId)), size()).boxes;
      const wanted = notYetThere(known, standing(model));
      const there = known.length - wanted.length;
      if (wanted.length > 0) add(wanted);
      const end = there > 0 ? `; ${there} stood here already` : "";
      toast(known.length === 0 ? `“${from.name}” has no boxes to repeat.` : `Repeated ${count(wanted.length, "box", "boxes")} of “${from.name}”${end}.`);
    }),
    lock: whenIdle(() => {
      const ids = [...model.selected];
      if (ids.length === 0) return toast("Select a box to lock first.");
      mark("locked", ids);
    }),
    /** @param {string} id */
    unlock: (id) => model.setMark("locked", [id], false),
    /** Hide what is selected; with nothing selected, show again what is hidden on this image. */
    hideSelected: whenIdle(() => {
      const ids = [...model.selected];
      if (ids.length > 0) return mark("hidden", ids);
      model.setMark("hidden", model.listed().map(({ id }) => id), false);
    }),
    /** @param {string} id */
    show: (id) => model.setMark("hidden", [id], false),
  };
}

/** People's boxes on the open image. @param {import("./model.js").Model} model @returns {Placed[]} */
const standing = (model) => model.content.boxes.map(placed);

/** @param {Box} box @returns {Placed} */
const placed = (box) => ({ rect: box, classId: box.class_id });

/**
 * The image that was open before this one, else the one before it in the project.
 * @param {import("./model.js").Model} model
 * @returns {() => Promise<{name: string, boxes: Placed[]} | null>}
 */
function lastImage(model) {
  /** @type {{id: number, name: string, boxes: Placed[]} | null} */
  let open = null;
  /** @type {typeof open} */
  let before = null;
  model.subscribe((topic) => {
    if (!model.image || (topic !== "image" && topic !== "content")) return;
    if (open && open.id !== model.image.id) before = open;
    open = { id: model.image.id, name: model.image.name, boxes: standing(model) };
  });
  return async () => {
    const { previousId } = model.navigation;
    if (before || previousId === null) return before;
    const answer = await client.getImage(previousId, { model: "active", unlabelledOnly: false, ahead: true }).catch(() => null);
    return answer && { name: answer.image.name, boxes: answer.annotations.map(placed) };
  };
}
