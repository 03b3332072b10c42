/** A small list of the classes where the pointer is: for what is selected, else for the next boxes. */

import { h, on } from "../shared/dom.js";
import { classPicker } from "../class_manager/class_picker.js";
import { keysOfClasses } from "./class_keys.js";
import { RecentClasses } from "./recent_classes.js";

/** @type {(() => void) | null} */
let closeOpen = null;

/**
 * @param {import("../class_manager/manager.js").ClassPage} page @param {{x: number, y: number} | null} at CSS pixels of
 *   the window; null puts it into the middle
 */
export function openQuickPalette(page, at) {
  closeOpen?.();
  const { model } = page;
  const selected = model.selected.size;
  const label = selected === 0 ? "Class of the next boxes" : selected === 1 ? "Class of the selected box" : `Class of ${selected} boxes`;
  const stops = [on(document, "pointerdown", (/** @type {Event} */ event) => !card.contains(/** @type {Node} */ (event.target)) && close(), true)];
  const close = () => {
    stops.forEach((stop) => stop());
    card.remove();
    closeOpen = null;
  };
  const leave = () => {
    close();
    page.focusStage();
  };
  const problem = h("div", { class: "bc-problem", role: "alert", hidden: true });
  const picker = classPicker({
    classes: model.palette,
    keys: keysOfClasses(model.classes),
    first: [...new RecentClasses(model.project.id).ids],
    label,
    onPick: (entry) => {
      leave();
      page.choose(entry.id);
    },
    onCreate: model.readOnly ? undefined : async (name) => {
      try {
        const made = await page.classes.add(name);
        leave();
        page.choose(made.id);
      } catch (error) {
        problem.hidden = false;
        problem.textContent = /** @type {Error} */ (error).message;
      }
    },
    onLeave: leave,
  });
  const card = h("div", { class: "bl-menu cm-quick", role: "dialog", "aria-label": label }, h("div", { class: "cm-quick-head" }, label), picker.element, problem);
  document.body.append(card);
  place(card, at);
  picker.focus();
  closeOpen = close;
}

/** @param {HTMLElement} card @param {{x: number, y: number} | null} at */
function place(card, at) {
  const { width, height } = card.getBoundingClientRect();
  const left = at ? at.x + 8 : (innerWidth - width) / 2;
  const top = at ? at.y + 8 : (innerHeight - height) / 3;
  card.style.left = `${Math.max(8, Math.min(left, innerWidth - width - 8))}px`;
  card.style.top = `${Math.max(8, Math.min(top, innerHeight - height - 8))}px`;
}
