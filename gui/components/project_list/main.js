// The start page: projects, a new one, the bin. The address says whether the bin is shown.

import { api } from "../shared/api.js";
import { askText } from "../shared/dialog.js";
import { fill, h } from "../shared/dom.js";
import { icon } from "../shared/icons.js";
import { onBack, readQuery, writeQuery } from "../shared/query.js";
import { attempt, toast } from "../shared/toast.js";
import { projectCard } from "./card.js";
import { describeProject } from "./details.js";

class ProjectsPage {
  constructor(element) {
    this.list = h("ul", { class: "project-list" });
    this.title = h("h1", {});
    this.tools = h("div", { class: "bl-row" });
    this.empty = h("div", { class: "project-empty", hidden: true });
    this.head = h("div", { class: "project-head" }, this.title, h("span", { class: "bl-grow" }), this.tools);
    fill(element, h("main", { class: "bl-page" }, h("div", { class: "bl-page-inner" }, this.head, this.empty, this.list)));
    onBack(() => this.open());
  }

  get inBin() {
    return Boolean(readQuery().deleted);
  }

  async open() {
    const inBin = this.inBin;
    const projects = await attempt(() => api.get("/api/projects", { params: { deleted: inBin ? "true" : null } }));
    if (!projects || inBin !== this.inBin) return;
    this.projects = projects;
    this.show();
  }

  show() {
    const { inBin, projects } = this;
    const isEmpty = projects.length === 0;
    fill(this.title, inBin ? "Bin" : "Projects");
    fill(this.tools, this.binButton(), !inBin && !isEmpty && this.newButton());
    this.empty.hidden = !isEmpty;
    this.list.hidden = isEmpty;
    this.head.hidden = isEmpty && !inBin;
    if (isEmpty) fill(this.empty, inBin ? this.emptyBin() : this.welcome());
    const actions = {
      rename: (project) => this.rename(project),
      remove: (project) => attempt(() => this.remove(project)),
      restore: (project) => attempt(() => this.restore(project)),
    };
    fill(this.list, projects.map((project) => projectCard(project, { inBin, ...actions })));
    projects.forEach((project, index) => describeProject(this.list.children[index], project, { inBin }));
  }

  binButton() {
    const go = () => {
      writeQuery({ deleted: this.inBin ? null : "true" }, { push: true });
      this.open();
    };
    return h(
      "button",
      { class: "bl-button quiet", type: "button", onclick: go },
      icon(this.inBin ? "back" : "bin"),
      this.inBin ? "Leave the bin" : "Bin",
    );
  }

  newButton(kind = "") {
    const ask = () => this.create();
    return h("button", { class: `bl-button primary ${kind}`, type: "button", "data-needs": "owner", onclick: ask }, icon("add"), "New project");
  }

  welcome() {
    return h(
      "div",
      { class: "bl-empty" },
      icon("box"),
      h("h1", {}, "Find things in your pictures"),
      h("p", {}, "Add pictures, draw boxes around what matters, press Train, and correct what the model proposes until you trust it."),
      this.newButton("large"),
      h("div", {}, this.binButton()),
    );
  }

  emptyBin() {
    return h("div", { class: "bl-empty" }, icon("bin"), h("p", {}, "The bin is empty. Deleted projects wait here until they are restored."));
  }

  create() {
    askText({
      title: "New project",
      label: "Name",
      placeholder: "Blood cells",
      action: "Create",
      run: async (name) => {
        const project = await api.post("/api/projects", { name });
        location.assign(`/images?project=${project.id}`);
      },
    });
  }

  rename(project) {
    askText({
      title: "Rename the project",
      label: "Name",
      value: project.name,
      action: "Rename",
      run: async (name) => {
        await api.patch(`/api/projects/${project.id}`, { name });
        await this.open();
      },
    });
  }

  async remove(project) {
    await api.del(`/api/projects/${project.id}`);
    await this.open();
    toast(`“${project.name}” moved to the bin.`, { undo: () => this.restore(project) });
  }

  async restore(project) {
    await api.post(`/api/projects/${project.id}/restore`);
    await this.open();
    toast(`“${project.name}” restored.`, { kind: "ok" });
  }
}

export function mount(element) {
  new ProjectsPage(element).open();
}
