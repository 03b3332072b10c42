// A small line chart in SVG: a few series over one axis, a readout under the pointer, nothing that moves by itself.
import { h, svg } from "../shared/dom.js";
import { extent, linear, niceTicks, wholeTicks } from "./scale.js";

const MARGIN = { top: 8, right: 12, bottom: 22, left: 38 };

/**
 * @param {object} options
 * @param {string} options.title what the chart shows; also its name for a screen reader
 * @param {string} options.empty what stands in it before there is a point
 * @param {[number, number]|null} [options.yDomain] fixed range of y, else fitted to the data from 0
 * @param {boolean} [options.wholeX] x counts whole things (epochs)
 * @param {string} [options.xName] of the x axis, for the readout ("epoch")
 * @param {(y: number) => string} [options.format] of a y value
 * @returns {{element: HTMLElement, update: (series: Series[], xDomain?: [number, number], marks?: Mark[]) => void}}
 *   with Series = {name, color, points: [{x, y}]} and Mark = {x, name}, a line across with its name at the top
 */
export function lineChart({ title, empty, yDomain = null, wholeX = false, xName = "", format = (y) => y.toFixed(2) }) {
  const legend = h("div", { class: "bl-chart-legend" });
  const picture = svg("svg", { role: "img", "aria-label": title });
  const note = h("div", { class: "bl-chart-empty" }, empty);
  const plot = h("div", { class: "bl-chart-plot" }, picture, note);
  const head = h("div", { class: "bl-chart-head" }, h("span", { class: "bl-chart-title" }, title), legend);
  const element = h("div", { class: "bl-chart" }, head, plot);

  let series = [];
  let xDomain = null;
  let marks = [];
  let pointerX = null;
  let drawn = "";

  function scales() {
    const width = plot.clientWidth;
    const height = plot.clientHeight;
    const xs = xDomain ?? extent(series, "x") ?? [0, 1];
    const ys = yDomain ?? [0, (extent(series, "y") ?? [0, 1])[1] * 1.05 || 1];
    return {
      width,
      height,
      xs,
      ys,
      x: linear(xs, [MARGIN.left, width - MARGIN.right]),
      y: linear(ys, [height - MARGIN.bottom, MARGIN.top]),
    };
  }

  function axes({ width, height, xs, ys, x, y }) {
    for (const tick of niceTicks(...ys, 4)) {
      picture.append(
        svg("line", { class: "bl-chart-grid", x1: MARGIN.left, x2: width - MARGIN.right, y1: y(tick), y2: y(tick) }),
        svg("text", { class: "bl-chart-tick", x: MARGIN.left - 6, y: y(tick) + 4, "text-anchor": "end" }, String(tick)),
      );
    }
    const ticks = wholeX ? wholeTicks(...xs) : niceTicks(...xs, 5);
    for (const tick of ticks) {
      picture.append(
        svg("text", { class: "bl-chart-tick", x: x(tick), y: height - 6, "text-anchor": "middle" }, String(tick)),
      );
    }
  }

  function markLines({ x, width, height }) {
    for (const { x: at, name } of marks) {
      const left = x(at);
      picture.append(
        svg("line", { class: "bl-chart-mark", x1: left, x2: left, y1: MARGIN.top, y2: height - MARGIN.bottom }),
        // on the side of the line that has the room
        svg(
          "text",
          { class: "bl-chart-tick bl-chart-mark-name", x: left + (left > width / 2 ? -6 : 6), y: MARGIN.top + 8, "text-anchor": left > width / 2 ? "end" : "start" },
          name,
        ),
      );
    }
  }

  function lines({ x, y }) {
    for (const { points, color } of series) {
      const known = points.filter((point) => Number.isFinite(point.y));
      const d = known.map((point, i) => `${i ? "L" : "M"}${x(point.x).toFixed(1)} ${y(point.y).toFixed(1)}`).join("");
      picture.append(svg("path", { class: "bl-chart-line", d, style: { stroke: color } }));
      if (known.length === 1) {
        picture.append(svg("circle", { cx: x(known[0].x), cy: y(known[0].y), r: 2.5, style: { fill: color } }));
      }
    }
  }

  /** The x of the data that lies nearest to the pointer, or null. */
  function nearestX({ x }) {
    if (pointerX === null) return null;
    let best = null;
    for (const { points } of series) {
      for (const point of points) {
        if (!Number.isFinite(point.y)) continue;
        if (best === null || Math.abs(x(point.x) - pointerX) < Math.abs(x(best) - pointerX)) best = point.x;
      }
    }
    return best;
  }

  function readout(view) {
    const at = nearestX(view);
    const entries = series.map(({ name, color, points }) => {
      const known = points.filter((point) => Number.isFinite(point.y));
      const shown = at === null ? known.at(-1) : known.filter((point) => point.x <= at + 1e-9).at(-1);
      return h("span", {}, h("i", { style: { background: color } }), name, h("b", {}, shown ? format(shown.y) : ""));
    });
    if (at !== null) {
      entries.unshift(h("em", {}, `${xName} ${wholeX ? at : format(at)}`.trim()));
      picture.append(
        svg("line", {
          class: "bl-chart-guide",
          x1: view.x(at),
          x2: view.x(at),
          y1: MARGIN.top,
          y2: view.height - MARGIN.bottom,
        }),
      );
    }
    legend.replaceChildren(...entries);
  }

  function draw() {
    const view = scales();
    if (view.width < 40) return; // not laid out yet; the observer calls again
    const hasData = extent(series, "y") !== null;
    note.hidden = hasData;
    picture.setAttribute("viewBox", `0 0 ${view.width} ${view.height}`);
    picture.replaceChildren();
    axes(view);
    if (!hasData) {
      legend.replaceChildren();
      return;
    }
    markLines(view);
    lines(view);
    readout(view);
  }

  plot.addEventListener("pointermove", (event) => {
    pointerX = event.clientX - plot.getBoundingClientRect().left;
    draw();
  });
  plot.addEventListener("pointerleave", () => {
    pointerX = null;
    draw();
  });
  new ResizeObserver(draw).observe(plot);

  return {
    element,
    update(nextSeries, nextXDomain = null, nextMarks = []) {
      const key = JSON.stringify([nextSeries, nextXDomain, nextMarks]);
      if (key === drawn) return; // redraw on change only
      drawn = key;
      series = nextSeries;
      xDomain = nextXDomain;
      marks = nextMarks;
      draw();
    },
  };
}
