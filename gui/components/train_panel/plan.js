// What will happen on Train, said before the click: from POST /api/projects/P/plan, asked again when a setting changes.

import { api } from "../shared/api.js";
import { debounce, fill, h } from "../shared/dom.js";
import { about, count, number } from "../shared/format.js";
import { icon } from "../shared/icons.js";
import { pageLink, readQuery, writeQuery } from "../shared/query.js";
import { choice } from "./choice.js";
import { expertDrawer } from "./expert.js";
import { FIELDS } from "./fields.js";
import { stageName } from "./stages.js";

const PRESETS = [
  { value: "retinanet-lite", name: "Lite", hint: "Small and quick; works on any machine, with no network" },
  { value: "retinanet-r50-v2", name: "ResNet-50", hint: "Larger and slower; wants a GPU. Its weights are fetched at the first use" },
];
const PRETRAINED = { "retinanet-lite": "ImageNet weights", "retinanet-r50-v2": "COCO weights" };
const TYPING_MS = 350;
const SCOPES = FIELDS.find((field) => field.key === "scope").options.map(([value]) => value);

/** @param {(config: object) => Promise<string|null>} start starts a run, or says what is wrong */
export function planPanel(project, start) {
  const query = readQuery();
  const chosen = {
    preset: PRESETS.some((preset) => preset.value === query.preset) ? query.preset : PRESETS[0].value,
    from_scratch: query.scratch === "1",
  };
  const expert = expertDrawer(SCOPES.includes(query.scope) ? { scope: query.scope } : {}, () => {
    writeQuery({ scope: expert.read().config.scope });
    complain(null);
    refreshSoon();
  });
  const sentence = h("div", { class: "bl-plan-sentence", "aria-live": "polite" }, "…");
  const details = h("div", { class: "bl-plan-details" });
  const classes = h("div", { class: "bl-plan-classes" });
  const warnings = h("div", { class: "bl-plan-warnings" });
  const fault = h("div", { class: "bl-plan-fault", role: "alert", hidden: true });
  const button = h("button", { class: "bl-button primary large", type: "button", "data-needs": "labeller", disabled: true, onclick: press }, icon("play"), "Train");
  const startChoice = startingPoint((fromScratch) => {
    chosen.from_scratch = fromScratch;
    writeQuery({ scratch: fromScratch ? 1 : null });
    complain(null);
    refresh();
  });
  const element = h(
    "section",
    { class: "bl-panel bl-plan", "aria-label": "Next run" },
    h("div", { class: "bl-plan-head" }, h("div", { class: "bl-grow" }, sentence, details), button),
    fault,
    warnings,
    h("div", { class: "bl-plan-body" }, h("div", { class: "bl-plan-choices" }, choice("Network", PRESETS, chosen.preset, choosePreset), startChoice.element), classes),
    expert.element,
  );

  function choosePreset(value) {
    chosen.preset = value;
    writeQuery({ preset: value === PRESETS[0].value ? null : value });
    complain(null);
    refresh();
  }

  /** The settings that are sent; what was left to Boxloop is not among them. */
  function settings() {
    const { config, fault: wrong } = expert.read();
    const scratch = chosen.from_scratch ? { from_scratch: true } : {};
    return { config: { preset: chosen.preset, ...scratch, ...config }, wrong };
  }

  function complain(text) {
    fault.textContent = text ?? "";
    fault.hidden = !text;
  }

  async function press() {
    const { config, wrong } = settings();
    const said = wrong ?? (await starting(config));
    complain(said);
    if (said) expert.element.open = true;
  }

  async function starting(config) {
    button.disabled = true;
    const said = await start(config);
    button.disabled = false;
    return said;
  }

  // What the last press was answered stays in sight until a setting changes, so a new plan does not take it away.
  const refreshSoon = debounce(refresh, TYPING_MS);
  let asked = 0;
  async function refresh() {
    const { config, wrong } = settings();
    if (wrong) complain(wrong);
    if (wrong && asked > 0) return; // without any plan there would be no way to press Train
    asked += 1;
    const mine = asked;
    try {
      const plan = await api.post(`/api/projects/${project}/plan`, { config });
      if (mine === asked) show(plan); // an older answer that comes late is dropped
    } catch (error) {
      if (mine !== asked) return;
      if (error.status === 422) complain(error.message);
      else fill(sentence, error.message);
    }
  }

  function show(plan) {
    fill(sentence, plan.sentence);
    button.disabled = !plan.can_train;
    fill(details, plan.can_train ? stagesLine(plan.stages) : plan.reasons.map((reason) => h("span", {}, reason)));
    fill(warnings, plan.outgrown && outgrownNote(plan.outgrown, startChoice.chooseScratch), plan.warnings.length > 0 && warningNote(plan.warnings));
    fill(classes, classBars(plan), dataLine(plan));
    startChoice.show(plan.start, PRETRAINED[chosen.preset], chosen.from_scratch);
    element.classList.toggle("nothing", !plan.can_train);
    if (plan.can_train) expert.show(plan);
    else fill(warnings, nextStep(plan), ...warnings.childNodes);
  }

  return { element, refresh };
}

/** Whether a run goes on from the active model or starts afresh; not there while there is only one way. */
function startingPoint(changed) {
  const element = h("div", { class: "bl-plan-start", hidden: true });
  let drawn = "";

  function show(start, pretrained, fromScratch) {
    element.hidden = start.warm_number === null;
    const key = JSON.stringify([start.warm_number, pretrained, fromScratch]);
    if (element.hidden || key === drawn) return;
    drawn = key;
    const focused = element.contains(document.activeElement);
    const ways = [
      { value: "warm", name: `v${start.warm_number}`, hint: "Goes on from what it knows: the quickest way when some labels have changed" },
      { value: "scratch", name: pretrained, hint: "Starts afresh from pretrained weights; input size and anchors are fitted anew" },
    ];
    fill(element, choice("Start from", ways, fromScratch ? "scratch" : "warm", (value) => changed(value === "scratch")));
    if (focused) element.querySelector("input:checked")?.focus();
  }
  return { element, show, chooseScratch: () => changed(true) };
}

/** "In 2 stages: head (about 1 min), then deep layers (about 3 min). ..." */
function stagesLine(stages) {
  if (stages.length < 2) return null;
  const parts = stages.map((stage) => `${stageName(stage.name)} (${about(stage.seconds)})`).join(", then ");
  return h("span", {}, `In ${stages.length} stages: ${parts}. The model can be used while it goes on getting better.`);
}

function outgrownNote(text, startAfresh) {
  return h(
    "div",
    { class: "bl-note warn" },
    icon("warning"),
    h("div", { class: "bl-grow" }, text),
    h("button", { class: "bl-button", type: "button", onclick: startAfresh }, "Start from scratch"),
  );
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
