// The whole page takes a drop of files.

import { h } from "../shared/dom.js";
import { icon } from "../shared/icons.js";
import { attempt } from "../shared/toast.js";
import { droppedFiles } from "./picked_files.js";

/** Listen on the window; `onFiles({files, others, labels})` gets what was dropped. `hint` is said while dragging. */
export function dropZone({ hint, onFiles }) {
  const veil = h("div", { class: "drop-veil", hidden: true }, h("div", {}, icon("upload", { size: 32 }), hint));
  document.body.append(veil);
  const brings = (event) => event.dataTransfer?.types.includes("Files");
  addEventListener("dragenter", (event) => {
    if (brings(event)) veil.hidden = false;
  });
  addEventListener("dragover", (event) => {
    if (!brings(event)) return;
    event.preventDefault();
    event.dataTransfer.dropEffect = "copy";
  });
  addEventListener("dragleave", (event) => {
    // Leaving the window names no element that is entered instead.
    if (event.relatedTarget === null) veil.hidden = true;
  });
  addEventListener("drop", async (event) => {
    veil.hidden = true;
    if (!brings(event)) return;
    event.preventDefault();
    const picked = await attempt(() => droppedFiles(event.dataTransfer));
    if (picked) onFiles(picked);
  });
}
