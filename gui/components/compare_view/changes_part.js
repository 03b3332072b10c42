// What one version does better and worse than another, box by box: a grid of crops, and the pictures behind them.

import { api } from "../shared/api.js";
import { debounce, fill, h, refill } from "../shared/dom.js";
import { count, number, versionName } from "../shared/format.js";
import { icon } from "../shared/icons.js";
import { describeKeys } from "../shared/keys.js";
import { choice } from "../train_panel/choice.js";
import { CHANGES } from "./address.js";
import { hintOf, imagesOf, KINDS, shownChanges } from "./changes.js";
import { changeGrid } from "./change_grid.js";
import { lookingNotes } from "./looking.js";
import { PairView } from "./pair_view.js";

const THRESHOLDS = [
  { value: "own", name: "Each its own threshold", hint: "The threshold that each version advises or was given" },
  { value: "common", name: "One for both", hint: "The same threshold for both versions" },
];
const SLIDING_MS = 150;
const KEYS = [
  ["B", "Show both versions of an open image in one place, and then the other one"],
  ["S", "Show both versions side by side"],
  ["→", "Next image with a difference"],
  ["←", "Image with a difference before"],
  ["F", "Show the whole image again"],
  ["Esc", "Back to all differences"],
];

/** @param {HTMLElement} element @param {object} context @param {import("./address.js").Wanted} wanted @param {(change: object, how?: object) => void} choose */
export function changesPart(element, context, wanted, choose) {
  const part = new ChangesPart(element, context, wanted, choose);
  describeKeys(KEYS);
  part.load();
  return { follow: (next) => part.follow(next), load: () => part.load(), close: () => part.close() };
}

class ChangesPart {
  constructor(element, { project, models, model, wanted: images, colors }, wanted, choose) {
    Object.assign(this, { project, model, images, colors, wanted, choose, asking: new AbortController(), blink: wanted.blink });
    const names = new Map(project.classes.map((one) => [one.id, one.name]));
    this.nameOf = (id) => names.get(id) ?? "a deleted class";
    this.other = models.find(({ id }) => id === wanted.others[0]);
    this.looking = lookingNotes({ project: project.id, wanted: images }, () => this.load());
    this.chips = h("div", { class: "compare-kinds", role: "group", "aria-label": "What changed" });
    this.classes = h("select", { class: "bl-select", "aria-label": "Class", onchange: () => choose({ classId: this.classes.value ? Number(this.classes.value) : null }) });
    this.slider = h("input", { type: "range", min: 0.01, max: 0.99, step: 0.01, "aria-label": "Threshold for both", oninput: () => this.slide() });
    this.typed = h("span", { class: "bl-numeric" });
    this.threshold = h("span", { class: "compare-threshold" }, this.slider, this.typed);
    this.kept = debounce(() => this.asking.signal.aborted || choose({ threshold: Number(this.slider.value) }, { step: "none" }), SLIDING_MS);
    this.own = h("div");
    this.said = h("p", { class: "bl-muted", role: "status" });
    this.grid = changeGrid({ open: (one) => this.openPicture(this.found.images[one.image].id) });
    fill(element, this.looking.element, h("div", { class: "compare-bar" }, this.chips, this.classes, h("span", { class: "bl-grow" }), this.own, this.threshold), this.said, this.grid.element);
    this.pair = new PairView({
      step: (image) => choose({ image }, { step: "none" }),
      close: () => choose({ image: null, blink: false }, { step: "back" }),
      blink: (blink) => choose({ blink }, { step: "none" }),
    });
  }

  close() {
    this.asking.abort();
    describeKeys([]);
    this.looking.close();
    this.grid.close();
    this.pair.destroy();
  }

  slide() {
    this.typed.textContent = Number(this.slider.value).toFixed(2);
    this.kept();
  }

  /** Shown as the picture before it was. */
  openPicture(image) {
    this.choose({ image, blink: this.blink }, { step: "over" });
  }

  follow(wanted) {
    const another = wanted.threshold !== this.wanted.threshold;
    this.wanted = wanted;
    if (wanted.image !== null) this.blink = wanted.blink;
    if (another) this.load();
    else if (this.found) this.draw();
  }

  async load() {
    this.asking.abort();
    const { signal } = (this.asking = new AbortController());
    const at = `/api/projects/${this.project.id}/compare`;
    const params = { ...this.images, model: this.model.id, with: this.other.id };
    try {
      const found = await api.get(`${at}/changes`, { params: { ...params, threshold: this.wanted.threshold }, signal });
      if (signal.aborted) return;
      this.found = found;
      this.draw();
    } catch (error) {
      const again = h("button", { class: "bl-button", type: "button", onclick: () => this.load() }, "Try again");
      if (!signal.aborted) fill(this.said, icon("warning"), error.message, " ", again);
    }
  }

