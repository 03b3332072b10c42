/**
 * A line under the selected box with what the model would have it otherwise: other edges or another class for a box that
 * a person drew, the next candidate for one that was just taken by a click. Each by one key or one click; nothing is
 * changed without.
 *
 * @typedef {import("./types.js").Prediction} Prediction
 * @typedef {{text: string, command: string, run: () => void, color?: string}} Part
 */

import { fill, h } from "../shared/dom.js";
import { iou } from "./geometry.js";
import { redrawOn } from "./layout.js";
import { opinionOn, SAME_OBJECT } from "./suggesting.js";

const BELOW = 32; // CSS pixels, where the size of the box stands between

/**
 * What the model says of the one selected box that a person drew.
 * @param {import("./model.js").Model} model
 * @returns {{edges: Prediction | null, otherClass: Prediction | null}}
 */
export function opinionOnSelected(model) {
  const box = model.selected.size === 1 ? model.boxOf(model.selection) : undefined;
  if (!box || box.source !== "person" || model.readOnly || !model.showModel) return { edges: null, otherClass: null };
  const others = model.content.boxes.filter((one) => one !== box);
  const free = model.predictions.filter((p) => model.classOf(p.class_id) && !others.some((one) => one.class_id === p.class_id && sameObject(one, p)));
  return opinionOn(free, box);
}

/**
 * @param {HTMLElement} place over the stage @param {import("./model.js").Model} model @param {import("./view.js").View} view
 * @param {import("./one_click.js").OneClick} oneClick @param {import("./naming.js").Naming} naming @param {import("./actions.js").Actions} actions
 * @param {(command: string) => string} keyOf the key of a command as it is shown, "" where it has none
 * @returns {{draw: () => void, follow: () => void}} `follow` puts it where its box is now
 */
export function mountSuggestionChip(place, model, view, oneClick, naming, actions, keyOf) {
  const element = h("div", { class: "bc-suggestion", role: "group", "aria-label": "What the model suggests", hidden: true });
  place.append(element);
  const draw = () => {
    const parts = model.draft ? [] : partsFor(model, oneClick, naming, actions).map((part) => suggestion(part, keyOf(part.command)));
    element.hidden = parts.length === 0;
    fill(element, parts);
    follow();
  };
  const follow = () => {
    const item = element.hidden ? undefined : model.itemOf(model.selection);
    if (!item) return;
    const area = view.toScreen(item.rect);
    const x = Math.max(8, Math.min((area.x1 + area.x2 - element.offsetWidth) / 2, view.width - element.offsetWidth - 8));
    const y = Math.max(8, Math.min(area.y2 + BELOW, view.height - element.offsetHeight - 8));
    element.style.translate = `${Math.round(x)}px ${Math.round(y)}px`;
  };
  redrawOn(model, ["selection", "content", "image", "predictions", "draft", "visibility", "classes"], draw);
  return { draw, follow };
}

/**
 * @param {import("./model.js").Model} model @param {import("./one_click.js").OneClick} oneClick
 * @param {import("./naming.js").Naming} naming @param {import("./actions.js").Actions} actions @returns {Part[]}
 */
function partsFor(model, oneClick, naming, actions) {
  const { underWay } = oneClick;
  if (underWay) {
    const back = { text: "Take back", command: "select.none", run: actions.escape };
    const next = { text: `Next candidate (${underWay.number} of ${underWay.of})`, command: "model.other", run: actions.otherCandidate };
    return underWay.of > 1 ? [next, back] : [back];
  }
  const { edges, otherClass } = opinionOnSelected(model);
  const named = otherClass && model.classOf(otherClass.class_id);
  /** @type {Part[]} */
  const parts = [];
  if (edges) parts.push({ text: "Snap to the model's edges", command: "model.edges", run: actions.takeEdges });
  const instead = model.classOf(naming.instead);
  if (instead) parts.push({ text: `${instead.name} instead`, command: "model.class", run: actions.takeClass, color: instead.color });
  else if (otherClass && named) {
    parts.push({ text: `${named.name} ${otherClass.score.toFixed(2)}?`, command: "model.class", run: actions.takeClass, color: named.color });
  }
  return parts;
}

/** @param {Part} part @param {string} key */
function suggestion({ text, command, run, color }, key) {
  const chip = color ? h("span", { class: "bc-chip model", style: { "--color": color } }) : null;
  const shown = key ? h("kbd", { class: "bc-suggest-key", "aria-hidden": "true" }, key) : null;
  return h("button", { class: "bc-suggest", type: "button", tabindex: "-1", "data-needs": "labeller", dataset: { command }, onclick: run }, chip, text, shown);
}

/** @param {import("./types.js").Rect} a @param {import("./types.js").Rect} b */
const sameObject = (a, b) => iou(a, b) >= SAME_OBJECT;
