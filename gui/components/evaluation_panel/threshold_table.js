// What thresholds come to class by class, and beside them the one threshold for all.

import { h } from "../shared/dom.js";
import { number } from "../shared/format.js";
import { fewInWords } from "./threshold_words.js";

const HEADS = ["Class", "Threshold", "Finds", "Misses", "False alarms"];

/**
 * @param {import("./threshold_words.js").Priced} priced @param {boolean} each one threshold for each class
 * @param {Map<number, string>} colors by class id
 */
export function thresholdTable({ one, classes }, each, colors) {
  const notes = each && classes.some((entry) => entry.few);
  const row = (/** @type {any} */ entry) =>
    h(
      "tr",
      {},
      h("td", {}, h("span", { class: "bl-threshold-class" }, h("i", { style: { background: colors.get(entry.class_id) ?? "#888888" } }), entry.name)),
      cells(each ? entry.threshold : one.threshold, each ? entry.each : entry.one),
      notes && h("td", { class: "bl-muted" }, fewInWords(entry)),
    );
  const head = (/** @type {string} */ name, /** @type {number} */ place) => h("th", { scope: "col", class: place > 0 ? "numeric" : null }, name);
  return h(
    "table",
    { class: "bl-table" },
    h("thead", {}, h("tr", {}, HEADS.map(head), notes && h("th"))),
    h("tbody", {}, classes.map(row), each && h("tr", { class: "bl-threshold-one" }, h("td", {}, "With one for all"), cells(one.threshold, one), notes && h("td"))),
  );
}

/** @param {number} threshold @param {{boxes: number, found: number, missed: number, wrong: number}} costs */
function cells(threshold, { boxes, found, missed, wrong }) {
  return [threshold.toFixed(2), `${number(found)} of ${number(boxes)}`, number(missed), number(wrong)].map((text) => h("td", { class: "numeric" }, text));
}
