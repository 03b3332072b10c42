/** A message of something done to an image, with Undo: it takes back just that, wherever the person has gone meanwhile. */

import { toast } from "../shared/toast.js";
import { isEqual } from "./undoing.js";

/**
 * To be called right after it was done.
 * @param {string} text
 * @param {{model: import("./model.js").Model, editor: import("./editor.js").Editor, session: import("./session.js").Session}} parts
 */
export function offerUndo(text, { model, editor, session }) {
  const { image, content } = model;
  if (!image) return;
  const undo = async () => {
    if (model.image?.id !== image.id && !(await session.open(image.id))) return;
    if (isEqual(model.content, content)) editor.undo();
    else toast("This image was changed since. Ctrl Z goes back step by step.", { kind: "warn" });
  };
  toast(text, { undo });
}
