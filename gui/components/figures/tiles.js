// Figures as tiles: the value, what it answers, how it is made, and between which values it may lie by chance.

import { h } from "../shared/dom.js";
import { number, score } from "../shared/format.js";

/** 0.4862 -> "0.486"; a dash where there is no true box to find. */
export function figureText(value) {
  return score(value, 3);
}

/** {low: 0.78123, high: 0.86} -> "0.781 to 0.860"; why there is none where it is null. */
export function intervalText(interval) {
  return interval ? `${figureText(interval.low)} to ${figureText(interval.high)}` : "too few images for a range";
}

/** @returns {{element: HTMLElement, showIntervals: (found: object|null, fault?: string) => void}} */
export function mainFigures(figures) {
  const ranges = new Map();
  const entries = figures.map(({ key, name, asks, words, value }) => {
    const range = h("dd", { class: "bl-figures-range bl-numeric" }, "range: being worked out");
    ranges.set(key, range);
    return h("div", { dataset: { figure: key } }, h("dt", {}, h("b", {}, name), ` ${asks}`), h("dd", { class: "bl-figures-value" }, figureText(value)), range, h("dd", { class: "bl-figures-words" }, words));
  });
  const note = h("p", { class: "bl-muted bl-figures-about-ranges" });
  const element = h("section", { "aria-label": "Main figures" }, h("dl", { class: "bl-panel bl-figures-tiles" }, entries), note);
  const showIntervals = (found, fault = "") => {
    for (const [key, range] of ranges) range.textContent = found ? intervalText(found[key]) : "range: not known";
    note.textContent = found ? aboutRanges(found) : fault;
  };
  return { element, showIntervals };
}

function aboutRanges({ ap, resamples }) {
  if (!ap) return "";
  return `The range below a figure: on other images of the same kind it would lie there in 95 of 100 cases (${number(resamples)} draws of these images). Where the ranges of two versions overlap widely, they may be equally good.`;
}

/** AP by the size of the objects in the picture. */
export function sizeFigures(sizes) {
  const entries = sizes.map(({ name, words, ap, ar }) =>
    h(
      "div",
      {},
      h("dt", {}, h("b", {}, name), ` ${words}`),
      h("dd", { class: "bl-figures-value small" }, figureText(ap)),
      h("dd", { class: "bl-figures-words" }, ap === null ? "There is no such object in these images." : `AP of these alone; AR ${figureText(ar)}`),
    ),
  );
  return h("section", { "aria-label": "By size" }, h("dl", { class: "bl-panel bl-figures-tiles three" }, entries));
}

/** What COCO reports beside: for those who compare with a paper. */
export function fewerFigures(fewer, sizes) {
  const rows = [
    ...fewer.map(({ name, words, value }) => [name, words, value]),
    ...sizes.map(({ name, words, ar }) => [`AR, ${name.toLowerCase()}`, words, ar]),
  ];
  const table = h(
    "table",
    { class: "bl-table" },
    h("tbody", {}, rows.map(([name, words, value]) => h("tr", {}, h("td", {}, name), h("td", { class: "bl-muted" }, words), h("td", { class: "numeric" }, figureText(value))))),
  );
  return h("details", { class: "bl-panel bl-figures-fewer" }, h("summary", {}, "The rest of COCO's twelve figures"), table);
}
