// The differences as small pictures, more of them as one scrolls.

import { fill, h } from "../shared/dom.js";
import { score } from "../shared/format.js";
import { KINDS, saidOf } from "./changes.js";

const AT_ONCE = 120;

/** @param {{open: (one: object) => void}} acts */
export function changeGrid({ open }) {
  const tiles = h("div", { class: "compare-grid", role: "group", "aria-label": "Differences" });
  const end = h("div", { class: "compare-grid-end" });
  const element = h("div", {}, tiles, end);
  let [shown, about, drawn] = [[], null, 0];
  const watch = new IntersectionObserver((entries) => entries.some(({ isIntersecting }) => isIntersecting) && more(), { rootMargin: "600px" });
  watch.observe(end);

  function more() {
    if (drawn >= shown.length) return;
    const next = shown.slice(drawn, drawn + AT_ONCE);
    drawn += next.length;
    tiles.append(...next.map((one) => tile(one, about, open)));
    // Told again only when it comes into sight anew: a short page has it in sight all the time.
    watch.unobserve(end);
    watch.observe(end);
  }

  /** @param {object[]} changes @param {{ours: string, theirs: string, nameOf: Function, colors: Map, images: object[]}} context */
  function show(changes, context) {
    const same = changes.length === shown.length && changes.every((one, place) => one === shown[place]);
    if (same) return; // what is scrolled to and focused stays
    [shown, about, drawn] = [changes, context, 0];
    fill(tiles);
    more();
  }

  /** Focus a difference on an image, where not one of that image has it. @param {number} image */
  function focusOn(image) {
    if (shown[[...tiles.children].indexOf(document.activeElement)]?.image === image) return;
    const at = shown.findIndex((one) => one.image === image);
    while (drawn <= at) more();
    tiles.children[at]?.focus();
  }

  return { element, show, focusOn, close: () => watch.disconnect() };
}

function tile(one, { ours, theirs, nameOf, colors, images }, open) {
  const name = nameOf(one.class_id);
  const said = saidOf(one, ours, theirs, nameOf);
  const kind = KINDS[one.change];
  return h(
    "button",
    {
      class: ["compare-tile", kind.better ? "better" : "worse"],
      type: "button",
      dataset: { change: one.change },
      "aria-label": `${kind.name}: ${name} on ${images[one.image].name}, ${said}`,
      title: images[one.image].name,
      onclick: () => open(one),
    },
    h("img", { src: one.crop_url, alt: "", loading: "lazy", decoding: "async" }),
    h("span", { class: "compare-tile-name bl-cut" }, h("i", { style: { background: colors.get(one.class_id) ?? "#888888" } }), name, h("b", { class: "bl-numeric" }, score(one.score))),
    h("span", { class: "compare-tile-said" }, said),
  );
}
