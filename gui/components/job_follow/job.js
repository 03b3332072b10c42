// What a job row means to a person: is it moving, how far is it, how long did it take. Pure.

import { elapsed } from "../shared/format.js";

const FINISHED = new Set(["succeeded", "failed", "cancelled", "interrupted"]);

const STATE_NAMES = {
  queued: "Waiting",
  running: "Running",
  cancelling: "Stopping",
  succeeded: "Finished",
  failed: "Failed",
  cancelled: "Stopped",
  interrupted: "Interrupted",
};

export const isFinished = (job) => FINISHED.has(job.state);

export const stateName = (job) => STATE_NAMES[job.state] ?? job.state;

/** How far a job is, 0..1, or null where nobody knows. */
export function fraction(job) {
  if (job.state === "succeeded") return 1;
  const { done, total, epoch, epochs, step, steps_per_epoch: steps } = job.progress ?? {};
  if (total > 0) return Math.min(1, (done ?? 0) / total);
  if (!(epochs > 0)) return null;
  // The epoch that is named is being worked on: it counts by its steps.
  const before = Math.max(0, (epoch ?? 1) - 1);
  return Math.min(1, (before + (steps > 0 ? (step ?? 0) / steps : 0)) / epochs);
}

/** How long a job took, or has taken by `now`; "" before it started. */
export function timeTaken(job, now = Date.now()) {
  if (!job.started_at) return "";
  const end = job.finished_at ? Date.parse(job.finished_at) : now;
  return elapsed((end - Date.parse(job.started_at)) / 1000);
}
