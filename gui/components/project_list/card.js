// One project in the list: its first pictures, its name and its counts.

import { h } from "../shared/dom.js";
import { ago, count, number } from "../shared/format.js";
import { icon } from "../shared/icons.js";
import { menuButton } from "../shared/menu.js";

/** @param {object} options inBin; rename(project), remove(project), restore(project). */
export function projectCard(project, { inBin, rename, remove, restore }) {
  const { counts } = project; // Not counted for those in the bin.
  const name = inBin
    ? h("span", { class: "project-name bl-cut" }, project.name)
    : h("a", { class: "project-name bl-cut", href: `/images?project=${project.id}`, title: project.name }, project.name);
  return h(
    "li",
    { class: "project-card bl-panel", dataset: { project: String(project.id) } },
    h("div", { class: "project-thumbs", "aria-hidden": "true" }),
    h(
      "div",
      { class: "project-facts" },
      name,
      counts && h("span", { class: "bl-muted bl-numeric" }, counts.images ? facts(counts) : "No images yet"),
      counts && progress(counts),
      h(
        "span",
        { class: "project-more bl-muted bl-numeric" },
        h("span", { class: "project-disk" }),
        h("span", {}, inBin ? `Deleted ${ago(project.deleted_at)}` : `Made ${ago(project.created_at)}`),
      ),
    ),
    inBin
      ? h("button", { class: "bl-button", type: "button", "data-needs": "owner", onclick: () => restore(project) }, icon("restore"), "Restore")
      : more(project, rename, remove),
  );
}

function facts(counts) {
  return `${count(counts.images, "image")}, ${number(counts.done)} done, ${count(counts.boxes, "box", "boxes")}`;
}

function progress(counts) {
  const share = counts.images ? counts.done / counts.images : 0;
  return h("div", { class: "bl-progress", "aria-hidden": "true" }, h("div", { style: { width: `${share * 100}%` } }));
}

function more(project, rename, remove) {
  const button = h(
    "button",
    { class: "bl-icon-button project-menu", type: "button", "data-needs": "owner", "aria-label": `More for ${project.name}`, title: "More" },
    icon("more"),
  );
  const items = () => [
    { label: "Rename", icon: "edit", run: () => rename(project) },
    { label: "Delete", icon: "bin", danger: true, run: () => remove(project) },
  ];
  return menuButton(button, items, { label: `More for ${project.name}` });
}
