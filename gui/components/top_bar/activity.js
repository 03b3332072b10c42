// The list of what was done in a project, as a dialog: by day, newest first, with filters; changes of classes and acts
// on many images can be undone from here.

import { api } from "../shared/api.js";
import { undone, undoneSentence } from "../shared/bulk_undo.js";
import { openDialog } from "../shared/dialog.js";
import { fill, h } from "../shared/dom.js";
import { ago, moment } from "../shared/format.js";
import { pageLink } from "../shared/query.js";
import { attempt, toast } from "../shared/toast.js";
import { placeOf, sentence, THINGS } from "./activity_words.js";

const DAY_MS = 24 * 60 * 60 * 1000;

/** @param {number} projectId */
export async function openActivity(projectId) {
  const list = new ActivityList(projectId);
  openDialog({ title: "Activity", wide: true, body: [list.filters, list.element], onClose: () => list.close() });
  list.load();
  const answer = await attempt(() => api.get(`/api/projects/${projectId}/activity/people`));
  if (answer) list.showPeople(answer.people);
}

class ActivityList {
  #next = null;
  #turn = 0;
  #day = "";
  #undone = new Set();

  constructor(projectId) {
    this.path = `/api/projects/${projectId}/activity`;
    const change = () => this.load();
    this.who = h("select", { class: "bl-select", "aria-label": "Person", onchange: change }, h("option", { value: "*" }, "Everybody"));
    this.what = h("select", { class: "bl-select", "aria-label": "Kind", onchange: change }, THINGS.map(({ name }, index) => h("option", { value: index }, name)));
    this.when = h("input", { class: "bl-input", type: "date", title: "Up to and with this day", onchange: change });
    this.filters = h("div", { class: "activity-filters" }, this.who, this.what, h("label", {}, "Up to", this.when));
    this.rows = h("ol", { class: "activity-rows" });
    this.end = h("div", { class: "activity-end" });
    this.element = h("div", { class: "activity-list", tabindex: "0", "aria-label": "What was done, newest first" }, this.rows, this.end);
    this.watcher = new IntersectionObserver((entries) => entries.some((one) => one.isIntersecting) && this.#more(), { root: this.element });
    this.watcher.observe(this.end);
  }

  close() {
    this.watcher.disconnect();
  }

  /** @param {string[]} people */
  showPeople(people) {
    const named = people.filter(Boolean);
    this.who.hidden = named.length < 1;
    this.who.append(...named.map((name) => h("option", { value: name }, name)));
  }

  async load() {
    this.#turn += 1;
    this.#next = null;
    this.#day = "";
    this.#undone.clear();
    this.rows.replaceChildren();
    await this.#fetch(null);
  }

  async #more() {
    const after = this.#next;
    this.#next = null;
    if (after) await this.#fetch(after);
  }

  async #fetch(after) {
    const turn = this.#turn;
    const until = this.when.value ? new Date(new Date(`${this.when.value}T00:00`).getTime() + DAY_MS) : null;
    const params = {
      after,
      author: this.who.value === "*" ? null : this.who.value,
      thing: THINGS[Number(this.what.value)].things,
      until: until?.toISOString(),
    };
    const page = await attempt(() => api.get(this.path, { params }));
    if (!page || turn !== this.#turn) return;
    for (const entry of page.items) this.#add(entry);
    this.#next = page.next;
    fill(this.end, this.#endText());
    this.watcher.unobserve(this.end); // observed anew, it tells whether it is still in sight
    this.watcher.observe(this.end);
  }

  #endText() {
    if (this.#next) return "";
    if (this.rows.childElementCount > 0) return "This is where it began.";
    const filtered = this.who.value !== "*" || this.what.value !== "0" || this.when.value;
    return filtered ? "Nothing of that kind was done. Choose another person, kind or day." : "Nothing has been done here yet. Add images, then label the first one.";
  }

  #add(entry) {
    const day = dayOf(entry.at);
    if (day !== this.#day) this.rows.append(h("li", { class: "activity-day" }, day));
    this.#day = day;
    if (entry.details.undoes) this.#undone.add(entry.details.undoes);
    this.rows.append(this.#row(entry));
  }

  #row(entry) {
    const place = placeOf(entry);
    const name = entry.image_name ?? (entry.kind.startsWith("comment") ? entry.details.name : null);
    const isUndone = this.#undone.has(entry.id);
    const undo = h("button", { class: "bl-button quiet", type: "button", "data-needs": "labeller", onclick: () => this.#undo(entry) }, "Undo");
    return h(
      "li",
      { class: ["activity-row", isUndone && "undone"] },
      h("span", { class: "activity-words" }, entry.author && h("strong", {}, `${entry.author} `), entry.author ? sentence(entry) : capital(sentence(entry)), name && [" · ", place ? h("a", { class: "bl-link", href: pageLink(...place) }, name) : name], !name && place && [" · ", h("a", { class: "bl-link", href: pageLink(...place) }, "see")], isUndone && h("span", { class: "bl-muted" }, " – undone")),
      entry.undoable && !isUndone && undo,
      h("time", { class: "bl-muted", datetime: entry.at, title: spanOf(entry) }, ago(entry.at)),
    );
  }

  async #undo(entry) {
    const back = await attempt(() => undone(entry.id));
    if (back) {
      toast(undoneSentence(back));
      dispatchEvent(new CustomEvent(entry.kind.startsWith("images_") ? "boxloop:images-changed" : "boxloop:classes-changed"));
    }
    this.load(); // where nothing could be put back, it is not offered again
  }
}

const capital = (text) => text.charAt(0).toUpperCase() + text.slice(1);

/** When exactly; of several saves, from when to when. */
const spanOf = ({ at, since }) => (since === at ? moment(at) : `${moment(since)} to ${moment(at)}`);

function dayOf(at) {
  const date = new Date(at);
  const days = Math.round((new Date().setHours(0, 0, 0, 0) - new Date(at).setHours(0, 0, 0, 0)) / DAY_MS);
  if (days === 0) return "Today";
  if (days === 1) return "Yesterday";
  return date.toLocaleDateString("en-GB", { weekday: "long", day: "numeric", month: "long", year: "numeric" });
}
