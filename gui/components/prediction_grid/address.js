// The filter in the address, so that reload, Back and a shared link show the same.

import { readQuery } from "../shared/query.js";

const FIRST_THRESHOLD = 0.5;

/** {threshold, classIds: Set | null for all, onlyDiffering} */
export function filterFromAddress() {
  const { threshold, classes, differ } = readQuery();
  const given = Number(threshold);
  const ids = classes ? classes.split(",").map(Number).filter(Number.isInteger) : [];
  return {
    threshold: threshold !== undefined && given >= 0.01 && given <= 1 ? given : FIRST_THRESHOLD,
    classIds: classes !== undefined ? new Set(ids) : null,
    onlyDiffering: differ === "1",
  };
}

/** The same as parameters for the address; what is as usual is left out. */
export function addressOf({ threshold, classIds, onlyDiffering }) {
  return {
    threshold: threshold === FIRST_THRESHOLD ? null : String(threshold),
    classes: classIds ? [...classIds].join(",") || "0" : null,
    differ: onlyDiffering ? 1 : null,
  };
}
