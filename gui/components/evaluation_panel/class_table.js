// Figures class by class: the weakest stand out by their bars.

import { h } from "../shared/dom.js";
import { number } from "../shared/format.js";
import { figureText } from "./figures.js";

export function classTable(perClass, colors) {
  const heads = ["Class", "Boxes", "AP", "AP50", ""];
  return h(
    "table",
    { class: "bl-table" },
    h("thead", {}, h("tr", {}, heads.map((name, index) => h("th", { scope: "col", class: index > 0 && index < 4 ? "numeric" : null }, name)))),
    h("tbody", {}, perClass.map((entry) => row(entry, colors))),
  );
}

function row(entry, colors) {
  const known = entry.ap50 !== null && entry.ap50 !== undefined && entry.ap50 >= 0;
  return h(
    "tr",
    {},
    h("td", {}, h("span", { class: "bl-evaluate-class" }, h("i", { style: { background: colors.get(entry.class_id) ?? "#888888" } }), entry.name)),
    h("td", { class: "numeric" }, number(entry.boxes)),
    h("td", { class: "numeric" }, figureText(entry.ap)),
    h("td", { class: "numeric" }, figureText(entry.ap50)),
    h("td", { class: "bl-evaluate-bar-cell" }, known && h("span", { class: "bl-plan-bar" }, h("i", { style: { width: `${entry.ap50 * 100}%` } }))),
  );
}
