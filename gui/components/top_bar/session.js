// Who is logged in, and the way out; nothing where nobody has to log in.

import { fill, h } from "../shared/dom.js";
import { session } from "../shared/session.js";

const ROLE_NAMES = { owner: "owner", labeller: "labeller", viewer: "viewer: looks, changes nothing" };

export function logOutButton() {
  const place = h("span");
  session()
    .then(({ user, role }) => {
      document.documentElement.dataset.role = role; // hides what needs more than that, see shared/surfaces.css
      if (!user) return;
      const button = h("button", { type: "submit", class: "bl-button quiet", title: `Logged in as ${user} (${ROLE_NAMES[role]})` }, "Log out");
      fill(place, h("form", { method: "post", action: "/logout" }, button));
    })
    .catch(() => undefined); // the page's own requests tell what is wrong
  return place;
}
