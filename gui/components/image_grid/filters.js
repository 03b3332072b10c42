// The bar above the grid: search, the Filter panel, order and size; below it states with their counts, and what is active.

import { debounce, fill, h } from "../shared/dom.js";
import { number } from "../shared/format.js";
import { icon } from "../shared/icons.js";
import { menuButton } from "../shared/menu.js";
import { pageLink, readQuery, writeQuery } from "../shared/query.js";
import { filterPanel } from "./filter_panel.js";
import { SORTS, STATES, chips, exactly, shownParams, sortedBy, sorting, toggled, words } from "./filter_state.js";
import { popover } from "./popover.js";

/** What the address says is shown. */
export function filterFromAddress() {
  return shownParams(readQuery());
}

/** Take all filters away; the order stays. */
export function clearFilter() {
  writeQuery(exactly({ sort: filterFromAddress().sort }), { push: true });
}

/**
 * The controls. `onChange` is called after the address has changed; `editTags` opens the dialog for tags.
 * Returns {element, states, chips, search, show(project, facts)}.
 */
export function filterBar({ onChange, editTags }) {
  let project = null;
  let facts = { tags: [], people: [], splits: {}, nothing: 0, commented: 0, binned: 0 };
  const set = (changes, { push = true } = {}) => {
    writeQuery(changes, { push });
    onChange();
  };
  const replace = (params) => set(exactly(params));

  const search = h("input", { class: "bl-input image-search", type: "search", placeholder: "Find by name", "aria-label": "Find by name", value: filterFromAddress().q ?? "" });
  search.addEventListener("input", debounce(() => set({ q: search.value.trim() }, { push: false }), 200));
  search.addEventListener("keydown", (event) => event.key === "Escape" && search.blur());

  const badge = h("span", { class: "image-badge bl-numeric", hidden: true });
  // Both need to know the project, which comes after the first images.
  const filterButton = h("button", { class: "bl-button quiet", type: "button", disabled: true }, icon("filter"), "Filter", badge);
  const panel = popover(filterButton, {
    label: "Filter",
    content: () => filterPanel({ params: filterFromAddress(), project, facts, set, replace, editTags }),
  });
  const sortName = h("span", {});
  const sortMark = h("span", { class: "image-sort-mark", "aria-hidden": "true" });
  const sortButton = h("button", { class: "bl-button quiet", type: "button", disabled: true }, icon("sort"), sortName, sortMark);
  menuButton(sortButton, () => sortItems(project, set), { label: "Sort images by" });

  const states = h("div", { class: "image-states", role: "group", "aria-label": "Show images by state" });
  const active = h("div", { class: "image-chips", role: "group", "aria-label": "Active filters", hidden: true });

  const stateButton = (key, name, amount, pressed) =>
    h(
      "button",
      {
        class: "bl-button quiet",
        type: "button",
        "aria-pressed": String(pressed),
        title: key ? "Ctrl click: together with others" : null,
        onclick: (event) => set({ state: key && (event.ctrlKey || event.metaKey) ? toggled(filterFromAddress(), "state", key) || null : key }),
      },
      key && h("span", { class: ["state-dot", key] }),
      name,
      h("span", { class: "bl-muted bl-numeric" }, number(amount)),
    );

  function showStates(params) {
    const { counts } = project;
    const chosen = words(params, "state");
    fill(
      states,
      stateButton(null, "All", counts.images, chosen.length === 0),
      Object.entries(STATES).map(([key, name]) => stateButton(key, name, key === "nothing" ? facts.nothing : counts[key], chosen.includes(key))),
    );
  }

  function showChips(params) {
    const found = chips(params, { ...project, tags: facts.tags });
    badge.hidden = found.length === 0;
    badge.textContent = String(found.length);
    active.hidden = found.length === 0;
    fill(
      active,
      found.map((chip) =>
        h("button", { class: "image-chip", type: "button", "aria-label": `Drop the filter: ${chip.label}`, onclick: () => set({ [chip.key]: chip.value }) }, h("span", { class: "bl-cut" }, chip.label), icon("close", { size: 12 })),
      ),
      found.length > 1 && h("button", { class: "bl-button quiet", type: "button", onclick: () => replace({ sort: params.sort, deleted: params.deleted }) }, "Clear all"),
      project.models.length > 0 && !params.deleted && h("a", { class: "bl-button quiet", href: figuresLink(params) }, icon("chart"), "Figures on these images"),
    );
  }

  return {
    element: h("div", { class: "image-filters" }, h("label", { class: "image-search-box" }, icon("search"), search), filterButton, sortButton),
    states,
    chips: active,
    search,
    /** Draw by the address, the project's counts and classes, and what there is to filter by. */
    show(newProject, newFacts) {
      [project, facts] = [newProject, newFacts ?? facts];
      filterButton.disabled = sortButton.disabled = false;
      const params = filterFromAddress();
      const { by, down } = sorting(params);
      showStates(params);
      showChips(params);
      sortName.textContent = SORTS[by] ?? by;
      sortMark.textContent = down ? "↓" : "↑";
      sortButton.setAttribute("aria-label", `Sorted by ${SORTS[by] ?? by}, ${down ? "highest first" : "lowest first"}`);
      if (document.activeElement !== search) search.value = params.q ?? "";
      panel.redraw();
    },
  };
}

/** How good the model is on what the grid shows. */
function figuresLink({ sort, deleted, ...filter }) {
  return pageLink("/evaluate", { images: new URLSearchParams(filter).toString() });
}

function sortItems(project, set) {
  const params = filterFromAddress();
  const { by, down } = sorting(params);
  const shown = Object.entries(SORTS).filter(([key]) => key !== "score" || project.active_model_id);
  return shown.map(([key, label]) => ({
    label,
    checked: key === by,
    hint: key === by ? (down ? "↓" : "↑") : "",
    run: () => set({ sort: sortedBy(params, key) }),
  }));
}
