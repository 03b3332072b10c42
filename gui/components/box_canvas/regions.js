/** The way out of the image by key, where Tab goes from box to box: from part to part of the page, round and round. */

const FOCUSABLE = "a[href], button:not(:disabled):not([tabindex='-1']), input:not(:disabled), select, [tabindex='0']";

/** @param {import("./layout.js").Layout} layout @param {1 | -1} step */
export function focusNextRegion({ classes, stage, boxes, bar }, step) {
  const pages = document.querySelector(".top-bar");
  const regions = [pages, classes, stage, boxes, bar].filter((region) => region instanceof HTMLElement);
  const here = regions.findIndex((region) => region.contains(document.activeElement));
  for (let turn = 1; turn <= regions.length; turn += 1) {
    const region = regions[(here + step * turn + regions.length * 2) % regions.length];
    const target = region === stage ? stage : [...region.querySelectorAll(FOCUSABLE)].find(isShown);
    if (target instanceof HTMLElement) return target.focus();
  }
}

/** @param {Element} element */
const isShown = (element) => element.getClientRects().length > 0;
