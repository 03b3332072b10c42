// The Evaluate page: how good a version is on images that it has not learnt from.

import { noModelYet, runUnderWay } from "../job_follow/first_run.js";
import { poll } from "../job_follow/poll.js";
import { api } from "../shared/api.js";
import { fill, h } from "../shared/dom.js";
import { icon } from "../shared/icons.js";
import { currentProject, onBack, pageLink, readNumber, readQuery, writeQuery } from "../shared/query.js";
import { attempt } from "../shared/toast.js";
import { choice } from "../train_panel/choice.js";
import { classTable } from "./class_table.js";
import { precisionRecall } from "./curve.js";
import { figures } from "./figures.js";

const SPLITS = [
  { value: "val", name: "Validation", hint: "Images set aside while training; the best epoch was chosen on them, so the figures flatter a little" },
  { value: "test", name: "Test", hint: "Images that training never sees: the honest figures" },
];

export async function mount(element) {
  const inner = h("div", { class: "bl-page-inner bl-evaluate" });
  element.replaceChildren(h("div", { class: "bl-page" }, inner));
  const id = currentProject();
  if (id === null) {
    fill(inner, empty("folder", "Choose a project first.", h("a", { class: "bl-button", href: "/" }, "Projects")));
    return;
  }
  await open(inner, id);
}

async function open(inner, id) {
  try {
    const [project, models] = await Promise.all([api.get(`/api/projects/${id}`), api.get(`/api/projects/${id}/models`)]);
    if (models.length) new EvaluatePage(inner, project, models);
    else waitForModel(inner, id);
  } catch (error) {
    const again = h("button", { class: "bl-button", type: "button", onclick: () => open(inner, id) }, "Try again");
    fill(inner, empty("warning", error.message, again));
  }
}

/** The first version may come while somebody looks: then the page fills by itself. */
function waitForModel(inner, id) {
  const waiting = h("div");
  fill(inner, waiting);
  poll(waiting, async () => {
    const models = await api.get(`/api/projects/${id}/models`);
    if (models.length) {
      open(inner, id);
      return null;
    }
    const job = await runUnderWay(id);
    const advice = "No model yet: train one, and its figures stand here.";
    fill(waiting, noModelYet({ job, sign: "chart", coming: "its figures stand here when it is ready", advice }));
    return 4000;
  });
}

function empty(name, text, ...more) {
  return h("div", { class: "bl-empty" }, icon(name), h("p", {}, text), more);
}

class EvaluatePage {
  constructor(inner, project, models) {
    Object.assign(this, { project, models, asked: 0 });
    this.select = h(
      "select",
      { class: "bl-select", "aria-label": "Model version", onchange: () => this.choose({ model: this.select.value }) },
      models.map((model) => h("option", { value: String(model.id) }, `v${model.number}${model.id === project.active_model_id ? " (active)" : ""}`)),
    );
    this.splits = h("div");
    this.body = h("div", { class: "bl-evaluate-body", "aria-live": "polite" });
    fill(inner, h("div", { class: "bl-evaluate-bar" }, this.select, this.splits), this.body);
    onBack(() => this.load());
    // While figures are lacking (the version is still looking at the images) they are asked for again.
    poll(inner, async () => {
      if (!this.known) await this.load();
      return 4000;
    });
  }

  choose(change) {
    this.said = null;
    writeQuery(change, { push: true });
    this.load();
  }

  get chosen() {
    const wanted = readNumber("model") ?? this.project.active_model_id;
    const model = this.models.find((one) => one.id === wanted) ?? this.models[0];
    return { model: model.id, split: readQuery().split === "test" ? "test" : "val" };
  }

  async load() {
    const { model, split } = this.chosen;
    this.select.value = String(model);
    if (this.split !== split) fill(this.splits, choice("Images", SPLITS, split, (value) => this.choose({ split: value === "val" ? null : value }), false));
    this.split = split;
    this.asked += 1;
    const mine = this.asked;
    try {
      const result = await api.get(`/api/projects/${this.project.id}/evaluation`, { params: { model, split } });
      if (mine === this.asked) this.show(result, split);
    } catch (error) {
      if (mine === this.asked) this.explain(error, model);
    }
  }

  show(result, split) {
    Object.assign(this, { known: true, said: null });
    const colors = new Map(this.project.classes.map((one) => [one.id, one.color]));
    const curve = precisionRecall(result.per_class, colors);
    fill(
      this.body,
      figures(result, split),
      h(
        "div",
        { class: ["bl-evaluate-columns", !curve && "one"] },
        h("section", { class: "bl-panel", "aria-label": "By class" }, classTable(result.per_class, colors)),
        curve && h("section", { class: "bl-panel bl-evaluate-curve", "aria-label": "Precision and recall" }, curve),
      ),
    );
  }

  explain(error, model) {
    this.known = false;
    if (this.said === error.message) return; // asked again, and the answer is the same
    this.said = error.message;
    fill(this.body, this.cannot(error, model));
  }

  /** Not predicted yet (409), or no image in the split: what to do stands in the sentence; predicting is a click away. */
  cannot(error, model) {
    if (error.status !== 409) return empty("warning", error.message, this.again());
    const predict = h("button", { class: "bl-button", type: "button", onclick: () => this.predict(model, predict) }, "Predict all images");
    const labels = h("a", { class: "bl-button", href: pageLink("/images") }, "Images");
    return empty("chart", error.message, h("div", { class: "bl-row" }, predict, labels));
  }

  again() {
    return h("button", { class: "bl-button", type: "button", onclick: () => this.load() }, "Try again");
  }

  async predict(model, button) {
    button.disabled = true;
    const job = await attempt(() => api.post(`/api/projects/${this.project.id}/predict`, { model_id: model }));
    button.disabled = false;
    if (job) location.assign(pageLink("/predictions", { model }));
  }
}
