// Versions that have not looked at all of the images: one click lets them look, a bar shows how far they are, and then what
// waited for it is loaded anew.

import { isFinished } from "../job_follow/job.js";
import { poll } from "../job_follow/poll.js";
import { progressBar } from "../job_follow/state.js";
import { api } from "../shared/api.js";
import { fill, h } from "../shared/dom.js";
import { count, number } from "../shared/format.js";
import { icon } from "../shared/icons.js";
import { attempt, toast } from "../shared/toast.js";

const MOVING_MS = 1000;
const RESTING_MS = 5000;

/**
 * @param {{project: number, wanted: object}} where `wanted` names the images, as parameters of our routes @param {() => void} seen called when a version has looked
 * @returns {{element: HTMLElement, show: (sides: object[], images: number, words: (side: object) => string) => void, close: () => void}}
 *   with sides = [{id, name, unseen, job}]
 */
export function lookingNotes({ project, wanted }, seen) {
  const element = h("div", { class: "compare-looking", role: "status" });
  /** Jobs that are followed, by version. @type {Map<number, object>} */
  const jobs = new Map();
  let sides = [];
  let say = () => "";
  let drawn = "";
  let closed = false;
  const poller = poll(element, follow);

  async function follow() {
    for (const [model, job] of jobs) {
      const now = await api.get(`/api/jobs/${job.id}`);
      if (closed) return null;
      if (isFinished(now)) {
        jobs.delete(model);
        if (now.state !== "succeeded") toast(now.message || "The version did not look at all images. Try again.", { kind: "error" });
        seen();
      } else jobs.set(model, now);
    }
    draw();
    return jobs.size ? MOVING_MS : RESTING_MS;
  }

  async function look(side, button) {
    button.disabled = true;
    const job = await attempt(() => api.post(`/api/projects/${project}/compare/look`, { model_id: side.id, images: new URLSearchParams(wanted).toString() }));
    button.disabled = false;
    if (!job) return;
    jobs.set(side.id, job);
    draw();
    poller.now();
  }

  /** On change only: what is made anew loses the focus, and a press that has begun on it. */
  function draw() {
    const key = JSON.stringify([sides.map((side) => [side, say(side)]), [...jobs]]);
    if (key === drawn) return;
    drawn = key;
    fill(element, sides.filter(({ unseen }) => unseen > 0).map((side) => note(side, jobs.get(side.id))));
  }

  function note(side, job) {
    const ask = (event) => look(side, event.currentTarget);
    const button = h("button", { class: "bl-button", type: "button", dataset: { needs: "labeller" }, onclick: ask }, `Predict with ${side.name}`);
    return h("div", { class: "bl-note" }, icon("info"), h("span", { class: "bl-grow" }, say(side)), job ? progress(job, side) : button);
  }

  function progress(job, side) {
    const { done, total } = job.progress ?? {};
    const far = total ? `${number(done ?? 0)} of ${count(total, "image")}` : "Starts soon";
    return h("span", { class: "compare-progress" }, h("span", { class: "bl-muted bl-numeric" }, far), progressBar(job, `How far ${side.name} is`));
  }

  function show(next, images, words) {
    sides = next;
    say = words;
    for (const side of sides) if (side.job && side.unseen > 0 && !jobs.has(side.id)) jobs.set(side.id, side.job);
    draw();
    if (jobs.size) poller.now();
  }

  function close() {
    closed = true;
    poller.stop();
  }
  return { element, show, close };
}
