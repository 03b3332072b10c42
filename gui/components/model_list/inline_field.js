// A text that is written where it stands: kept on Enter and on leaving the field; Escape takes the change back.

import { h } from "../shared/dom.js";

/**
 * @param {object} options value, placeholder, label (for a screen reader), most characters, key (finds it again after a redraw),
 *   readonly: it is only read
 * @param {(text: string) => Promise<boolean>} keep whether it was stored
 */
export function inlineField({ value, placeholder, label, most, key, readonly = false }, keep) {
  let kept = value;
  const save = async () => {
    const text = input.value.trim();
    if (text === kept) return;
    if (await keep(text)) kept = text;
  };
  const keys = (event) => {
    if (event.key === "Escape") input.value = kept;
    if (event.key === "Enter" || event.key === "Escape") input.blur();
  };
  const acts = readonly ? { readonly } : { placeholder, onchange: save, onkeydown: keys };
  const input = h("input", { class: "bl-models-field", value, maxlength: most, "aria-label": label, dataset: { key }, ...acts });
  return input;
}
