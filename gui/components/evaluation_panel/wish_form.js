// What a person wishes of a threshold: one of three sentences, two of which have a number in them.

import { fill, h } from "../shared/dom.js";

/** @typedef {import("../shared/wishes.js").Wish} Wish */

const NUMBERS = {
  misses: { before: "Miss at most", after: "%", name: "Percent that may be missed", min: 0, max: 99, step: "any", usual: 5 },
  false_alarms: { before: "At most 1 false alarm in", after: "images", name: "Images with at most one false alarm", min: 1, max: 1_000_000, step: 1, usual: 20 },
};
const HINTS = {
  balance: "As few objects missed as false alarms raised",
  misses: "When a missed object is what hurts: more boxes, and more false alarms",
  false_alarms: "When a false alarm is what hurts: fewer boxes, and more objects missed",
};
let made = 0;

export class WishForm {
  /**
   * @param {HTMLElement} place @param {Wish} wish to begin with
   * @param {(wish: Wish | null) => void} changed null while a number means nothing
   */
  constructor(place, wish, changed) {
    made += 1;
    this.group = `bl-wish-${made}`;
    this.changed = changed;
    this.fault = h("div", { class: "bl-wish-fault", role: "alert" });
    this.rows = { balance: this.row("balance", "Best balance"), misses: this.row("misses"), false_alarms: this.row("false_alarms") };
    fill(place, h("div", { class: "bl-wishes", role: "radiogroup", "aria-label": "What matters" }, Object.values(this.rows).map(({ element }) => element)), this.fault);
    this.show(wish);
  }

  row(kind, words) {
    const radio = h("input", { type: "radio", name: this.group, value: kind, onchange: () => this.tell() });
    const { before, after, name, usual, ...limits } = NUMBERS[kind] ?? {};
    const field =
      before &&
      h("input", { class: "bl-input", type: "number", "aria-label": name, value: usual, required: true, ...limits, onclick: () => this.take(kind), oninput: () => this.take(kind, true) });
    const label = h("label", { title: HINTS[kind] }, radio, h("span", {}, words ?? before));
    return { radio, field, element: h("div", { class: "bl-wish" }, label, field, after && h("span", {}, after)) };
  }

  /** Who clicks at a number or types one means that sentence. @param {string} kind @param {boolean} always tell of it in any case */
  take(kind, always = false) {
    const { radio } = this.rows[kind];
    if (radio.checked && !always) return;
    radio.checked = true;
    this.tell();
  }

  /** @param {Wish} wish */
  show({ kind, value }) {
    this.rows[kind].radio.checked = true;
    if (this.rows[kind].field) this.rows[kind].field.value = value;
  }

  /** @returns {Wish | null} */
  get wish() {
    const [kind, { field }] = Object.entries(this.rows).find(([, { radio }]) => radio.checked);
    if (!field) return { kind, value: null };
    return field.validity.valid ? { kind, value: field.valueAsNumber } : null;
  }

  tell() {
    const { wish } = this;
    const { min, max } = NUMBERS[Object.values(this.rows).find(({ radio }) => radio.checked).radio.value] ?? {};
    this.fault.textContent = wish ? "" : `Type a number from ${min} to ${max.toLocaleString("en")}.`;
    this.changed(wish);
  }
}
