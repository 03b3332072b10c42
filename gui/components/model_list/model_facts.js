// What a version was made from, wherever its JSON says it. Pure.

/** @returns {{images: number|undefined, boxes: number|undefined}} of the snapshot that it was trained on */
export function dataOf(model) {
  const places = [model, model.meta ?? {}, model.metrics ?? {}];
  const first = (...keys) => places.flatMap((place) => keys.map((key) => place[key])).find(Number.isFinite);
  return { images: first("train_images", "images"), boxes: first("train_boxes", "boxes") };
}
