// Logging in again without leaving the page, when the session has ended: nothing that waits on the page is lost by it.

import { openDialog } from "../shared/dialog.js";
import { h } from "../shared/dom.js";
import { session } from "../shared/session.js";

let open = false;
let putOff = false; // said "later": asked again only on demand

/** Ask for the password when a request was refused for want of a login; with `detail.again`, also once put off. */
export function offerLogin() {
  addEventListener("boxloop:signed-out", (event) => {
    if (!open && (!putOff || event.detail?.again)) ask();
  });
}

async function ask() {
  [open, putOff] = [true, true];
  const user = await session().then((known) => known.user, () => null);
  const name = h("input", { class: "bl-input", name: "name", value: user ?? "", readonly: user !== null, autocomplete: "username", maxlength: 100 });
  const password = h("input", { class: "bl-input", name: "password", type: "password", autocomplete: "current-password", maxlength: 1024, autofocus: true });
  const problem = h("span", { class: "bl-problem", role: "alert" });
  openDialog({
    title: "Log in again",
    body: [
      h("p", {}, "Your session has ended. What is not saved yet stays on this page and is sent once you are back."),
      h("label", { class: "bl-field" }, "Name", name),
      h("label", { class: "bl-field" }, "Password", password),
      problem,
    ],
    actions: [
      { label: "Later" },
      { label: "Log in", primary: true, run: () => logIn(name.value, password.value, problem) },
    ],
    onClose: () => {
      open = false;
    },
  });
}

/** @returns {Promise<boolean>} false where the dialog has to stay */
async function logIn(name, password, problem) {
  try {
    const answer = await fetch("/login", { method: "POST", body: new URLSearchParams({ name, password }), headers: { Accept: "application/json" } });
    const said = await answer.json();
    if (!answer.ok) throw new Error(said.error);
  } catch (error) {
    problem.textContent = error instanceof TypeError ? "The server does not answer. Try again in a moment." : error.message;
    return false;
  }
  putOff = false;
  dispatchEvent(new CustomEvent("boxloop:signed-in"));
  return true;
}
