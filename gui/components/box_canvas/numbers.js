/** Place and size of the selected box as numbers to type: Enter takes them, Esc leaves them, and a wrong one says why. */

import { fill, h } from "../shared/dom.js";
import { redrawOn } from "./layout.js";

/**
 * @typedef {import("./types.js").Rect} Rect
 * @typedef {import("./types.js").Size} Size
 * @typedef {{x: string, y: string, width: string, height: string}} Typed
 */

/** @type {[keyof Typed, string, string][]} */
const FIELDS = [["x", "X", "Left edge"], ["y", "Y", "Upper edge"], ["width", "W", "Width"], ["height", "H", "Height"]];

/**
 * The box that four typed numbers stand for, or what is wrong with them. Pixels of the picture.
 * @param {Typed} typed @param {Size} size of the picture
 * @returns {{rect: Rect} | {problem: string, field: keyof Typed}}
 */
export function readNumbers(typed, size) {
  /** @type {Record<string, number>} */
  const values = {};
  for (const [field, , label] of FIELDS) {
    const text = typed[field].trim().replace(",", ".");
    values[field] = Number(text);
    if (text === "" || !Number.isFinite(values[field])) return { field, problem: `${label}: type a number of pixels.` };
  }
  const { x, y, width, height } = values;
  if (x < 0 || x >= size.width) return { field: "x", problem: `Left edge: 0 to ${size.width - 1}; the image is ${size.width} wide.` };
  if (y < 0 || y >= size.height) return { field: "y", problem: `Upper edge: 0 to ${size.height - 1}; the image is ${size.height} high.` };
  if (width <= 0 || x + width > size.width) return { field: "width", problem: `Width: more than 0, at most ${round(size.width - x)} from there.` };
  if (height <= 0 || y + height > size.height) return { field: "height", problem: `Height: more than 0, at most ${round(size.height - y)} from there.` };
  return { rect: { x1: x, y1: y, x2: x + width, y2: y + height } };
}

/**
 * @param {HTMLElement} place @param {import("./model.js").Model} model @param {import("./editor.js").Editor} editor
 * @param {() => void} leave gives the keys back to the image
 * @returns {{focus: () => void}}
 */
export function mountNumbers(place, model, editor, leave) {
  const problem = h("div", { class: "bc-numbers-problem", role: "alert" });
  const inputs = Object.fromEntries(FIELDS.map(([field, , label]) => [field, input(label)]));
  const item = () => (model.selected.size === 1 ? model.itemOf(model.selection) : undefined);
  const show = () => {
    const one = item();
    const editable = one !== undefined && !model.marks.has("locked", one.id);
    const values = one && { x: one.rect.x1, y: one.rect.y1, width: one.rect.x2 - one.rect.x1, height: one.rect.y2 - one.rect.y1 };
    for (const [field] of FIELDS) {
      inputs[field].disabled = !editable;
      inputs[field].value = values ? String(round(values[field])) : "";
    }
    tell(null);
  };
  const tell = (/** @type {{problem: string, field: keyof Typed} | null} */ wrong) => {
    problem.textContent = wrong?.problem ?? "";
    for (const [field] of FIELDS) inputs[field].setAttribute("aria-invalid", String(wrong?.field === field));
    if (wrong) inputs[wrong.field].select();
  };
  const apply = () => {
    const one = item();
    if (!one || !model.image) return leave();
    const typed = /** @type {Typed} */ (Object.fromEntries(FIELDS.map(([field]) => [field, inputs[field].value])));
    const read = readNumbers(typed, model.image);
    if ("problem" in read) return tell(read);
    editor.changeRects(new Map([[one.id, read.rect]]));
    show();
    leave();
  };
  const onKey = (/** @type {KeyboardEvent} */ event) => {
    if (event.key !== "Enter" && event.key !== "Escape") return;
    event.preventDefault();
    event.stopPropagation();
    if (event.key === "Enter") return apply();
    show();
    leave();
  };
  const fields = FIELDS.map(([field, short, label]) => h("label", { title: `${label}, in pixels of the image` }, short, inputs[field]));
  fill(place, h("div", { class: "bc-numbers", role: "group", "aria-label": "Place and size of the selected box", dataset: { hint: "Place and size of the selected box", command: "box.numbers" }, onkeydown: onKey }, fields), problem);
  const unlessTyping = () => !place.contains(document.activeElement) && show();
  redrawOn(model, ["image", "content", "threshold", "predictions", "visibility"], unlessTyping);
  redrawOn(model, ["selection"], show);
  const focus = () => {
    show(); // an edit of this very frame has not been drawn yet, and its old numbers would be taken for typed ones
    if (!inputs.x.disabled) inputs.x.select();
  };
  return { focus };
}

/** @param {string} label */
const input = (label) => h("input", { class: "bl-input bl-numeric", type: "text", inputmode: "decimal", "aria-label": `${label} in pixels`, autocomplete: "off", spellcheck: "false" });

/** @param {number} value */
const round = (value) => Math.round(value * 100) / 100;
