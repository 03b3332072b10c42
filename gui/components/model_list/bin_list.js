// Versions in the bin, each to restore.

import { fill, h } from "../shared/dom.js";
import { ago, count } from "../shared/format.js";
import { icon } from "../shared/icons.js";

export function binList(restore) {
  const summary = h("summary", {});
  const list = h("ul", { class: "bl-models-bin-list" });
  const element = h("details", { class: "bl-models-bin", hidden: true }, summary, list);
  let drawn = "";

  function show(models) {
    const key = JSON.stringify(models);
    if (key === drawn) return;
    drawn = key;
    element.hidden = models.length === 0;
    fill(summary, icon("chevron"), `${count(models.length, "version")} in the bin`);
    fill(
      list,
      models.map((model) =>
        h(
          "li",
          {},
          h("b", {}, `v${model.number}`),
          h("span", { class: "bl-muted bl-grow bl-cut" }, [`deleted ${ago(model.deleted_at)}`, model.note].filter(Boolean).join(" · ")),
          h("button", { class: "bl-button", type: "button", "data-needs": "owner", onclick: () => restore(model) }, icon("restore"), "Restore"),
        ),
      ),
    );
  }
  return { element, show };
}
