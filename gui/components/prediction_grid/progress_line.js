// A line below the bar while a version looks at the images in the background.

import { progressBar } from "../job_follow/state.js";
import { fill, h } from "../shared/dom.js";
import { number } from "../shared/format.js";

export function progressLine() {
  const element = h("div", { class: "predictions-progress", role: "status", hidden: true });
  let drawn = "";

  /** @param {object|null} job the predicting job, null for none; stop() is called by its button. */
  function show(job, stop) {
    const key = JSON.stringify([job?.id, job?.state, job?.progress, job?.message]);
    if (key === drawn) return;
    drawn = key;
    element.hidden = job === null;
    if (job === null) return;
    const { done, total } = job.progress ?? {};
    const far = total ? `Predicting: ${number(done ?? 0)} of ${number(total)} images` : job.message || "Predicting starts soon";
    const button = h("button", { class: "bl-button quiet", type: "button", disabled: job.state === "cancelling", onclick: stop }, "Stop");
    fill(element, h("span", { class: "bl-numeric" }, far), progressBar(job, "How many images are done"), button);
  }
  return { element, show };
}
