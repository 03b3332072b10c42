// Which images are shown: state, split, class and a piece of the name. The address is where the choice lives.

import { debounce, fill, h } from "../shared/dom.js";
import { STATE_NAMES, number } from "../shared/format.js";
import { icon } from "../shared/icons.js";
import { readQuery, writeQuery } from "../shared/query.js";

const KEYS = ["state", "split", "class_id", "q", "deleted"];
const SPLITS = { train: "Training", val: "Validation", test: "Test" };

/** The filter as parameters of the API. */
export function filterFromAddress() {
  const query = readQuery();
  return Object.fromEntries(KEYS.filter((key) => query[key]).map((key) => [key, query[key]]));
}

export function isFiltered(filter = filterFromAddress()) {
  return ["state", "split", "class_id", "q"].some((key) => filter[key]);
}

export function clearFilter() {
  writeQuery(Object.fromEntries(KEYS.map((key) => [key, null])), { push: true });
}

/** The controls; `onChange` is called after the address has changed. Returns {element, show(project)}. */
export function filterBar(onChange) {
  const set = (changes) => {
    writeQuery(changes, { push: !("q" in changes) });
    onChange();
  };
  const search = h("input", {
    class: "bl-input image-search",
    type: "search",
    placeholder: "Find by name",
    "aria-label": "Find by name",
    value: filterFromAddress().q ?? "",
  });
  search.addEventListener("input", debounce(() => set({ q: search.value.trim() }), 200));
  const states = h("div", { class: "image-states", role: "group", "aria-label": "Show images by state" });
  const split = choice("Any split", "Filter by split", Object.entries(SPLITS), (value) => set({ split: value }));
  const kind = choice("Any class", "Filter by class", [], (value) => set({ class_id: value }));

  const stateButton = (key, name, amount, active) =>
    h(
      "button",
      { class: "bl-button quiet", type: "button", "aria-pressed": String(active), onclick: () => set({ state: key }) },
      key && h("span", { class: ["state-dot", key] }),
      name,
      h("span", { class: "bl-muted bl-numeric" }, number(amount)),
    );

  return {
    element: h("div", { class: "image-filters" }, h("label", { class: "image-search-box" }, icon("search"), search), states, split, kind),
    search,
    /** Draw by the address and the project's counts and classes. */
    show(project) {
      const filter = filterFromAddress();
      const { counts } = project;
      fill(
        states,
        stateButton(null, "All", counts.images, !filter.state),
        Object.entries(STATE_NAMES).map(([key, name]) => stateButton(key, name, counts[key], filter.state === key)),
      );
      fillChoice(kind, "Any class", project.classes.map((one) => [String(one.id), one.name]), filter.class_id);
      kind.hidden = project.classes.length === 0;
      split.value = filter.split ?? "";
      if (document.activeElement !== search) search.value = filter.q ?? "";
    },
  };
}

function choice(none, label, options, onPick) {
  const select = h("select", { class: "bl-select", "aria-label": label });
  select.addEventListener("change", () => onPick(select.value));
  fillChoice(select, none, options, "");
  return select;
}

function fillChoice(select, none, options, value) {
  fill(select, h("option", { value: "" }, none), options.map(([key, name]) => h("option", { value: key }, name)));
  select.value = value ?? "";
}
