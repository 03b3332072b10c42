// The project chooser, and which project a page without one in its address opens.

import { fill, h } from "../shared/dom.js";
import { number } from "../shared/format.js";
import { icon } from "../shared/icons.js";
import { menuButton } from "../shared/menu.js";
import { openActivity } from "./activity.js";

const LAST = "boxloop.project";

function lastProject() {
  try {
    return Number(localStorage.getItem(LAST));
  } catch {
    return 0;
  }
}

export function rememberProject(id) {
  try {
    localStorage.setItem(LAST, String(id));
  } catch {
    // Without storage the next page without a project opens the list.
  }
}

/** Where a page goes that was opened with no project, or with one that is not there: the last one used, else the list. */
export function fallbackAddress(projects, path) {
  const last = projects.find((project) => project.id === lastProject());
  return last ? `${path}?project=${last.id}` : "/";
}

/** The button that names the project and opens the list of the others. */
export function projectMenu(path) {
  const name = h("span", { class: "bl-cut" }, "Choose a project");
  const button = h("button", { class: "bl-button quiet top-bar-project", type: "button" }, name, icon("chevron"));
  let projects = [];
  let current = null;
  const items = () => [
    ...projects.map((project) => ({
      label: project.name,
      hint: number(project.counts.images),
      checked: project.id === current?.id,
      // Filters and images belong to one project, so only the page is kept.
      href: `${path === "/" ? "/images" : path}?project=${project.id}`,
    })),
    projects.length > 0 ? null : undefined,
    current !== null && { label: "Activity", icon: "history", run: () => openActivity(current.id) },
    { label: "All projects", icon: "list", href: "/" },
  ].filter((item) => item !== undefined && item !== false);
  menuButton(button, items, { label: "Projects" });
  return {
    element: button,
    show(list, project) {
      projects = list;
      current = project;
      fill(name, project?.name ?? "Choose a project");
      button.title = project?.name ?? "";
    },
  };
}
