// Figures of the versions side by side, how sure their difference is, and their curves over each other.

import { chartCard } from "../charts/chart_card.js";
import { api } from "../shared/api.js";
import { fill, h } from "../shared/dom.js";
import { count, percent, score, versionName } from "../shared/format.js";
import { icon } from "../shared/icons.js";
import { differenceText, pointsText, signed } from "./differences.js";
import { lookingNotes } from "./looking.js";

/** As both are shown, so that their difference is that of the figures beside it. */
const hundredths = (value) => Math.round(value * 100) / 100;
const percentText = (value) => (value === null ? "–" : percent(value));

const ROWS = [
  ["ap", "AP", "Mean over classes and overlaps of 50 to 95 %"],
  ["ap50", "AP50", "A box counts when it overlaps the true one by half"],
  ["ap75", "AP75", "A box counts when it overlaps the true one by three quarters"],
  ["ar100", "AR", "How many of the true objects are found at all, with 100 boxes an image"],
];
const AT_THRESHOLD = [
  ["recall", "Found", "Share of the objects that are found, at each version's threshold", percentText, pointsText],
  ["precision", "Right", "Share of the boxes shown that are right, at each version's threshold", percentText, pointsText],
  ["f1", "F1", "Both together, at each version's threshold", (value) => score(value, 2), (value) => signed(value, 2)],
];

/** @param {HTMLElement} element @param {object} context @param {import("./address.js").Wanted} wanted @param {(change: object) => void} choose */
export function figuresPart(element, context, wanted, choose) {
  const part = new FiguresPart(element, context, wanted, choose);
  part.load();
  return { follow: (next) => part.follow(next), load: () => part.load(), close: () => part.close() };
}

class FiguresPart {
  /** Ends what is under way: answers come in any order, and only those to the last question count. */
  #asking = new AbortController();
  #askingCurves = new AbortController();

  constructor(element, { project, models, model, wanted, colors }, { others, classId }, choose) {
    Object.assign(this, { colors, others, classId, differences: new Map(), cards: [] });
    this.byId = new Map(models.map((one) => [one.id, one]));
    this.params = { ...wanted, model: model.id, with: others };
    this.at = `/api/projects/${project.id}/compare`;
    this.looking = lookingNotes({ project: project.id, wanted }, () => this.load());
    this.sayings = h("div", { class: "compare-sayings", "aria-live": "polite" });
    this.table = h("div", { class: "compare-table" });
    this.charts = h("div", { class: "compare-charts" });
    this.classes = h("select", { class: "bl-select", "aria-label": "Curves of", onchange: () => choose({ classId: this.classes.value ? Number(this.classes.value) : null }) });
    this.curves = h("section", { hidden: true }, h("div", { class: "compare-curves-bar" }, h("h2", {}, "Curves"), this.classes), this.charts);
    fill(element, this.looking.element, this.sayings, this.table, this.curves);
  }

  close() {
    this.#asking.abort();
    this.#askingCurves.abort();
    this.looking.close();
    this.closeCards();
  }

  /** The class of the curves may be another one. @param {import("./address.js").Wanted} wanted */
  follow({ classId }) {
    if (classId === this.classId) return;
    this.classId = classId;
    if (this.found?.images) this.drawCurves();
  }

