// The pill that shows the running job on every page, and tells the other parts of the page what it heard.

import { api } from "../shared/api.js";
import { fill, h } from "../shared/dom.js";
import { PAGE } from "../shared/page_name.js";
import { markPeople } from "../shared/people.js";
import { readNumber } from "../shared/query.js";
import { toast } from "../shared/toast.js";

const EVERY = 1500;
const AFTER_FAILURE = 5000;
const KIND_NAMES = { train: "training", predict: "predicting", import: "import", export: "export", check: "check" };

function share(job) {
  const progress = job.progress ?? {};
  const value = typeof progress === "number" ? progress : (progress.fraction ?? progress.share);
  return typeof value === "number" ? Math.min(1, Math.max(0, value)) : null;
}

/**
 * Poll /api/pulse and show its job. Each answer is also sent as the window's event "boxloop:pulse" (detail: the answer),
 * so that other parts of a page need no poll of their own.
 */
export function jobPill(projectId) {
  const text = h("span", { class: "bl-cut" });
  const ring = h("span", { class: "job-ring", "aria-hidden": "true" });
  const element = h("a", { class: "job-pill", hidden: true, href: `/train?project=${projectId}` }, ring, text);
  let seen = null;
  let activeModel;
  let timer = 0;

  const show = (job) => {
    element.hidden = !job;
    if (!job) return;
    const done = share(job);
    element.dataset.kind = job.kind;
    element.classList.toggle("waiting", job.state === "queued");
    element.classList.remove("silent");
    ring.classList.toggle("known", done !== null);
    ring.style.setProperty("--share", String(done ?? 0.25));
    const said = job.label || job.message || `${KIND_NAMES[job.kind] ?? job.kind} ${job.id}`;
    fill(text, said);
    element.title = said;
    element.setAttribute("aria-label", `Running job: ${said}. Open the Train page.`);
  };

  const announce = (pulse) => {
    if (seen && pulse.job?.id !== seen.id) dispatchEvent(new CustomEvent("boxloop:job-ended", { detail: seen }));
    if (activeModel !== undefined && pulse.active_model_id !== activeModel && pulse.active_model_id !== null) {
      const see = () => location.assign(`/predictions?project=${projectId}`);
      const first = activeModel === null;
      toast(first ? "The first model is ready." : "A new model is active.", {
        kind: "ok",
        action: location.pathname === "/predictions" ? undefined : { label: "See its boxes", run: see },
      });
    }
    seen = pulse.job;
    activeModel = pulse.active_model_id;
    markPeople(pulse.people);
    dispatchEvent(new CustomEvent("boxloop:pulse", { detail: pulse }));
  };

  const beat = async () => {
    clearTimeout(timer);
    if (document.hidden) return;
    let wait = EVERY;
    try {
      // The image that is open is told along: a new model looks at it first.
      const image = readNumber("image");
      const params = { project: projectId, image: Number.isSafeInteger(image) ? image : null, page: PAGE };
      const pulse = await api.get("/api/pulse", { params });
      show(pulse.job);
      announce(pulse);
    } catch (error) {
      wait = AFTER_FAILURE;
      element.hidden = false;
      element.classList.add("silent");
      fill(text, error.status === 401 ? "Logged out" : "The server does not answer");
    }
    timer = setTimeout(beat, wait);
  };
  document.addEventListener("visibilitychange", beat);
  addEventListener("boxloop:signed-in", beat);
  beat();
  return element;
}
