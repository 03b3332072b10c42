/** The page's skeleton: four panels and the stage. Each module fills its own part. */

import { h } from "../shared/dom.js";

/**
 * @typedef {{
 *   root: HTMLElement, stage: HTMLElement, under: HTMLElement, scene: HTMLCanvasElement, live: HTMLCanvasElement,
 *   drawing: HTMLElement, tools: HTMLElement, notice: HTMLElement,
 *   classes: HTMLElement, boxes: HTMLElement, numbers: HTMLElement, bar: HTMLElement
 * }} Layout
 */

/** @returns {Layout} */
export function buildLayout() {
  const under = h("div", { class: "bc-under" });
  const scene = h("canvas", { class: "bc-overlay" });
  const live = h("canvas", { class: "bc-overlay" });
  const tools = h("div", { class: "bc-tools" });
  const drawing = h("div", { class: "bc-drawing-place", "data-needs": "labeller" });
  const numbers = h("div", { class: "bc-numbers-place", "data-needs": "labeller" });
  const notice = h("div", { class: "bc-notice", hidden: true });
  const stage = h(
    "div",
    {
      class: "bc-stage",
      tabindex: "0",
      role: "application",
      "aria-roledescription": "image with boxes",
      "aria-label": "Image with boxes. Press ? for the keys, F6 to leave it.",
    },
    under,
    scene,
    live,
  );
  const classes = h("section", { class: "bc-panel bc-classes", "aria-label": "Classes" });
  const boxes = h("section", { class: "bc-panel bc-boxes", "aria-label": "Boxes" });
  const bar = h("div", { class: "bc-bar" });
  const centre = h("div", { class: "bc-centre" }, stage, drawing, tools, notice);
  const root = h("div", { class: "bl-page fixed bc" }, h("div", { class: "bc-grid" }, classes, centre, boxes, bar));
  return { root, stage, under, scene, live, drawing, tools, notice, classes, boxes, numbers, bar };
}

/**
 * Run `draw` with the next frame when one of the topics changed; many changes, one drawing.
 * @param {import("./model.js").Model} model @param {readonly import("./model.js").Topic[]} topics @param {() => void} draw
 */
export function redrawOn(model, topics, draw) {
  let frame = 0;
  const request = () => {
    frame ||= requestAnimationFrame(() => {
      frame = 0;
      draw();
    });
  };
  model.subscribe((topic) => topics.includes(topic) && request());
  request();
}
