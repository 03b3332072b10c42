// A chart with its title and a sentence that says how to read it; redrawn in the other theme when that is chosen.

import { fill, h } from "../shared/dom.js";
import { plot } from "./plot.js";
import { plotly } from "./plotly.js";

/**
 * @param {object} chart as gui/charts describes it; without `data` its `empty` is shown instead
 * @param {string} url of plotly's script
 * @param {(mark: *) => void} [clicked] called with what belongs to a mark that is clicked on
 * @returns {{element: HTMLElement, close: () => void}}
 */
export function chartCard(chart, url, clicked = null) {
  const place = h("div", { class: "bl-plot", style: { height: `${chart.height}px` } });
  const body = chart.data.length ? place : h("p", { class: "bl-muted" }, chart.empty);
  const element = h("figure", { class: "bl-panel bl-plot-card", dataset: { chart: chart.key } }, h("figcaption", {}, h("h3", {}, chart.title), h("p", {}, chart.words)), body);
  let closed = false;
  let drawn = null;
  const themes = new MutationObserver(() => drawn?.redraw());

  async function draw() {
    place.ariaBusy = "true";
    fill(place, h("span", { class: "bl-muted" }, "Drawing ..."));
    try {
      const Plotly = await plotly(url);
      if (closed) return;
      fill(place);
      drawn = await plot(place, chart, Plotly, clicked);
      if (closed) drawn.close();
      else themes.observe(document.body, { attributes: true, attributeFilter: ["class"] });
    } catch (error) {
      if (!closed) fill(place, h("p", { class: "bl-muted" }, error.message));
    }
    place.ariaBusy = "false";
  }

  if (chart.data.length) draw();
  const close = () => {
    closed = true;
    themes.disconnect();
    drawn?.close();
  };
  return { element, close };
}
