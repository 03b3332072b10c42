/**
 * A field and a list to pick a class by a few letters: arrows move, Enter picks, Escape leaves.
 *
 * @typedef {import("../box_canvas/types.js").ObjectClass} ObjectClass
 */

import { fill, h } from "../shared/dom.js";
import { icon } from "../shared/icons.js";
import { marked } from "../box_canvas/class_row.js";
import { findClasses } from "../box_canvas/class_search.js";

let pickers = 0;

/**
 * @param {{
 *   classes: readonly ObjectClass[], keys: ReadonlyMap<number, string>, first?: readonly number[], label: string, onPick: (entry: ObjectClass) => void,
 *   onCreate?: (name: string) => void, onLeave?: () => void, onMove?: (entry: ObjectClass | null) => void
 * }} options `keys`: of the classes by id; `first`: ids of classes that stand first while nothing is typed; `onMove`: told of the one that Enter takes
 */
export function classPicker({ classes, keys, first = [], label, onPick, onCreate, onLeave, onMove }) {
  pickers += 1;
  const id = `bl-class-picker-${pickers}`;
  const head = first.map((one) => classes.find((entry) => entry.id === one)).filter((entry) => entry !== undefined);
  const ordered = [...head, ...classes.filter((entry) => !head.includes(entry))];
  /** @type {({entry: ObjectClass, marks: number[]} | {create: string})[]} */
  let shown = [];
  let at = 0;
  const list = h("div", { class: "cm-pick-list", id, role: "listbox", "aria-label": label });
  const input = h("input", {
    class: "bl-input",
    role: "combobox",
    type: "text",
    placeholder: onCreate ? "Find a class, or name a new one" : "Find a class",
    "aria-label": label,
    "aria-controls": id,
    "aria-expanded": "true",
    "aria-autocomplete": "list",
    autocomplete: "off",
    spellcheck: "false",
    maxlength: 200,
    oninput: () => search(),
    onkeydown: (/** @type {KeyboardEvent} */ event) => press(event),
  });

  const search = () => {
    const query = input.value.trim();
    shown = findClasses(ordered, query);
    const known = classes.some(({ name }) => name.toLowerCase() === query.toLowerCase());
    if (onCreate && query && !known) shown.push({ create: query });
    at = 0;
    draw();
  };
  const draw = () => {
    fill(list, shown.length === 0 ? h("div", { class: "bl-muted cm-pick-none" }, "No class has that name.") : shown.map(option));
    input.setAttribute("aria-activedescendant", shown.length > 0 ? `${id}-${at}` : "");
    list.children[at]?.scrollIntoView({ block: "nearest" });
    const active = shown[at];
    onMove?.(active && "entry" in active ? active.entry : null);
  };
  const option = (/** @type {typeof shown[number]} */ found, /** @type {number} */ place) =>
    h(
      "div",
      { class: ["cm-pick", place === at && "active"], id: `${id}-${place}`, role: "option", "aria-selected": String(place === at), onclick: () => take(found) },
      "create" in found
        ? [icon("add"), h("span", { class: "bl-cut" }, `New class “${found.create}”`)]
        : [
            h("span", { class: "cm-chip", style: { "--color": found.entry.color } }),
            h("span", { class: "bl-grow bl-cut" }, marked(found.entry.name, found.marks)),
            h("span", { class: "bl-muted bl-numeric" }, found.entry.boxes.toLocaleString("en")),
            keys.has(found.entry.id) && h("kbd", { class: "bl-key" }, (keys.get(found.entry.id) ?? "").toUpperCase()),
          ],
    );
  const take = (/** @type {typeof shown[number]} */ found) => ("create" in found ? onCreate?.(found.create) : onPick(found.entry));
  const press = (/** @type {KeyboardEvent} */ event) => {
    const steps = { ArrowDown: 1, ArrowUp: -1, PageDown: 8, PageUp: -8 };
    const step = steps[/** @type {keyof typeof steps} */ (event.key)];
    if (step && shown.length > 0) {
      at = Math.abs(step) === 1 ? (at + step + shown.length) % shown.length : Math.max(0, Math.min(shown.length - 1, at + step));
      draw();
    } else if (event.key === "Enter" && !event.isComposing) {
      if (shown[at]) take(shown[at]);
    } else if (event.key === "Escape" && onLeave) onLeave();
    else return void (event.key !== "Escape" && event.stopPropagation());
    event.preventDefault();
    event.stopPropagation();
  };
  search();
  return { element: h("div", { class: "cm-picker" }, input, list), focus: () => (input.focus(), input.select()) };
}
