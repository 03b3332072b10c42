// The bar on top of every page.

import { api } from "../shared/api.js";
import { fill, h, svg } from "../shared/dom.js";
import { currentProject } from "../shared/query.js";
import { attempt } from "../shared/toast.js";
import { helpButton } from "./help.js";
import { jobPill } from "./job_pill.js";
import { PAGES, pageName } from "./pages.js";
import { fallbackAddress, projectMenu, rememberProject } from "./project_menu.js";
import { offerLogin } from "./login_dialog.js";
import { logOutButton } from "./session.js";
import { themeMenu } from "./theme_menu.js";

function mark() {
  return svg(
    "svg",
    { class: "top-bar-mark", viewBox: "0 0 20 20", width: 20, height: 20, "aria-hidden": "true" },
    svg("path", { d: "M3 8V3h5M12 3h5v5M17 12v5h-5" }),
    svg("path", { class: "loop", d: "M3 12v1.5a3.5 3.5 0 0 0 3.5 3.5H9M7 15l2 2-2 2" }),
  );
}

function links(page, projectId) {
  return h(
    "nav",
    { class: "top-bar-links", "aria-label": "Pages" },
    PAGES.map(({ key, path, name }) =>
      h("a", { href: `${path}?project=${projectId}`, "aria-current": key === page ? "page" : null }, name),
    ),
  );
}

function setTitle(page, project) {
  const title = [pageName(page), project?.name, "Boxloop"].filter(Boolean).join(" – ");
  document.title = title;
  // The page framework writes its own title once it has started; ours stays.
  new MutationObserver(() => {
    if (document.title !== title) document.title = title;
  }).observe(document.querySelector("title"), { childList: true });
}

export async function mount(element, props) {
  offerLogin();
  const page = props.page;
  const projectId = currentProject();
  const path = page === "projects" ? "/" : location.pathname;
  const menu = projectMenu(path);
  const bar = h(
    "header",
    { class: "top-bar" },
    h("a", { class: "top-bar-brand", href: "/", title: "All projects" }, mark(), "Boxloop"),
    menu.element,
    page !== "projects" && projectId !== null && links(page, projectId),
    h("span", { class: "bl-grow" }),
    projectId !== null && jobPill(projectId),
    h("span", { class: "top-bar-tools" }, themeMenu(), helpButton(), logOutButton()),
  );
  fill(element, bar);
  bar.querySelector("[aria-current]")?.scrollIntoView({ inline: "center", block: "nearest" });

  const list = await attempt(() => api.get("/api/projects"));
  if (!list) return;
  const projects = Array.isArray(list) ? list : list.items;
  const project = projects.find((one) => one.id === projectId) ?? null;
  if (page !== "projects" && !project) {
    location.replace(fallbackAddress(projects, path));
    return;
  }
  if (project) rememberProject(project.id);
  menu.show(projects, project);
  setTitle(page, project);
}
