// How good a version is on images that it has not learnt from.

import { poll } from "../job_follow/poll.js";
import { api } from "../shared/api.js";
import { fill, h } from "../shared/dom.js";
import { icon } from "../shared/icons.js";
import { pageLink } from "../shared/query.js";
import { attempt } from "../shared/toast.js";
import { classTable } from "./class_table.js";
import { precisionRecall } from "./curve.js";
import { figures } from "./figures.js";

/** @param {HTMLElement} element @param {import("./views.js").Context} context */
export function open(element, context) {
  const body = h("div", { class: "bl-evaluate-body", "aria-live": "polite" });
  fill(element, body);
  const view = new FiguresView(body, context);
  // While figures are lacking (the version is still looking at the images) they are asked for again.
  poll(body, async () => {
    if (!view.known) await view.load();
    return 4000;
  });
  return { close: () => view.close() };
}

class FiguresView {
  constructor(body, context) {
    Object.assign(this, { body, context, known: false, closed: false, said: null });
  }

  close() {
    this.closed = true;
  }

  async load() {
    const { project, model, split } = this.context;
    try {
      const result = await api.get(`/api/projects/${project.id}/evaluation`, { params: { model: model.id, split } });
      if (!this.closed) this.show(result);
    } catch (error) {
      if (!this.closed) this.explain(error);
    }
  }

  show(result) {
    this.known = true;
    const { split, colors } = this.context;
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

  explain(error) {
    if (this.said === error.message) return; // asked again, and the answer is the same
    this.said = error.message;
    fill(this.body, this.cannot(error));
  }

  /** Not predicted yet (409), or no image in the split: what to do stands in the sentence; predicting is a click away. */
  cannot(error) {
    if (error.status !== 409) return empty("warning", error.message, this.again());
    const predict = h("button", { class: "bl-button", type: "button", onclick: () => this.predict(predict) }, "Predict all images");
    const labels = h("a", { class: "bl-button", href: pageLink("/images") }, "Images");
    return empty("chart", error.message, h("div", { class: "bl-row" }, predict, labels));
  }

  again() {
    return h("button", { class: "bl-button", type: "button", onclick: () => this.load() }, "Try again");
  }

  async predict(button) {
    const { project, model } = this.context;
    button.disabled = true;
    const job = await attempt(() => api.post(`/api/projects/${project.id}/predict`, { model_id: model.id }));
    button.disabled = false;
    if (job) location.assign(pageLink("/predictions", { model: model.id }));
  }
}

function empty(name, text, ...more) {
  return h("div", { class: "bl-empty" }, icon(name), h("p", {}, text), more);
}
