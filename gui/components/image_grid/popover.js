// A panel below a button that stays open while something is chosen in it; Escape or a click elsewhere closes it.

import { fill, h, on } from "../shared/dom.js";

/** Returns {open, close, redraw}; `content()` gives the nodes each time it is drawn. */
export function popover(button, { label, content }) {
  let panel = null;
  let stops = [];
  button.setAttribute("aria-haspopup", "dialog");
  button.setAttribute("aria-expanded", "false");

  const close = ({ refocus = false } = {}) => {
    if (!panel) return;
    stops.forEach((stop) => stop());
    panel.remove();
    panel = null;
    button.setAttribute("aria-expanded", "false");
    if (refocus) button.focus();
  };
  const place = () => {
    const at = button.getBoundingClientRect();
    const { width } = panel.getBoundingClientRect();
    panel.style.left = `${Math.max(8, Math.min(at.left, innerWidth - width - 8))}px`;
    panel.style.top = `${at.bottom + 4}px`;
    panel.style.maxHeight = `${innerHeight - at.bottom - 16}px`;
  };
  const open = () => {
    panel = h("div", { class: "image-panel", role: "dialog", "aria-label": label, tabindex: "-1" }, content());
    document.body.append(panel);
    place();
    button.setAttribute("aria-expanded", "true");
    panel.focus({ preventScroll: true });
    stops = [
      on(panel, "keydown", (event) => {
        event.stopPropagation();
        if (event.key === "Escape") close({ refocus: true });
      }),
      on(document, "pointerdown", (event) => {
        const inside = panel.contains(event.target) || button.contains(event.target) || event.target.closest("dialog");
        if (!inside) close();
      }),
      on(window, "resize", place),
    ];
  };
  button.addEventListener("click", () => (panel ? close() : open()));

  return {
    open,
    close,
    /** Draw its content anew, with the focus where it was. */
    redraw() {
      if (!panel) return;
      const key = document.activeElement?.dataset?.focus;
      const { scrollTop } = panel;
      fill(panel, content());
      panel.scrollTop = scrollTop;
      if (key) panel.querySelector(`[data-focus="${CSS.escape(key)}"]`)?.focus({ preventScroll: true });
      else if (!panel.contains(document.activeElement)) panel.focus({ preventScroll: true });
    },
  };
}
