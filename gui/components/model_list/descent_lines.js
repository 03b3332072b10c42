// The lines of descent of one row of the list, drawn.

import { h, svg } from "../shared/dom.js";

const STEP = 12; // CSS pixels from lane to lane
const HEIGHT = 40; // of a drawing; its lines are stretched to the row, however high that is
const MOST = 6; // lanes that have room; further ones are drawn in the last

/** @param {import("./descent.js").Row} row @param {number} lanes in the whole list @param {boolean} active @param {string} title what it says, in words */
export function descentLines(row, lanes, active, title) {
  const width = Math.min(lanes, MOST) * STEP + 4;
  const x = (lane) => 8 + Math.min(lane, MOST - 1) * STEP;
  const [at, middle] = [x(row.lane), HEIGHT / 2];
  const line = (d) => svg("path", { d });
  const lines = svg(
    "svg",
    { viewBox: `0 0 ${width} ${HEIGHT}`, width, preserveAspectRatio: "none", "aria-hidden": "true" },
    row.past.map((lane) => line(`M${x(lane)} 0V${HEIGHT}`)),
    row.into.map((lane) => line(lane === row.lane ? `M${at} 0V${middle}` : `M${x(lane)} 0C${x(lane)} ${middle} ${at} 4 ${at} ${middle}`)),
    row.on && line(`M${at} ${middle}V${HEIGHT}`),
  );
  const dot = h("i", { class: active ? "active" : null, style: { left: `${at}px` } });
  return h("div", { class: "bl-models-descent", role: "img", "aria-label": title, title, style: { width: `${width}px` } }, lines, dot);
}
