// What is looked at, as it stands in the address: reload, Back and a shared link show the same.

import { readNumber, readQuery } from "../shared/query.js";
import { Thresholds } from "../shared/thresholds.js";
import { isSort } from "./data.js";
import { keyOfKind, kindOfKey } from "./kinds.js";
import { SIZES } from "./sift.js";

export const USUAL_SORT = "-score";
export const USUAL_IOU = 0.5;

/** @param {import("./data.js").MistakeData} data @param {any} model whose thresholds count where the address says nothing @returns {import("./sift.js").Wanted} */
export function wantedOfAddress(data, model) {
  const query = readQuery();
  const [from, to] = (query.score ?? "").split("-");
  const thresholds = Thresholds.ofAddress(query);
  thresholds.setAdvice(model);
  return {
    thresholds,
    row: data.rowOf(share(query.iou) ?? USUAL_IOU),
    kind: kindOfKey(query.kind),
    classId: readNumber("class"),
    truthId: readNumber("truth"),
    size: SIZES.some(({ key }) => key === query.size) ? query.size : null,
    from: share(from) ?? 0,
    to: share(to) ?? 1,
    sort: isSort(query.sort) ? query.sort : USUAL_SORT,
  };
}

/** For writeQuery; null leaves a parameter out. */
export function addressOf(wanted, data) {
  const { thresholds, row, kind, classId, truthId, size, from, to, sort } = wanted;
  const iou = data.head.ious[row];
  return {
    ...thresholds.address,
    iou: iou === USUAL_IOU ? null : iou.toFixed(2),
    kind: keyOfKind(kind),
    class: classId,
    truth: truthId,
    size,
    score: from > 0 || to < 1 ? `${from}-${to}` : null,
    sort: sort === USUAL_SORT ? null : sort,
  };
}

/** A number in 0..1, or null. @param {string | undefined} text */
export function share(text) {
  const value = Number.parseFloat(text ?? "");
  return value >= 0 && value <= 1 ? value : null;
}
