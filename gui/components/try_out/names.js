// Names for pictures that have none. Pure.

const pad = (value, digits = 2) => String(value).padStart(digits, "0");

/** "2026-11-22 03.05.10": sorts by time, and can be a file's name everywhere. @param {Date} date */
export function stamp(date) {
  const day = [date.getFullYear(), pad(date.getMonth() + 1), pad(date.getDate())].join("-");
  return `${day} ${[date.getHours(), date.getMinutes(), date.getSeconds()].map((part) => pad(part)).join(".")}`;
}

/** Of a frame: "street 1m03.40s.jpg", or the moment it was taken. @param {{kind: string, name: string}} item @param {number} time seconds into the video */
export function frameName({ kind, name }, time, now = new Date()) {
  if (kind === "camera") return `camera ${stamp(now)}.jpg`;
  const hundredths = Math.round(time * 100);
  const place = `${Math.floor(hundredths / 6000)}m${pad(Math.floor(hundredths / 100) % 60)}.${pad(hundredths % 100)}s`;
  return `${name.replace(/\.[^.]*$/, "")} ${place}.jpg`;
}

/** A picture from the clipboard under a name of its own: browsers call each of them "image.png". @param {File} file */
export function named(file, now = new Date()) {
  if (file.name && file.name !== "image.png") return file;
  const ending = { "image/jpeg": "jpg", "image/webp": "webp", "image/gif": "gif" }[file.type] ?? "png";
  return new File([file], `pasted ${stamp(now)}.${ending}`, { type: file.type });
}
