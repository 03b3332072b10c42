// What a person says of a suspect, told to the server: one after the other, so that two on one image never collide.

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
    missing: () => ({ id: crypto.randomUUID(), class_id: other_class_id, ...theirs }),
    twin: () => ({ id: crypto.randomUUID(), class_id: other_class_id, ...theirs }),
    class: () => ({ class_id: other_class_id }),
    placed: () => ({ class_id: other_class_id, ...theirs }),
  };
  return { imageId, label, change: changes[kind]?.() ?? null };
}

export class Acts {
  #last = Promise.resolve();

  /** @param {Suspect} suspect @returns {Promise<() => Promise<void>>} what takes it back */
  accept(suspect) {
    return this.#next(async () => {
      const changed = await apply(fixFor(suspect));
      return () => this.#next(() => undo(changed));
    });
  }

  /** @param {Suspect} suspect @returns {Promise<() => Promise<void>>} what takes it back */
  keep(suspect) {
    const { image_id, kind, class_id, box, other_class_id, other_box } = suspect;
    const said = { kind, class_id: box ? class_id : other_class_id, ...rectOf(box ?? other_box), drawn: box !== null };
    return this.#next(async () => {
      const { id } = await api.post(`/api/images/${image_id}/kept`, said);
      return () => this.#next(() => api.del(`/api/images/${image_id}/kept/${id}`));
    });
  }

  /** @template T @param {() => Promise<T>} act @returns {Promise<T>} */
  #next(act) {
    const done = this.#last.then(act);
    this.#last = done.then(
      () => {},
      () => {},
    );
    return done;
  }
}
