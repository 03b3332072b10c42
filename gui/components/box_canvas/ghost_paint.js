/** The dotted outline of what a click would take, with its class and score. */

import { UNKNOWN } from "./colors.js";

const FONT = "500 11px system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif";
const DOTS = [2, 3];

/**
 * @param {CanvasRenderingContext2D} g @param {import("./types.js").Prediction} ghost @param {import("./view.js").View} view
 * @param {import("./types.js").ObjectClass | undefined} entry its class
 */
export function paintGhost(g, ghost, view, entry) {
  const area = view.toScreen(ghost);
  const [x, y] = [Math.round(area.x1) + 0.5, Math.round(area.y1) + 0.5];
  const [w, h] = [Math.round(area.x2) + 0.5 - x, Math.round(area.y2) + 0.5 - y];
  g.lineWidth = 2;
  g.setLineDash(DOTS);
  g.lineDashOffset = DOTS[0] + 0.5;
  g.strokeStyle = "rgb(255 255 255 / 65%)"; // between the dots, so that they show on any picture
  g.strokeRect(x, y, w, h);
  g.lineDashOffset = 0;
  g.strokeStyle = entry?.color ?? UNKNOWN;
  g.strokeRect(x, y, w, h);
  g.setLineDash([]);
  paintName(g, `${entry?.name ?? "unknown class"} ${ghost.score.toFixed(2)}`, x, y - 4);
}

/** @param {CanvasRenderingContext2D} g @param {string} text @param {number} x @param {number} y of its foot */
function paintName(g, text, x, y) {
  g.font = FONT;
  g.textBaseline = "alphabetic";
  g.lineWidth = 3;
  g.strokeStyle = "rgb(0 0 0 / 70%)";
  g.strokeText(text, x, Math.max(12, y));
  g.fillStyle = "#ffffff";
  g.fillText(text, x, Math.max(12, y));
}
