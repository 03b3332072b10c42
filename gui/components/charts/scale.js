// Axes: where ticks stand and which pixel a value falls on. Pure.

/** Round steps (1, 2, 2.5 or 5 times a power of ten) that cover min..max in about `count` steps. */
export function niceTicks(min, max, count = 4) {
  if (!(max > min)) return [min];
  const rough = (max - min) / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const factor = [1, 2, 2.5, 5, 10].find((step) => step * power >= rough * 0.999);
  const step = factor * power;
  const ticks = [];
  // Counting steps instead of adding them up keeps 0.30000000000000004 out of the labels.
  for (let k = Math.ceil(min / step - 1e-9); k * step <= max + step * 1e-6; k += 1) {
    ticks.push(Number((k * step).toPrecision(12)));
  }
  return ticks;
}

/** Ticks for whole numbers such as epochs: never between two of them. */
export function wholeTicks(min, max, count = 5) {
  return niceTicks(min, max, Math.min(count, Math.max(1, max - min))).filter(Number.isInteger);
}

/** A function from a value in `domain` to a pixel in `range`. */
export function linear([d0, d1], [r0, r1]) {
  const span = d1 - d0 || 1;
  return (value) => r0 + ((value - d0) / span) * (r1 - r0);
}

/** Smallest and largest finite y over all series, or null where there is none. */
export function extent(series, key) {
  let low = Infinity;
  let high = -Infinity;
  for (const { points } of series) {
    for (const point of points) {
      if (!Number.isFinite(point[key])) continue;
      low = Math.min(low, point[key]);
      high = Math.max(high, point[key]);
    }
  }
  return low <= high ? [low, high] : null;
}
