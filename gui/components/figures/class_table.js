// Figures class by class; a click on a head sorts by it.

import { fill, h } from "../shared/dom.js";
import { number, percent } from "../shared/format.js";
import { figureText, intervalText } from "./tiles.js";

const COLUMNS = [
  { key: "name", name: "Class" },
  { key: "boxes", name: "Boxes", hint: "True boxes in these images", text: number },
  { key: "images", name: "Images", hint: "Images with at least one of them", text: number },
  { key: "ap50", name: "AP50", hint: "Are the objects found? 1 is perfect", text: figureText, range: true },
  { key: "ap", name: "AP", hint: "And do the boxes fit?", text: figureText, range: true },
  { key: "found", name: "Found", hint: "Share of the objects that are found at the threshold", text: share },
  { key: "right", name: "Right", hint: "Share of the boxes that are right at the threshold", text: share },
];

function share(value) {
  return value === null ? "–" : percent(value);
}

/**
 * Rows in the order of "ap50" (from low to high) or "-ap50"; what has no value comes last in either; "" as they are.
 * @template {Record<string, any>} T @param {readonly T[]} rows @param {string} sort @returns {T[]}
 */
export function sorted(rows, sort) {
  const down = sort.startsWith("-");
  const key = sort.replace(/^-/, "");
  if (!COLUMNS.some((column) => column.key === key)) return [...rows];
  const compared = (a, b) => (typeof a === "string" ? a.localeCompare(b) : a - b);
  return [...rows].sort((a, b) => {
    if (a[key] === null || b[key] === null) return Number(a[key] === null) - Number(b[key] === null);
    return down ? compared(b[key], a[key]) : compared(a[key], b[key]);
  });
}

/** What `sort` becomes by a click: names from A on, figures from the weakest on; the other way at the next click. */
export function sortedBy(sort, key) {
  return sort === key ? `-${key}` : key;
}

/** @returns {{element: HTMLElement, showIntervals: (found: object) => void, sort: (order: string) => void}} */
export function classTable(rows, sort, changed) {
  let order = sort;
  let intervals = new Map(); // by class id
  const head = h("tr");
  const body = h("tbody");
  const element = h("table", { class: "bl-table bl-figures-table" }, h("caption", { class: "bl-hidden" }, "Figures by class"), h("thead", {}, head), body);

  function sortBy(key) {
    order = sortedBy(order, key);
    changed(order);
    draw();
    head.querySelector(`[data-key="${key}"]`).focus();
  }

  function draw() {
    const down = order.startsWith("-");
    const by = order.replace(/^-/, "");
    fill(
      head,
      COLUMNS.map(({ key, name, hint }) =>
        h(
          "th",
          { scope: "col", class: key === "name" ? null : "numeric", "aria-sort": key === by ? (down ? "descending" : "ascending") : null },
          h("button", { class: "bl-link-button", type: "button", title: hint, dataset: { key }, onclick: () => sortBy(key) }, name, key === by && (down ? " ↓" : " ↑")),
        ),
      ),
    );
    fill(body, sorted(rows, order).map((row) => h("tr", {}, COLUMNS.map((column) => cell(column, row)))));
  }

  function cell({ key, text, range }, row) {
    if (key === "name") return h("th", { scope: "row" }, h("span", { class: "bl-figures-class" }, h("i", { style: { background: row.color } }), row.name));
    const interval = range && intervals.get(row.class_id)?.[key];
    return h("td", { class: "numeric" }, text(row[key]), interval && h("small", { class: "bl-muted" }, intervalText(interval)));
  }

  /** Sort as the address says, which a step back may have changed. */
  function follow(wanted) {
    if (wanted === order) return;
    order = wanted;
    draw();
  }

  draw();
  const showIntervals = (found) => {
    intervals = new Map(found.per_class.map((one) => [one.class_id, one]));
    draw();
  };
  return { element, showIntervals, sort: follow };
}
