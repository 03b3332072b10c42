// The Train page: a plan before the click, the run as it goes, the runs before it.
// Nothing is kept here but what is drawn: the address says what is chosen, the job's row says how it stands.

import { isFinished } from "../job_follow/job.js";
import { poll } from "../job_follow/poll.js";
import { api } from "../shared/api.js";
import { fill, h } from "../shared/dom.js";
import { icon } from "../shared/icons.js";
import { currentProject, onBack, readNumber, writeQuery } from "../shared/query.js";
import { attempt, toast } from "../shared/toast.js";
import { learningSwitch } from "./learning.js";
import { planPanel } from "./plan.js";
import { runPanel } from "./run.js";
import { runsTable } from "./runs.js";

const MOVING_MS = 1000;
const RESTING_MS = 5000;
const RUNS_SHOWN = 50;

export function mount(element) {
  const project = currentProject();
  const inner = h("div", { class: "bl-page-inner bl-train" });
  element.replaceChildren(h("div", { class: "bl-page" }, inner));
  if (project === null) {
    fill(inner, h("div", { class: "bl-empty" }, icon("folder"), h("p", {}, "Choose a project first."), h("a", { class: "bl-button", href: "/" }, "Projects")));
    return;
  }
  new TrainPage(project, inner);
}

class TrainPage {
  constructor(project, inner) {
    this.project = project;
    this.jobs = [];
    this.givenSeen = null;
    this.plan = planPanel(project, (config) => this.start(config));
    this.run = runPanel({ stop: (job) => this.act(job, "cancel"), resume: (job) => this.act(job, "resume") });
    this.runs = runsTable((job) => this.select(job.id, { push: true }));
    this.problem = h("div", { class: "bl-note error", role: "alert", hidden: true });
    inner.append(this.problem, this.plan.element, learningSwitch(project), this.run.element, this.runs.element);
    this.poller = poll(inner, () => this.refresh());
    onBack(() => this.poller.now());
  }

  /** The run on show: the one in the address, else the one that moves, else the newest. */
  chosenJob() {
    const wanted = readNumber("run");
    return this.jobs.find((job) => job.id === wanted) ?? this.jobs.findLast((job) => !isFinished(job)) ?? this.jobs[0];
  }

  async refresh() {
    try {
      await this.load();
      this.problem.hidden = true;
    } catch (error) {
      fill(this.problem, icon("warning"), h("span", {}, error.message)).hidden = false;
      throw error;
    }
    return this.jobs.some((job) => !isFinished(job)) ? MOVING_MS : RESTING_MS;
  }

  async load() {
    const params = { kind: "train", limit: RUNS_SHOWN };
    this.jobs = await api.get(`/api/projects/${this.project}/jobs`, { params });
    const chosen = this.chosenJob();
    const moving = this.jobs.some((job) => !isFinished(job));
    // Which versions there are changes when a run ends, and when one gives out its best model while it goes on.
    const given = this.jobs.map((job) => [isFinished(job), job.progress?.model_number ?? null]).join();
    if (given !== this.givenSeen) {
      this.models = await api.get(`/api/projects/${this.project}/models`);
      if (!moving) this.plan.refresh();
      this.givenSeen = given;
    }
    this.plan.element.hidden = moving;
    // A finished run does not change, so its epochs are asked for once.
    const key = chosen ? `${chosen.id} ${chosen.state} ${chosen.attempts}` : "";
    if (chosen && (!isFinished(chosen) || key !== this.shownKey)) {
      this.run.show(await api.get(`/api/jobs/${chosen.id}`, { params: { epochs: 1, log: 1, plan: 1 } }), this.models);
    }
    if (!chosen) this.run.show(null, this.models);
    this.shownKey = key;
    this.runs.show(this.jobs, chosen, this.models);
  }

  select(id, options) {
    writeQuery({ run: id }, options);
    this.shownKey = null;
    this.poller.now();
  }

  /** Start a run; resolves to what is wrong with the settings, or null. */
  async start(config) {
    try {
      await api.post(`/api/projects/${this.project}/train`, { config });
    } catch (error) {
      if (error.status === 422) return error.message;
      toast(error.message, { kind: "error" });
      return null;
    }
    writeQuery({ run: null });
    this.poller.now();
    return null;
  }

  async act(job, verb) {
    const done = await attempt(() => api.post(`/api/jobs/${job.id}/${verb}`));
    if (done === undefined) return;
    this.shownKey = null;
    this.poller.now();
  }
}