  draw() {
    const { found, wanted } = this;
    const [ours, theirs] = found.models;
    this.looking.show(found.models, found.compared, (side) => `${side.name} has not looked at ${number(side.unseen)} of these images. They are left out until it has.`);
    this.drawChips(ours, theirs);
    this.drawClasses();
    this.drawThreshold(ours, theirs);
    this.shown = shownChanges(found, wanted);
    fill(this.said, this.sentence(ours, theirs));
    this.grid.show(this.shown, { ours: ours.name, theirs: theirs.name, nameOf: this.nameOf, colors: this.colors, images: found.images });
    this.drawPair();
  }

  sentence(ours, theirs) {
    const { found, shown } = this;
    if (!found.compared) return "There is no image yet that both versions have looked at.";
    const on = `on ${count(found.compared, "image")}`;
    if (!found.changes.length) return `${ours.name} and ${theirs.name} show the same objects and the same false alarms ${on}.`;
    const left = found.left_out ? `, ${number(found.left_out)} left out` : "";
    const told = found.told < found.all ? ` Of ${number(found.all)} differences the ${number(found.told)} surest are shown.` : "";
    return `${versionName(this.model)} against ${versionName(this.other)} ${on}${left}: ${count(shown.length, "difference")} shown.${told} Click on one to see both versions.`;
  }

  drawChips(ours, theirs) {
    const { changes } = this.wanted;
    const toggle = (kind) => {
      const next = new Set(changes);
      if (!next.delete(kind)) next.add(kind);
      this.choose({ changes: next.size ? next : new Set(CHANGES) }, { step: "none" });
    };
    refill(
      this.chips,
      CHANGES.map((kind) =>
        h(
          "button",
          { class: ["compare-kind", KINDS[kind].better ? "better" : "worse"], type: "button", "aria-pressed": String(changes.has(kind)), title: hintOf(kind, ours.name, theirs.name), onclick: () => toggle(kind) },
          KINDS[kind].name,
          h("b", { class: "bl-numeric" }, number(this.found.counts[kind])),
        ),
      ),
    );
  }

  drawClasses() {
    const ids = new Set(this.found.changes.map((one) => one.class_id));
    const known = this.project.classes.filter(({ id }) => ids.has(id) || id === this.wanted.classId);
    this.classes.hidden = known.length < 2;
    fill(this.classes, h("option", { value: "" }, "All classes"), known.map(({ id, name }) => h("option", { value: String(id) }, name)));
    this.classes.value = this.wanted.classId === null ? "" : String(this.wanted.classId);
  }

  drawThreshold(ours, theirs) {
    const { threshold } = this.wanted;
    const start = threshold ?? ours.threshold;
    const set = (value) => this.choose({ threshold: value === "own" ? null : ours.threshold }, { step: "none" });
    const named = THRESHOLDS.map((one) => (one.value === "own" ? { ...one, name: `Own: ${ours.threshold.toFixed(2)}, ${theirs.threshold.toFixed(2)}` } : one));
    if (!this.own.contains(document.activeElement) || this.mode !== (threshold === null)) refill(this.own, choice("Thresholds", named, threshold === null ? "own" : "common", set, false));
    this.mode = threshold === null;
    this.threshold.hidden = threshold === null;
    if (document.activeElement !== this.slider) this.slider.value = String(start);
    this.typed.textContent = start.toFixed(2);
  }

  /** The picture that the address names, with those beside it on which something of what is shown has changed. */
  drawPair() {
    const { found, wanted, shown } = this;
    const places = imagesOf(shown);
    const at = places.findIndex((place) => found.images[place].id === wanted.image);
    if (at < 0) {
      const { image } = this.pair;
      this.pair.hide();
      if (image !== null) this.grid.focusOn(found.images.findIndex(({ id }) => id === image));
      return;
    }
    const thresholds = wanted.threshold === null ? found.models.map((side) => side.thresholds) : [{}, {}];
    this.pair.show({
      image: found.images[places[at]],
      before: found.images[places[at - 1]]?.id ?? null,
      next: found.images[places[at + 1]]?.id ?? null,
      place: `${number(at + 1)} / ${number(places.length)}`,
      changes: shown.filter((one) => one.image === places[at]),
      models: found.models,
      thresholdOf: (side, classId) => wanted.threshold ?? thresholds[side][classId] ?? found.models[side].threshold,
      colors: this.colors,
      nameOf: this.nameOf,
      blink: wanted.blink,
    });
  }
}
