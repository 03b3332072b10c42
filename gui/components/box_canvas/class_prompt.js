/** Asks for the name of the very first class, beside the box that was just drawn. */

import { h } from "../shared/dom.js";
import { nameField } from "./name_field.js";

/**
 * @param {HTMLElement} parent the element that holds the stage
 * @param {{x: number, y: number}} at CSS pixels of the stage
 * @param {{onName: (name: string) => Promise<void>, onCancel: () => void}} answers
 * @returns {() => void} takes the prompt away
 */
export function askFirstClass(parent, at, { onName, onCancel }) {
  const close = () => card.remove();
  const field = nameField({
    label: "Name of the first class",
    placeholder: "What is in the box?",
    keepOnBlur: true,
    onDone: async (name) => {
      await onName(name);
      close();
    },
    onCancel: () => {
      close();
      onCancel();
    },
  });
  const card = h("div", { class: "bc-prompt" }, h("strong", {}, "Name this class"), field.element, h("span", { class: "bl-muted" }, "Enter keeps the box, Esc discards it. You can rename it later."));
  parent.append(card);
  const left = Math.max(8, Math.min(at.x, parent.clientWidth - card.offsetWidth - 8));
  const top = Math.max(8, Math.min(at.y, parent.clientHeight - card.offsetHeight - 8));
  Object.assign(card.style, { left: `${left}px`, top: `${top}px` });
  field.focus();
  return close;
}
