/**
 * Two people changed one image: where the changes do not touch each other they are put together and that is said; else
 * both versions and what would come of them are shown, and a key decides.
 *
 * @typedef {import("./merge.js").Choice} Choice
 * @typedef {import("./merge.js").Clash} Clash
 * @typedef {import("./merge.js").Merged} Merged
 * @typedef {import("./merge.js").Version} Version
 * @typedef {{id: number, name: string, width: number, height: number, image_url: string}} Picture
 */

import { openDialog } from "../shared/dialog.js";
import { fill, h } from "../shared/dom.js";
import { count, STATE_NAMES } from "../shared/format.js";
import { UNKNOWN } from "./colors.js";
import { differences, merge, sameBox } from "./merge.js";

const WIDTH = 288; // CSS pixels of one preview
const KEYS = /** @type {const} */ ({ m: "mine", t: "theirs", b: "merged" });

/** @param {string} who "" where nobody logs in */
export const nameOf = (who) => who || "Another page";

/**
 * @param {import("./model.js").Model} model
 * @param {{image: Picture, base: Version | null, mine: Version, theirs: Version, who: string}} conflict
 * @param {{settle: (version: Version) => void, takeTheirs: () => void, closed: () => void}} answers closing the dialog gives neither: mine
 *   stays kept in this browser, and it can be asked again
 */
export function askWhichStays(model, { image, base, mine, theirs, who }, { settle, takeTheirs, closed }) {
  /** @type {Map<string, Choice>} */
  const choices = new Map();
  const list = h("div", { class: "bc-clashes", role: "group", "aria-label": "Changed by both" });
  const outcome = preview(model, image, "Merged");
  const draw = () => {
    const merged = merge(base, mine, theirs, choices);
    outcome.show(merged, mine, new Set(merged.clashes.map((clash) => clash.id)));
    fill(list, merged.clashes.map((clash) => clashRow(model, clash, who, (choice) => {
      choices.set(clash.id, choice);
      draw();
      const chosen = list.querySelector(`[data-clash="${CSS.escape(clash.id)}"] [aria-pressed="true"]`);
      if (chosen instanceof HTMLElement) chosen.focus(); // it was drawn anew: the keys stay in the dialog
    })));
  };
  const answer = {
    mine: () => settle(mine),
    theirs: takeTheirs,
    merged: () => settle(merge(base, mine, theirs, choices)),
  };
  const [left, right] = [preview(model, image, "Yours, not saved"), preview(model, image, `${who ? `${who}’s` : "Theirs"}, saved`)];
  left.show(mine, theirs);
  right.show(theirs, mine);
  draw();
  const { element, close } = openDialog({
    onClose: closed,
    title: "This image was changed meanwhile",
    wide: true,
    body: [
      h("p", {}, `“${image.name}”: ${nameOf(who)} saved it after you opened it, and both of you changed the same. Nothing is lost yet: choose what stays.`),
      h("div", { class: "bc-versions" }, left.element, right.element, outcome.element),
      list,
      h("p", { class: "bl-muted" }, "Boxes that the other version does not have, or not like that, are drawn thicker."),
    ],
    actions: [
      { label: withKey("Take theirs", "T"), run: answer.theirs },
      { label: withKey("Keep mine", "M"), run: answer.mine },
      { label: withKey("Merge", "B"), run: answer.merged, primary: true },
    ],
  });
  element.classList.add("bc-conflict");
  element.addEventListener("keydown", (event) => {
    const chosen = event.ctrlKey || event.metaKey || event.altKey ? undefined : KEYS[/** @type {keyof KEYS} */ (event.key.toLowerCase())];
    if (!chosen) return;
    event.preventDefault();
    close();
    answer[chosen]();
  });
}

/** @param {string} text @param {string} key */
const withKey = (text, key) => h("span", {}, text, " ", h("kbd", { class: "bl-key" }, key));

/** @param {import("./model.js").Model} model @param {Clash} clash @param {string} who @param {(choice: Choice) => void} choose */
function clashRow(model, clash, who, choose) {
  const them = who || "they";
  const options = /** @type {[Choice, string][]} */ ([["mine", "Mine"], ["theirs", "Theirs"], ...(clash.kind === "twin" ? [["both", "Both"]] : [])]);
  const buttons = options.map(([choice, text]) =>
    h("button", { class: "bl-button", type: "button", "aria-pressed": String(clash.choice === choice), onclick: () => choose(choice) }, text),
  );
  const shown = clash.mine ?? clash.theirs;
  const name = shown ? (model.classOf(shown.class_id)?.name ?? "Unknown class") : "State";
  const color = shown && (model.classOf(shown.class_id)?.color ?? UNKNOWN);
  return h(
    "div",
    { class: "bc-clash", dataset: { clash: clash.id } },
    h("span", { class: "bc-clash-dot", style: { background: color ?? "transparent" }, "aria-hidden": "true" }),
    h("span", { class: "bl-grow" }, h("strong", {}, name), `: ${said(clash, them)}`),
    h("span", { class: "bc-clash-choice" }, buttons),
  );
}

/** @param {Clash} clash @param {string} them */
function said({ kind, mine, theirs }, them) {
  if (kind === "state") return `you and ${them} chose differently`;
  if (kind === "twin") return `you and ${them} drew a box round the same object`;
  if (!mine) return `you removed it, ${them} changed it`;
  if (!theirs) return `you changed it, ${them} removed it`;
  return mine.class_id === theirs.class_id ? `you and ${them} moved it` : `you and ${them} changed its class or place`;
}

/**
 * A picture with boxes over it.
 * @param {import("./model.js").Model} model @param {Picture} image @param {string} title
 * @returns {{element: HTMLElement, show: (version: Version, other: Version, marked?: Set<string>) => void}}
 */
function preview(model, image, title) {
  const scale = Math.min(WIDTH / image.width, WIDTH / image.height);
  const ratio = window.devicePixelRatio || 1;
  const [width, height] = [Math.round(image.width * scale), Math.round(image.height * scale)];
  const canvas = h("canvas", { width: width * ratio, height: height * ratio, style: { width: `${width}px`, height: `${height}px` } });
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  const summary = h("span", { class: "bl-muted" });
  const backdrop = h("img", { src: image.image_url, alt: "", width, height });
  const element = h("figure", {}, h("div", { class: "bc-version" }, backdrop, canvas), h("figcaption", {}, h("strong", {}, title), summary));
  const show = (/** @type {Version} */ version, /** @type {Version} */ other, marked = new Set()) => {
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, width, height);
    for (const box of version.boxes) {
      const twin = other.boxes.find((entry) => entry.id === box.id) ?? null;
      context.strokeStyle = model.classOf(box.class_id)?.color ?? UNKNOWN;
      context.lineWidth = marked.has(box.id) || !sameBox(box, twin) ? 3 : 1;
      context.strokeRect(box.x1 * scale, box.y1 * scale, (box.x2 - box.x1) * scale, (box.y2 - box.y1) * scale);
    }
    summary.textContent = `${count(version.boxes.length, "box", "boxes")}, ${STATE_NAMES[version.state].toLowerCase()}`;
    canvas.dataset.boxes = String(version.boxes.length);
  };
  return { element, show };
}

/** What a merge without a question says. @param {string} name @param {string} who @param {Version} mine @param {Merged} merged */
export function mergedSentence(name, who, mine, merged) {
  const boxes = differences(mine.boxes, merged.boxes);
  const what = boxes > 0 ? `${count(boxes, "change")} to boxes` : "the state";
  return `${nameOf(who)} changed “${name}” meanwhile: ${what} taken over beside yours.`;
}
