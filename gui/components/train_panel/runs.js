// The runs of a project in a table, newest first.

import { isFinished, timeTaken } from "../job_follow/job.js";
import { stateMark } from "../job_follow/state.js";
import { fill, h } from "../shared/dom.js";
import { ago, score } from "../shared/format.js";
import { pageLink } from "../shared/query.js";
import { stageName } from "./stages.js";

const PRESET_NAMES = { "retinanet-lite": "Lite", "retinanet-r50-v2": "ResNet-50" };
const HEADS = ["Run", "State", "Network", "Trained", "Time", "AP", "AP50", "Result", "Started"];
const NUMERIC = new Set(["Time", "AP", "AP50"]);

/** @param {(job) => void} chosen called when a run is picked */
export function runsTable(chosen) {
  const body = h("tbody");
  const head = h("tr", {}, HEADS.map((name) => h("th", { scope: "col", class: NUMERIC.has(name) ? "numeric" : null }, name)));
  const table = h("table", { class: "bl-table" }, h("thead", {}, head), body);
  const element = h("section", { class: "bl-panel bl-runs", "aria-label": "Runs", hidden: true }, table);
  let drawn = "";

  function show(jobs, current, models = []) {
    const key = JSON.stringify([jobs.map((job) => [job.id, job.state, job.message]), current?.id, models.length]);
    element.hidden = jobs.length === 0;
    if (key === drawn) return;
    drawn = key;
    const focused = body.contains(document.activeElement) ? document.activeElement.dataset.run : null;
    fill(body, jobs.map((job) => row(job, job.id === current?.id, models, chosen)));
    if (focused) body.querySelector(`[data-run="${focused}"]`)?.focus();
  }
  return { element, show };
}

function row(job, isCurrent, models, chosen) {
  const model = models.find((candidate) => candidate.id === job.result?.model_version_id || candidate.job_id === job.id);
  const pick = h("button", { class: "bl-link-button", type: "button", dataset: { run: job.id } }, String(job.id));
  const { preset, scope } = job.params?.config ?? job.params ?? {};
  return h(
    "tr",
    { "aria-current": isCurrent ? "true" : null, onclick: (event) => event.target.closest("a") || chosen(job) },
    h("td", {}, pick),
    h("td", { title: job.message }, stateMark(job)),
    h("td", {}, PRESET_NAMES[preset ?? "retinanet-lite"] ?? preset),
    h("td", {}, scope ? stageName(scope) : "automatic"),
    h("td", { class: "numeric" }, isFinished(job) ? timeTaken(job) : ""),
    h("td", { class: "numeric" }, model ? score(model.metrics?.ap) : ""),
    h("td", { class: "numeric" }, model ? score(model.metrics?.ap50) : ""),
    h("td", {}, model ? h("a", { href: pageLink("/models") }, `v${model.number}`) : h("span", { class: "bl-muted bl-runs-why" }, reason(job))),
    h("td", { class: "bl-muted", title: job.started_at }, ago(job.started_at ?? job.created_at)),
  );
}

/** Why a run brought no version, shortened to its first sentence; the whole is shown when the run is picked. */
function reason(job) {
  if (job.state !== "failed" && job.state !== "interrupted") return "";
  return (job.message ?? "").split(/(?<=\.)\s/)[0];
}
