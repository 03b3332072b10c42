// The ways in which a picture or a video comes here: dropped, chosen, pasted.

import { dropZone } from "../image_grid/drop_zone.js";
import { isTyping, on } from "../shared/dom.js";
import { toast } from "../shared/toast.js";
import { named } from "./names.js";

const ACCEPTED = "image/*,video/*,.heic,.heif,.tif,.tiff,.mkv";
const NO_PICTURE = "There is no picture in the clipboard. Copy one, then paste it here.";
const BY_KEY = "The browser does not give the clipboard to a button here. Press Ctrl+V instead.";

/** Take drops and Ctrl+V until `signal`. @param {(files: File[]) => void} came @param {AbortSignal} signal */
export function listen(came, signal) {
  dropZone({ hint: "Drop to try", onFiles: ({ files }) => came(files), signal });
  on(
    document,
    "paste",
    (event) => {
      const files = [...(event.clipboardData?.files ?? [])].map((file) => named(file));
      if (files.length === 0 && isTyping(event)) return;
      event.preventDefault();
      if (files.length > 0) came(files);
      else toast(NO_PICTURE);
    },
    { signal },
  );
}

/** Let the person choose; nothing happens where they choose none. @param {(files: File[]) => void} came */
export function choose(came) {
  const input = document.createElement("input");
  Object.assign(input, { type: "file", multiple: true, accept: ACCEPTED });
  input.addEventListener("change", () => came([...input.files]));
  input.click();
}

/** What a button can get from the clipboard; says so where that is nothing. @param {(files: File[]) => void} came */
export async function paste(came) {
  let entries;
  try {
    entries = await navigator.clipboard.read();
  } catch {
    toast(BY_KEY); // not allowed, or not there on a page that came over plain http
    return;
  }
  const files = [];
  for (const entry of entries) {
    const type = entry.types.find((one) => one.startsWith("image/"));
    if (type) files.push(named(new File([await entry.getType(type)], "image.png", { type })));
  }
  if (files.length > 0) came(files);
  else toast(NO_PICTURE);
}