  async load() {
    this.#asking.abort();
    const { signal } = (this.#asking = new AbortController());
    try {
      const found = await api.get(this.at, { params: this.params, signal });
      if (!signal.aborted) this.show(found, signal);
    } catch (error) {
      const again = h("button", { class: "bl-button", type: "button", onclick: () => this.load() }, "Try again");
      if (!signal.aborted) fill(this.table, h("div", { class: "bl-empty" }, icon("warning"), h("p", {}, error.message), again));
    }
  }

  show(found, signal) {
    this.found = found;
    this.differences.clear();
    this.looking.show(found.models, found.images, (side) => unseenText(side, found));
    this.curves.hidden = found.images === 0;
    fill(this.sayings);
    if (found.images === 0) {
      this.closeCards();
      fill(this.table, h("div", { class: "bl-empty" }, icon("chart"), h("p", {}, "There is no image yet that all of these versions have looked at.")));
      return;
    }
    this.drawTable();
    fill(this.classes, h("option", { value: "" }, "All classes"), this.classesWithBoxes.map((one) => h("option", { value: String(one.class_id) }, one.name)));
    this.drawCurves();
    for (const other of this.others) this.loadDifference(other, signal);
  }

  get classesWithBoxes() {
    return this.found.classes.filter(({ boxes }) => boxes > 0);
  }

  /** Intervals take a while: the table stands before they are known. */
  async loadDifference(other, signal) {
    try {
      const found = await api.get(`${this.at}/difference`, { params: { ...this.params, with: other }, signal });
      if (signal.aborted) return;
      this.differences.set(other, found);
      fill(this.sayings, this.others.filter((id) => this.differences.has(id)).map((id) => h("p", { class: "compare-saying" }, this.differences.get(id).words)));
      this.drawTable();
    } catch (error) {
      if (!signal.aborted) this.sayings.append(h("p", { class: "bl-muted" }, error.message));
    }
  }

  drawTable() {
    const { found } = this;
    const heads = found.models.map((side, place) => [
      h("th", { scope: "col", class: "numeric", title: versionName(this.byId.get(side.id)) }, side.name),
      place > 0 && h("th", { scope: "col", class: "compare-difference" }, `${found.models[0].name} against ${side.name}`),
    ]);
    const left = found.left_out ? `; ${count(found.left_out, "image")} left out, as not all of these versions have looked at them` : "";
    fill(
      this.table,
      h("p", { class: "bl-muted" }, `On ${count(found.images, "image")} with ${count(found.boxes, "box", "boxes")}${left}.`),
      h(
        "div",
        { class: "bl-panel compare-scroll" },
        h(
          "table",
          { class: "bl-table" },
          h("thead", {}, h("tr", {}, h("th", { scope: "col" }, "All classes"), heads)),
          h("tbody", {}, ROWS.map(([key, name, hint]) => this.row(h("span", { title: hint }, name), ({ quality }) => quality[key], (difference) => difference[key]))),
          h("tbody", {}, AT_THRESHOLD.map(([key, name, hint, text, by]) => this.row(h("span", { title: hint }, name), ({ quality }) => quality[key], null, { text, by }))),
          h("tbody", {}, h("tr", { class: "compare-head-row" }, h("th", { scope: "colgroup", colspan: 2 * found.models.length }, "AP50 by class")), this.classRows()),
        ),
      ),
    );
  }

  classRows() {
    return this.found.classes.flatMap((one, place) => {
      if (!one.boxes) return [];
      const name = h("span", { class: "compare-class", title: count(one.boxes, "box", "boxes") }, h("i", { style: { background: this.colors.get(one.class_id) ?? "#888888" } }), one.name);
      return [this.row(name, ({ quality }) => quality.per_class[place].ap50, (difference) => difference.per_class[place])];
    });
  }

  /** @param {(side: object) => number | null} valueOf @param {((difference: object) => object) | null} differenceOf null where no interval is known */
  row(name, valueOf, differenceOf, { text = (value) => score(value, 3), by = null } = {}) {
    const ours = valueOf(this.found.models[0]);
    const cells = this.found.models.map((side, place) => {
      const theirs = valueOf(side);
      const plain = () => (ours === null || theirs === null ? "" : h("span", { class: "bl-muted bl-numeric" }, by(hundredths(ours) - hundredths(theirs))));
      const difference = () => (differenceOf ? this.difference(this.differences.get(side.id), differenceOf) : plain());
      return [h("td", { class: "numeric" }, text(theirs)), place > 0 && h("td", { class: "compare-difference" }, difference())];
    });
    return h("tr", {}, h("td", {}, name), cells);
  }

  difference(difference, of) {
    if (!difference) return h("span", { class: "bl-muted" }, "…");
    const { value, low, high, words } = of(difference);
    const kind = words === "better" || words === "worse" ? words : null;
    return [h("span", { class: ["compare-verdict", kind] }, words), value !== null && h("span", { class: "bl-muted bl-numeric" }, differenceText({ value, low, high }))];
  }

  async drawCurves() {
    this.#askingCurves.abort();
    const { signal } = (this.#askingCurves = new AbortController());
    const of = this.classesWithBoxes.find(({ class_id: id }) => id === this.classId)?.class_id ?? "";
    this.classes.value = String(of);
    try {
      const found = await api.get(`${this.at}/curves`, { params: { ...this.params, class_id: of }, signal });
      if (signal.aborted) return;
      this.closeCards();
      this.cards = found.charts.map((chart) => chartCard(chart, found.plotly));
      fill(this.charts, this.cards.map(({ element }) => element));
    } catch (error) {
      if (signal.aborted) return;
      this.closeCards();
      fill(this.charts, h("p", { class: "bl-muted" }, error.message));
    }
  }

  closeCards() {
    for (const card of this.cards) card.close();
    this.cards = [];
  }
}

function unseenText(side, found) {
  return `${side.name} has not looked at ${side.unseen} of these ${count(found.images + found.left_out, "image")}. They are left out until it has.`;
}
