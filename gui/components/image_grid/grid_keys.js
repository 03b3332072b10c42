// The keys of the grid: arrows move, Space selects, Enter opens (the tile is a link), Del deletes.

import { isTyping } from "../shared/dom.js";
import { describeKeys } from "../shared/keys.js";

const KEYS = [
  ["←↑→↓", "Go from image to image"],
  ["Enter", "Open the image on the Label page"],
  ["Space", "Select it; Shift Space selects up to it"],
  ["Ctrl A", "Select all"],
  ["Esc", "Clear the selection"],
  ["Del", "Move the selected images to the bin"],
  ["/", "Find by name"],
];

/** @param {object} page {grid, count(), toggle(index), extend(index), selectAll(), clear(), remove(), search}. */
export function gridKeys(page) {
  describeKeys(KEYS);
  addEventListener("keydown", (event) => {
    if (event.defaultPrevented || isTyping(event) || document.querySelector("dialog[open], .bl-menu, .image-panel")) return;
    const act = globalKey(event, page) ?? tileKey(event, page);
    if (!act) return;
    event.preventDefault();
    act();
  });
}

function globalKey(event, page) {
  const command = event.ctrlKey || event.metaKey;
  if (command && event.key.toLowerCase() === "a") return page.selectAll;
  if (command || event.altKey) return null;
  if (event.key === "Escape") return page.clear;
  if (event.key === "Delete" || event.key === "Backspace") return page.remove;
  if (event.key === "/") return () => page.search.focus();
  return null;
}

function tileKey(event, page) {
  const tile = event.target.closest?.("[data-index]");
  if (event.ctrlKey || event.metaKey || event.altKey) return null;
  if (!tile) return event.key.startsWith("Arrow") && event.target === document.body ? () => page.grid.focus(0) : null;
  const index = Number(tile.dataset.index);
  if (event.key === " ") return () => (event.shiftKey ? page.extend(index) : page.toggle(index));
  const { columns, screenful } = page.grid;
  const step = {
    ArrowLeft: -1,
    ArrowRight: 1,
    ArrowUp: -columns,
    ArrowDown: columns,
    PageUp: -screenful,
    PageDown: screenful,
    Home: -index,
    End: page.count() - 1 - index,
  }[event.key];
  if (step === undefined) return null;
  return () => page.grid.focus(Math.min(Math.max(0, index + step), page.count() - 1));
}
