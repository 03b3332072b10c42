// The labels as files: one job at a time, its progress, then the file.

import { isFinished } from "../job_follow/job.js";
import { poll } from "../job_follow/poll.js";
import { progressBar } from "../job_follow/state.js";
import { api } from "../shared/api.js";
import { fill, h } from "../shared/dom.js";
import { ago, count } from "../shared/format.js";
import { icon } from "../shared/icons.js";
import { attempt } from "../shared/toast.js";
import { choice } from "../train_panel/choice.js";

const FORMATS = [
  { value: "coco", name: "COCO", hint: "One JSON file a split" },
  { value: "voc", name: "Pascal VOC", hint: "One XML file an image" },
  { value: "yolo", name: "YOLO", hint: "One text file an image, and data.yaml" },
];
const MOVING_MS = 800;
const RESTING_MS = 10000;

export function exportCard(project) {
  let format = FORMATS[0].value;
  const start = h("button", { class: "bl-button", type: "button", "data-needs": "labeller", onclick: press }, "Export");
  const status = h("div", { class: "bl-models-export-status", role: "status" });
  const element = h(
    "section",
    { class: "bl-panel bl-models-export", "aria-label": "Export labels" },
    h("div", { class: "bl-grow" }, h("h2", {}, "Export labels"), h("div", { class: "bl-muted" }, "All done images with their boxes and splits, as a zip file. Images without a box are kept.")),
    h("div", { "data-needs": "labeller" }, choice("Format", FORMATS, format, (value) => (format = value), false)),
    start,
    status,
  );
  let drawn = "";
  const poller = poll(element, follow);

  async function press() {
    start.disabled = true;
    const job = await attempt(() => api.post(`/api/projects/${project}/export`, { format }));
    if (job) show(job);
    else start.disabled = false;
    poller.now();
  }

  /** The newest export is the one that counts, whoever started it, so that a reload and a second tab see it too. */
  async function follow() {
    const [job] = await api.get(`/api/projects/${project}/jobs`, { params: { kind: "export", limit: 1 } });
    if (job) show(job);
    return job && !isFinished(job) ? MOVING_MS : RESTING_MS;
  }

  function show(job) {
    start.disabled = !isFinished(job);
    const key = JSON.stringify(job);
    if (key === drawn) return;
    drawn = key;
    fill(status, isFinished(job) ? ended(job) : running(job));
  }
  return { element };
}

function running(job) {
  const { done, total } = job.progress ?? {};
  return [
    h("span", { class: "bl-muted bl-numeric" }, total ? `${done ?? 0} of ${count(total, "image")}` : "Starts soon"),
    progressBar(job, "How far the export is"),
    h("button", { class: "bl-button quiet", type: "button", "data-needs": "labeller", onclick: () => attempt(() => api.post(`/api/jobs/${job.id}/cancel`)) }, "Stop"),
  ];
}

function ended(job) {
  if (job.state === "cancelled") return h("span", { class: "bl-muted" }, "The export was stopped.");
  if (job.state !== "succeeded") return [icon("warning"), h("span", {}, job.message || "The export did not finish. Try again.")];
  const said = [job.message, ago(job.finished_at)].filter(Boolean).join(" · ");
  return [
    h("a", { class: "bl-button", href: `/files/exports/${job.id}`, download: "" }, icon("download"), "Download"),
    h("span", { class: "bl-muted" }, said),
  ];
}
