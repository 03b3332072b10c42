/** The bar below: whether everything is saved, where we are in the project, the image's state, the way on. */

import { fill, h } from "../shared/dom.js";
import { clock, count, STATE_NAMES } from "../shared/format.js";
import { icon } from "../shared/icons.js";
import { pageLink, readQuery } from "../shared/query.js";
import { redrawOn } from "./layout.js";

const ENOUGH_TO_TRY = 10;

/**
 * @param {HTMLElement} bar @param {import("./model.js").Model} model @param {import("./saver.js").Saver} saver
 * @param {{
 *   previous: () => void, next: () => void, setUnlabelledOnly: (only: boolean) => void, done: () => void,
 *   leaveWalk: () => void, nothing: () => void, nextFree: () => void, discard: () => void, compare: () => void, setState: (state: import("./types.js").ImageState) => void
 * }} actions
 * @param {HTMLElement} strip
 * @returns {{drawSaved: () => void, showShared: (shared: boolean) => void}}
 */
export function mountStatus(bar, model, saver, actions, strip) {
  const saved = h("div", { class: "bc-saved", role: "status", "aria-live": "polite" });
  const position = h("span", { class: "bc-position bl-numeric" });
  const before = turnButton("back", "Image before", "image.previous", actions.previous);
  const after = turnButton("forward", "Image after", "image.next", actions.next);
  const state = stateSelect(actions.setState);
  const hint = h("a", { class: "bc-hint bl-link", hidden: true, href: pageLink("/train") }, "Enough to try: Train");
  const free = actionButton("forward", "Next free", "image.nextFree", actions.nextFree);
  free.title = "The next image to label that nobody else is at";
  free.hidden = true;
  fill(
    bar,
    h(
      "div",
      { class: "bc-bar-line" },
      saved,
      h("div", { class: "bc-turn" }, before, position, after),
      unlabelledToggle(model, actions.setUnlabelledOnly),
      walkChip(actions.leaveWalk),
      h("span", { class: "bc-file bl-cut" }),
      hint,
      state,
      free,
      actionButton("nothing", "Nothing here", "image.nothing", actions.nothing),
      actionButton("check", "Done", "image.done", actions.done, true),
    ),
    strip,
  );
  const file = /** @type {HTMLElement} */ (bar.querySelector(".bc-file"));
  redrawOn(model, ["image", "navigation", "content"], () => {
    const { previousId, nextId, position: at, total, unlabelledOnly } = model.navigation;
    position.textContent = at > 0 ? `${at} / ${total}` : `– / ${total}`;
    position.title = unlabelledOnly ? "Among the images that are not done" : "In the project";
    before.disabled = previousId === null;
    after.disabled = nextId === null;
    fill(file, model.image ? `${model.image.name}  ·  ${model.image.width}×${model.image.height}` : "");
    file.title = model.image?.name ?? "";
    state.value = model.content.state;
    state.dataset.state = model.content.state;
    hint.hidden = !isEnough(model);
  });
  const drawSaved = () => {
    if (model.readOnly) showReadOnly(saved, state);
    else showSaved(saved, saver, actions);
  };
  drawSaved();
  const showShared = (/** @type {boolean} */ shared) => {
    free.hidden = !shared;
  };
  return { drawSaved, showShared };
}

/** @param {import("./model.js").Model} model */
function isEnough(model) {
  return (model.project?.counts?.done ?? 0) >= ENOUGH_TO_TRY && (model.project?.models ?? []).length === 0;
}

/** @param {string} name @param {string} label @param {string} command @param {() => void} run */
function turnButton(name, label, command, run) {
  return h("button", { class: "bl-icon-button", type: "button", "aria-label": label, dataset: { command }, onclick: run }, icon(name));
}

/** @param {string} name @param {string} text @param {string} command @param {() => void} run @param {boolean} [primary] */
function actionButton(name, text, command, run, primary = false) {
  return h("button", { class: ["bl-button", "bc-act", primary && "primary"], type: "button", "data-needs": "labeller", dataset: { command }, onclick: run }, icon(name), text);
}

