// Acts on the selected images: sent as ids or as the filter that they stand behind, followed to their end, taken back.

import { api } from "../shared/api.js";
import { followed, undone, undoneSentence } from "../shared/bulk_undo.js";
import { bytes, count, number } from "../shared/format.js";
import { toast } from "../shared/toast.js";

/**
 * Do something with a selection and offer to take it back.
 * @param {number} project @param {object} body {action, value, ids | filter, but}.
 * @param {object} page onProgress(act) while it runs; onDone() after it and after its undo.
 */
export async function act(project, body, { onProgress, onDone }) {
  const told = await followed(await api.post(`/api/projects/${project}/bulk`, body), onProgress);
  onDone();
  const undo = async () => {
    const back = await undone(told.activity_id, onProgress);
    onDone();
    toast(undoneSentence(back), { kind: "ok" });
  };
  if (told.changed === 0) toast("Nothing to change: these images are so already.");
  else toast(told.text, told.undoable ? { undo } : { kind: "ok" });
  return told;
}

/** Ask the active model about those of a selection that it has not looked at. */
export async function predict(project, chosen) {
  const job = await api.post(`/api/projects/${project}/bulk/predict`, chosen);
  toast("The model looks at the selected images; the top bar shows how far it is.", { kind: "ok" });
  return job;
}

/** Remove for good what lies in the bin. */
export async function emptyBin(project, { onProgress, onDone }) {
  const told = await followed(await api.post(`/api/projects/${project}/bin/empty`), onProgress);
  onDone();
  toast(`${count(told.changed, "image")} deleted for good, ${bytes(told.bytes)} free again.`, { kind: "ok" });
}

/** "12,000 of 100,000 images". */
export function progressText({ done, total }) {
  return `${number(done)} of ${count(total, "image")}`;
}
