// Where there is nothing to ask about: before the first check, while one is under way, and when all is dealt with.

import { isFinished } from "../job_follow/job.js";
import { progressBar } from "../job_follow/state.js";
import { fill, h } from "../shared/dom.js";
import { about, ago, count } from "../shared/format.js";
import { icon } from "../shared/icons.js";
import { pageLink } from "../shared/query.js";

const WEAK = 0.5; // share of labels that the models confirm, below which their word is worth little

/** @param {any} state as GET /api/projects/P/check gives it @param {{start: () => void, stop: () => void}} acts */
export function beforeFirst(state, acts) {
  const why =
    "Boxloop learns from one part of your images and looks at the rest, in turns. Where what it sees and your labels disagree, it asks you, the likeliest errors first.";
  const label = () => h("a", { class: "bl-button primary", href: pageLink("/label") }, "Label images");
  if (state.reason) return h("div", { class: "bl-empty" }, icon("label"), h("p", {}, why), h("p", {}, state.reason), label());
  return h("div", { class: "bl-empty" }, icon("label"), h("p", {}, why), startButton("Check labels", acts), h("p", {}, howLong(state)));
}

/** The first check is under way. */
export function firstUnderWay() {
  return h("div", { class: "bl-empty" }, icon("label"), h("p", {}, "Labels that look wrong are asked about here when the check is done. You can go on working meanwhile."));
}

/** What was answered before the view was left is on its way yet, and the list does not know of it. */
export function savingFirst() {
  return h("div", { class: "bl-empty", role: "status" }, h("p", {}, "Saving …"));
}

/**
 * A job under way or one that failed, above everything else. Its parts stay while the figures in them change, so that a
 * press on Stop is never lost.
 */
export function jobLine(acts) {
  const text = h("span", { class: "bl-grow" });
  const left = h("span", { class: "bl-muted" });
  const stop = h("button", { class: "bl-button", type: "button", "data-needs": "labeller", onclick: acts.stop }, icon("stop"), "Stop");
  const bar = h("div");
  const running = h("div", { class: "check-job bl-panel", role: "status" }, h("div", { class: "bl-row" }, text, left, stop), bar);
  const why = h("span", { class: "bl-grow" });
  const failed = h("div", { class: "bl-note error", role: "alert" }, icon("warning"), why, startButton("Try again", acts));
  const element = h("div", { class: "check-line" }, running, failed);

  /** @param {any} job null without any */
  function show(job) {
    const ended = !job || isFinished(job);
    running.hidden = ended;
    failed.hidden = !ended || !job || job.state === "succeeded" || job.state === "cancelled";
    element.hidden = running.hidden && failed.hidden;
    if (!failed.hidden) setText(why, job.message || "The check did not end.");
    if (ended) return;
    const stopping = job.state === "cancelling";
    const waiting = job.state === "queued" && "Waits until nothing else is worked on. Runs go first.";
    const seconds = job.progress?.seconds_left;
    setText(text, stopping ? "Stopping …" : waiting || job.message || "Starting …");
    setText(left, seconds > 0 && !stopping && !waiting ? about(seconds) : "");
    stop.disabled = stopping;
    fill(bar, progressBar(job, "Checking labels"));
  }

  return { element, show };
}

/** A screen reader says again what is written again. */
function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/**
 * All of the queue is dealt with, or the filter lets nothing through.
 * @param {string | false} reason why it cannot be checked again, "" where it can; false while that is under way
 */
export function nothingLeft(queue, reason, walk, acts) {
  if (walk.left.length) {
    const all = h("button", { class: "bl-button", type: "button", onclick: () => acts.filter({ kind: null, classId: null }) }, "Show all");
    return h("div", { class: "bl-empty" }, icon("filter"), h("p", {}, `Nothing is left with this filter; ${count(walk.left.length, "other")} ${walk.left.length === 1 ? "is" : "are"}.`), all);
  }
  const text = queue.suspects
    ? `All ${count(queue.suspects, "place")} are dealt with. Train again, so that the model learns from what you put right.`
    : `None of ${count(queue.boxes, "label")} looks wrong.`;
  return h("div", { class: "bl-empty" }, icon("check"), h("p", {}, text), reason ? h("p", {}, reason) : reason === "" && startButton("Check again", acts), h("p", { class: "bl-muted" }, `Checked ${ago(queue.made_at)}.`));
}

/** Where the models know too little, what they say is to be taken with care. */
export function warning(queue) {
  if (!queue?.suspects || queue.seen >= WEAK) return null;
  const text = `The models that looked found only ${Math.round(queue.seen * 100)} % of your labels, so many of these are their mistakes and not yours. Label more images first.`;
  return h("div", { class: "bl-note warn" }, icon("warning"), h("span", {}, text));
}

/** @param {{showNewer: () => void}} acts */
export function newerList(acts) {
  return note("The list was made anew.", "Show it", acts.showNewer);
}

/** The one in hand, by somebody else or on another page. @param {{goOn: () => void}} acts */
export function answeredMeanwhile(acts) {
  return note("This one has been dealt with meanwhile.", "Go on", acts.goOn);
}

function note(text, does, run) {
  const button = h("button", { class: "bl-button", type: "button", onclick: run }, does);
  return h("div", { class: "bl-note check-note", role: "status" }, icon("info"), h("span", { class: "bl-grow" }, text), button);
}

function startButton(text, acts) {
  return h("button", { class: "bl-button primary", type: "button", "data-needs": "labeller", onclick: acts.start }, icon("spark"), text);
}

const howLong = ({ done, seconds }) => `${count(done, "image")} that ${done === 1 ? "is" : "are"} done; takes ${about(seconds)}. You can go on working meanwhile.`;
