// What was done in a project, as sentences without their subject: "Ada" + " renamed the class ...".

import { changesInWords } from "../shared/change_words.js";
import { bytes, count, STATE_NAMES } from "../shared/format.js";
import { wishInWords } from "../shared/wishes.js";

const SPLITS = { train: "training", val: "validation", test: "testing" };

const ENDS = { failed: "failed", cancelled: "was stopped", interrupted: "was interrupted" };
const some = (d) => `${(d.classes ?? []).length === 1 ? "the class" : "the classes"} ${list(named(d))}`;
const run = (what, { state }, done) => (ENDS[state] ? `${what}, which ${ENDS[state]}` : done);

const images = ({ images: n }) => count(n ?? 0, "image");
const boxes = ({ boxes: n }) => count(n ?? 0, "box", "boxes");
const version = ({ number, model_number }) => `v${number ?? model_number}`;
const named = ({ classes }) => (classes ?? []).map(({ name, before, after }) => `“${(after ?? before)?.name ?? name}”`);
const list = (words, most = 3) => (words.length > most ? `${words.slice(0, most).join(", ")} and ${words.length - most} more` : words.join(", "));

const SENTENCES = {
  saved: (d) => changesInWords(d, d.state, d.state_before),
  project_created: (d) => `made the project “${d.name}”`,
  project_renamed: (d) => `renamed the project from “${d.before}” to “${d.name}”`,
  project_deleted: () => "put the project into the bin",
  project_restored: () => "took the project out of the bin",
  project_learns: (d) => `switched learning while labelling ${d.learns ? "on" : "off"}`,
  images_added: (d) => `added ${images(d)}`,
  images_deleted: (d) => `put ${images(d)} into the bin`,
  images_restored: (d) => `took ${images(d)} out of the bin`,
  images_split: (d) => (d.value ? `gave ${images(d)} to ${SPLITS[d.value] ?? d.value}` : `took ${images(d)} out of their split`),
  images_state: (d) => `set ${images(d)} to ${(STATE_NAMES[d.value] ?? d.value ?? "").toLowerCase()}`,
  images_tagged: (d) => `tagged ${images(d)} “${d.value}”`,
  images_untagged: (d) => `took the tag “${d.value}” off ${images(d)}`,
  images_undone: (d) => `undid a change of ${images(d)} (${d.act})`,
  bin_emptied: (d) => `removed ${images(d)} for good (${bytes(d.bytes ?? 0)})`,
  tag_renamed: (d) => `renamed the tag “${d.before}” to “${d.name}”`,
  tag_deleted: (d) => `deleted the tag “${d.name}” (it was on ${images(d)})`,
  boxes_accepted: (d) => `accepted ${boxes(d)} of ${version(d)} on ${images(d)}`,
  class_added: (d) => `added ${some(d)}`,
  class_deleted: (d) => `deleted ${some(d)}`,
  class_renamed: (d) => `renamed ${d.classes?.map(({ before, after }) => `“${before?.name}” to “${after?.name}”`).join(", ")}`,
  class_recoloured: (d) => `gave ${list(named(d))} another colour`,
  class_hotkey: (d) => `changed the key of ${list(named(d))}`,
  class_reordered: () => "put the classes into another order",
  class_archived: (d) => `archived ${some(d)}`,
  class_unarchived: (d) => `took ${some(d)} out of the archive`,
  class_merged: (d) => `merged ${list(named(d))} into “${d.into?.name}”`,
  class_unmerged: (d) => `took ${list(named(d))} apart again`,
  class_split: (d) => `moved ${boxes(d)} from “${d.from?.name}” to “${d.to?.name}”`,
  model_activated: (d) => (d.number < d.before ? `went back from v${d.before} to ${version(d)}` : `made ${version(d)} the active model`),
  model_named: (d) => (d.name ? `called ${version(d)} “${d.name}”` : `took the name “${d.before}” off ${version(d)}`),
  model_noted: (d) => (d.note ? `noted on ${version(d)}: “${d.note}”` : `took the note off ${version(d)}`),
  model_pinned: (d) => `${d.pinned ? "pinned" : "unpinned"} ${version(d)}`,
  model_deleted: (d) => `put the model ${version(d)} into the bin`,
  model_restored: (d) => `took the model ${version(d)} out of the bin`,
  model_thresholds: (d) => (d.after ? `chose thresholds for ${version(d)}: ${wishInWords(d.after.wish)}` : `let ${version(d)} use its own thresholds again`),
  model_trained: (d) => (d.model_number ? `trained ${version(d)}` : run("started a run", d, "ended a run that found nothing better")),
  data_imported: (d) => run("started an import", d, `imported ${count(d.added ?? 0, "image")} with ${boxes(d)}`),
  data_exported: (d) => run("started an export", d, `exported ${images(d)} with ${boxes(d)}`),
  comment_added: () => "commented",
  comment_resolved: () => "resolved a comment",
  comment_reopened: () => "opened a comment again",
};

/** @param {{kind: string, details: any}} entry */
export function sentence({ kind, details }) {
  const say = SENTENCES[kind];
  if (!say) return kind.replaceAll("_", " ");
  const words = say(details);
  return details.undoes ? `${words} (undo)` : words;
}

/** What the list can be filtered by: name, and first words of kinds. */
export const THINGS = [
  { name: "Everything", things: [] },
  { name: "Labelling", things: ["saved", "boxes"] },
  { name: "Images and tags", things: ["images", "tag", "bin"] },
  { name: "Classes", things: ["class"] },
  { name: "Models", things: ["model"] },
  { name: "Import and export", things: ["data"] },
  { name: "Comments", things: ["comment"] },
  { name: "Project", things: ["project"] },
];

/** Where an entry leads, as [page, parameters]; null where there is nothing to see. */
export function placeOf({ kind, details, image_id: image }) {
  const opened = image ?? details.image ?? null;
  if (opened !== null) return ["/label", { image: opened }];
  const page = { model: "/models", images: "/images", bin: "/images", tag: "/images", data: "/images", boxes: "/predictions" }[kind.split("_")[0]];
  return page ? [page, {}] : null;
}
