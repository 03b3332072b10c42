/** The panel on the left: classes with their digit keys and counts, and what is shown. */

import { fill, h } from "../shared/dom.js";
import { icon } from "../shared/icons.js";
import { attempt } from "../shared/toast.js";
import { redrawOn } from "./layout.js";
import { nameField } from "./name_field.js";

/**
 * @param {HTMLElement} panel @param {import("./model.js").Model} model @param {import("./classes.js").Classes} classes
 * @param {(id: number) => void} choose what a click on a class does
 */
export function mountClassList(panel, model, classes, choose) {
  /** @type {number | "new" | null} */
  let editing = null;
  const list = h("div", { class: "bc-class-rows", role: "listbox", "aria-label": "Classes" });
  const show = h("div", { class: "bc-show" });
  const stopEditing = () => {
    editing = null;
    draw();
  };
  const edit = (/** @type {number | "new"} */ what) => {
    editing = what;
    draw();
  };
  const field = (/** @type {import("./types.js").ObjectClass | null} */ entry) =>
    nameField({
      value: entry?.name ?? "",
      label: entry ? `New name of ${entry.name}` : "Name of the new class",
      placeholder: "Name of the class",
      onDone: async (name) => {
        await (entry ? classes.rename(entry, name) : classes.add(name));
        stopEditing();
      },
      onCancel: stopEditing,
    });
  const draw = () => {
    const fields = [];
    const rows = model.classes.map((entry, index) => {
      if (editing !== entry.id) return classRow(entry, index, { model, classes, choose, edit });
      fields.push(field(entry));
      return fields[0].element;
    });
    const last = editing === "new" ? field(null) : null;
    if (last) fields.push(last);
    fill(list, rows, last ? last.element : addButton(() => edit("new")));
    fields[0]?.focus();
  };
  const drawShow = () => fill(show, toggles(model));
  fill(panel, h("header", { class: "bc-head" }, "Classes"), list, show);
  redrawOn(model, ["classes", "image", "content"], () => editing === null && draw());
  redrawOn(model, ["visibility"], drawShow);
}

/** @param {() => void} run */
function addButton(run) {
  return h("button", { class: "bc-add", type: "button", "data-needs": "labeller", onclick: run }, icon("add"), "Add class");
}

/**
 * @param {import("./types.js").ObjectClass} entry @param {number} index
 * @param {{model: import("./model.js").Model, classes: import("./classes.js").Classes, choose: (id: number) => void, edit: (id: number) => void}} context
 */
function classRow(entry, index, { model, classes, choose, edit }) {
  const digit = index < 10 ? String((index + 1) % 10) : "";
  const current = entry.id === model.currentClassId;
  return h(
    "div",
    {
      class: ["bc-class", current && "current"],
      role: "option",
      tabindex: "0",
      "aria-selected": String(current),
      title: entry.name,
      dataset: { classId: entry.id },
      onclick: () => choose(entry.id),
      ondblclick: () => edit(entry.id),
      onkeydown: (/** @type {KeyboardEvent} */ event) => event.key === "Enter" && event.target === event.currentTarget && (event.preventDefault(), choose(entry.id)),
    },
    h("kbd", { class: ["bc-digit", !digit && "none"] }, digit),
    swatch(entry, classes),
    h("span", { class: "bc-class-name bl-cut" }, entry.name),
    h("span", { class: "bc-count bl-numeric", title: `${entry.boxes} boxes in the project` }, entry.boxes),
    rowTools(entry, classes, edit),
  );
}

/** @param {import("./types.js").ObjectClass} entry @param {import("./classes.js").Classes} classes */
function swatch(entry, classes) {
  const change = (/** @type {Event} */ event) => attempt(() => classes.recolor(entry, /** @type {HTMLInputElement} */ (event.target).value));
  return h("input", {
    class: "bc-swatch",
    type: "color",
    value: entry.color,
    "aria-label": `Colour of ${entry.name}`,
    title: "Change the colour",
    tabindex: "-1",
    onclick: (/** @type {Event} */ event) => event.stopPropagation(),
    onchange: change,
  });
}

/** @param {import("./types.js").ObjectClass} entry @param {import("./classes.js").Classes} classes @param {(id: number) => void} edit */
function rowTools(entry, classes, edit) {
  const tool = (/** @type {string} */ name, /** @type {string} */ label, /** @type {() => void} */ run) =>
    h("button", { class: "bc-row-tool", type: "button", "aria-label": `${label} ${entry.name}`, title: label, onclick: (/** @type {Event} */ event) => (event.stopPropagation(), run()) }, icon(name, { size: 14 }));
  return h(
    "span",
    { class: "bc-row-tools" },
    tool("edit", "Rename", () => edit(entry.id)),
    entry.boxes === 0 && tool("bin", "Delete", () => attempt(() => classes.remove(entry))),
  );
}

/** @param {import("./model.js").Model} model */
function toggles(model) {
  const toggle = (/** @type {"showPeople" | "showModel"} */ key, /** @type {string} */ text, /** @type {string} */ look) =>
    h(
      "label",
      { class: "bc-toggle" },
      h("input", {
        type: "checkbox",
        checked: model[key],
        onchange: (/** @type {Event} */ event) => {
          model[key] = /** @type {HTMLInputElement} */ (event.target).checked;
          model.emit("visibility");
        },
      }),
      h("span", { class: `bc-line ${look}` }),
      text,
    );
  return [
    toggle("showPeople", "People's boxes", "solid"),
    toggle("showModel", "Model's boxes", "dashed"),
    model.hidden && h("div", { class: "bc-hidden-note" }, icon("eye_off", { size: 14 }), "All hidden; H shows them"),
  ];
}
