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
 * @param {{job: object|null, sign: string, coming: string, advice: string}} said `coming` ends the
 *   sentence while a run is under way ("its boxes appear here"), `advice` is read when there is none
 */
export function noModelYet({ job, sign, coming, advice }) {
  const way = (page, text, primary) => h("a", { class: ["bl-button", primary && "primary"], href: pageLink(page) }, text);
  const ways = job ? [way("/train", "Watch it", true)] : [way("/label", "Label images", true), way("/train", "Train", false)];
  const text = job ? `The first model is being trained; ${coming}.` : advice;
  return h("div", { class: "bl-empty" }, icon(sign), h("p", {}, text), h("div", { class: "bl-row" }, ways));
}
