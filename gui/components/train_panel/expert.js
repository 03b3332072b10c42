// The expert drawer: every setting with what Boxloop takes for it and why. A field may stay empty; only what was filled
// in is sent.

import { fill, h } from "../shared/dom.js";
import { icon } from "../shared/icons.js";
import { FIELDS, readField } from "./fields.js";

/**
 * @param {object} given settings that the address brought along, by key
 * @param {() => void} changed called at each key, and when somebody has chosen or cleared something
 * @returns {{element: HTMLElement, read: () => {config: object, fault: string|null}, show: (plan: object) => void}}
 */
export function expertDrawer(given, changed) {
  const rows = FIELDS.map((field) => settingRow(field, given[field.key]));
  const fixed = h("div", { class: "bl-settings-fixed" });
  const mark = h("span", { class: "bl-plan-changed" });
  const reset = h("button", { class: "bl-button quiet", type: "button", hidden: true, onclick: clear }, icon("undo"), "All automatic");
  const grid = h("div", { class: "bl-settings" }, rows.map((row) => row.element), fixed);
  const element = h(
    "details",
    { class: "bl-plan-drawer", open: Object.keys(given).length > 0 },
    h("summary", {}, icon("chevron"), "Expert settings", mark),
    grid,
    reset,
  );
  element.addEventListener("input", () => {
    count();
    changed();
  });

  function read() {
    const config = {};
    for (const row of rows) {
      const { value, fault } = row.read();
      if (fault) return { config, fault };
      if (value !== null) config[row.field.key] = value;
    }
    return { config, fault: null };
  }

  function count() {
    const set = rows.filter((row) => row.isSet()).length;
    mark.textContent = set ? `${set} set by you` : "";
    reset.hidden = set === 0;
  }

  function clear() {
    for (const row of rows) row.clear();
    count();
    element.querySelector("summary").focus(); // the button goes away under the keyboard
    changed();
  }

  function show(plan) {
    const choices = new Map(plan.choices.map((choice) => [choice.name, choice]));
    for (const row of rows) row.show(choices.get(row.field.key), plan.config?.[row.field.key]);
    const known = new Set(FIELDS.map((field) => field.key));
    fill(fixed, plan.choices.filter((choice) => !known.has(choice.name)).map(fixedRow));
  }

  count();
  return { element, read, show };
}

/** A choice that cannot be overridden, in the same columns. */
function fixedRow({ label, value, reason }) {
  return h("div", { class: "bl-setting" }, h("span", {}, label), h("span", { class: "bl-setting-value" }, value), h("span", { class: "bl-muted" }, reason));
}

let made = 0;

function settingRow(field, given) {
  made += 1;
  const id = `bl-setting-${made}`;
  const control = controlOf(field, id, given);
  const hint = h("span", { class: "bl-muted", id: `${id}-why` }, field.hint ?? "");
  const element = h("div", { class: "bl-setting" }, h("label", { for: id }, field.label), control.element, hint);

  /** @param {object|undefined} choice of the plan; @param {any} value that the plan takes for this setting */
  function show(choice, value) {
    if (!choice) return;
    if (choice.by !== "you") control.automatic(choice.value, value);
    // Where a setting has a value for each stage, the field holds only the first one.
    const whole = field.kind === "number" && choice.by !== "you" && choice.value.includes(", then ") ? `${choice.value}. ` : "";
    fill(hint, whole + choice.reason);
    element.classList.toggle("set", choice.by === "you");
  }
  return { field, element, show, read: control.read, clear: control.clear, isSet: () => control.texts().some((text) => text !== "") };
}

/** What is typed into or chosen from: one input, two for a size, or a select. */
function controlOf(field, id, given) {
  if (field.kind === "choice") return selectOf(field, id, given);
  const describedBy = `${id}-why`;
  const input = (attributes) => h("input", { class: "bl-input", "aria-describedby": describedBy, placeholder: field.empty ?? "automatic", ...attributes });
  const { min, max, step } = field;
  if (field.kind === "size") {
    const side = { type: "number", min: 64, step: 32 };
    const inputs = [
      input({ ...side, id, "aria-label": "Input width in pixels" }),
      input({ ...side, "aria-label": "Input height in pixels" }),
    ];
    const element = h("div", { class: "bl-row" }, inputs[0], "×", inputs[1]);
    return typed(field, element, inputs, (value) => value);
  }
  const number = field.kind === "number";
  const one = input(number ? { id, type: "number", min, max, step } : { id, spellcheck: "false", autocomplete: "off" });
  return typed(field, one, [one], (value) => [value]);
}

function typed(field, element, inputs, parts) {
  const texts = () => inputs.map((input) => input.value || (input.validity.badInput ? "?" : ""));
  return {
    element,
    texts,
    read: () => readField(field, inputs.length > 1 ? texts() : texts()[0], inputs.some((input) => input.validity.badInput)),
    clear: () => inputs.forEach((input) => (input.value = "")),
    automatic: (words, value) => parts(value ?? words).forEach((part, index) => (inputs[index].placeholder = String(part))),
  };
}

function selectOf(field, id, given) {
  const automatic = h("option", { value: "" }, "Automatic");
  const options = field.options.map(([value, name]) => h("option", { value }, name));
  const select = h("select", { class: "bl-select", id, "aria-describedby": `${id}-why` }, automatic, options);
  if (given) select.value = given;
  return {
    element: select,
    texts: () => [select.value],
    read: () => readField(field, select.value),
    clear: () => (select.value = ""),
    automatic: (words) => (automatic.textContent = `Automatic: ${words}`),
  };
}
