// One run: how it stands, its curves, its log.

import { isFinished, timeTaken } from "../job_follow/job.js";
import { progressBar, stateMark } from "../job_follow/state.js";
import { lineChart } from "../charts/line_chart.js";
import { fill, h } from "../shared/dom.js";
import { about, ago, score } from "../shared/format.js";
import { icon } from "../shared/icons.js";
import { pageLink } from "../shared/query.js";
import { choiceLine, choiceTable } from "./choices.js";
import { beginnings, stageLine } from "./stages.js";

const LOSS_CLASS = "var(--bl-chart-1)";
const LOSS_BOX = "var(--bl-chart-2)";
const AP = "var(--bl-chart-3)";
const AP50 = "var(--bl-chart-4)";

/** @param {{stop: (job) => void, resume: (job) => void}} acts */
export function runPanel(acts) {
  const head = runHead(acts);
  const notice = h("div");
  const charts = runCharts();
  const log = h("pre", { class: "bl-run-log", tabindex: 0, "aria-label": "Log" });
  const tail = h("span", { class: "bl-run-tail" });
  const drawer = h("details", { class: "bl-run-drawer" }, h("summary", {}, icon("chevron"), "Log", tail), log);
  const settings = runSettings();
  const element = h("section", { class: "bl-panel bl-run", "aria-label": "Run", hidden: true }, head.element, notice, charts.element, settings.element, drawer);
  const openLog = () => {
    drawer.open = true;
    drawer.scrollIntoView({ block: "nearest" });
    log.scrollTop = log.scrollHeight;
  };

  let drawn = "";
  function show(job, models) {
    element.hidden = job === null;
    if (job === null) return;
    head.show(job); // its clock goes on, whether or not the worker has said anything new
    const key = JSON.stringify([job, models?.length]);
    if (key === drawn) return; // redraw on change only
    drawn = key;
    fill(notice, isFinished(job) ? outcome(job, models, acts, openLog) : usable(job, models));
    settings.show(job.plan);
    charts.show(job.epochs ?? []);
    showLog(log, job.log ?? "");
    tail.textContent = isFinished(job) ? "" : (job.log ?? "").trimEnd().split("\n").at(-1);
  }
  return { element, show };
}

/** Title, state, Stop and the figures. The button stays the same element, so that no redraw swallows a click. */
function runHead(acts) {
  let shown = null;
  const title = h("h2");
  const mark = h("span");
  const doing = h("span", { class: "bl-muted bl-cut bl-grow" });
  const word = h("span");
  const stop = h(
    "button",
    { class: "bl-button", type: "button", title: "Ends after this batch; the best model so far is kept", onclick: () => acts.stop(shown) },
    icon("stop"),
    word,
  );
  const figures = h("div");
  const bar = h("div");
  const element = h("div", { class: "bl-run-head" }, h("div", { class: "bl-row" }, title, mark, doing, stop), figures, bar);

  function show(job) {
    shown = job;
    const finished = isFinished(job);
    const stopping = job.state === "cancelling";
    title.textContent = `Run ${job.id}`;
    fill(mark, stateMark(job));
    doing.textContent = finished ? "" : stage(job);
    stop.hidden = finished;
    stop.disabled = stopping;
    word.textContent = stopping ? "Stopping" : "Stop, keep the best";
    fill(figures, facts(job));
    fill(bar, finished ? null : progressBar(job, "How far the run is"));
  }
  return { element, show };
}

function stage(job) {
  if (job.state === "queued") return job.message || "Starts as soon as no other run is going";
  const doing = job.progress?.stage || job.message || "Starting";
  return [stageLine(job), doing].filter(Boolean).join(" · ");
}

/** "v3 can be used already": a run gives out its best model while it goes on. */
function usable(job, models) {
  const { model_number: version, model_ap: ap } = job.progress ?? {};
  if (!Number.isInteger(version)) return null;
  const model = models?.find((candidate) => candidate.number === version);
  const figure = Number.isFinite(ap) ? ` (mAP ${score(ap)})` : "";
  return h(
    "div",
    { class: "bl-note" },
    icon("check"),
    h("span", { class: "bl-grow" }, `v${version} can be used already${figure}.`),
    model && h("a", { class: "bl-button", href: pageLink("/predictions", { model: model.id }) }, "Look at its boxes"),
  );
}

