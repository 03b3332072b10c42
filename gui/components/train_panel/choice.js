// A few choices side by side, one of them taken: radio buttons that look like one control.

import { h } from "../shared/dom.js";

let made = 0;

/**
 * @param {string} label what is chosen, for a screen reader and as the caption
 * @param {{value: string, name: string, hint: string}[]} options
 * @param {string} value the one that is taken
 * @param {(value: string) => void} changed
 * @param {boolean} captioned false: the label is only for a screen reader
 */
export function choice(label, options, value, changed, captioned = true) {
  made += 1;
  const group = `bl-choice-${made}`;
  const entries = options.map((option) => {
    const input = h("input", {
      type: "radio",
      name: group,
      value: option.value,
      checked: option.value === value,
      onchange: () => changed(option.value),
    });
    return h("label", { title: option.hint }, input, h("span", {}, option.name));
  });
  return h(
    "div",
    { class: "bl-field" },
    h("span", { id: group, class: captioned ? null : "bl-hidden" }, label),
    h("div", { class: "bl-choice", role: "radiogroup", "aria-labelledby": group }, entries),
  );
}
