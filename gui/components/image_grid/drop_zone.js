// The whole page takes a drop of files, for as long as the page lives or until a signal is given.

import { h } from "../shared/dom.js";
import { icon } from "../shared/icons.js";
import { attempt } from "../shared/toast.js";
import { droppedFiles } from "./picked_files.js";

/**
 * Listen on the window; `onFiles({files, others, labels})` gets what was dropped. `hint` is said while dragging.
 * @param {{hint: string, onFiles: Function, signal?: AbortSignal}} options `signal` ends it
 */
export function dropZone({ hint, onFiles, signal }) {
  const veil = h("div", { class: "drop-veil", hidden: true }, h("div", {}, icon("upload", { size: 32 }), hint));
  document.body.append(veil);
  signal?.addEventListener("abort", () => veil.remove());
  const listen = (type, act) => addEventListener(type, act, { signal });
  const brings = (event) => event.dataTransfer?.types.includes("Files");
  listen("dragenter", (event) => {
    if (brings(event)) veil.hidden = false;
  });
  listen("dragover", (event) => {
    if (!brings(event)) return;
    event.preventDefault();
    event.dataTransfer.dropEffect = "copy";
  });
  listen("dragleave", (event) => {
    // Leaving the window names no element that is entered instead.
    if (event.relatedTarget === null) veil.hidden = true;
  });
  listen("drop", async (event) => {
    veil.hidden = true;
    if (!brings(event)) return;
    event.preventDefault();
    const picked = await attempt(() => droppedFiles(event.dataTransfer));
    if (picked) onFiles(picked);
  });
}
