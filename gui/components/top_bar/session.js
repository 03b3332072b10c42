// Who is logged in, and the way out; nothing where nobody has to log in.

import { api } from "../shared/api.js";
import { fill, h } from "../shared/dom.js";

export function logOutButton() {
  const place = h("span");
  api
    .get("/api/session")
    .then(({ user }) => {
      if (!user) return;
      const button = h("button", { type: "submit", class: "bl-button quiet", title: `Logged in as ${user}` }, "Log out");
      fill(place, h("form", { method: "post", action: "/logout" }, button));
    })
    .catch(() => undefined); // the page's own requests tell what is wrong
  return place;
}
