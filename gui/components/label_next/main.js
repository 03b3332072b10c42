// What to label next: the queue that a job chose, each image with the model's boxes and why it is there.

import { isFinished } from "../job_follow/job.js";
import { poll } from "../job_follow/poll.js";
import { progressBar } from "../job_follow/state.js";
import { api } from "../shared/api.js";
import { fill, h, refill } from "../shared/dom.js";
import { ago, count } from "../shared/format.js";
import { icon } from "../shared/icons.js";
import { pageLink } from "../shared/query.js";
import { Thresholds } from "../shared/thresholds.js";
import { attempt, toast } from "../shared/toast.js";
import { choice } from "../train_panel/choice.js";
import { Cards } from "./cards.js";

export const WALK = "state=new,in_progress&sort=queue";
const WAYS = [
  { value: "advised", name: "Advised", hint: "What the model is unsure of, what may hold rare classes, and what looks like nothing labelled yet" },
  { value: "random", name: "At random", hint: "Any image as likely as any other: a fair sample, and the control" },
];
const PAGE = 60; // images
const MOST = 200; // that one answer holds
const WHILE_MADE_MS = 1000;
const AT_REST_MS = 5000;

/** @param {HTMLElement} element @param {import("../evaluation_panel/views.js").Context} context */
export function open(element, context) {
  const view = new LabelNext(element, context);
  const polling = poll(view.element, () => view.follow());
  view.now = polling.now;
  return {
    close: () => {
      polling.stop();
      view.close();
    },
  };
}

class LabelNext {
  constructor(element, { project, model, colors }) {
    Object.assign(this, { project, model, shown: null, madeAt: null, more: null, isLoading: false, said: "" });
    this.way = h("div", { "data-needs": "labeller" });
    this.told = h("div", { class: "label-next-told bl-muted", "aria-live": "polite" });
    this.again = h("button", { class: "bl-button", type: "button", "data-needs": "labeller", onclick: () => this.make(this.chosenWay) });
    this.begin = h("a", { class: "bl-button primary", hidden: true }, icon("label"), "Start labelling");
    this.note = h("div", { hidden: true });
    this.cards = new Cards({ colors, least: leastScore(model), link: (image) => this.link(image) });
    this.rest = h("button", { class: "bl-button", type: "button", hidden: true, onclick: () => this.loadMore() }, "Show more");
    this.element = h(
      "div",
      { class: "label-next" },
      h("div", { class: "label-next-bar" }, this.way, this.told, h("span", { class: "bl-grow" }), this.again, this.begin),
      this.note,
      this.cards.element,
      h("div", { class: "label-next-rest" }, this.rest),
    );
    fill(element, this.element);
  }

  close() {
    this.closed = true;
    this.cards.close();
  }

  link(image) {
    return pageLink("/label", { image: image.id, walk: WALK });
  }

  /** Ask how the queue stands, often while it is being made, and show it anew where it or what is left of it differs. */
  async follow() {
    const answer = await this.ask({ limit: 1 }).catch((error) => this.explain(error));
    const differs = nameOf(answer) !== this.shown;
    const isOther = answer.made?.at !== this.madeAt;
    const whole = differs ? await this.askFor(isOther ? PAGE : this.cards.count) : answer;
    if (this.closed) return null;
    if (differs) this.show(whole);
    this.tell(whole);
    return whole.job ? WHILE_MADE_MS : AT_REST_MS;
  }

  ask(params = {}) {
    return api.get(`/api/projects/${this.project.id}/next`, { params });
  }

  /** The images from the first on, at least so many if there are. */
  async askFor(count) {
    const whole = await this.ask({ limit: Math.min(MOST, Math.max(PAGE, count)) });
    while (whole.next !== null && whole.items.length < count) {
      const { items, next } = await this.ask({ after: whole.next, limit: MOST });
      whole.items.push(...items);
      whole.next = next;
    }
    return whole;
  }

  /** It goes on asking by itself; where nothing stands there yet, say why. */
  explain(error) {
    if (this.shown === null && !this.closed) {
      this.note.hidden = false;
      const again = h("button", { class: "bl-button", type: "button", onclick: () => this.now() }, "Try again");
      fill(this.note, empty("warning", error.message, again));
    }
    throw error;
  }

