// A modal dialog on the browser's own <dialog>: focus stays inside, Escape closes.

import { h } from "./dom.js";
import { icon } from "./icons.js";

/**
 * Show a dialog; returns {element, close}. It removes itself when closed.
 * @param {object} options title; body: nodes; actions: [{label, run, primary?, danger?}] (run may return false to stay
 *   open, and may be async); wide; onClose.
 */
export function openDialog({ title, body, actions = [], wide = false, onClose }) {
  const close = () => element.close();
  const act = (action) => async (event) => {
    event.preventDefault();
    if ((await action.run?.()) !== false) close();
  };
  const buttons = actions.map((action) =>
    h(
      "button",
      {
        class: ["bl-button", action.primary && "primary", action.danger && "danger"],
        type: action.primary ? "submit" : "button",
        onclick: action.primary ? null : act(action),
      },
      action.label,
    ),
  );
  const primary = actions.find((action) => action.primary);
  const form = h(
    "form",
    { method: "dialog", novalidate: true, onsubmit: primary ? act(primary) : (event) => event.preventDefault() },
    h(
      "header",
      {},
      h("span", { class: "bl-grow" }, title),
      h("button", { class: "bl-icon-button", type: "button", "aria-label": "Close", onclick: close }, icon("close")),
    ),
    h("div", { class: "bl-dialog-body" }, body),
    buttons.length > 0 && h("footer", {}, buttons),
  );
  const element = h("dialog", { class: ["bl-dialog", wide && "wide"], "aria-label": title }, form);
  element.addEventListener("click", (event) => event.target === element && close());
  element.addEventListener("keydown", (event) => event.stopPropagation());
  element.addEventListener("close", () => {
    element.remove();
    onClose?.();
  });
  document.body.append(element);
  element.showModal();
  (element.querySelector("[autofocus]") ?? element.querySelector("input, select"))?.focus();
  return { element, close };
}

/** Ask for one line of text; calls `run(text)` and stays open with the error's message when that throws. */
export function askText({ title, label, value = "", action, placeholder = "", run }) {
  const input = h("input", { class: "bl-input", value, placeholder, autofocus: true, maxlength: 200, autocomplete: "off" });
  const problem = h("span", { role: "alert", style: { color: "var(--bl-danger)" } });
  const submit = async () => {
    const text = input.value.trim();
    if (!text) {
      problem.textContent = "Type a name first.";
      return false;
    }
    try {
      await run(text);
      return true;
    } catch (error) {
      problem.textContent = error.message;
      return false;
    }
  };
  const opened = openDialog({
    title,
    body: [h("label", { class: "bl-field" }, label, input), problem],
    actions: [
      { label: "Cancel" },
      { label: action, primary: true, run: submit },
    ],
  });
  input.select();
  return opened;
}
