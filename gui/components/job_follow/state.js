// A job's state and progress as small elements.

import { h } from "../shared/dom.js";
import { fraction, stateName } from "./job.js";

/** "● Running": the dot has the colour of the state, the word says it. */
export function stateMark(job) {
  return h("span", { class: ["bl-state", job.state] }, stateName(job));
}

/** A thin bar; with no figure it stands at a third, dimmed, and a screen reader hears that nobody knows. */
export function progressBar(job, label) {
  const part = fraction(job);
  const percent = part === null ? null : Math.round(part * 100);
  return h(
    "div",
    {
      class: ["bl-progress", part === null && "unknown"],
      role: "progressbar",
      "aria-label": label,
      "aria-valuemin": 0,
      "aria-valuemax": 100,
      "aria-valuenow": percent,
    },
    h("div", { style: { width: `${percent ?? 30}%` } }),
  );
}
