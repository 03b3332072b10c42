/** How the canvas shows things, put together: the panel, the light, the magnifier, the map, and their commands. */

import { mountLight } from "./light.js";
import { mountLookPanel } from "./look_panel.js";
import { Loupe } from "./loupe.js";
import { Minimap } from "./minimap.js";

/** @type {import("./look.js").Names[]} */
const NAMES = ["all", "pointed", "none"];

/**
 * @param {{
 *   layout: import("./layout.js").Layout, model: import("./model.js").Model, view: import("./view.js").View,
 *   look: import("./look.js").Look, painter: import("./painter.js").Painter, shortcuts: import("../shared/shortcuts.js").Shortcuts
 * }} parts
 */
export function mountViewing({ layout, model, view, look, painter, shortcuts }) {
  const centre = /** @type {HTMLElement} */ (layout.stage.parentElement);
  const loupe = new Loupe(layout.stage, centre, painter);
  const map = new Minimap(centre, painter);
  const panel = mountLookPanel(centre, look);
  layout.tools.append(panel.button);
  mountLight(centre, look, [layout.under, loupe.element, map.canvas]);
  painter.after.push(() => loupe.paint(), () => map.paint());
  model.subscribe((topic) => {
    if (topic !== "hover" && topic !== "draft" && topic !== "selection") map.invalidate();
    if (topic === "project") look.useProject(model.project.id);
  });
  look.subscribe(() => painter.request());
  const zoomToSelection = () => {
    const rects = model.items().filter(({ id }) => model.selected.has(id)).map(({ rect }) => rect);
    if (rects.length > 0) view.zoomTo(around(rects));
  };
  const nextNames = () => look.set({ names: NAMES[(NAMES.indexOf(look.names) + 1) % NAMES.length] });
  shortcuts.add([
    { id: "view.selection", group: "View", text: "Zoom to what is selected", keys: ["Z"], run: zoomToSelection },
    { id: "view.loupe", group: "View", text: "Held: a magnifier at the pointer", keys: ["M"], run: () => loupe.hold(true), release: () => loupe.hold(false) },
    { id: "view.light", group: "View", text: "Light as adjusted, or pixels as they are", keys: ["Shift+L"], run: () => look.toggleLight() },
    { id: "view.guide", group: "View", text: "Guide lines on or off", keys: ["Shift+G"], run: () => look.set({ guide: !look.guide }) },
    { id: "view.names", group: "View", text: "Names at every box, at the pointer, nowhere", keys: ["Shift+T"], run: nextNames },
    { id: "view.look", group: "View", text: "How it is shown: light, pixels, names, map", keys: ["V"], run: panel.toggle },
  ]);
  return { onPixels: () => map.invalidate() };
}

/** @param {import("./types.js").Rect[]} rects @returns {import("./types.js").Rect} the smallest that holds them all */
const around = (rects) => ({
  x1: Math.min(...rects.map(({ x1 }) => x1)),
  y1: Math.min(...rects.map(({ y1 }) => y1)),
  x2: Math.max(...rects.map(({ x2 }) => x2)),
  y2: Math.max(...rects.map(({ y2 }) => y2)),
});
