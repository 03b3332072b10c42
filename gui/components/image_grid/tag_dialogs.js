// Tags: put one on the selected images or take one off; rename and delete those of the project.

import { api } from "../shared/api.js";
import { askText, openDialog } from "../shared/dialog.js";
import { fill, h } from "../shared/dom.js";
import { count } from "../shared/format.js";
import { icon } from "../shared/icons.js";
import { attempt, toast } from "../shared/toast.js";

/** Ask for a tag; `run(action, name)` with "tag" or "untag". */
export function askTag(tags, selected, run) {
  const known = h("datalist", { id: "image-tags-known" }, tags.map((tag) => h("option", { value: tag.name })));
  const input = h("input", { class: "bl-input", list: "image-tags-known", maxlength: 200, autocomplete: "off", autofocus: true, placeholder: "A word of yours" });
  const problem = h("span", { class: "image-problem", role: "alert" });
  const quick = h("div", { class: "image-choices many" }, tags.map((tag) => h("button", { class: "image-choice", type: "button", onclick: () => (input.value = tag.name) }, tag.name)));
  const act = (action) => () => {
    const name = input.value.trim();
    problem.textContent = name ? "" : "Type a tag or choose one first.";
    if (!name) return false;
    run(action, name);
    return true;
  };
  openDialog({
    title: `Tag ${count(selected, "image")}`,
    body: [h("label", { class: "bl-field" }, "Tag", input), known, quick, problem],
    actions: [{ label: "Cancel" }, { label: "Take it off", run: act("untag") }, { label: "Put it on", primary: true, run: act("tag") }],
  });
}

/** The list of the project's tags; `onChange` after each change. */
export async function editTags(project, onChange) {
  const list = h("ul", { class: "image-tag-list" });
  const draw = async () => {
    const tags = await attempt(() => api.get(`/api/projects/${project}/tags`));
    if (tags) fill(list, tags.length ? tags.map((tag) => row(tag)) : h("li", { class: "bl-muted" }, "No tags yet."));
  };
  const changed = async () => {
    await draw();
    onChange();
  };
  const rename = (tag) =>
    askText({
      title: `Rename “${tag.name}”`,
      label: "Name",
      value: tag.name,
      action: "Rename",
      run: async (name) => {
        await api.patch(`/api/tags/${tag.id}`, { name });
        await changed();
      },
    });
  const remove = async (tag) => {
    const told = await attempt(() => api.del(`/api/tags/${tag.id}`));
    if (!told) return;
    await changed();
    toast(`“${tag.name}” is off ${count(told.images, "image")} and out of the list.`, { kind: "ok" });
  };
  const row = (tag) =>
    h(
      "li",
      {},
      h("span", { class: "bl-grow bl-cut" }, tag.name),
      h("span", { class: "bl-muted bl-numeric" }, count(tag.images, "image")),
      h("button", { class: "bl-icon-button", type: "button", "aria-label": `Rename ${tag.name}`, onclick: () => rename(tag) }, icon("edit")),
      h("button", { class: "bl-icon-button", type: "button", "aria-label": `Delete ${tag.name}`, onclick: () => sure(tag, remove) }, icon("bin")),
    );
  await draw();
  openDialog({ title: "Tags", body: [list], actions: [{ label: "Close", primary: true }] });
}

/** A tag that is deleted cannot be brought back, so this asks where it stands on images. */
function sure(tag, remove) {
  if (tag.images === 0) return void remove(tag);
  openDialog({
    title: `Delete “${tag.name}”?`,
    body: [h("p", {}, `It stands on ${count(tag.images, "image")}. The images stay; the tag cannot be brought back.`)],
    actions: [{ label: "Cancel" }, { label: "Delete the tag", danger: true, run: () => remove(tag) }],
  });
}
