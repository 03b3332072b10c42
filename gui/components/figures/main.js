// The view "Figures": how good a version is on the images that were chosen, and what that means.

import { chartCard } from "../charts/chart_card.js";
import { mountThresholdPanel } from "../evaluation_panel/threshold_panel.js";
import { poll } from "../job_follow/poll.js";
import { api, withParams } from "../shared/api.js";
import { fill, h, on } from "../shared/dom.js";
import { icon } from "../shared/icons.js";
import { onBack, pageLink, readQuery, writeQuery } from "../shared/query.js";
import { attempt } from "../shared/toast.js";
import { classTable } from "./class_table.js";
import { mistakesLink } from "./links.js";
import { fewerFigures, mainFigures, sizeFigures } from "./tiles.js";

/** @param {HTMLElement} element @param {import("../evaluation_panel/views.js").Context} context */
export function open(element, context) {
  const body = h("div", { class: "bl-figures" });
  const status = h("p", { class: "bl-hidden", role: "status" });
  const place = h("div");
  fill(element, status, body, place);
  const view = new FiguresView(body, status, context);
  // What is seen from thresholds up is another thing once others are used.
  const thresholds = mountThresholdPanel(place, context, () => view.load());
  const stops = [
    onBack(() => view.followSort()),
    on(window, "pageshow", (event) => event.persisted && view.load()), // labels may have changed meanwhile
  ];
  // While figures are lacking (the version is still looking at the images) they are asked for again.
  const asking = poll(body, async () => {
    if (!view.known) await view.load();
    return 4000;
  });
  const close = () => {
    asking.stop();
    stops.forEach((stop) => stop());
    [view, thresholds].forEach((part) => part.close());
  };
  return { close };
}

class FiguresView {
  /** Ends what is under way: answers come in any order, and only those to the last question count. */
  #asking = new AbortController();

  constructor(body, status, context) {
    Object.assign(this, { body, status, context, known: false, said: null, table: null, charts: [] });
  }

  close() {
    this.#asking.abort();
    this.closeCharts();
  }

  closeCharts() {
    for (const chart of this.charts) chart.close();
    this.charts = [];
  }

  ask(path, signal) {
    const { project, model, wanted } = this.context;
    const params = { ...wanted, model: model.id };
    return api.get(`/api/projects/${project.id}/${path}`, { params, signal });
  }

