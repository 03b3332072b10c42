// Making boxes of a model into labels: one box by an ordinary save, many by the accept route; both can be taken back.

import { newId } from "../box_canvas/saver.js";
import { api } from "../shared/api.js";
import { count } from "../shared/format.js";

const IMAGES_A_REQUEST = 500;

/** A label made of a prediction; it says which version made it. */
export function labelOf(prediction, modelId) {
  const { class_id, x1, y1, x2, y2, score } = prediction;
  return { id: newId(), class_id, x1, y1, x2, y2, source: "model", model_version_id: modelId, score };
}

/** Save an image's boxes; returns the item as it stands then. Throws ApiError (409: somebody else saved meanwhile). */
export async function saveBoxes(item, boxes, state) {
  const saved = await api.put(`/api/images/${item.id}/annotations`, {
    revision: item.revision,
    boxes,
    state,
    key: newId(),
  });
  return { ...item, annotations: boxes, boxes: boxes.length, revision: saved.revision, state: saved.state };
}

/** Accept all predictions of these images that pass the filter; a box that marks a labelled object is skipped. */
export async function acceptShown(project, modelId, filter, items, markDone) {
  const sum = { accepted: 0, images: 0, conflicts: [] };
  for (let start = 0; start < items.length; start += IMAGES_A_REQUEST) {
    const answer = await api.post(`/api/projects/${project}/accept`, {
      model_id: modelId,
      threshold: filter.threshold,
      thresholds: filter.exceptions,
      class_ids: filter.classIds ? [...filter.classIds] : null,
      image_ids: items.slice(start, start + IMAGES_A_REQUEST).map((item) => item.id),
      mark_done: markDone,
    });
    sum.accepted += answer.accepted;
    sum.images += answer.images;
    sum.conflicts.push(...answer.conflicts);
  }
  return sum;
}

/** What came of it, as a message: {text, kind}. */
export function acceptedMessage({ accepted, images, conflicts }, markDone) {
  const skipped = conflicts.length
    ? ` ${count(conflicts.length, "image was", "images were")} changed meanwhile and left alone; look at them and accept again.`
    : "";
  if (!accepted && markDone) return { text: `Marked done; nothing new to accept.${skipped}`, kind: skipped ? "warn" : "ok" };
  if (!accepted) return { text: `Nothing to accept: what is shown is labelled already.${skipped}`, kind: skipped ? "warn" : "info" };
  const text = `Accepted ${count(accepted, "box", "boxes")} on ${count(images, "image")}.${skipped}`;
  return { text, kind: skipped ? "warn" : "ok" };
}

/**
 * Put the boxes of images back as they were before; `now` holds the items as they stand.
 * @returns {Promise<{restored: item[], left: number}>} left: images that somebody has changed since
 */
export async function putBack(before, now) {
  const restored = [];
  let left = 0;
  for (const item of now) {
    const old = before.get(item.id);
    if (!old || old.revision === item.revision) continue;
    try {
      restored.push(await saveBoxes(item, old.annotations, old.state));
    } catch (error) {
      if (error.status !== 409) throw error;
      left += 1;
    }
  }
  return { restored, left };
}
