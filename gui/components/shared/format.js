// Numbers, sizes and times as people say them.

const WHOLE = new Intl.NumberFormat("en");

/** 1234 -> "1,234". */
export function number(value) {
  return WHOLE.format(value);
}

/** count(1, "image") -> "1 image"; count(3, "box", "boxes") -> "3 boxes". */
export function count(value, one, many = `${one}s`) {
  return `${WHOLE.format(value)} ${value === 1 ? one : many}`;
}

/** 1500000 -> "1.5 MB" (powers of ten, as file managers count). */
export function bytes(value) {
  const units = ["bytes", "kB", "MB", "GB", "TB"];
  let size = value;
  let unit = 0;
  while (size >= 999.5 && unit < units.length - 1) {
    size /= 1000;
    unit += 1;
  }
  const digits = unit === 0 || size >= 99.95 ? 0 : 1;
  return `${size.toFixed(digits)} ${units[unit]}`;
}

/** 200 -> "about 3 min". Coarse on purpose: it is a guess. */
export function about(seconds) {
  if (seconds < 50) return `about ${Math.max(5, Math.round(seconds / 5) * 5)} s`;
  if (seconds < 3300) return `about ${Math.max(1, Math.round(seconds / 60))} min`;
  const hours = seconds / 3600;
  return `about ${hours < 10 ? Math.round(hours * 2) / 2 : Math.round(hours)} h`;
}

/** 75 -> "1:15", 4000 -> "1:06:40". Exact, for what has passed. */
export function elapsed(seconds) {
  const whole = Math.max(0, Math.round(seconds));
  const pad = (part) => String(part).padStart(2, "0");
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  return hours ? `${hours}:${pad(minutes)}:${pad(rest)}` : `${minutes}:${pad(rest)}`;
}

/** Time of day as 12:04:31. */
export function clock(date = new Date()) {
  return new Date(date).toLocaleTimeString("en-GB");
}

/** When, in words: "just now", "5 min ago", "3 h ago", "2 days ago", then the date. */
export function ago(date, now = new Date()) {
  const seconds = (now - new Date(date)) / 1000;
  if (seconds < 60) return "just now";
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ago`;
  if (seconds < 86400) return `${Math.floor(seconds / 3600)} h ago`;
  if (seconds < 7 * 86400) return `${count(Math.floor(seconds / 86400), "day")} ago`;
  return new Date(date).toLocaleDateString("en-GB", { day: "numeric", month: "short", year: "numeric" });
}

/** A moment exactly: "21 Nov 2026, 18:04:31". */
export function moment(date) {
  return new Date(date).toLocaleString("en-GB", { day: "numeric", month: "short", year: "numeric", hour: "2-digit", minute: "2-digit", second: "2-digit" });
}

/** A score or an AP: 0.6134 -> "0.61"; null -> "–". */
export function score(value, digits = 2) {
  return value === null || value === undefined ? "–" : value.toFixed(digits);
}

/** A share of 1: 0.421 -> "42 %". */
export function percent(value) {
  return `${Math.round(value * 100)} %`;
}

/** Names of an image's states as they are shown. */
export const STATE_NAMES = { new: "New", in_progress: "In progress", done: "Done", skipped: "Skipped", in_doubt: "In doubt" };

/** How a model version is called: "v3", "v3 night scenes", in a list also "v3 (active) night scenes". @param {{name: string, title?: string}} model */
export function versionName({ name, title }, isActive = false) {
  return [name, isActive && "(active)", title].filter(Boolean).join(" ");
}
