// Short messages in the corner; an undo button where the act can be taken back.

import { fill, h } from "./dom.js";
import { icon } from "./icons.js";

const ICON_OF = { info: "info", ok: "check", warn: "warning", error: "warning" };
const MOST = 4;

function shelf() {
  let element = document.querySelector(".bl-toasts");
  if (!element) {
    element = h("div", { class: "bl-toasts", role: "status", "aria-live": "polite" });
    document.body.append(element);
  }
  return element;
}

/**
 * Show a message; returns a function that takes it away.
 * @param {string} text what happened and, where it failed, what to do.
 * @param {object} options kind: "info" | "ok" | "warn" | "error"; undo: called by its Undo button;
 *   action: {label, run} for another button; ms: how long it stays (errors stay until closed).
 */
export function toast(text, { kind = "info", undo, action, ms } = {}) {
  const offered = undo ? { label: "Undo", run: undo } : action;
  const close = () => {
    clearTimeout(timer);
    element.remove();
  };
  const act = async () => {
    close();
    try {
      await offered.run();
    } catch (error) {
      toast(error.message, { kind: "error" });
    }
  };
  const element = h(
    "div",
    { class: ["bl-toast", kind], role: kind === "error" ? "alert" : null },
    icon(ICON_OF[kind] ?? "info"),
    h("span", { class: "bl-toast-text" }, text),
    offered && h("button", { class: "bl-button quiet", type: "button", onclick: act }, offered.label),
    h("button", { class: "bl-icon-button", type: "button", "aria-label": "Close this message", onclick: close }, icon("close")),
  );
  const place = shelf();
  place.append(element);
  while (place.children.length > MOST) place.firstElementChild.remove();

  const stay = ms ?? (kind === "error" ? Infinity : offered ? 10000 : 5000);
  let timer = 0;
  const start = () => {
    if (stay !== Infinity) timer = setTimeout(close, stay);
  };
  element.addEventListener("pointerenter", () => clearTimeout(timer));
  element.addEventListener("pointerleave", start);
  start();
  return close;
}

/** Run an act and show its failure, if any; returns its result, or undefined when it failed. */
export async function attempt(act) {
  try {
    return await act();
  } catch (error) {
    if (error.name !== "AbortError") toast(error.message, { kind: "error" });
    return undefined;
  }
}

export function clearToasts() {
  fill(shelf());
}