/** What was chosen for the run and why; there once the worker has begun. */
function runSettings() {
  const line = h("span", { class: "bl-run-tail bl-run-chosen" });
  const table = h("div", { class: "bl-choices-frame" });
  const element = h("details", { class: "bl-run-drawer", hidden: true }, h("summary", {}, icon("chevron"), "Settings", line), table);
  let drawn = "";

  function show(plan) {
    element.hidden = !plan;
    const key = JSON.stringify(plan);
    if (!plan || key === drawn) return;
    drawn = key;
    line.textContent = choiceLine(plan);
    fill(table, choiceTable(plan));
  }
  return { element, show };
}

function facts(job) {
  const { epoch, epochs, seconds_left: left } = job.progress ?? {};
  const last = job.epochs?.at(-1);
  const best = job.epochs?.filter((report) => report.is_best).at(-1);
  const atEpoch = epoch ?? last?.epoch;
  const ofEpochs = epochs ?? last?.epochs;
  const secondsLeft = left ?? last?.seconds_left;
  const entries = [
    atEpoch ? ["Epoch", ofEpochs ? `${atEpoch} / ${ofEpochs}` : String(atEpoch)] : null,
    best ? ["Best AP", `${score(best.ap)} at epoch ${best.epoch}`] : null,
    best ? ["AP50", score(best.ap50)] : null,
    job.started_at ? ["Time", timeTaken(job)] : null,
    !isFinished(job) && Number.isFinite(secondsLeft) && secondsLeft > 0 ? ["Left", about(secondsLeft)] : null,
    job.started_at ? ["Started", ago(job.started_at)] : null,
  ].filter(Boolean);
  if (!entries.length) return null;
  return h("dl", { class: "bl-run-facts" }, entries.map(([name, value]) => h("div", {}, h("dt", {}, name), h("dd", {}, value))));
}

/** How a finished run ended, in a sentence, with what can be done now. */
function outcome(job, models, acts, openLog) {
  const model = models?.find((candidate) => candidate.id === job.result?.model_version_id);
  const bad = job.state === "failed" || job.state === "interrupted";
  const buttons = [
    bad && h("button", { class: "bl-button", type: "button", onclick: () => acts.resume(job) }, icon("play"), job.state === "failed" ? "Try again" : "Resume"),
    bad && h("button", { class: "bl-button quiet", type: "button", onclick: openLog }, "Show the log"),
    model && h("a", { class: "bl-button", href: pageLink("/predictions", { model: model.id }) }, "Look at its boxes"),
  ].filter(Boolean);
  const mark = { failed: ["error", "warning"], interrupted: ["warn", "warning"] }[job.state] ?? ["", "info"];
  const said = job.message || { interrupted: "The working process ended before the run did. Resume goes on from the last epoch." }[job.state];
  if (!said && !buttons.length) return null;
  return h("div", { class: ["bl-note", mark[0]] }, icon(mark[1]), h("span", { class: "bl-grow" }, said ?? "The run has ended."), buttons);
}

function runCharts() {
  const epochs = { wholeX: true, xName: "Epoch" };
  const waiting = "Appears after the first epoch";
  const classification = lineChart({ title: "Classification loss", empty: waiting, ...epochs, format: (y) => y.toFixed(3) });
  const box = lineChart({ title: "Box loss", empty: waiting, ...epochs, format: (y) => y.toFixed(3) });
  const quality = lineChart({ title: "Validation", empty: "Appears with the first validation", ...epochs, yDomain: [0, 1] });
  const element = h("div", { class: "bl-run-charts" }, classification.element, box.element, quality.element);

  function show(reports) {
    element.hidden = reports.length === 0;
    const line = (name, color, key) => ({ name, color, points: reports.map((report) => ({ x: report.epoch, y: report[key] ?? NaN })) });
    const domain = reports.length ? [1, Math.max(2, reports.at(-1).epochs ?? 0, reports.at(-1).epoch)] : null;
    const marks = beginnings(reports);
    classification.update([line("", LOSS_CLASS, "classification_loss")], domain, marks);
    box.update([line("", LOSS_BOX, "box_loss")], domain, marks);
    quality.update([line("AP", AP, "ap"), line("AP50", AP50, "ap50")], domain, marks);
  }
  return { element, show };
}

/** New lines are followed, unless somebody has scrolled up to read. */
function showLog(log, text) {
  if (log.textContent === text) return;
  const following = log.scrollTop + log.clientHeight >= log.scrollHeight - 8;
  log.textContent = text || "Nothing was written yet.";
  if (following) log.scrollTop = log.scrollHeight;
}