  async load() {
    this.#asking.abort();
    const { signal } = (this.#asking = new AbortController());
    try {
      const found = await this.ask("figures", signal);
      if (signal.aborted) return;
      this.show(found);
    } catch (error) {
      if (!signal.aborted) this.explain(error);
      return;
    }
    await this.loadIntervals(signal);
  }

  async loadIntervals(signal) {
    try {
      const found = await this.ask("evaluation/intervals", signal);
      if (!signal.aborted) this.showIntervals(found);
    } catch (error) {
      if (!signal.aborted) this.showIntervals(null, error.message);
    }
  }

  show(found) {
    this.known = true;
    this.said = null;
    this.closeCharts();
    const { element: tiles, showIntervals: onTiles } = mainFigures(found.main);
    const table = classTable(found.per_class, readQuery().sort ?? "", (next) => writeQuery({ sort: next }));
    this.table = table;
    this.showIntervals = (intervals, fault) => {
      onTiles(intervals, fault);
      if (intervals) table.showIntervals(intervals);
    };
    this.charts = found.charts.map((chart) => chartCard(chart, found.plotter, (mark) => typeof mark === "string" && this.goTo(mark)));
    const cards = new Map(found.charts.map((chart, at) => [chart.key, this.charts[at].element]));
    cards.get("confusion").append(mixUps(found.mix_ups, this.context));
    fill(
      this.body,
      lead(found, () => this.predict()),
      tiles,
      sizeFigures(found.sizes),
      h("div", { class: "bl-figures-charts" }, [...cards.values()], h("section", { class: "bl-panel bl-figures-classes", "aria-label": "By class" }, h("h3", {}, "Class by class"), table.element)),
      fewerFigures(found.fewer, found.sizes),
      card(found.card, this.report()),
    );
    this.say(`The figures of v${this.context.model.number} are here.`);
  }

  /** Back and Forward may lead to another order of the classes. */
  followSort() {
    this.table?.sort(readQuery().sort ?? "");
  }

  /** For those who hear the page: in a word, not all that stands there. */
  say(text) {
    this.status.textContent = text;
  }

  /** Where the same stands as one file. */
  report() {
    const { project, model, wanted } = this.context;
    return withParams(`/api/projects/${project.id}/report`, { ...wanted, model: model.id });
  }

  goTo(mark) {
    location.assign(mistakesLink(mark, this.context));
  }

  explain(error) {
    if (this.said === error.message) return; // asked again, and the answer is the same
    this.said = error.message;
    this.known = false; // so that they are asked for again
    this.closeCharts();
    fill(this.body, this.cannot(error));
    this.say(error.message);
  }

  /** Not predicted yet (409), or no such image: what to do stands in the sentence; predicting is a click away. */
  cannot(error) {
    const again = h("button", { class: "bl-button", type: "button", onclick: () => this.load() }, "Try again");
    if (error.status !== 409) return empty("warning", error.message, again);
    const predict = h("button", { class: "bl-button", type: "button", "data-needs": "labeller", onclick: () => this.predict() }, "Predict all images");
    const labels = h("a", { class: "bl-button", href: pageLink("/images") }, "Images");
    return empty("chart", error.message, h("div", { class: "bl-row" }, predict, labels));
  }

  async predict() {
    const { project, model } = this.context;
    const job = await attempt(() => api.post(`/api/projects/${project.id}/predict`, { model_id: model.id }));
    if (job) location.assign(pageLink("/predictions", { model: model.id }));
  }
}

function empty(name, text, ...more) {
  return h("div", { class: "bl-empty" }, icon(name), h("p", {}, text), more);
}

/** What somebody gets, in one sentence, and what to know before trusting it. */
function lead(found, predict) {
  const remedy = h("button", { class: "bl-button", type: "button", "data-needs": "labeller", onclick: predict }, "Predict");
  const notes = found.notes.map(({ tone, text, remedy: needed }) =>
    h("li", { class: tone }, icon(tone === "warn" ? "warning" : "info"), h("span", { class: "bl-grow" }, text), needed === "predict" && remedy),
  );
  return h(
    "section",
    { class: "bl-figures-lead", "aria-label": "In short" },
    found.shown && h("p", { class: "bl-figures-shown" }, found.shown),
    notes.length > 0 && h("ul", { class: "bl-panel bl-figures-notes" }, notes),
  );
}

function mixUps(found, context) {
  if (!found.length) return h("p", { class: "bl-muted" }, "No mistake at these thresholds.");
  const entries = found.map(({ boxes, words, address }) => h("li", {}, h("a", { href: mistakesLink(address, context) }, `${words}: ${boxes}`)));
  return h(
    "div",
    { class: "bl-figures-mixups" },
    h("h4", {}, "Most often"),
    h("ol", {}, entries),
    h("p", { class: "bl-muted" }, "A click on one of these, or on a field above, shows the boxes."),
  );
}

/** On which model, images and settings all of it rests. */
function card(facts, report) {
  const entries = facts.map(({ name, text }) => [h("dt", {}, name), h("dd", {}, text)]);
  const hint = "One file with all of this and pictures of the worst mistakes; it opens in any browser, without Boxloop and without a network";
  const send = h("a", { class: "bl-button", href: report, download: "", title: hint }, icon("download"), "Report to send");
  return h("section", { class: "bl-panel bl-figures-card", "aria-label": "What these figures rest on" }, h("h3", {}, "What these figures rest on"), h("dl", {}, entries), send);
}
