// The content of the Filter panel: everything that images can be filtered by. A choice acts at once.

import { h } from "../shared/dom.js";
import { number } from "../shared/format.js";
import { icon } from "../shared/icons.js";
import { PRESETS, SPLITS, ends, range, toggled, words } from "./filter_state.js";

/**
 * @param {object} given params: as in the address; project; facts: of GET .../grid/facts;
 *   set(changes): change the address; replace(params): show exactly this; editTags(): the dialog for tags.
 */
export function filterPanel({ params, project, facts, set, replace, editTags }) {
  const choose = (key, word, content, extra = {}) =>
    h(
      "button",
      {
        class: "image-choice",
        type: "button",
        "aria-pressed": String(words(params, key).includes(word)),
        dataset: { focus: `${key} ${word}` },
        onclick: () => set({ [key]: toggled(params, key, word) || null }),
        ...extra,
      },
      content,
    );
  const amount = (value) => h("span", { class: "bl-muted bl-numeric" }, number(value ?? 0));

  const classes = project.classes.map((one) =>
    choose("class", String(one.id), [h("span", { class: "image-swatch", style: { background: one.color } }), h("span", { class: "bl-cut" }, one.name)]),
  );
  const tags = facts.tags.map((one) => choose("tag", String(one.id), [h("span", { class: "bl-cut" }, one.name), amount(one.images)]));
  const splits = Object.entries(SPLITS).map(([key, name]) => choose("split", key, [name, amount(facts.splits[key])]));
  const presets = PRESETS.filter((one) => !one.model || project.active_model_id).map((one) =>
    h("button", { class: "image-choice", type: "button", dataset: { focus: one.label }, onclick: () => replace(one.params) }, one.label),
  );

  return [
    section("Often wanted", h("div", { class: "image-choices" }, presets)),
    classes.length > 0 && section("Carries a box of", h("div", { class: "image-choices many" }, classes)),
    section(
      "Tag",
      h(
        "div",
        { class: "image-choices many" },
        tags,
        tags.length > 0 && choose("tag", "none", "Untagged"),
        tags.length === 0 && h("span", { class: "bl-muted" }, "None yet: select images, then Tag."),
      ),
      tags.length > 0 && h("button", { class: "bl-icon-button", type: "button", "data-needs": "labeller", "aria-label": "Rename or delete tags", onclick: editTags }, icon("edit", { size: 14 })),
    ),
    section("Split", h("div", { class: "image-choices" }, splits)),
    section("Comments", h("div", { class: "image-choices" }, choose("comments", "open", ["Open", amount(facts.commented)]))),
    h(
      "div",
      { class: "image-ranges" },
      section("Count of boxes", numbers(params, set, "boxes", { min: 0, step: 1, from: "Fewest boxes", to: "Most boxes" })),
      project.active_model_id &&
        section("Best score of the model", numbers(params, set, "score", { min: 0, max: 1, step: 0.05, from: "Lowest best score", to: "Highest best score" }), modelChoice(params, project, set)),
      section("Saved", days(params, set, "saved")),
      section("Added", days(params, set, "added")),
      facts.people.some(Boolean) && section("Saved by", person(params, facts.people, set)),
    ),
  ];
}

function section(title, content, beside = null) {
  return h("section", { class: "image-panel-part" }, h("h3", {}, title, beside), content);
}

function numbers(params, set, key, { min, max = null, step, from, to }) {
  return pair(params, set, key, "-", (value, label, side) =>
    h("input", { class: "bl-input", type: "number", min, max, step, value, placeholder: "any", "aria-label": label, dataset: { focus: `${key} ${side}` } }), from, to);
}

function days(params, set, key) {
  const name = key === "saved" ? "Saved" : "Added";
  return pair(params, set, key, "..", (value, label, side) =>
    h("input", { class: "bl-input", type: "date", value, "aria-label": label, dataset: { focus: `${key} ${side}` } }), `${name} from`, `${name} until`);
}

/** Two inputs that stand in the address as one range. */
function pair(params, set, key, between, make, from, to) {
  const [low, high] = ends(params[key], between);
  const inputs = [make(low, from, "from"), make(high, to, "to")];
  const apply = () => {
    if (inputs.some((input) => !input.validity.valid)) return;
    const [a, b] = inputs.map((input) => input.value);
    const swapped = a && b && (between === "-" ? Number(a) > Number(b) : a > b);
    set({ [key]: swapped ? range(b, a, between) : range(a, b, between) });
  };
  inputs.forEach((input) => input.addEventListener("change", apply));
  return h("div", { class: "image-range" }, inputs[0], h("span", { class: "bl-muted" }, "to"), inputs[1]);
}

function person(params, people, set) {
  const options = people.filter(Boolean).map((name) => h("option", { value: name }, name));
  const select = h("select", { class: "bl-select", "aria-label": "Saved by", dataset: { focus: "by" } }, h("option", { value: "" }, "anybody"), options);
  select.value = params.by ?? "";
  select.addEventListener("change", () => set({ by: select.value || null }));
  return select;
}

function modelChoice(params, project, set) {
  if (project.models.length < 2) return null;
  const options = project.models.map((one) => h("option", { value: String(one.id) }, one.name));
  const select = h("select", { class: "bl-select small", "aria-label": "Whose score", dataset: { focus: "model" } }, h("option", { value: "" }, "active"), options);
  select.value = params.model ?? "";
  select.addEventListener("change", () => set({ model: select.value || null }));
  return select;
}
