// The mistakes of a version on some images: a grid of crops. Everything is asked of the server once; threshold, overlap
// and filters act here, and only crops that were not seen before are loaded.

import { api } from "../shared/api.js";
import { fill, h } from "../shared/dom.js";
import { icon } from "../shared/icons.js";
import { readColumns } from "../shared/columns.js";
import { describeKeys } from "../shared/keys.js";
import { pageLink } from "../shared/query.js";
import { attempt } from "../shared/toast.js";
import { MistakeData } from "./data.js";
import { MistakesPage } from "./page.js";
import { PutRight } from "./put_right.js";

const KEYS = [
  ["← ↑ → ↓", "Move through the crops"],
  ["Enter", "Open the image on the Label page"],
  ["E", "My label was wrong: take what the model says"],
  ["X", "My label was wrong: remove it, where the model found nothing"],
  ["Ctrl Z", "Undo the last of these"],
];

/** @param {HTMLElement} element @param {import("../evaluation_panel/views.js").Context} context */
export function open(element, context) {
  const view = new MistakesView(element, context);
  describeKeys(KEYS);
  view.load();
  return { close: () => view.close() };
}

class MistakesView {
  constructor(element, context) {
    Object.assign(this, { element, context, page: null, asked: new AbortController() });
    this.fixes = new PutRight({ changed: () => this.page?.redraw(), countAnew: () => this.load() });
  }

  close() {
    this.closed = true;
    this.asked.abort();
    this.page?.close();
    this.fixes.close();
    describeKeys([]);
  }

  /** All of it, with the labels as they stand now; the same crop is in sight again. */
  async load() {
    const { project, model, wanted } = this.context;
    if (this.closed) return;
    this.page?.keepAddress();
    this.page?.close();
    this.page = null;
    this.asked.abort();
    this.asked = new AbortController();
    fill(this.element, h("div", { class: "bl-empty", role: "status" }, h("p", {}, "Comparing the model's boxes with the labels …")));
    try {
      const { signal } = this.asked;
      await this.fixes.settle();
      const body = await api.bytes(`/api/projects/${project.id}/mistakes`, { params: { ...wanted, model: model.id }, signal });
      this.page = new MistakesPage(this.element, this.context, new MistakeData(readColumns(body)), this.fixes, () => this.load());
    } catch (error) {
      if (error.name !== "AbortError") this.explain(error);
    }
  }

  /** Not predicted yet, or no image (409): what to do stands in the sentence. */
  explain(error) {
    const again = h("button", { class: "bl-button", type: "button", onclick: () => this.load() }, "Try again");
    const predict = error.status === 409 && h("button", { class: "bl-button", type: "button", "data-needs": "labeller", onclick: () => this.predict(predict) }, "Predict all images");
    fill(this.element, h("div", { class: "bl-empty" }, icon("chart"), h("p", {}, error.message), h("div", { class: "bl-row" }, predict, again)));
  }

  async predict(button) {
    const { project, model } = this.context;
    button.disabled = true;
    const job = await attempt(() => api.post(`/api/projects/${project.id}/predict`, { model_id: model.id }));
    button.disabled = false;
    if (job) location.assign(pageLink("/predictions", { model: model.id }));
  }
}
