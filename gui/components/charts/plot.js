// Draws a chart that the server has described (gui/charts) with plotly, in the colours of what is round it.
//
// It imports nothing: a report file carries it too, beside plotly itself.

// Its buttons are named one by one: plotly has one that sends a chart to its maker's site, and may come to have others.
const CONFIG = {
  displaylogo: false,
  modeBarButtons: [["toImage"], ["zoom2d", "pan2d", "zoomIn2d", "zoomOut2d", "resetScale2d"]],
  showSendToCloud: false,
  plotlyServerURL: "",
  doubleClick: "reset",
};

/**
 * @param {HTMLElement} place where it is drawn, as wide as this is
 * @param {{key: string, title: string, words: string, data: object[], layout: object, height: number}} chart
 *   "--bl-NAME" as a value in `data` or `layout` stands for that colour of the page
 * @param {object} Plotly
 * @param {(mark: *) => void} [clicked] called with the customdata of what is clicked on
 * @returns {Promise<{redraw: () => void, close: () => void}>} once it is drawn
 */
export async function plot(place, chart, Plotly, clicked = null) {
  const draw = () => {
    const style = getComputedStyle(place);
    const { data, layout } = inColors(chart, style);
    const size = { width: place.clientWidth, height: chart.height };
    // A finger that moves over a chart scrolls the page; zooming is in the bar above it then.
    const dragmode = matchMedia("(pointer: coarse)").matches ? false : "zoom";
    const config = { ...CONFIG, toImageButtonOptions: { format: "png", scale: 2, filename: `boxloop ${chart.key}` } };
    return Plotly.react(place, data, { template: { layout: look(style) }, dragmode, uirevision: "kept", ...layout, ...size }, config);
  };
  place.setAttribute("role", "img");
  place.setAttribute("aria-label", `${chart.title.replace(/[^?]$/, "$&.")} ${chart.words}`);
  await draw();
  if (clicked) place.on("plotly_click", ({ points }) => clicked(points[0].customdata));
  let width = place.clientWidth;
  const watch = new ResizeObserver(() => {
    if (place.clientWidth === width || place.clientWidth === 0) return;
    width = place.clientWidth;
    draw();
  });
  watch.observe(place);
  const close = () => {
    watch.disconnect();
    Plotly.purge(place);
  };
  return { redraw: draw, close };
}

/** The same with colours where their names stood, however deep; what is not changed is copied, as plotly writes into it. */
export function inColors(value, style) {
  if (typeof value === "string") return value.startsWith("--bl-") ? style.getPropertyValue(value).trim() : value;
  if (Array.isArray(value)) return value.map((one) => inColors(one, style));
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, inColors(one, style)]));
}

/** What all charts have in common, as plotly's template. */
function look(style) {
  const color = (name) => style.getPropertyValue(`--bl-${name}`).trim();
  const axis = {
    gridcolor: color("line"),
    linecolor: color("line-strong"),
    zeroline: false,
    ticks: "",
    tickfont: { color: color("muted"), size: 11 },
    title: { font: { color: color("muted"), size: 12 }, standoff: 8 },
    automargin: true,
    fixedrange: false,
  };
  return {
    font: { family: color("font"), size: 12, color: color("text") },
    paper_bgcolor: "rgba(0,0,0,0)",
    plot_bgcolor: "rgba(0,0,0,0)",
    margin: { l: 48, r: 12, t: 28, b: 44 },
    xaxis: axis,
    yaxis: axis,
    hovermode: "closest",
    hoverlabel: {
      bgcolor: color("raised"),
      bordercolor: color("line-strong"),
      font: { family: color("font"), size: 12, color: color("text") },
      align: "left",
    },
    legend: { orientation: "h", x: 0, y: -0.22, yanchor: "top", font: { size: 12, color: color("text") } },
    modebar: { bgcolor: "rgba(0,0,0,0)", color: color("muted"), activecolor: color("accent-ink") },
  };
}
