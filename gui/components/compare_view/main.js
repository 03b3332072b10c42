// The view that puts versions of the model beside each other: figures, what got better and worse, and the whole life of
// the project as one curve.

import { fill, h, on, refill } from "../shared/dom.js";
import { versionName } from "../shared/format.js";
import { icon } from "../shared/icons.js";
import { menuButton } from "../shared/menu.js";
import { closeOver, onBack, openOver, pageLink, readQuery, writeQuery } from "../shared/query.js";
import { choice } from "../train_panel/choice.js";
import { addressOf, readWanted } from "./address.js";
import { changesPart } from "./changes_part.js";
import { figuresPart } from "./figures_part.js";
import { lifePart } from "./life_part.js";

const PARTS = [
  { value: "figures", name: "Figures", hint: "Side by side, with how sure the difference is", open: figuresPart },
  { value: "changes", name: "What changed", hint: "Objects found or lost, false alarms gone or new", open: changesPart },
  { value: "life", name: "Learning curve", hint: "All versions over the life of the project", open: lifePart },
];

const NO_PART = { follow: () => {}, load: () => {}, close: () => {} };

/** @param {HTMLElement} element @param {import("../evaluation_panel/views.js").Context} context */
export function open(element, context) {
  const view = new CompareView(element, context);
  return { close: () => view.close() };
}

class CompareView {
  /** @type {{follow: (wanted: object) => void, load: () => void, close: () => void}} load: what it shows, anew */
  part = NO_PART;

  constructor(element, context) {
    this.context = context;
    this.bar = h("div", { class: "compare-bar" });
    this.body = h("div", { class: "compare-body" });
    fill(element, h("div", { class: "bl-compare" }, this.bar, this.body));
    this.stops = [
      onBack(() => this.follow()),
      on(window, "pageshow", (event) => event.persisted && this.part.load()), // labels may have changed meanwhile
    ];
    this.follow();
  }

  close() {
    this.stops.forEach((stop) => stop());
    this.part.close();
  }

  get wanted() {
    return readWanted(readQuery(), this.context.models, this.context.model);
  }

  /**
   * @param {Partial<import("./address.js").Wanted>} change
   * @param {{step?: "one" | "none" | "over" | "back"}} [how] whether Back undoes it; "over": closing it does too, by "back"
   */
  choose(change, { step = "one" } = {}) {
    const address = addressOf(change);
    if (step === "back") {
      if (closeOver(address)) return; // and follows when the address is there
    } else if (step === "over") openOver(address);
    else writeQuery(address, { push: step === "one" });
    this.follow();
  }

  /** Show what the address names. A part that is open for these versions stays, and follows the rest itself. */
  follow() {
    const wanted = this.wanted;
    const name = [wanted.part, ...wanted.others].join();
    if (name === this.opened) {
      this.part.follow(wanted);
      return;
    }
    this.opened = name;
    this.part.close();
    this.context.lookAtOwn(wanted.part === "life");
    this.drawBar(wanted);
    const place = h("div", { class: "compare-part" });
    fill(this.body, place);
    this.part = NO_PART;
    if (!wanted.others.length && wanted.part !== "life") fill(place, onlyOne());
    else this.part = PARTS.find(({ value }) => value === wanted.part).open(place, this.context, wanted, (change, how) => this.choose(change, how));
  }

  drawBar(wanted) {
    const { models, model } = this.context;
    const byId = new Map(models.map((one) => [one.id, one]));
    const rest = models.filter(({ id }) => id !== model.id && !wanted.others.includes(id)).sort((a, b) => b.number - a.number);
    refill(
      this.bar,
      wanted.part !== "life" && wanted.others.length > 0 && [
        h("span", {}, h("b", {}, versionName(model)), " against"),
        wanted.others.map((id) => this.chip(byId.get(id), wanted)),
        rest.length > 0 && wanted.others.length < 5 && this.addButton(rest, wanted),
      ],
      h("span", { class: "bl-grow" }),
      choice("What to compare", PARTS, wanted.part, (part) => this.choose({ part, image: null }), false),
    );
  }

  chip(other, { others }) {
    const only = others.length === 1;
    const leave = () => this.choose({ others: others.filter((id) => id !== other.id), image: null });
    const close = h("button", { type: "button", "aria-label": `Without ${other.name}`, title: `Without ${other.name}`, onclick: leave }, icon("close", { size: 12 }));
    const spare = this.context.models.filter(({ id }) => id !== this.context.model.id && !others.includes(id));
    const name = h("button", { class: "compare-chip-name", type: "button", title: "Another version instead" }, versionName(other), spare.length > 0 && icon("chevron"));
    menuButton(name, () => spare.map((one) => ({ label: versionName(one), run: () => this.choose({ others: others.map((id) => (id === other.id ? one.id : id)), image: null }) })));
    name.disabled = spare.length === 0;
    return h("span", { class: "compare-chip" }, name, !only && close);
  }

  addButton(rest, { others }) {
    const button = h("button", { class: "bl-button quiet", type: "button" }, icon("add"), "Version");
    return menuButton(button, () => rest.map((one) => ({ label: versionName(one), run: () => this.choose({ others: [...others, one.id], image: null }) })));
  }
}

function onlyOne() {
  return h("div", { class: "bl-empty" }, icon("chart"), h("p", {}, "There is one version only. Train again, and the two are compared here."), h("a", { class: "bl-button", href: pageLink("/train") }, "Train"));
}
