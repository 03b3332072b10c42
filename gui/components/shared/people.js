// Who else is there: initials in a colour of their own, on every picture of an image that somebody has open.

import { h } from "./dom.js";

const COLORS = ["#b3261e", "#8a5a00", "#2e6b2e", "#00677d", "#3b5bdb", "#7b3fb8", "#a83279", "#5f5f5f"]; // white reads on each
const MOST = 3; // avatars side by side; the last stands for all others

/** Initials of a name: "Ada Lovelace" -> "AL", "ada" -> "AD". */
export function initials(name) {
  const words = name.trim().split(/[\s._@-]+/).filter(Boolean);
  const letters = words.length > 1 ? words.slice(0, 2).map((word) => [...word][0]) : [...(words[0] ?? "?")].slice(0, 2);
  return letters.join("").toUpperCase();
}

/** The same colour for the same name on every page. */
export function colorOf(name) {
  let sum = 0;
  for (const letter of name) sum = (sum * 31 + letter.codePointAt(0)) % 9973;
  return COLORS[sum % COLORS.length];
}

/** Avatars of some people, in one element; `what` is said of them to a screen reader and in the tooltip. */
export function avatars(names, what) {
  const shown = names.length > MOST ? names.slice(0, MOST - 1) : names;
  const rest = names.length - shown.length;
  const text = `${names.join(", ")} ${what}`;
  return h(
    "span",
    { class: "bl-people", role: "img", "aria-label": text, title: text, dataset: { names: names.join("\n") } },
    shown.map((name) => h("span", { class: "bl-avatar", style: { background: colorOf(name) } }, initials(name))),
    rest > 0 && h("span", { class: "bl-avatar rest" }, `+${rest}`),
  );
}

/** Put avatars on the pictures (`data-image`) of images that others have open, and take them from the rest. */
export function markPeople(people, root = document) {
  const byImage = new Map();
  for (const { name, image_id: image } of people) {
    if (image !== null) byImage.set(String(image), [...(byImage.get(String(image)) ?? []), name]);
  }
  for (const picture of root.querySelectorAll("[data-image]")) {
    const names = byImage.get(picture.dataset.image) ?? [];
    const before = picture.querySelector(":scope > .bl-people");
    if ((before?.dataset.names ?? "") === names.join("\n")) continue;
    before?.remove();
    if (names.length > 0) picture.append(avatars(names, names.length > 1 ? "have this image open" : "has this image open"));
  }
}
