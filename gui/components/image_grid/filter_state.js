// What the grid shows, as it stands in the address: pure functions from parameters to parameters and to words.
//
// Parameters are an object of texts: { state: "new,in_progress", class: "3,4", boxes: "1-5", sort: "-saved", ... }.

import { STATE_NAMES, count } from "../shared/format.js";

export const FILTER_KEYS = ["state", "split", "class", "tag", "comments", "boxes", "q", "added", "saved", "by", "score", "model"];
const SHOWN_KEYS = [...FILTER_KEYS, "deleted", "sort"];

export const SPLITS = { train: "Training", val: "Validation", test: "Test", none: "No split" };
export const STATES = { ...STATE_NAMES, nothing: "Nothing here" };
export const SORTS = {
  added: "Added",
  name: "Name",
  saved: "Saved",
  state: "State",
  split: "Split",
  boxes: "Count of boxes",
  score: "Best score of the model",
  queue: "Label next",
  size: "Picture size",
  bytes: "File size",
};
/** From the highest down at the first choice: what is newest, largest or surest comes first. */
const DOWN_FIRST = ["saved", "boxes", "score", "size", "bytes"];

/** Quick links: what people look for again and again. */
export const PRESETS = [
  { label: "To label", params: { state: "new,in_progress" } },
  { label: "In doubt", params: { state: "in_doubt" } },
  { label: "Model unsure", params: { state: "new,in_progress", score: "0.2-0.6", sort: "-score" }, model: true },
  { label: "Label next", params: { state: "new,in_progress", sort: "queue" }, model: true },
  { label: "Nothing here", params: { state: "nothing" } },
  { label: "Lately saved", params: { sort: "-saved" } },
];

/** The parameters of a query that the grid knows. */
export function shownParams(query) {
  return Object.fromEntries(SHOWN_KEYS.filter((key) => query[key]).map((key) => [key, query[key]]));
}

/** For writeQuery: exactly these, all others away. */
export function exactly(params) {
  return Object.fromEntries(SHOWN_KEYS.map((key) => [key, params[key] ?? null]));
}

export function isFiltered(params) {
  return FILTER_KEYS.some((key) => key !== "model" && params[key]);
}

/** As one text, for the Label page's walk and for acts on all that match; "" shows everything. */
export function asText(params) {
  return new URLSearchParams(shownParams(params)).toString();
}

export function words(params, key) {
  return (params[key] ?? "").split(",").filter(Boolean);
}

/** The value of a key with a word put in, or taken out where it stands. */
export function toggled(params, key, word) {
  const standing = words(params, key);
  return (standing.includes(word) ? standing.filter((one) => one !== word) : [...standing, word]).join(",");
}

/** {by, down} of `sort`. */
export function sorting(params) {
  const text = params.sort ?? "added";
  return { by: text.replace(/^-/, ""), down: text.startsWith("-") };
}

/** The value of `sort` when `by` is chosen: the direction turns round where it is chosen already. */
export function sortedBy(params, by) {
  const now = sorting(params);
  const down = now.by === by ? !now.down : DOWN_FIRST.includes(by);
  return by === "added" && !down ? null : `${down ? "-" : ""}${by}`;
}

/** Both ends of "3-10" or "2026-11-01..2026-11-03" as texts. */
export function ends(text, between) {
  if (!text) return ["", ""];
  const at = text.indexOf(between);
  return at < 0 ? [text, text] : [text.slice(0, at), text.slice(at + between.length)];
}

/** The other way round; null where both are empty. */
export function range(low, high, between) {
  return low || high ? `${low}${between}${high}` : null;
}

/**
 * What is active, one chip per part: [{key, label, value}] where `value` is what the key becomes without it.
 * @param {object} known classes: [{id, name}], tags: [{id, name}], models: [{id, name}].
 */
export function chips(params, { classes = [], tags = [], models = [] } = {}) {
  const names = (list, id) => list.find((one) => String(one.id) === id)?.name ?? `no. ${id}`;
  const told = {
    split: (word) => SPLITS[word] ?? word,
    class: (word) => names(classes, word),
    tag: (word) => (word === "none" ? "Untagged" : `Tag ${names(tags, word)}`),
    comments: () => "Open comments",
  };
  const found = [];
  for (const [key, say] of Object.entries(told)) {
    for (const word of words(params, key)) found.push({ key, label: say(word), value: toggled(params, key, word) || null });
  }
  if (words(params, "state").length > 1) found.push({ key: "state", label: words(params, "state").map((one) => STATES[one] ?? one).join(" or "), value: null });
  if (params.boxes) found.push({ key: "boxes", label: boxesWords(params.boxes), value: null });
  if (params.score) found.push({ key: "score", label: `Best score ${rangeWords(params.score, "-")}${params.model ? ` of ${names(models, params.model)}` : ""}`, value: null });
  if (params.saved) found.push({ key: "saved", label: `Saved ${rangeWords(params.saved, "..")}`, value: null });
  if (params.added) found.push({ key: "added", label: `Added ${rangeWords(params.added, "..")}`, value: null });
  if (params.by) found.push({ key: "by", label: `By ${params.by}`, value: null });
  if (params.q) found.push({ key: "q", label: `Name holds “${params.q}”`, value: null });
  return found;
}

function rangeWords(text, between) {
  const [low, high] = ends(text, between);
  if (low === high) return low;
  if (!high) return `from ${low}`;
  return low ? `${low} to ${high}` : `up to ${high}`;
}

function boxesWords(text) {
  const [low, high] = ends(text, "-");
  if (low === high) return count(Number(low), "box", "boxes");
  return `${rangeWords(text, "-")} boxes`;
}
