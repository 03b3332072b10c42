/** Brightness, contrast and gamma of the picture alone: one filter, taken away where nothing is changed. */

import { h, svg } from "../shared/dom.js";
import { icon } from "../shared/icons.js";
import { curve } from "./look.js";

const FILTER = "bc-light";

/**
 * @param {HTMLElement} place where the note goes that says so while the light is changed
 * @param {import("./look.js").Look} look @param {HTMLElement[]} lit what is shown in that light
 */
export function mountLight(place, look, lit) {
  const channels = ["feFuncR", "feFuncG", "feFuncB"].map((name) => svg(name, { type: "table" }));
  const filter = svg(
    "filter",
    { id: FILTER, x: "0", y: "0", width: "100%", height: "100%", "color-interpolation-filters": "sRGB" },
    svg("feComponentTransfer", {}, channels),
  );
  const text = h("span", {});
  const reset = h("button", { class: "bc-lit-reset", type: "button", tabindex: "-1", "aria-label": "Show the pixels as they are for good", title: "Reset", onclick: () => look.resetLight() }, icon("close", { size: 14 }));
  const note = h("div", { class: "bc-lit", role: "status", hidden: true }, icon("light", { size: 14 }), text, reset);
  place.append(svg("svg", { class: "bc-filters", "aria-hidden": "true" }, filter), note);
  const draw = () => {
    const table = curve(look).map((value) => value.toFixed(4)).join(" ");
    for (const channel of channels) channel.setAttribute("tableValues", table);
    for (const element of lit) element.style.filter = look.isLit ? `url(#${FILTER})` : "";
    note.hidden = !look.hasLight;
    text.textContent = look.isLit ? "Light adjusted" : "Pixels as they are";
  };
  look.subscribe(draw);
  draw();
}
