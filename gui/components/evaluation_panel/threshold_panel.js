// Which threshold to use: a wish in plain words, at once what it comes to, and one click to use it everywhere.

import { poll } from "../job_follow/poll.js";
import { api } from "../shared/api.js";
import { undone } from "../shared/bulk_undo.js";
import { fill, h, refill } from "../shared/dom.js";
import { icon } from "../shared/icons.js";
import { attempt, toast } from "../shared/toast.js";
import { wishInWords } from "../shared/wishes.js";
import { thresholdTable } from "./threshold_table.js";
import { cautions, costsInWords } from "./threshold_words.js";
import { WishForm } from "./wish_form.js";

const TYPING_MS = 150;
const AGAIN_MS = 4000; // while nothing can be chosen yet

/**
 * @param {HTMLElement} place @param {import("./views.js").Context} context
 * @param {() => void} changed called when other thresholds are kept with the version
 * @returns {{close: () => void}}
 */
export function mountThresholdPanel(place, context, changed) {
  const panel = new ThresholdPanel(place, context, changed);
  const asking = poll(place, async () => {
    if (!panel.known) await panel.load();
    return panel.known ? null : AGAIN_MS;
  });
  const close = () => {
    asking.stop();
    panel.close();
  };
  return { close };
}

class ThresholdPanel {
  constructor(place, { model, models, colors }, changed) {
    const kept = model.chosen_thresholds;
    Object.assign(this, { model, colors, changed, kept, asking: new AbortController(), timer: 0, closed: false, known: null });
    this.each = kept ? Object.keys(kept.by_class).length > 0 : true;
    const form = h("div");
    this.form = new WishForm(form, (kept ?? lastChosen(models))?.wish ?? { kind: "balance", value: null }, () => this.ask());
    this.perClass = h("label", { class: "bl-wish-each" }, h("input", { type: "checkbox", checked: this.each, onchange: (event) => this.setEach(event.target.checked) }), "Each class its own threshold");
    this.cautions = h("div", { class: "bl-threshold-cautions" });
    this.costs = h("p", { class: "bl-threshold-costs", role: "status" });
    this.table = h("div", { class: "bl-threshold-table" });
    this.answer = h("div", { class: "bl-threshold-answer" }, this.cautions, this.costs, this.table);
    this.foot = h("div", { class: "bl-threshold-foot" });
    this.element = h(
      "section",
      { class: "bl-panel bl-threshold", "aria-label": "Threshold", hidden: true },
      h("div", { class: "bl-threshold-wish" }, h("h2", {}, "Threshold"), h("p", { class: "bl-muted" }, "From which score boxes are shown and accepted. What matters most to you?"), form, this.perClass, this.foot),
      this.answer,
    );
    fill(place, this.element);
  }

  close() {
    this.closed = true;
    this.asking.abort();
    clearTimeout(this.timer);
  }

  setEach(each) {
    this.each = each;
    this.draw();
  }

  /** A number is typed digit by digit: one request for it. */
  ask() {
    clearTimeout(this.timer);
    this.answer.classList.add("waits");
    this.foot.inert = true; // until its answer is there, "Use it" would keep the wish before
    this.timer = setTimeout(() => this.load(), TYPING_MS);
  }

  async load() {
    const { wish } = this.form;
    if (!wish) return;
    this.asking.abort();
    const { signal } = (this.asking = new AbortController());
    try {
      const priced = await api.get(`/api/models/${this.model.id}/thresholds`, { params: wish, signal });
      if (!signal.aborted) this.show(priced);
    } catch (error) {
      if (!signal.aborted) this.explain(error);
    }
  }

  show(priced) {
    Object.assign(this, { known: priced, kept: priced.kept });
    this.element.hidden = false;
    this.answer.classList.remove("waits");
    this.foot.inert = false;
    this.draw();
  }

  /** Before the version has looked at the images the figures say so already; later something went wrong. */
  explain(error) {
    if (!this.known) return;
    this.answer.classList.remove("waits");
    fill(this.cautions, caution(error.message));
    fill(this.costs);
    fill(this.table);
  }

  draw() {
    if (!this.known) return;
    const { known, each } = this;
    const several = known.classes.length > 1;
    this.perClass.hidden = !several;
    const by = several && each;
    const from = by ? "Shows boxes from the threshold of their class up" : `Shows boxes from ${known.one.threshold.toFixed(2)} up`;
    fill(this.cautions, cautions(known).map(caution));
    this.costs.textContent = `${from}. ${costsInWords(known, by ? known.each : known.one)}`;
    fill(this.table, thresholdTable(known, by, this.colors));
    this.drawFoot(by);
  }

  drawFoot(each) {
    const { known, kept, model } = this;
    const isKept = kept && same(kept, wanted(known, each));
    const use = h("button", { class: "bl-button primary", type: "button", "data-needs": "labeller", disabled: isKept, onclick: () => this.use(each) }, isKept ? "In use" : "Use it");
    const back = kept && h("button", { class: "bl-button", type: "button", "data-needs": "labeller", onclick: () => this.forget() }, "Back to the model's own");
    const now = kept ? `v${model.number} is used with: ${wishInWords(kept.wish)}.` : `v${model.number} is used with what it advises by itself.`;
    refill(this.foot, h("div", { class: "bl-row" }, use, back), h("p", { class: "bl-muted" }, now));
  }

  use(each) {
    const { wish } = this.known;
    return this.change(() => api.put(`/api/models/${this.model.id}/thresholds`, { ...wish, by_class: each }), `v${this.model.number} is used with: ${wishInWords(wish)}.`);
  }

  forget() {
    return this.change(() => api.del(`/api/models/${this.model.id}/thresholds`), `v${this.model.number} is used with what it advises by itself.`);
  }

  async change(act, said) {
    const answer = await attempt(act);
    if (!answer) return;
    this.take(answer);
    const undo = async () => this.take(await undone(answer.activity_id));
    toast(said, { kind: "ok", undo: answer.activity_id && undo });
  }

  /** @param {{thresholds: object | null}} answer what is stored now */
  take({ thresholds }) {
    this.kept = this.model.chosen_thresholds = thresholds;
    if (this.closed) return;
    this.draw();
    this.changed();
  }
}

function caution(text) {
  return h("div", { class: "bl-note warn" }, icon("warning"), h("span", {}, text));
}

/** What somebody chose for the newest version that has any: who wishes a thing of one version wishes it of the next. */
function lastChosen(models) {
  return [...models].sort((a, b) => b.number - a.number).find((model) => model.chosen_thresholds)?.chosen_thresholds;
}

/** What would be stored now. */
function wanted({ wish, one, classes }, each) {
  const byClass = each ? classes.map(({ class_id: id, threshold }) => [id, threshold]) : [];
  return { wish, all: one.threshold, by_class: Object.fromEntries(byClass) };
}

function same(a, b) {
  const ids = Object.keys(a.by_class);
  return (
    a.wish.kind === b.wish.kind &&
    a.wish.value === b.wish.value &&
    a.all === b.all &&
    ids.length === Object.keys(b.by_class).length &&
    ids.every((id) => a.by_class[id] === b.by_class[id])
  );
}