  show(answer) {
    this.shown = nameOf(answer);
    this.madeAt = answer.made?.at;
    this.cards.show(answer.items);
    this.offerMore(answer);
  }

  async loadMore() {
    if (this.isLoading) return;
    const after = this.more;
    this.isLoading = true;
    const answer = await attempt(() => this.ask({ after, limit: PAGE }));
    this.isLoading = false;
    if (!answer || this.closed) return;
    if (nameOf(answer) === this.shown && after === this.more) this.add(answer);
    else this.now();
  }

  add(answer) {
    const hadFocus = document.activeElement === this.rest;
    this.cards.add(answer.items);
    this.offerMore(answer);
    if (hadFocus && this.rest.hidden) this.cards.element.querySelector("li:last-child a")?.focus();
  }

  offerMore({ next }) {
    this.more = next;
    this.rest.hidden = next === null;
  }

  tell(answer) {
    const key = JSON.stringify([answer.made, answer.left, answer.to_label, answer.job]);
    if (key === this.said) return;
    this.said = key;
    const { made, job, left } = answer;
    this.chosenWay = made?.way ?? "advised";
    refill(this.way, choice("How images are chosen", WAYS, this.chosenWay, (way) => this.make(way), false));
    fill(this.told, made && left > 0 ? `${sentence(made, left)}, ${ago(made.at)}` : null);
    fill(this.again, made ? [icon("restore"), "Choose anew"] : [icon("spark"), "Choose"]);
    this.again.classList.toggle("primary", !made);
    this.again.disabled = Boolean(job);
    this.again.hidden = this.way.hidden = answer.to_label === 0;
    const [first] = answer.items;
    this.begin.hidden = !first || left === 0;
    if (first) this.begin.href = this.link(first);
    this.showNote(answer);
  }

  showNote({ made, job, left, to_label: toLabel }) {
    const show = (...parts) => {
      this.note.hidden = false;
      this.note.className = parts.length > 1 ? "bl-note" : "";
      fill(this.note, parts);
    };
    if (job && !isFinished(job)) show(h("div", { class: "label-next-making" }, progressBar(job, "Choosing"), "Choosing what to label next. This takes some seconds."));
    else if (toLabel === 0) show(empty("check", "Every image is labelled: nothing is left to choose from. Add images, or look at the labels that may be wrong.", whatElse()));
    else if (made?.stale) show(icon("info"), h("span", {}, made.stale));
    else if (!made) show(empty("spark", `Let v${this.model.number} choose what to label next: it looks for what it is unsure of, for rare classes, and for what is new.`));
    else if (left === 0) show(empty("check", "All of this queue is labelled. Choose anew for the next images."));
    else this.note.hidden = true;
  }

  async make(way) {
    this.again.disabled = true;
    const job = await attempt(() => api.post(`/api/projects/${this.project.id}/next`, { way, model_id: way === "advised" ? this.model.id : null }));
    this.said = "";
    if (job) this.followTo(job);
    this.now();
  }

  /** Say why where it did not come to a queue. */
  followTo(job) {
    poll(this.element, async () => {
      const now = await api.get(`/api/jobs/${job.id}`);
      if (!isFinished(now)) return WHILE_MADE_MS;
      if (now.state !== "succeeded") toast(now.message, { kind: "error" });
      this.now();
      return null;
    });
  }
}

/** Tells a queue, and what is left of it, from others. */
function nameOf({ made, left }) {
  return `${made?.at} ${left}`;
}

/** From which score the model's boxes of a class are drawn: those that it is unsure of are what the image is there for. */
export function leastScore(model) {
  const thresholds = new Thresholds();
  thresholds.setAdvice(model);
  return (classId) => thresholds.of(classId) / 2;
}

function sentence(made, left) {
  const images = count(left, "image");
  if (made.way === "random") return `${images}, picked at random`;
  return made.model_number === null ? `${images}, chosen by a version that is gone` : `${images}, chosen by v${made.model_number}`;
}

function whatElse() {
  const link = (name, href) => h("a", { class: "bl-button", href }, name);
  return h("div", { class: "bl-row" }, link("Images", pageLink("/images")), link("Check labels", pageLink("/evaluate", { view: "check" })));
}

function empty(name, text, ...more) {
  return h("div", { class: "bl-empty" }, icon(name), h("p", {}, text), more);
}
