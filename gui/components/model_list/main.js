// The Models page: versions of the model, those in the bin, and the labels as files.

import { noModelYet, runUnderWay } from "../job_follow/first_run.js";
import { poll } from "../job_follow/poll.js";
import { api } from "../shared/api.js";
import { fill, h } from "../shared/dom.js";
import { icon } from "../shared/icons.js";
import { currentProject, pageLink } from "../shared/query.js";
import { mayDo, session } from "../shared/session.js";
import { attempt, toast } from "../shared/toast.js";
import { binList } from "./bin_list.js";
import { exportCard } from "./export_card.js";
import { versionTable } from "./version_table.js";

const REFRESH_MS = 5000;

export function mount(element) {
  const inner = h("div", { class: "bl-page-inner bl-models" });
  element.replaceChildren(h("div", { class: "bl-page" }, inner));
  const project = currentProject();
  if (project === null) {
    fill(inner, h("div", { class: "bl-empty" }, icon("folder"), h("p", {}, "Choose a project first."), h("a", { class: "bl-button", href: "/" }, "Projects")));
    return;
  }
  new ModelsPage(inner, project);
}

class ModelsPage {
  constructor(inner, project) {
    this.project = project;
    this.problem = h("div", { class: "bl-note error", role: "alert", hidden: true });
    this.table = versionTable({
      activate: (model) => this.activate(model),
      remove: (model) => this.remove(model),
      change: (model, change) => this.change(() => api.patch(`/api/models/${model.id}`, change)),
    });
    this.bin = binList((model) => this.restore(model));
    this.export = exportCard(project);
    this.none = h("div", { hidden: true });
    fill(inner, this.problem, this.none, this.table.element, this.bin.element, this.export.element);
    this.poller = poll(inner, () => this.refresh());
  }

  async refresh() {
    try {
      const at = `/api/projects/${this.project}`;
      const [project, models, bin, { role }] = await Promise.all([api.get(at), api.get(`${at}/models`), api.get(`${at}/bin`), session()]);
      this.models = models;
      this.none.hidden = models.length > 0;
      if (!models.length) await this.sayNone();
      this.table.show(models, project.active_model_id, bin.models, mayDo(role, "labeller"));
      this.bin.show(bin.models);
      this.problem.hidden = true;
    } catch (error) {
      fill(this.problem, icon("warning"), h("span", {}, error.message)).hidden = false;
      throw error;
    }
    return REFRESH_MS;
  }

  async sayNone() {
    const job = await runUnderWay(this.project);
    const advice = "No model yet: label about 10 images, then train. Each run adds a version here.";
    fill(this.none, noModelYet({ job, sign: "model", coming: "it is listed here when it is ready", advice }));
  }

  async change(act) {
    const answer = await attempt(act);
    this.poller.now();
    return answer !== undefined;
  }

  async activate(model) {
    const before = this.models.find((one) => one.active && one.id !== model.id);
    const done = await this.change(() => api.post(`/api/models/${model.id}/activate`));
    if (done) toast(`v${model.number} is active: its boxes lie under your images now.`, { kind: "ok", undo: before && (() => this.activate(before)) });
  }

  async remove(model) {
    const done = await this.change(async () => (await api.del(`/api/models/${model.id}`)) ?? true);
    if (done) toast(`v${model.number} is in the bin.`, { undo: () => this.restore(model) });
  }

  async restore(model) {
    const done = await this.change(() => api.post(`/api/models/${model.id}/restore`));
    if (done) toast(`v${model.number} is back.`, { kind: "ok" });
  }
}
