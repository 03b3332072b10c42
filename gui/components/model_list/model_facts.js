// What a version was made from. Pure.

/** @returns {{images: number|undefined, boxes: number|undefined}} of the snapshot that it was trained and checked on */
export function dataOf(model) {
  const { train_images: train, val_images: val, boxes } = model.metrics ?? {};
  return { images: Number.isFinite(train) ? train + (val ?? 0) : undefined, boxes };
}
