// Acts on many images go on after the answer: followed to their end, and taken back by their entry in the activity.

import { api } from "./api.js";
import { count } from "./format.js";

const ASK_MS = 300;

/** Waits for the end of an act; `onProgress` is told of each look at it. Throws where it failed. */
export async function followed(act, onProgress) {
  let told = act;
  while (!told.finished) {
    onProgress?.(told);
    await new Promise((resolve) => setTimeout(resolve, ASK_MS));
    told = await api.get(`/api/bulk/${act.id}`);
  }
  if (told.error) throw new Error(told.error);
  return told;
}

/** Take back what an entry of the activity tells of. Changes of classes answer with the classes, acts on images with the act. */
export async function undone(activityId, onProgress) {
  const answer = await api.post(`/api/activity/${activityId}/undo`);
  return "finished" in answer ? followed(answer, onProgress) : answer;
}

/** How much of an act on images was taken back; `back` is what `undone` gave. */
export function undoneSentence({ total, changed }) {
  const left = total === undefined ? 0 : total - changed;
  return left > 0 ? `Taken back, but for ${count(left, "image")} that changed since.` : "Taken back.";
}
