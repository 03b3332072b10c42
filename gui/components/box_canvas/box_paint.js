/**
 * How one box looks: its outline, its name, the handles and the size of the selected one. Everything here paints onto a
 * canvas in CSS pixels of the stage and keeps nothing but what it has measured.
 *
 * @typedef {import("./types.js").Item} Item
 * @typedef {import("./types.js").Rect} Rect
 * @typedef {{item: Item, area: Rect, color: string, name: string, selected: boolean, hovered: boolean}} Drawn
 */

import { inkOn, luminance, translucent } from "./colors.js";
import { HANDLES, handlePoint } from "./geometry.js";
import { placeLabels } from "./labels.js";

const FONT = "500 12px system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif";
const HANDLE = matchMedia("(pointer: coarse)").matches ? 13 : 7; // CSS pixels; a finger needs more
const LABEL_HEIGHT = 18;
const LABEL_PADDING = 5;
const STRIP = 4; // of the class colour, at the left of a model's name
const HALO = "rgb(0 0 0 / 32%)";
const LIGHT_GAP = "rgb(255 255 255 / 60%)";
const DARK_GAP = "rgb(0 0 0 / 60%)";
const PLATE = "rgb(18 18 20 / 86%)";
const DASH = [5, 4];
const GAPS = [4, 5];
/** @type {number[]} */
const SOLID = [];

/** @type {Map<string, number>} */
const widths = new Map();
/** @type {Map<string, {ink: string, gap: string, weak: string, strong: string}>} */
const palette = new Map();

/** @param {CanvasRenderingContext2D} g @param {Drawn} entry */
export function paintBox(g, { item, area, color, selected, hovered }) {
  const person = item.kind === "person";
  const inset = person ? 0 : 0.5;
  const [x, y] = [Math.round(area.x1) + inset, Math.round(area.y1) + inset];
  const [w, h] = [Math.round(area.x2) + inset - x, Math.round(area.y2) + inset - y];
  if (selected || hovered) {
    g.fillStyle = selected ? tonesOf(color).strong : tonesOf(color).weak;
    g.fillRect(x, y, w, h);
  }
  if (person || selected) {
    g.lineWidth = person ? 4 : 3;
    g.strokeStyle = HALO;
    g.strokeRect(x, y, w, h);
  }
  if (!person) paintGaps(g, x, y, w, h, color);
  g.lineWidth = person ? 2 : 1;
  g.strokeStyle = color;
  g.strokeRect(x, y, w, h);
  if (!person) g.setLineDash(SOLID);
}

/**
 * The other brightness in the gaps of the dashes, so that a thin line shows on any picture and reads as dashed.
 * @param {CanvasRenderingContext2D} g @param {number} x @param {number} y @param {number} w @param {number} h @param {string} color
 */
function paintGaps(g, x, y, w, h, color) {
  g.lineWidth = 1;
  g.setLineDash(GAPS);
  g.lineDashOffset = 4;
  g.strokeStyle = tonesOf(color).gap;
  g.strokeRect(x, y, w, h);
  g.lineDashOffset = 0;
  g.setLineDash(DASH);
}

/** The names of boxes, none over another one. @param {CanvasRenderingContext2D} g @param {Drawn[]} drawn @param {import("./types.js").Size} stage */
export function paintLabels(g, drawn, stage) {
  g.font = FONT;
  g.textBaseline = "middle";
  const named = drawn.filter((entry) => entry.name).sort(byImportance);
  const texts = named.map(labelOf);
  const wishes = named.map((entry, index) => ({
    box: entry.area,
    width: widthOf(g, texts[index]) + 2 * LABEL_PADDING + (entry.item.kind === "model" ? STRIP : 0),
    height: LABEL_HEIGHT,
    always: entry.selected || entry.hovered,
  }));
  placeLabels(wishes, stage.width, stage.height).forEach((place, index) => {
    if (place) paintLabel(g, named[index], texts[index], place, wishes[index].width);
  });
}

/**
 * People's names stand on the colour of the class; the model's on a dark plate with a strip of it.
 * @param {CanvasRenderingContext2D} g @param {Drawn} entry @param {string} text
 * @param {import("./labels.js").Place} place @param {number} width
 */
function paintLabel(g, { item, color }, text, place, width) {
  const [x, y] = [Math.round(place.x), Math.round(place.y)];
  const person = item.kind === "person";
  g.fillStyle = person ? color : PLATE;
  g.fillRect(x, y, width, LABEL_HEIGHT);
  if (!person) {
    g.fillStyle = color;
    g.fillRect(x, y, STRIP, LABEL_HEIGHT);
  }
  g.fillStyle = person ? tonesOf(color).ink : "#ffffff";
  g.fillText(text, x + LABEL_PADDING + (person ? 0 : STRIP), y + LABEL_HEIGHT / 2 + 0.5);
}

