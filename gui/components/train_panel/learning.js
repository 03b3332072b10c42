// The switch by which a project trains by itself while somebody labels.

import { api } from "../shared/api.js";
import { h } from "../shared/dom.js";
import { attempt } from "../shared/toast.js";

const HINT = "A short run starts by itself after 5 images, and again whenever about a fifth more is labelled, as long as a page of this project is open.";

/** @param {number} project */
export function learningSwitch(project) {
  const box = h("input", { type: "checkbox", role: "switch", disabled: true, onchange: change });
  const element = h("label", { class: "bl-learning" }, box, h("span", { class: "bl-learning-name" }, "Learn while I label"), h("span", { class: "bl-muted" }, HINT));

  async function change() {
    const changed = await attempt(() => api.patch(`/api/projects/${project}`, { learns: box.checked }));
    show(changed?.learns ?? !box.checked);
  }

  function show(learns) {
    box.checked = learns;
    box.disabled = false;
  }

  attempt(() => api.get(`/api/projects/${project}`)).then((found) => found && show(found.learns));
  return element;
}
