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
  const { fraction: told, done, total } = job.progress ?? {};
  if (Number.isFinite(told)) return Math.max(0, Math.min(1, told));
  return total > 0 ? Math.min(1, (done ?? 0) / total) : null;
}

/** How long a job took, or has taken by `now`; "" before it started. */
export function timeTaken(job, now = Date.now()) {
  if (!job.started_at) return "";
  const end = job.finished_at ? Date.parse(job.finished_at) : now;
  return elapsed((end - Date.parse(job.started_at)) / 1000);
}
