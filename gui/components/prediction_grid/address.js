// The filter in the address, so that reload, Back and a shared link show the same.

import { readQuery } from "../shared/query.js";
import { Thresholds } from "../shared/thresholds.js";

/** {thresholds, threshold, exceptions by class id, classIds: Set | null for all, onlyDiffering}; `model` advises. */
export function filterFromAddress(model) {
  const { classes, differ } = readQuery();
  const thresholds = Thresholds.ofAddress(readQuery());
  thresholds.setAdvice(model);
  const ids = classes ? classes.split(",").map(Number).filter(Number.isInteger) : [];
  return {
    ...fromThresholds(thresholds),
    classIds: classes !== undefined ? new Set(ids) : null,
    onlyDiffering: differ === "1",
  };
}

/** The part of the filter that says from which scores boxes are shown. */
export function fromThresholds(thresholds) {
  return { thresholds, threshold: thresholds.all, exceptions: thresholds.exceptions };
}

/** The same as parameters for the address; what is as usual is left out. */
export function addressOf({ thresholds, classIds, onlyDiffering }) {
  return {
    ...thresholds.address,
    classes: classIds ? [...classIds].join(",") || "0" : null,
    differ: onlyDiffering ? 1 : null,
  };
}
