/** A field for a name where the name stands: Enter takes it, Escape and leaving it empty do not. */

import { h } from "../shared/dom.js";

/**
 * @param {{
 *   value?: string, label: string, placeholder?: string,
 *   onDone: (name: string) => Promise<void>, onCancel: () => void, keepOnBlur?: boolean
 * }} options `onDone` may throw an Error whose message is shown below the field
 */
export function nameField({ value = "", label, placeholder = "", onDone, onCancel, keepOnBlur = false }) {
  const input = h("input", { class: "bl-input bc-name-input", value, placeholder, "aria-label": label, maxlength: 200, autocomplete: "off", spellcheck: "false" });
  const problem = h("div", { class: "bc-problem", role: "alert", hidden: true });
  let closed = false;
  const cancel = () => {
    if (closed) return;
    closed = true;
    onCancel();
  };
  const take = async () => {
    const name = input.value.trim();
    if (!name || name === value) return cancel();
    if (closed) return;
    closed = true;
    try {
      await onDone(name);
    } catch (error) {
      closed = false;
      problem.hidden = false;
      problem.textContent = /** @type {Error} */ (error).message;
      input.focus();
    }
  };
  input.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => {
    event.stopPropagation();
    if (event.key === "Enter" && !event.isComposing) take();
    else if (event.key === "Escape") cancel();
  });
  if (!keepOnBlur) input.addEventListener("blur", () => (value ? take() : cancel()));
  const element = h("div", { class: "bc-name-field" }, input, problem);
  return { element, focus: () => (input.focus(), input.select()) };
}
