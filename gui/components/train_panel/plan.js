// What will happen on Train, said before the click: from GET /api/projects/P/plan.

import { api } from "../shared/api.js";
import { fill, h } from "../shared/dom.js";
import { count, number } from "../shared/format.js";
import { icon } from "../shared/icons.js";
import { pageLink, readQuery, writeQuery } from "../shared/query.js";
import { choice } from "./choice.js";
import { expertDrawer } from "./expert.js";

const PRESETS = [
  { value: "retinanet-lite", name: "Lite", hint: "Small and quick; works on any machine, with no network" },
  { value: "retinanet-r50-v2", name: "ResNet-50", hint: "Larger and slower; wants a GPU. Its weights are fetched at the first use" },
];
const SCOPES = [
  { value: "head", name: "Head", hint: "Quickest; the right choice for few images" },
  { value: "head+fpn", name: "Head + FPN", hint: "Some hundred images" },
  { value: "all", name: "All", hint: "The whole network: slow, for thousands of images" },
];

const valid = (options, value) => (options.some((option) => option.value === value) ? value : options[0].value);

/** @param {(config: object) => Promise<string|null>} start starts a run, or says what is wrong */
export function planPanel(project, start) {
  const query = readQuery();
  const chosen = { preset: valid(PRESETS, query.preset), scope: valid(SCOPES, query.scope) };
  const expert = expertDrawer();
  const sentence = h("div", { class: "bl-plan-sentence", "aria-live": "polite" }, "…");
  const details = h("div", { class: "bl-plan-details" });
  const chosenBecause = h("div", { class: "bl-plan-details" });
  const classes = h("div", { class: "bl-plan-classes" });
  const warnings = h("div", { class: "bl-plan-warnings" });
  const fault = h("div", { class: "bl-plan-fault", role: "alert", hidden: true });
  const button = h("button", { class: "bl-button primary large", type: "button", disabled: true, onclick: press }, icon("play"), "Train");

  function choose(key, options) {
    return (value) => {
      chosen[key] = value;
      writeQuery({ [key]: value === options[0].value ? null : value });
      refresh();
    };
  }

  const drawer = h("details", { class: "bl-plan-drawer" }, h("summary", {}, icon("chevron"), "Expert settings"), chosenBecause, expert.element);
  const element = h(
    "section",
    { class: "bl-panel bl-plan", "aria-label": "Next run" },
    h("div", { class: "bl-plan-head" }, h("div", { class: "bl-grow" }, sentence, details), button),
    fault,
    warnings,
    h(
      "div",
      { class: "bl-plan-body" },
      h(
        "div",
        { class: "bl-plan-choices" },
        choice("Network", PRESETS, chosen.preset, choose("preset", PRESETS)),
        choice("What is trained", SCOPES, chosen.scope, choose("scope", SCOPES)),
      ),
      classes,
    ),
    drawer,
  );

  async function press() {
    const { config, fault: wrong } = expert.read();
    const said = wrong ?? (await starting(config));
    fault.textContent = said ?? "";
    fault.hidden = !said;
    if (said) drawer.open = true;
  }

  async function starting(config) {
    button.disabled = true;
    const said = await start({ ...chosen, ...config });
    button.disabled = false;
    return said;
  }

  let asked = 0;
  async function refresh() {
    asked += 1;
    const mine = asked;
    try {
      const plan = await api.get(`/api/projects/${project}/plan`, { params: chosen });
      if (mine === asked) show(plan); // an older answer that comes late is dropped
    } catch (error) {
      if (mine === asked) fill(sentence, error.message);
    }
  }

  function show(plan) {
    fill(sentence, plan.sentence);
    button.disabled = !plan.can_train;
    const reasons = (plan.reasons ?? []).map((reason) => h("span", {}, reason));
    // What is in the way stands in sight; why each setting was chosen, beside the settings.
    fill(details, plan.can_train ? [] : reasons);
    fill(chosenBecause, plan.can_train ? reasons : []);
    fill(warnings, plan.warnings?.length > 0 && warningNote(plan.warnings));
    fill(classes, classBars(plan), dataLine(plan));
    element.classList.toggle("nothing", !plan.can_train);
    if (!plan.can_train) fill(warnings, nextStep(plan), ...warnings.childNodes);
  }

  return { element, refresh };
}

function warningNote(warnings) {
  return h("div", { class: "bl-note warn" }, icon("warning"), h("div", {}, warnings.map((text) => h("div", {}, text))));
}

function nextStep(plan) {
  const unlabelled = plan.left_out > 0;
  const href = unlabelled ? pageLink("/label", { unlabelled: 1 }) : pageLink("/images");
  return h("div", {}, h("a", { class: "bl-button primary", href }, unlabelled ? "Label images" : "Add images"));
}

/** One bar a class, the longest the whole width: which class is short of boxes is seen at once. */
function classBars(plan) {
  const most = Math.max(1, ...plan.boxes_by_class.map((entry) => entry.boxes));
  return plan.boxes_by_class.map((entry) =>
    h(
      "div",
      { class: "bl-plan-class" },
      h("span", { class: "bl-cut", title: entry.name }, entry.name),
      h("span", { class: "bl-plan-bar" }, entry.boxes > 0 && h("i", { style: { width: `${(entry.boxes / most) * 100}%` } })),
      h("span", { class: "bl-numeric" }, number(entry.boxes)),
    ),
  );
}

function dataLine(plan) {
  const parts = [];
  if (plan.images) parts.push(`${number(plan.train)} to learn from, ${number(plan.val)} to check on`);
  if (plan.left_out) parts.push(`${count(plan.left_out, "image")} not done, left out`);
  return h("div", { class: "bl-muted bl-plan-data" }, parts.join(" · "));
}
