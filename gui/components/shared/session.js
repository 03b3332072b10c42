// Who is logged in on this page and what they may do; asked once a page.

import { api } from "./api.js";

const RANKS = ["viewer", "labeller", "owner"];

let asked = null;

/**
 * @returns {Promise<{user: string | null, role: "owner" | "labeller" | "viewer", workspace: string}>}
 *   `user` is null where nobody has to log in; whoever comes is an owner then.
 */
export function session() {
  asked ??= api.get("/api/session").catch((error) => {
    asked = null;
    throw error;
  });
  return asked;
}

/** Whether somebody with the role `role` may do what needs `least`. */
export const mayDo = (role, least) => RANKS.indexOf(role) >= RANKS.indexOf(least);

/** The same of who looks at this page, for keys: they rest where the buttons are hidden (see surfaces.css). */
export const mayHere = (least) => mayDo(document.documentElement.dataset.role ?? "owner", least);
