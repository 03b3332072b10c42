// All that was brought, small, to walk through.

import { fill, h } from "../shared/dom.js";
import { number } from "../shared/format.js";
import { icon } from "../shared/icons.js";

/** @param {object} acts choose(item), remove(item) */
export function strip({ choose, remove }) {
  const element = h("div", { class: "try-strip", role: "group", "aria-label": "Pictures", hidden: true });
  const tiles = new Map();

  function tile(item) {
    const open = h("button", { class: "try-tile", type: "button", title: item.name, "aria-label": item.name, onclick: () => choose(item) });
    const sign = { camera: "camera", video: "play" }[item.kind];
    const image = sign ? icon(sign) : picture();
    const badge = h("span", { class: "try-badge bl-numeric" });
    const away = h("button", { class: "bl-icon-button try-away", type: "button", "aria-label": `Take ${item.name} off`, title: "Take it off", onclick: () => remove(item) }, icon("close", { size: 12 }));
    fill(open, image, badge);
    return { element: h("div", { class: "try-place" }, open, away), open, image, badge };
  }

  /**
   * @param {import("./items.js").Items} items
   * @param {(item: object) => {boxes: number | null, source: string | null, failed: boolean}} state what to show of each
   */
  function show({ list, current }, state) {
    element.hidden = list.length === 0;
    for (const key of tiles.keys()) if (!list.some((item) => item.key === key)) tiles.delete(key);
    for (const item of list) {
      if (!tiles.has(item.key)) tiles.set(item.key, tile(item));
      const { open, image, badge } = tiles.get(item.key);
      const { boxes, source, failed } = state(item);
      if (source && image.getAttribute("src") !== source) image.setAttribute("src", source);
      open.setAttribute("aria-current", String(item === current));
      fill(badge, failed ? icon("warning", { size: 12, label: "Could not be looked at" }) : boxes === null ? "" : number(boxes));
      badge.hidden = !failed && boxes === null;
    }
    const focused = element.contains(document.activeElement) ? document.activeElement : null;
    const wanted = list.map((item) => tiles.get(item.key).element);
    if (wanted.some((one, index) => element.children[index] !== one) || wanted.length !== element.children.length) element.replaceChildren(...wanted);
    const shown = current && tiles.get(current.key).open;
    if (focused && document.activeElement !== focused) (focused.isConnected ? focused : shown)?.focus();
    shown?.scrollIntoView({ block: "nearest", inline: "nearest" });
  }

  return { element, show };
}

/** Seen once it can be: browsers draw a broken one for what they cannot show, such as a TIFF that is not looked at yet. */
function picture() {
  const image = h("img", { alt: "", loading: "lazy", decoding: "async", draggable: "false", class: "broken" });
  image.addEventListener("load", () => image.classList.remove("broken"));
  image.addEventListener("error", () => image.classList.add("broken"));
  return image;
}
