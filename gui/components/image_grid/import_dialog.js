// Import a folder that lies on the server's machine, with its labels, and follow the job that does it.

import { api } from "../shared/api.js";
import { openDialog } from "../shared/dialog.js";
import { fill, h } from "../shared/dom.js";
import { number } from "../shared/format.js";

const FORMATS = [
  ["images", "Images only"],
  ["voc", "Pascal VOC (an XML file for each image)"],
  ["coco", "COCO (one JSON file)"],
  ["yolo", "YOLO (a text file for each image, data.yaml)"],
];
const SPLITS = [
  ["", "As the folder says, else chosen for me"],
  ["train", "Training"],
  ["val", "Validation"],
  ["test", "Test"],
];
const ENDED = ["succeeded", "failed", "cancelled", "interrupted"];
const EVERY = 700;

/** Ask for folder, format and split; `onStarted(job)` gets the queued job. */
export function askImport(projectId, onStarted) {
  const path = h("input", { class: "bl-input", placeholder: "/home/me/pictures", autofocus: true, spellcheck: "false" });
  const format = h("select", { class: "bl-select" }, options(FORMATS));
  const split = h("select", { class: "bl-select" }, options(SPLITS));
  const problem = h("span", { role: "alert", class: "import-problem" });
  const start = async () => {
    if (!path.value.trim()) {
      problem.textContent = "Type the folder's path first.";
      return false;
    }
    try {
      const body = { path: path.value.trim(), format: format.value, split: split.value || null };
      onStarted(await api.post(`/api/projects/${projectId}/import`, body));
      return true;
    } catch (error) {
      problem.textContent = error.message;
      return false;
    }
  };
  openDialog({
    title: "Import a folder",
    body: [
      h("p", { class: "bl-muted" }, "The folder must lie on the machine that Boxloop runs on. Its files are copied; nothing in it is changed."),
      h("label", { class: "bl-field" }, "Folder", path),
      h("label", { class: "bl-field" }, "Labels", format),
      h("label", { class: "bl-field" }, "Use the images for", split),
      problem,
    ],
    actions: [{ label: "Cancel" }, { label: "Import", primary: true, run: start }],
  });
}

function options(pairs) {
  return pairs.map(([value, name]) => h("option", { value }, name));
}

/** Shows an import job in `panel` until it has ended; `onProgress` is called at each look. */
export function followImport(panel, job, onProgress) {
  panel.hidden = false;
  const look = async () => {
    let now = job;
    try {
      now = await api.get(`/api/jobs/${job.id}`);
      draw(panel, now);
      onProgress();
    } catch (error) {
      fill(panel, h("div", { class: "bl-row" }, h("span", { role: "alert" }, error.message)));
    }
    if (!ENDED.includes(now.state)) setTimeout(look, EVERY);
  };
  look();
}

function draw(panel, job) {
  const ended = ENDED.includes(job.state);
  const { done, total } = job.progress ?? {};
  const counts = total ? `Importing: ${number(done ?? 0)} of ${number(total)}` : "Importing: reading the folder";
  const said = ended ? job.message || "The import has ended." : job.state === "queued" ? "The import waits for its turn." : counts;
  const act = ended ? () => (panel.hidden = true) : () => api.post(`/api/jobs/${job.id}/cancel`).catch(() => {});
  const skipped = job.result?.skipped ?? [];
  fill(
    panel,
    h(
      "div",
      { class: "bl-row" },
      h("div", { class: "upload-line", role: "status" }, said),
      h("span", { class: "bl-grow" }),
      h("button", { class: "bl-button quiet", type: "button", onclick: act }, ended ? "Close" : "Stop"),
    ),
    !ended && h("div", { class: "bl-progress" }, h("div", { style: { width: `${total ? (100 * (done ?? 0)) / total : 0}%` } })),
    ended && skipped.length > 0 && skippedRows(skipped),
  );
}

function skippedRows(skipped) {
  return h(
    "details",
    { class: "upload-list", open: true },
    h("summary", {}, `Left out (${number(skipped.length)}):`),
    h(
      "ul",
      {},
      skipped.map((one) =>
        h(
          "li",
          {},
          h("span", { class: "upload-name" }, one.line ? `${one.file}, line ${one.line}` : one.file),
          h("span", { class: "bl-muted" }, one.reason),
        ),
      ),
    ),
  );
}
