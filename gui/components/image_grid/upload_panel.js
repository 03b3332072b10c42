// The account of an upload: how far it is, then what came in, what was here already, and what failed and why.

import { fill, h } from "../shared/dom.js";
import { count, number } from "../shared/format.js";
import { icon } from "../shared/icons.js";

const LISTED = 500;
const FEW = 8; // names of files that nobody has to do anything about

/** Returns {element, show(queue)}; `onClose` is called when a finished account is closed. */
export function uploadPanel({ onImport }) {
  const element = h("section", { class: "upload-panel", "aria-label": "Upload", hidden: true });
  const live = h("div", { class: "upload-line", role: "status" });
  const bar = h("div");
  const details = h("div", { class: "upload-details" });
  const head = h("div", { class: "bl-row" }, live, h("span", { class: "bl-grow" }));
  const button = h("button", { class: "bl-button quiet", type: "button" });
  head.append(button);
  fill(element, head, h("div", { class: "bl-progress" }, bar), details);

  return {
    element,
    show(queue) {
      element.hidden = queue.files === 0 && queue.others === 0;
      bar.parentElement.hidden = !queue.busy;
      bar.style.width = `${queue.share * 100}%`;
      fill(live, queue.busy ? `Adding images: ${number(queue.finished)} of ${number(queue.files)}` : summary(queue));
      fill(button, queue.busy ? "Stop" : "Close");
      button.onclick = () => {
        if (queue.busy) queue.stop();
        else element.hidden = true;
      };
      if (!queue.busy) fill(details, account(queue, onImport));
      else fill(details);
    },
  };
}

function summary(queue) {
  const parts = [`${count(queue.added, "image")} added`];
  if (queue.duplicates.length) parts.push(`${number(queue.duplicates.length)} already here`);
  if (queue.failed.length) parts.push(`${number(queue.failed.length)} could not be read`);
  if (queue.stopped) parts.push(`${number(queue.stopped)} not sent`);
  return `${parts.join(", ")}.`;
}

function account(queue, onImport) {
  return [
    queue.failed.length > 0 && list("warning", "These did not come in:", queue.failed.map((one) => [one.name, one.reason])),
    queue.duplicates.length > 0 &&
      list(
        "images",
        `${count(queue.duplicates.length, "file")} with the same content as an image that is here; kept once:`,
        queue.duplicates.map((one) => [one.name, one.reason ?? ""]),
        { closed: queue.duplicates.length > FEW },
      ),
    queue.others > 0 && leftAlone(queue, onImport),
  ];
}

function leftAlone(queue, onImport) {
  return h(
    "p",
    { class: "bl-muted" },
    `${count(queue.others, "file")} of other kinds in the folder were left alone. `,
    queue.labels && "If they hold labels, bring them in with ",
    queue.labels && h("button", { class: "bl-link upload-inline", type: "button", onclick: onImport }, "Import a folder with labels"),
    queue.labels && ".",
  );
}

function list(mark, title, rows, { closed = false } = {}) {
  return h(
    "details",
    { class: "upload-list", open: !closed },
    h("summary", {}, icon(mark), title),
    h(
      "ul",
      {},
      rows.slice(0, LISTED).map(([name, reason]) =>
        h("li", {}, h("span", { class: "upload-name" }, name), reason && h("span", { class: "bl-muted" }, reason)),
      ),
      rows.length > LISTED && h("li", { class: "bl-muted" }, `and ${number(rows.length - LISTED)} more`),
    ),
  );
}
