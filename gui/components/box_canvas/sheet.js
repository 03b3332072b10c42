/**
 * In a narrow window the panel of boxes is a sheet below the image, of which only the grip shows: it is pulled up over
 * the image with a finger, or opened with a tap or a key. Its place stands on the grid as `data-sheet`, where the sheets
 * of styles find it; wide windows make nothing of that.
 */

import { h } from "../shared/dom.js";
import { redrawOn } from "./layout.js";

const GRIP = 44; // CSS pixels, as in sheet.css
const TAP = 6; // CSS pixels that a tapping finger may slip
/** How much of the room above the bar the sheet takes in each place. @type {[Place, number][]} */
const PLACES = [["down", 0], ["half", 0.55], ["up", 1]];

/** @typedef {"down" | "half" | "up"} Place */

/**
 * @param {HTMLElement} panel a child of the grid @param {import("./model.js").Model} model
 * @param {() => void} onPulled after it was pulled up or let down
 * @returns {{pullUp: () => void}} for whoever needs what is on it
 */
export function mountSheet(panel, model, onPulled) {
  const grid = /** @type {HTMLElement} */ (panel.parentElement);
  const text = h("span", { class: "bc-grip-text bl-numeric" });
  const grip = h("button", { class: "bc-grip", type: "button" }, text);
  const put = (/** @type {Place} */ place) => {
    panel.style.height = "";
    grid.dataset.sheet = place;
    grip.setAttribute("aria-expanded", String(place !== "down"));
    onPulled();
  };
  /** @type {{from: number, height: number, moved: boolean} | null} */
  let pull = null;
  const room = () => Number(grid.querySelector(".bc-centre")?.clientHeight);
  grip.addEventListener("pointerdown", (event) => {
    pull = { from: event.clientY, height: panel.offsetHeight, moved: false };
    grip.setPointerCapture(event.pointerId);
  });
  grip.addEventListener("pointermove", (event) => {
    if (!pull) return;
    const up = pull.from - event.clientY;
    pull.moved ||= Math.abs(up) > TAP;
    if (pull.moved) panel.style.height = `${Math.max(GRIP, Math.min(GRIP + room(), pull.height + up))}px`;
  });
  const release = () => {
    if (pull?.moved) put(nearest((panel.offsetHeight - GRIP) / room()));
  };
  grip.addEventListener("pointerup", release);
  grip.addEventListener("pointercancel", () => {
    release();
    pull = null;
  });
  grip.addEventListener("click", () => {
    const pulled = pull?.moved ?? false; // the click that ends a pull
    pull = null;
    if (!pulled) put(grid.dataset.sheet === "down" ? "half" : "down");
  });
  panel.prepend(grip);
  put("down");
  redrawOn(model, ["settled", "content", "predictions", "threshold", "classes", "visibility"], () => {
    text.textContent = boxesText(model.listed().length);
  });
  return { pullUp: () => grid.dataset.sheet === "down" && put("half") };
}

/** @param {number} share of the room */
function nearest(share) {
  const [place] = PLACES.reduce((best, one) => (Math.abs(one[1] - share) < Math.abs(best[1] - share) ? one : best));
  return place;
}

/** @param {number} count */
const boxesText = (count) => (count === 0 ? "No boxes" : count === 1 ? "1 box" : `${count} boxes`);
