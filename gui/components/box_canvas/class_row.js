/** One class as a row of the panel: its key, colour, name, count, and the button that opens its menu. */

import { h } from "../shared/dom.js";
import { icon } from "../shared/icons.js";

/**
 * @typedef {import("./types.js").ObjectClass} ObjectClass
 * @typedef {{element: HTMLElement, entry: ObjectClass, refresh: (entry: ObjectClass, current: boolean) => void}} Row
 * @typedef {{
 *   choose: (id: number) => void, menu: (entry: ObjectClass, anchor: HTMLElement) => unknown,
 *   rename: (entry: ObjectClass) => void, recolor: (entry: ObjectClass, color: string) => void
 * }} RowActs
 */

/**
 * @param {ObjectClass} entry @param {{key: string | undefined, taken: string | null, marks: number[]}} shown `taken`: the
 *   command that has the key in this browser; `marks`: places of letters of the name that were searched for
 * @param {RowActs} acts @returns {Row}
 */
export function classRow(entry, { key, taken, marks }, acts) {
  const count = h("span", { class: "bc-count bl-numeric" });
  const more = h(
    "button",
    { class: "bc-row-tool bc-class-more", type: "button", "data-needs": "labeller", tabindex: "-1", "aria-label": `More about ${entry.name}`, "aria-haspopup": "menu", title: "More" },
    icon("more", { size: 14 }),
  );
  const element = h(
    "div",
    {
      class: "bc-class",
      role: "option",
      tabindex: "-1",
      draggable: "true",
      title: entry.name,
      dataset: { classId: entry.id },
      onclick: () => acts.choose(entry.id),
      ondblclick: () => acts.rename(entry),
      oncontextmenu: (/** @type {Event} */ event) => (event.preventDefault(), acts.menu(entry, more)),
    },
    h("kbd", { class: ["bc-digit", !key && "none", taken && "taken"], title: taken ? `In this browser ${shownKey(key)} is for “${taken}”` : null }, shownKey(key)),
    swatch(entry, acts.recolor),
    h("span", { class: "bc-class-name bl-cut" }, marked(entry.name, marks)),
    count,
    more,
  );
  more.addEventListener("click", (event) => (event.stopPropagation(), acts.menu(entry, more)));
  more.addEventListener("dblclick", (event) => event.stopPropagation());
  return {
    element,
    entry,
    refresh: (now, current) => {
      element.classList.toggle("current", current);
      element.setAttribute("aria-selected", String(current));
      element.setAttribute("aria-label", `${now.name}, ${now.boxes === 1 ? "1 box" : `${now.boxes} boxes`}${key ? `, key ${shownKey(key)}` : ""}`);
      count.textContent = now.boxes.toLocaleString("en");
      count.title = `${now.boxes.toLocaleString("en")} boxes in the project`;
    },
  };
}

/** @param {string | undefined} key */
const shownKey = (key) => (key ?? "").toUpperCase();

/** @param {ObjectClass} entry @param {RowActs["recolor"]} recolor */
export function swatch(entry, recolor) {
  return h("input", {
    class: "bc-swatch",
    type: "color",
    value: entry.color,
    "aria-label": `Colour of ${entry.name}`,
    title: "Change the colour",
    tabindex: "-1",
    onclick: (/** @type {Event} */ event) => event.stopPropagation(),
    ondblclick: (/** @type {Event} */ event) => event.stopPropagation(),
    onchange: (/** @type {Event} */ event) => recolor(entry, /** @type {HTMLInputElement} */ (event.target).value),
  });
}

/** A name with the letters that were searched for. @param {string} name @param {readonly number[]} marks */
export function marked(name, marks) {
  if (marks.length === 0) return name;
  const wanted = new Set(marks);
  return [...name].map((letter, place) => (wanted.has(place) ? h("mark", {}, letter) : letter));
}
