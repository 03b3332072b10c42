/** What a screen reader says while the image is worked on: the selection, what an edit did, and which image is open. */

import { count, STATE_NAMES } from "../shared/format.js";
import { h } from "../shared/dom.js";
import { HINTS } from "./areas.js";

const QUIET_MS = 250; // a held arrow key is told once, where it ends

/**
 * @param {HTMLElement} root @param {import("./model.js").Model} model
 * @returns {HTMLElement} the live region
 */
export function mountAnnouncer(root, model) {
  const region = h("div", { class: "bl-hidden bc-announcer", role: "status", "aria-live": "polite", "aria-atomic": "true" });
  root.append(region);
  let timer = 0;
  let before = 0;
  /** @type {() => string} */
  let text = () => "";
  const say = (/** @type {() => string} */ next) => {
    text = next;
    clearTimeout(timer);
    timer = setTimeout(() => (region.textContent = text()), QUIET_MS);
  };
  model.subscribe((topic) => {
    if (!model.image) return;
    const boxes = model.content.boxes.length;
    if (topic === "image") say(() => imageText(model));
    else if (topic === "armed" && model.armed) say(() => (model.armed ? HINTS[model.armed] : ""));
    else if (topic === "said") say(() => [model.said, selectionText(model)].filter(Boolean).join("; "));
    else if (topic === "selection" || topic === "content" || topic === "marks") {
      const gone = before - boxes;
      say(() => [topic === "content" && gone > 0 && `${count(gone, "box", "boxes")} deleted`, selectionText(model)].filter(Boolean).join("; "));
    }
    before = topic === "content" || topic === "image" ? boxes : before;
  });
  return region;
}

/** "Image 3 of 40, a.png, 13 boxes, in progress". @param {import("./model.js").Model} model */
function imageText({ navigation, image, content }) {
  const place = navigation.position > 0 ? `Image ${navigation.position} of ${navigation.total}` : "Image";
  return `${place}, ${image?.name}, ${count(content.boxes.length, "box", "boxes")}, ${STATE_NAMES[content.state].toLowerCase()}`;
}

/** "RBC, 81 by 79, at 120, 44; 3 of 17". @param {import("./model.js").Model} model */
export function selectionText(model) {
  const items = model.items();
  if (model.selected.size > 1) return `${model.selected.size} boxes selected of ${items.length}`;
  const index = items.findIndex(({ id }) => id === model.selection);
  if (index < 0) return `Nothing selected; ${count(items.length, "box", "boxes")}`;
  const { id, rect, classId, score } = items[index];
  const parts = [
    model.classOf(classId)?.name ?? "unknown class",
    `${whole(rect.x2 - rect.x1)} by ${whole(rect.y2 - rect.y1)}`,
    `at ${whole(rect.x1)}, ${whole(rect.y1)}`,
    score !== null && `the model's, score ${score.toFixed(2)}`,
    model.marks.has("locked", id) && "locked",
  ];
  return `${parts.filter(Boolean).join(", ")}; ${index + 1} of ${items.length}`;
}

/** @param {number} value */
const whole = (value) => String(Math.round(value));
