// The kinds of mistakes with their counts, as bars, and what each costs; a click shows one kind alone.

import { fill, h } from "../shared/dom.js";
import { number } from "../shared/format.js";
import { KINDS, RIGHT_ONES } from "./kinds.js";

const ALL = { number: null, name: "All mistakes", hint: "Every kind but those that are right." };

/** @param {(kind: number | null) => void} choose */
export function kindList(choose) {
  const rows = new Map();
  const row = (kind) => {
    const count = h("span", { class: "bl-numeric mistakes-count" });
    const bar = h("i");
    const cost = h("span", { class: "bl-numeric mistakes-cost" });
    const button = h(
      "button",
      { class: "mistakes-kind", type: "button", title: kind.hint, onclick: () => choose(kind.number) },
      h("span", { class: "bl-cut" }, kind.name),
      count,
      h("span", { class: "mistakes-bar" }, bar),
      cost,
    );
    rows.set(kind.number, { button, count, bar, cost });
    return button;
  };
  const element = h("div", { class: "mistakes-kinds", role: "group", "aria-label": "Kinds of mistakes" }, [ALL, ...KINDS, RIGHT_ONES].map(row));

  /** @param {number[]} counts by kind @param {number | null} chosen @param {{ap: number, by_kind: Record<number, number>} | undefined} costs of the overlap */
  function show(counts, chosen, costs) {
    const mistakes = KINDS.map((kind) => counts[kind.number]);
    const all = mistakes.reduce((sum, one) => sum + one, 0);
    const most = Math.max(1, ...mistakes);
    for (const [kind, { button, count, bar, cost }] of rows) {
      const shown = kind === null ? all : counts[kind];
      button.setAttribute("aria-pressed", String(kind === chosen));
      count.textContent = number(shown);
      if (kind === null || kind === RIGHT_ONES.number) continue;
      bar.style.width = `${(shown / most) * 100}%`;
      fill(cost, costs ? costText(costs.by_kind[kind]) : "");
      cost.title = costs ? `AP ${costs.ap.toFixed(3)} would rise to ${(costs.ap + costs.by_kind[kind]).toFixed(3)} if all of this kind were put right, at all scores` : "";
    }
  }

  return { element, show };
}

function costText(cost) {
  return cost >= 0.0005 ? `+${cost.toFixed(3)} AP` : "0 AP";
}
