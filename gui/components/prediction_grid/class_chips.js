// Which classes are shown, each with how many boxes of it there are.

import { fill, h } from "../shared/dom.js";
import { number } from "../shared/format.js";

/**
 * @param {(classIds: Set<number> | null) => void} changed null: all of them
 * @returns {{element: HTMLElement, show: (every: object[], classIds: Set<number> | null) => void, count: (byClass: Map<number, number>) => void}}
 */
export function classChips(changed) {
  const element = h("div", { class: "predictions-classes", role: "group", "aria-label": "Classes shown" });

  function show(every, classIds) {
    const classes = every.filter((one) => !one.archived); // models propose none of the others
    fill(
      element,
      classes.map((one) =>
        h(
          "button",
          {
            class: "predictions-chip",
            type: "button",
            "aria-pressed": String(!classIds || classIds.has(one.id)),
            dataset: { id: String(one.id) },
            title: `${one.name}: click to show or hide, double-click to show only it`,
            onclick: (event) => changed(toggled(classes, classIds, one.id, event.detail > 1)),
          },
          h("i", { style: { background: one.color } }),
          h("span", { class: "bl-cut" }, one.name),
          h("span", { class: "bl-muted bl-numeric" }),
        ),
      ),
    );
  }

  function count(byClass) {
    for (const chip of element.children) chip.lastChild.textContent = number(byClass.get(Number(chip.dataset.id)) ?? 0);
  }

  return { element, show, count };
}

/** The classes shown after a click; null stands for all of them, so that a class added later is shown too. */
export function toggled(classes, classIds, id, alone) {
  if (alone) return new Set([id]);
  const next = new Set(classIds ?? classes.map((one) => one.id));
  if (!next.delete(id)) next.add(id);
  return next.size === classes.length ? null : next;
}
