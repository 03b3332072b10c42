// The learning curve: every version over the labels that it was made from, by the figures of its time and of today.

import { chartCard } from "../charts/chart_card.js";
import { api } from "../shared/api.js";
import { fill, h, refill } from "../shared/dom.js";
import { count } from "../shared/format.js";
import { icon } from "../shared/icons.js";
import { choice } from "../train_panel/choice.js";
import { lookingNotes } from "./looking.js";

const SIZES = [
  { value: "boxes", name: "Boxes", hint: "Over the boxes that a version was made from" },
  { value: "images", name: "Images", hint: "Over the images that a version was made from" },
];
const FIGURES = [
  { value: "ap", name: "AP", hint: "Mean over overlaps of 50 to 95 %: how exact the boxes are, too" },
  { value: "ap50", name: "AP50", hint: "A box counts when it overlaps the true one by half" },
];

/**
 * @param {HTMLElement} element @param {object} context
 * @param {import("./address.js").Wanted} wanted @param {(change: object, how?: object) => void} change what the address names
 */
export function lifePart(element, { project, choose }, wanted, change) {
  const at = `/api/projects/${project.id}/learning-curve`;
  let [asking, card, asked] = [new AbortController(), null, null];
  const looking = lookingNotes({ project: project.id, wanted: { split: "val" } }, load);
  const place = h("div", { class: "compare-charts one" });
  const bar = h("div", { class: "compare-bar" });
  fill(element, bar, place, looking.element);
  follow(wanted);

  function follow({ size, figure }) {
    if (asked?.size === size && asked?.figure === figure) return;
    asked = { size, figure };
    const set = (/** @type {object} */ part) => change(part, { step: "none" });
    const why = h("span", { class: "bl-muted" }, "Always on validation images: a version is measured on those when it is made.");
    refill(bar, choice("Over", SIZES, size, (value) => set({ size: value }), false), choice("Figure", FIGURES, figure, (value) => set({ figure: value }), false), why);
    load();
  }

  /** What is stored stands at once; measuring all versions on today's images may take a while the first time. */
  async function load() {
    asking.abort();
    const { signal } = (asking = new AbortController());
    for (const today of [false, true]) {
      try {
        const found = await api.get(at, { params: { ...asked, today }, signal });
        if (signal.aborted) return;
        show(found);
      } catch (error) {
        if (!signal.aborted) fill(place, h("div", { class: "bl-empty" }, icon("warning"), h("p", {}, error.message)));
        return;
      }
    }
  }

  function show(found) {
    card?.close();
    card = chartCard(found.chart, found.plotly, (model) => choose({ view: null, model, part: null, with: null }));
    fill(place, card.element);
    const words = ({ name, unseen }) => `${name} has not looked at ${unseen} of today's ${count(found.images, "validation image")}, so it has no dot on the line of today.`;
    looking.show(found.waiting, found.images, words);
  }

  const close = () => {
    asking.abort();
    card?.close();
    looking.close();
  };
  return { follow, load, close };
}
