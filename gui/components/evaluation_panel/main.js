// The Evaluate page: whether a version can be trusted, and what to do next. A bar with the version and the images that
// are looked at, and views of them as tabs; each view is a module of its own, see views.js.

import { chips } from "../image_grid/filter_state.js";
import { noModelYet, runUnderWay } from "../job_follow/first_run.js";
import { poll } from "../job_follow/poll.js";
import { api } from "../shared/api.js";
import { fill, h, refill } from "../shared/dom.js";
import { versionName } from "../shared/format.js";
import { icon } from "../shared/icons.js";
import { currentProject, onBack, pageLink, readNumber, readQuery, writeQuery } from "../shared/query.js";
import { choice } from "../train_panel/choice.js";
import { VIEWS, viewOf } from "./views.js";

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
  await start(inner, id);
}

async function start(inner, id) {
  try {
    new EvaluatePage(inner, await known(id));
  } catch (error) {
    const again = h("button", { class: "bl-button", type: "button", onclick: () => start(inner, id) }, "Try again");
    fill(inner, empty("warning", error.message, again));
  }
}

async function known(id) {
  const [project, models] = await Promise.all([api.get(`/api/projects/${id}`), api.get(`/api/projects/${id}/models`)]);
  return { project, models };
}

/**
 * The first version may come while somebody looks.
 * @param {string} coming what it brings here   @param {(now: {project: object, models: object[]}) => void} found
 * @returns {() => void} stops waiting
 */
function waitForModel(place, id, coming, found) {
  const waiting = h("div");
  fill(place, waiting);
  const asking = poll(waiting, async () => {
    const now = await known(id);
    if (!waiting.isConnected) return null;
    if (now.models.length) {
      found(now);
      return null;
    }
    const job = await runUnderWay(id);
    const advice = `No model yet: label about 10 images, then train, and ${coming}.`;
    fill(waiting, noModelYet({ job, sign: "chart", coming: `${coming} when it is ready`, advice }));
    return 4000;
  });
  return () => asking.stop();
}

/** What a filter of the Images page lets through, in words. */
function filterName(images, project) {
  const { classes, models } = project;
  const parts = chips(Object.fromEntries(new URLSearchParams(images ?? "")), { classes, models });
  return parts.map((part) => part.label).join(", ") || "All done images";
}

function empty(name, text, ...more) {
  return h("div", { class: "bl-empty" }, icon(name), h("p", {}, text), more);
}

class EvaluatePage {
  /** @param {HTMLElement} inner @param {{project: object, models: object[]}} known */
  constructor(inner, known) {
    Object.assign(this, { asked: 0, opened: null });
    this.select = h("select", { class: "bl-select", "aria-label": "Model version", onchange: () => this.choose({ model: this.select.value }) });
    this.#know(known);
    this.splits = h("div");
    this.tabs = h("nav", { class: "bl-evaluate-tabs", "aria-label": "Views" });
    this.body = h("div", { class: "bl-evaluate-view" });
    fill(inner, h("div", { class: "bl-evaluate-bar" }, this.tabs, h("span", { class: "bl-grow" }), this.select, this.splits), this.body);
    onBack(() => this.follow());
    this.follow();
  }

  #know({ project, models }) {
    Object.assign(this, { project, models });
    this.colors = new Map(project.classes.map((one) => [one.id, one.color]));
    this.select.hidden = !models.length;
    const option = (model) => h("option", { value: String(model.id) }, versionName(model, model.id === project.active_model_id));
    fill(this.select, models.map(option));
  }

  choose(change) {
    writeQuery(change, { push: true });
    this.follow();
  }

  get chosen() {
    const query = readQuery();
    const wanted = readNumber("model") ?? this.project.active_model_id;
    const model = this.models.find((one) => one.id === wanted) ?? this.models[0] ?? null;
    return { view: viewOf(query.view), model, split: query.split === "test" ? "test" : "val", images: query.images ?? null };
  }

  /**
   * Show what the address names. A view that is open for just that stays, and reads the rest of the address itself.
   * @param {{anew?: boolean}} [how] anew: it is opened once more instead
   */
  async follow({ anew = false } = {}) {
    const { view, model, split, images } = this.chosen;
    const name = [view.key, model?.id, split, images].join();
    if (name === this.opened?.name && !anew) return;
    this.asked += 1;
    const mine = this.asked;
    if (model) this.select.value = String(model.id);
    refill(this.splits, this.imageChoice(split, images));
    refill(this.tabs, VIEWS.length > 1 && VIEWS.map((one) => this.tab(one, one === view)));
    this.opened?.close();
    this.opened = null;
    this.splits.hidden = view.ownImages === true || model === null;
    if (model === null && view.coming) {
      this.opened = { name, close: waitForModel(this.body, this.project.id, view.coming, (now) => this.begin(now)) };
      return;
    }
    const module = await view.load().catch(() => null);
    if (mine !== this.asked) return;
    if (module === null) {
      const again = h("button", { class: "bl-button", type: "button", onclick: () => location.reload() }, "Reload");
      fill(this.body, empty("warning", "This view did not load. Check that Boxloop is still running, then reload the page.", again));
      return;
    }
    const place = h("div");
    fill(this.body, place);
    const { project, models, colors } = this;
    const wanted = images === null ? { split } : Object.fromEntries(new URLSearchParams(images));
    const acts = { choose: (change) => this.choose(change), lookAtOwn: (own) => (this.splits.hidden = own) };
    const context = { project, models, model, split, images, wanted, colors, ...acts };
    this.opened = { name, close: module.open(place, context).close };
  }

  /** The first model is there. */
  begin(now) {
    this.#know(now);
    this.follow({ anew: true });
  }

  /** Validation or test; a filter stands beside them as long as it is in force. */
  imageChoice(split, images) {
    const filter = { value: "filter", name: filterName(images, this.project), hint: "The images that the Images page showed" };
    const options = images === null ? SPLITS : [...SPLITS, filter];
    const choose = (value) => this.choose({ split: value === "test" ? value : null, images: null });
    return choice("Images", options, images === null ? split : filter.value, choose, false);
  }

  /** A link, so that it can be opened beside; what other views keep in the address is left behind. */
  tab(view, current) {
    const { model, split, images } = readQuery();
    const href = pageLink("/evaluate", { view: view.key === VIEWS[0].key ? null : view.key, model, split, images });
    const go = (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      if (href === location.pathname + location.search) return; // it is open, and just as its link opens it
      history[current ? "replaceState" : "pushState"](history.state, "", href); // views read little of it again on Back
      this.follow({ anew: true });
    };
    return h("a", { href, "aria-current": current ? "page" : null, onclick: go }, view.name);
  }
}
