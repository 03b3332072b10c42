// Wheel, mouse and fingers move and zoom what a view shows.

import { Wheel } from "../box_canvas/wheel.js";

/** @param {HTMLElement} element the stage @param {import("../box_canvas/view.js").View} view */
export function panAndZoom(element, view) {
  const wheel = new Wheel();
  const fingers = new Map();
  const place = ({ clientX, clientY }) => {
    const { left, top } = element.getBoundingClientRect();
    return { x: clientX - left, y: clientY - top };
  };
  element.addEventListener(
    "wheel",
    (event) => {
      event.preventDefault();
      const { x, y } = place(event);
      const act = wheel.read(event, "auto");
      if ("zoom" in act) view.zoomAt(x, y, act.zoom);
      else view.panBy(act.dx, act.dy);
    },
    { passive: false },
  );
  element.addEventListener("pointerdown", (event) => {
    if (event.button > 1 || event.target.closest("button, input, a")) return;
    element.setPointerCapture(event.pointerId);
    fingers.set(event.pointerId, place(event));
  });
  element.addEventListener("pointermove", (event) => {
    if (!fingers.has(event.pointerId)) return;
    const before = grip(fingers);
    fingers.set(event.pointerId, place(event));
    const after = grip(fingers);
    view.panBy(after.x - before.x, after.y - before.y);
    if (before.spread > 0) view.zoomAt(after.x, after.y, after.spread / before.spread);
  });
  for (const type of ["pointerup", "pointercancel"]) {
    element.addEventListener(type, ({ pointerId }) => fingers.delete(pointerId));
  }
}

/** Where the fingers hold the picture, and how far they are apart; 0 for one. @param {Map<number, {x: number, y: number}>} fingers */
function grip(fingers) {
  const [a, b = a] = [...fingers.values()];
  return { x: (a.x + b.x) / 2, y: (a.y + b.y) / 2, spread: Math.hypot(a.x - b.x, a.y - b.y) };
}
