// The one icon set: 16 x 16, strokes of 1.5, drawn for Boxloop.

import { svg } from "./dom.js";

const PATHS = {
  add: "M8 3v10M3 8h10",
  back: "M10 3 5 8l5 5",
  bin: "M3 4.5h10M6.5 4.5v-2h3v2M4.5 4.5l.5 9h6l.5-9M7 7v4M9 7v4",
  box: "M2.5 4.5v-2h2M11.5 2.5h2v2M13.5 11.5v2h-2M4.5 13.5h-2v-2M5.5 5.5h5v5h-5z",
  boxes: "M2.5 2.5h7v7h-7zM6 12v1.5h7.5V6H12",
  chart: "M2.5 2.5v11h11M5 10.5l2.5-3.5 2 2 3.5-5",
  camera: "M2.5 5h2.5l1-1.5h4l1 1.5h2.5v8h-11zM8 6.7a2.2 2.2 0 1 1 0 4.4a2.2 2.2 0 0 1 0-4.4",
  check: "M3 8.5 6.5 12 13 4.5",
  chevron: "M4.5 6.5 8 10l3.5-3.5",
  clock: "M8 2.25a5.75 5.75 0 1 1 0 11.5a5.75 5.75 0 0 1 0-11.5M8 5v3.2l2.2 1.3",
  close: "M4 4l8 8M12 4l-8 8",
  corners: "M2.5 6.5v-4h4M13.5 9.5v4h-4M5 5l6 6",
  comment: "M2.5 3h11v8H7.5L4.5 13.5V11h-2z",
  dark: "M13 9.6A5.5 5.5 0 1 1 6.4 3a4.5 4.5 0 0 0 6.6 6.6z",
  disk: "M2.5 9.5h11v4h-11zM2.5 9.5l2-6.5h7l2 6.5M11 11.5h.5",
  download: "M8 2.5v8M4.5 7.5 8 11l3.5-3.5M2.5 13.5h11",
  edit: "M3 13l.6-2.9L10.8 3a1.4 1.4 0 0 1 2.1 2.1L5.8 12.4z",
  eye: "M1.5 8S4 3.8 8 3.8 14.5 8 14.5 8 12 12.2 8 12.2 1.5 8 1.5 8M8 6.2a1.8 1.8 0 1 1 0 3.6a1.8 1.8 0 0 1 0-3.6",
  eye_off: "M2.5 2.5l11 11M6.2 4.1A6 6 0 0 1 8 3.8c4 0 6.5 4.2 6.5 4.2a11 11 0 0 1-2 2.4M9.9 11.9a5 5 0 0 1-1.9.3C4 12.2 1.5 8 1.5 8a11 11 0 0 1 2.2-2.6",
  file: "M4 2.5h5l3 3v8H4zM9 2.5v3h3",
  filter: "M2.5 3.5h11L9.5 8.5v4l-3 1v-5z",
  fit: "M2.5 5.5v-3h3M10.5 2.5h3v3M13.5 10.5v3h-3M5.5 13.5h-3v-3",
  folder: "M2 4h4.5L8 5.5h6v7.5H2z",
  forward: "M6 3l5 5-5 5",
  help: "M8 2.25a5.75 5.75 0 1 1 0 11.5a5.75 5.75 0 0 1 0-11.5M6.2 6.4c.2-2.4 3.8-2.2 3.6.1C9.7 7.8 8 7.9 8 9.3M8 11.3v.2",
  history: "M2.6 5.5A5.75 5.75 0 1 1 2.25 8M2.5 2.5v3h3M8 5v3.2l2.2 1.3",
  images: "M2.5 4.5h9v9h-9zM5 4.5v-2h8.5v8.5h-2M3 12l2.5-3 1.8 2 1.7-1.7 2.5 2.7",
  info: "M8 2.25a5.75 5.75 0 1 1 0 11.5a5.75 5.75 0 0 1 0-11.5M8 7.3v3.7M8 5v.2",
  label: "M2.5 8.5v-6h6l5.5 5.5-6 6zM5.3 5.3h.1",
  light: "M8 5.2a2.8 2.8 0 1 1 0 5.6a2.8 2.8 0 0 1 0-5.6M8 1.5v1.3M8 13.2v1.3M1.5 8h1.3M13.2 8h1.3M3.4 3.4l.9.9M11.7 11.7l.9.9M3.4 12.6l.9-.9M11.7 4.3l.9-.9",
  list: "M5.5 4h8M5.5 8h8M5.5 12h8M2.5 4h.2M2.5 8h.2M2.5 12h.2",
  lock: "M4 7.5h8v6H4zM5.5 7.5V5a2.5 2.5 0 0 1 5 0v2.5",
  magnet: "M3.5 2.5v5.5a4.5 4.5 0 0 0 9 0V2.5h-3V8a1.5 1.5 0 0 1-3 0V2.5zM3.5 5.5h3M9.5 5.5h3",
  menu: "M2.5 4.5h11M2.5 8h11M2.5 11.5h11",
  model: "M8 1.9l5.3 3v6.2L8 14.1l-5.3-3V4.9zM2.9 5L8 7.9 13.1 5M8 7.9v6",
  more: "M3.5 8h.1M8 8h.1M12.5 8h.1",
  nothing: "M8 2.25a5.75 5.75 0 1 1 0 11.5a5.75 5.75 0 0 1 0-11.5M4 12l8-8",
  over: "M2.5 2.5h8v8h-8zM5.5 13.5h8v-8M8 5v3.5M6.2 6.8h3.6",
  pan: "M8 2v12M2 8h12M6.3 3.7L8 2l1.7 1.7M6.3 12.3L8 14l1.7-1.7M3.7 6.3L2 8l1.7 1.7M12.3 6.3L14 8l-1.7 1.7",
  paste: "M5.5 3.5h-2v10h9v-10h-2M5.5 2.5h5v2.5h-5z",
  pause: "M5.5 3.5v9M10.5 3.5v9",
  pin: "M5.5 2.5h5l-.75 4.5 2.25 2.5H4l2.25-2.5zM8 9.5v4.5",
  play: "M4.5 3v10l8-5z",
  redo: "M13 6.5H6a3.25 3.25 0 0 0 0 6.5h3M10 3.5l3 3-3 3",
  reject_area: "M2.5 4.5v-2h2M11.5 2.5h2v2M13.5 11.5v2h-2M4.5 13.5h-2v-2M5.8 5.8l4.4 4.4M10.2 5.8l-4.4 4.4",
  restore: "M3.5 6.5H10a3.25 3.25 0 0 1 0 6.5H7M6.5 3.5l-3 3 3 3",
  search: "M7 2.75a4.25 4.25 0 1 1 0 8.5a4.25 4.25 0 0 1 0-8.5M10.2 10.2L13.5 13.5",
  select: "M2.5 4.5v-2h2M7 2.5h2M11.5 2.5h2v2M13.5 7v2M13.5 11.5v2h-2M9 13.5H7M4.5 13.5h-2v-2M2.5 9V7",
  settings: "M2.5 5h5M10.5 5h3M9 3.5v3M2.5 11h3M8.5 11h5M7 9.5v3",
  sort: "M4.5 3v10M2 10.5L4.5 13 7 10.5M9 4h5M9 8h4M9 12h2.5",
  skip: "M3.5 3.5L9 8l-5.5 4.5zM12 3.5v9",
  spark: "M8 2l1.5 4.5L14 8l-4.5 1.5L8 14l-1.5-4.5L2 8l4.5-1.5z",
  stop: "M4 4h8v8H4z",
  system: "M2 3h12v8H2zM6 13.5h4M8 11v2.5",
  unsure_area: "M2.5 4.5v-2h2M11.5 2.5h2v2M13.5 11.5v2h-2M4.5 13.5h-2v-2M6.4 6.6c.2-2.1 3.4-1.9 3.2.1-.1 1.1-1.6 1.2-1.6 2.4M8 11v.2",
  undo: "M3 6.5h7a3.25 3.25 0 0 1 0 6.5H7M6 3.5l-3 3 3 3",
  upload: "M8 11V3M4.5 6L8 2.5 11.5 6M2.5 13.5h11",
  user: "M8 2.5a2.7 2.7 0 1 1 0 5.4a2.7 2.7 0 0 1 0-5.4M2.8 13.5c.7-5 9.7-5 10.4 0",
  warning: "M8 2.3l6 11H2zM8 6.5v3.3M8 11.5v.2",
  window: "M8 2.25a5.75 5.75 0 1 1 0 11.5a5.75 5.75 0 0 1 0-11.5M8 2.5v11M8 5h3.8M8 8h5.5M8 11h3.8",
  zoom_in: "M7 2.75a4.25 4.25 0 1 1 0 8.5a4.25 4.25 0 0 1 0-8.5M10.2 10.2L13.5 13.5M7 5.2v3.6M5.2 7h3.6",
  zoom_out: "M7 2.75a4.25 4.25 0 1 1 0 8.5a4.25 4.25 0 0 1 0-8.5M10.2 10.2L13.5 13.5M5.2 7h3.6",
};

export const ICON_NAMES = Object.keys(PATHS);

/**
 * An icon in the colour of the text around it.
 * @param {string} name one of ICON_NAMES.
 * @param {object} options size in CSS pixels; label: what it says to a screen reader when it stands alone.
 */
export function icon(name, { size = 16, label = null } = {}) {
  if (!PATHS[name]) throw new Error(`There is no icon "${name}".`);
  return svg(
    "svg",
    {
      class: "bl-icon",
      viewBox: "0 0 16 16",
      width: size,
      height: size,
      role: label ? "img" : null,
      "aria-label": label,
      "aria-hidden": label ? null : "true",
    },
    svg("path", { d: PATHS[name] }),
  );
}