/** Says that the images of the grid's filter, or of the queue, are gone through, and lets go of it. @param {() => void} leave */
function walkChip(leave) {
  const { walk = "" } = readQuery();
  const isQueue = new URLSearchParams(walk).get("sort") === "queue";
  const [name, title] = isQueue ? ["Label next", "The images to label next, in their order"] : ["As in the grid", "Only the images that the grid showed, in its order"];
  const chip = h("button", { class: "bl-button quiet bc-walk", type: "button", title: `${title}; a click goes back to all`, hidden: !walk }, icon("filter", { size: 14 }), name, icon("close", { size: 12 }));
  chip.addEventListener("click", () => {
    chip.hidden = true;
    leave();
  });
  return chip;
}

/** @param {import("./model.js").Model} model @param {(only: boolean) => void} set */
function unlabelledToggle(model, set) {
  const change = (/** @type {Event} */ event) => {
    const box = /** @type {HTMLInputElement} */ (event.target);
    set(box.checked);
    box.blur(); // the keys are the image's again
  };
  return h("label", { class: "bc-toggle bc-unlabelled" }, h("input", { type: "checkbox", checked: model.navigation.unlabelledOnly, onchange: change }), "unlabelled only");
}

/** @param {(state: import("./types.js").ImageState) => void} set */
function stateSelect(set) {
  const options = Object.entries(STATE_NAMES).map(([value, text]) => h("option", { value }, text));
  const select = h("select", { class: "bl-select bc-state", "aria-label": "State of this image", title: "State of this image" }, options);
  select.addEventListener("change", () => {
    set(/** @type {any} */ (select.value));
    select.blur();
  });
  return select;
}

/** A viewer reads what they may not do here instead of what is saved. @param {HTMLElement} element @param {HTMLSelectElement} state */
function showReadOnly(element, state) {
  state.disabled = true;
  element.dataset.state = "read_only";
  element.title = "Your role is viewer: you may look here, but not change anything.";
  fill(element, icon("eye", { size: 14 }), h("span", {}, "View only"));
}

const ICONS = /** @type {Record<string, string>} */ ({ idle: "check", saved: "check", saving: "clock" });

/** @param {HTMLElement} element @param {import("./saver.js").Saver} saver @param {{discard: () => void, compare: () => void}} actions */
function showSaved(element, saver, { discard, compare }) {
  const status = saver.status();
  const { state } = status;
  const text = savedText(status, saver.savedAt);
  const remedy = {
    refused: () => remedyButton("Discard", "Let go of this change and show what is stored", discard),
    conflict: () => remedyButton("Compare", "Look at both versions and choose", compare),
    signed_out: () => remedyButton("Log in", "Log in again; then everything is sent", askToLogIn),
  }[/** @type {string} */ (state)];
  element.dataset.state = state;
  element.title = saver.outbox.failed ? `${text}. This browser has no room to keep it: leave this tab open.` : text;
  fill(element, icon(ICONS[state] ?? "warning", { size: 14 }), h("span", { class: "bl-cut" }, text), remedy?.());
}

/**
 * @param {import("./saver.js").Status} status @param {Date | null} savedAt
 * @returns {string} whether everything is saved, and if not, what waits since when, and why
 */
export function savedText({ state, reason, waiting, edits, since }, savedAt) {
  const held = since === null ? "" : `${count(edits, "edit")} on ${count(waiting, "image")} since ${clock(new Date(since))}`;
  return {
    idle: "All saved",
    saved: `Saved ${savedAt ? clock(savedAt) : ""}`,
    saving: "Saving…",
    retrying: `Not saved: server not reached, retrying. ${held}`,
    signed_out: `Not saved: you are logged out. ${held}`,
    conflict: "Not saved: this image was changed meanwhile",
    refused: `Not saved: ${reason ?? ""}`,
  }[state];
}

const askToLogIn = () => dispatchEvent(new CustomEvent("boxloop:signed-out", { detail: { again: true } }));

/** @param {string} label @param {string} title @param {() => void} run */
function remedyButton(label, title, run) {
  return h("button", { class: "bl-button bc-remedy", type: "button", title, onclick: run }, label);
}
