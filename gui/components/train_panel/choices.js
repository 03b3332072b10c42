// Each choice of a run with its reason, as a table.

import { h } from "../shared/dom.js";

/** @param {{start: string|null, choices: {label: string, value: string, reason: string, by: string}[]}} plan */
export function choiceTable({ start, choices }) {
  const who = { boxloop: "Boxloop", you: "You", lineage: start ?? "The model before" };
  const heads = ["Setting", "Value", "Chosen by", "Why"].map((name) => h("th", { scope: "col" }, name));
  const rows = choices.map(({ label, value, reason, by }) =>
    h(
      "tr",
      { class: by === "you" ? "set" : null },
      h("th", { scope: "row" }, label),
      h("td", {}, value),
      h("td", { class: "bl-muted" }, who[by] ?? by),
      h("td", { class: "bl-muted" }, reason),
    ),
  );
  return h("table", { class: "bl-table bl-choices" }, h("thead", {}, h("tr", {}, heads)), h("tbody", {}, rows));
}

/** The few choices that say most, in one line. */
export function choiceLine(plan) {
  const value = (name) => plan.choices.find((choice) => choice.name === name)?.value;
  const start = plan.start ? `from ${plan.start}` : "from pretrained weights";
  return [start, value("scope"), value("image_size"), value("batch_size") && `${value("batch_size")} a step`].filter(Boolean).join(" · ");
}
