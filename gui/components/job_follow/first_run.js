// What a page says that waits for the first model version: what to do, or that a run is already at it.

import { api } from "../shared/api.js";
import { h } from "../shared/dom.js";
import { icon } from "../shared/icons.js";
import { pageLink } from "../shared/query.js";

/** The run of a project that is under way or waits its turn; null without one. */
export async function runUnderWay(project) {
  const { job } = await api.get("/api/pulse", { params: { project } });
  return job?.kind === "train" && job.project_id === project ? job : null;
}

/**
 * @param {{job: object|null, sign: string, coming: string, advice: string, label?: boolean}} said `coming` ends the
 *   sentence while a run is under way ("its boxes appear here"), `advice` is read when there is none
 */
export function noModelYet({ job, sign, coming, advice, label = false }) {
  const toTrain = (text, primary) => h("a", { class: ["bl-button", primary && "primary"], href: pageLink("/train") }, text);
  const ways = job
    ? [toTrain("Watch it", true)]
    : [label && h("a", { class: "bl-button primary", href: pageLink("/label") }, "Label images"), toTrain("Train", !label)];
  const text = job ? `The first model is being trained; ${coming}.` : advice;
  return h("div", { class: "bl-empty" }, icon(sign), h("p", {}, text), h("div", { class: "bl-row" }, ways));
}
