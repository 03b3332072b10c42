// The Predictions page. The threshold and the class filter act on what is loaded, in the browser, without a request.

import { noModelYet, runUnderWay } from "../job_follow/first_run.js";
import { poll } from "../job_follow/poll.js";
import { api } from "../shared/api.js";
import { fill, h } from "../shared/dom.js";
import { icon } from "../shared/icons.js";
import { describeKeys } from "../shared/keys.js";
import { currentProject } from "../shared/query.js";
import { PredictionsPage } from "./page.js";

export async function mount(element) {
  const page = h("div", { class: "bl-page fixed" });
  element.replaceChildren(page);
  const project = currentProject();
  if (project === null) {
    fill(page, emptyState("folder", "Choose a project first.", h("a", { class: "bl-button", href: "/" }, "Projects")));
    return;
  }
  describeKeys([
    ["A / D", "Image before, next image"],
    ["↑ / ↓", "Box before, next box"],
    ["E", "Accept the box"],
    ["Shift Enter", "Accept all shown, done, next"],
    ["Esc", "Back to all images"],
  ]);
  await open(page, project);
}

async function open(page, id) {
  try {
    const [project, models] = await Promise.all([api.get(`/api/projects/${id}`), api.get(`/api/projects/${id}/models`)]);
    if (models.length) new PredictionsPage(page, project, models);
    else waitForModel(page, id);
  } catch (error) {
    const again = h("button", { class: "bl-button", type: "button", onclick: () => open(page, id) }, "Try again");
    fill(page, emptyState("warning", error.message, again));
  }
}

/** The first version may come while somebody looks: then the page fills by itself. */
function waitForModel(page, id) {
  const empty = h("div");
  fill(page, empty);
  poll(empty, async () => {
    const models = await api.get(`/api/projects/${id}/models`);
    if (models.length) {
      open(page, id);
      return null;
    }
    const job = await runUnderWay(id);
    const advice = "No model yet: label about 10 images, then train.";
    fill(empty, noModelYet({ job, sign: "model", coming: "its boxes appear here when it is ready", advice }));
    return 4000;
  });
}

function emptyState(name, text, ...more) {
  return h("div", { class: "bl-empty" }, icon(name), h("p", {}, text), more);
}