/** @param {CanvasRenderingContext2D} g @param {Drawn} entry */
export function paintHandles(g, { area, color }) {
  const rect = { x1: Math.round(area.x1), y1: Math.round(area.y1), x2: Math.round(area.x2), y2: Math.round(area.y2) };
  if (rect.x2 - rect.x1 < 6 && rect.y2 - rect.y1 < 6) return;
  g.lineWidth = 1.5;
  g.strokeStyle = color;
  g.fillStyle = "#ffffff";
  for (const handle of handlesFor(rect)) {
    const [x, y] = handlePoint(rect, handle);
    g.fillRect(x - HANDLE / 2, y - HANDLE / 2, HANDLE, HANDLE);
    g.strokeRect(x - HANDLE / 2, y - HANDLE / 2, HANDLE, HANDLE);
  }
}

/**
 * Width and height in pixels of the picture, below the box.
 * @param {CanvasRenderingContext2D} g @param {Rect} rect @param {Rect} area of it on the stage @param {import("./types.js").Size} stage
 */
export function paintSize(g, rect, area, stage) {
  const text = `${pixels(rect.x2 - rect.x1)} × ${pixels(rect.y2 - rect.y1)}`;
  g.font = FONT;
  g.textBaseline = "middle";
  const width = widthOf(g, text) + 2 * LABEL_PADDING;
  const x = Math.round(Math.max(4, Math.min((area.x1 + area.x2 - width) / 2, stage.width - width - 4)));
  const y = Math.round(Math.max(4, Math.min(area.y2 + 8, stage.height - LABEL_HEIGHT - 4)));
  g.fillStyle = PLATE;
  g.beginPath();
  g.roundRect(x, y, width, LABEL_HEIGHT, 4);
  g.fill();
  g.fillStyle = "#ffffff";
  g.fillText(text, x + LABEL_PADDING, y + LABEL_HEIGHT / 2 + 0.5);
}

/** Lines through the pointer over the whole stage. @param {CanvasRenderingContext2D} g @param {number} x @param {number} y @param {import("./types.js").Size} stage */
export function paintGuide(g, x, y, stage) {
  const [column, row] = [Math.round(x) + 0.5, Math.round(y) + 0.5];
  g.lineWidth = 1;
  g.setLineDash([4, 4]);
  for (const [style, offset] of /** @type {[string, number][]} */ ([["rgb(0 0 0 / 40%)", 0], ["rgb(255 255 255 / 55%)", 4]])) {
    g.strokeStyle = style;
    g.lineDashOffset = offset;
    g.beginPath();
    g.moveTo(column, 0);
    g.lineTo(column, stage.height);
    g.moveTo(0, row);
    g.lineTo(stage.width, row);
    g.stroke();
  }
  g.setLineDash(SOLID);
  g.lineDashOffset = 0;
}

/** @param {CanvasRenderingContext2D} g @param {string} text */
function widthOf(g, text) {
  let width = widths.get(text);
  if (width === undefined) {
    if (widths.size > 2000) widths.clear();
    width = Math.ceil(g.measureText(text).width);
    widths.set(text, width);
  }
  return width;
}

/** @param {string} color */
function tonesOf(color) {
  let tones = palette.get(color);
  if (!tones) {
    if (palette.size > 2000) palette.clear();
    const gap = luminance(color) > 0.5 ? DARK_GAP : LIGHT_GAP;
    tones = { ink: inkOn(color), gap, weak: translucent(color, 0.1), strong: translucent(color, 0.16) };
    palette.set(color, tones);
  }
  return tones;
}

/** @param {Drawn} entry */
const labelOf = ({ item, name }) => (item.score === null ? name : `${name} ${item.score.toFixed(2)}`);

/** @param {Drawn} a @param {Drawn} b */
const byImportance = (a, b) => rank(b) - rank(a);

/** @param {Drawn} entry */
const rank = ({ item, selected, hovered }) => (selected ? 8 : 0) + (hovered ? 4 : 0) + (item.score ?? 2);

/** Without those in the middle of a side that is too short for three. @param {Rect} rect */
const handlesFor = (rect) =>
  HANDLES.filter(({ fx, fy }) => (fx !== 0.5 || rect.x2 - rect.x1 >= 28) && (fy !== 0.5 || rect.y2 - rect.y1 >= 28));

/** @param {number} value */
const pixels = (value) => (Number.isInteger(value) ? String(value) : value.toFixed(1));
