// What a person may wish of a threshold, in words.

/** @typedef {{kind: "balance" | "misses" | "false_alarms", value: number | null}} Wish */

/** @param {Wish} wish */
export function wishInWords({ kind, value }) {
  if (kind === "misses") return `miss at most ${value} %`;
  if (kind === "false_alarms") return value === 1 ? "at most 1 false alarm in each image" : `at most 1 false alarm in ${value} images`;
  return "best balance";
}
