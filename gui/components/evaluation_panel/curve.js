// Precision against recall, one line a class, at an overlap of half.

import { lineChart } from "../charts/line_chart.js";

const MOST_LINES = 8; // more cannot be told apart; the classes with most boxes are drawn

/** @returns {HTMLElement|null} null where the answer holds no curves */
export function precisionRecall(perClass, colors) {
  const drawn = perClass
    .filter((entry) => entry.curve?.length)
    .sort((a, b) => b.boxes - a.boxes)
    .slice(0, MOST_LINES);
  if (!drawn.length) return null;
  const chart = lineChart({
    title: "Precision over recall",
    empty: "No true box in these images",
    yDomain: [0, 1],
    xName: "Recall",
    restingValues: false,
    format: (value) => value.toFixed(2),
  });
  const series = drawn.map((entry) => ({
    name: entry.name,
    color: colors.get(entry.class_id) ?? "#888888",
    points: entry.curve.map(({ recall, precision }) => ({ x: recall, y: precision })),
  }));
  chart.update(series, [0, 1]);
  return chart.element;
}
