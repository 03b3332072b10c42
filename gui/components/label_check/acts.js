// What a person says of a suspect, told to the server. Each act gives what takes it back.

import { newId } from "../box_canvas/saver.js";
import { apply, undo } from "../error_browser/fixes.js";
import { api } from "../shared/api.js";

/** @typedef {import("./words.js").Suspect} Suspect @typedef {import("../box_canvas/types.js").Rect} Rect */

export const rectOf = ([x1, y1, x2, y2]) => ({ x1, y1, x2, y2 });

/** What accepting a suspect does to the labels of its image. @param {Suspect} suspect */
export function fixFor(suspect) {
  const { kind, image_id: imageId, class_id, box, other_class_id, other_box, score } = suspect;
  const label = box && { class_id, ...rectOf(box) };
  const theirs = other_box && { ...rectOf(other_box), source: score === null ? "person" : "model", model_version_id: null, score };
  const changes = {
    missing: () => ({ id: newId(), class_id: other_class_id, ...theirs }),
    twin: () => (label ? { class_id: other_class_id } : { id: newId(), class_id: other_class_id, ...theirs }),
    class: () => ({ class_id: other_class_id }),
    placed: () => ({ class_id: other_class_id, ...theirs }),
  };
  return { imageId, label, change: changes[kind]?.() ?? null };
}

/** @param {Suspect} suspect @returns {Promise<() => Promise<void>>} */
export async function accept(suspect) {
  const changed = await apply(fixFor(suspect));
  return () => undo(changed);
}

/** @param {Suspect} suspect @returns {Promise<() => Promise<void>>} */
export async function keep(suspect) {
  const { image_id, kind, class_id, box, other_class_id, other_box } = suspect;
  const said = { kind, class_id: box ? class_id : other_class_id, ...rectOf(box ?? other_box), drawn: box !== null };
  const { id } = await api.post(`/api/images/${image_id}/kept`, said);
  return () => api.del(`/api/images/${image_id}/kept/${id}`);
}
