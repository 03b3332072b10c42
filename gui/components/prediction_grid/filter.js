// What of a model's boxes is shown, and where it differs from the labels. Pure: the threshold acts here, without a request.

export const SAME_BOX_IOU = 0.5;

/** Predictions of one image at or above the threshold and of the chosen classes (null: all), best score first. */
export function shownPredictions(item, filter) {
  const { classIds } = filter;
  return overThreshold(item.predictions ?? [], filter).filter((prediction) => !classIds || classIds.has(prediction.class_id));
}

/** Those from the threshold of their class up. They are sorted by score when loaded, so the lowest threshold ends the search. */
function overThreshold(predictions, { threshold, exceptions = {} }) {
  const lowest = Math.min(threshold, ...Object.values(exceptions));
  const end = predictions.findIndex(({ score }) => score < lowest);
  const high = end < 0 ? predictions : predictions.slice(0, end);
  return high.filter(({ score, class_id: id }) => score >= (exceptions[id] ?? threshold));
}

/** Puts the predictions of items[first..last] in order, best first; everything else here relies on it. */
export function sortPredictions(items, first, last) {
  for (const item of items.slice(first, last + 1)) item.predictions?.sort((a, b) => b.score - a.score);
}

export function iou(a, b) {
  const width = Math.min(a.x2, b.x2) - Math.max(a.x1, b.x1);
  const height = Math.min(a.y2, b.y2) - Math.max(a.y1, b.y1);
  if (width <= 0 || height <= 0) return 0;
  const shared = width * height;
  const area = (box) => (box.x2 - box.x1) * (box.y2 - box.y1);
  return shared / (area(a) + area(b) - shared);
}

/** Does one of these boxes mark the same object as `box`? */
export function isMarked(box, boxes) {
  return boxes.some((other) => other.class_id === box.class_id && iou(other, box) >= SAME_BOX_IOU);
}

/**
 * Compares the shown predictions of an image with its labels, each label taken once, best score first.
 * @returns {{extra: Prediction[], missed: Box[]}} boxes that only the model has, and that only the labels have
 */
export function difference(item, filter) {
  const { classIds } = filter;
  const open = (item.annotations ?? []).filter((box) => !classIds || classIds.has(box.class_id));
  const extra = [];
  for (const prediction of shownPredictions(item, filter)) {
    let best = -1;
    let bestOverlap = SAME_BOX_IOU;
    open.forEach((box, index) => {
      const overlap = box.class_id === prediction.class_id ? iou(box, prediction) : 0;
      if (overlap >= bestOverlap) {
        best = index;
        bestOverlap = overlap;
      }
    });
    if (best < 0) extra.push(prediction);
    else open.splice(best, 1);
  }
  return { extra, missed: open };
}

/** An image nobody has looked at has no labels to differ from; a done one without boxes says "nothing here". */
export function hasLabels(item) {
  return item.state === "done" || (item.annotations ?? []).length > 0;
}

/** Do the labels of an image and the model disagree at this threshold? */
export function differs(item, filter) {
  if (!item.predictions || !hasLabels(item)) return false;
  const { extra, missed } = difference(item, filter);
  return extra.length > 0 || missed.length > 0;
}

/** Sums over the loaded images: boxes shown in all and by class, images that have one, images not predicted yet. */
export function totals(items, filter) {
  const byClass = new Map();
  let boxes = 0;
  let images = 0;
  let waiting = 0;
  for (const item of items) {
    if (!item.predictions) {
      waiting += 1;
      continue;
    }
    let here = 0;
    for (const prediction of overThreshold(item.predictions, filter)) {
      byClass.set(prediction.class_id, (byClass.get(prediction.class_id) ?? 0) + 1);
      if (!filter.classIds || filter.classIds.has(prediction.class_id)) here += 1;
    }
    boxes += here;
    if (here) images += 1;
  }
  return { boxes, images, byClass, waiting };
}
