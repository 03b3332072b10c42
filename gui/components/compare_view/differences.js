// A difference of two figures, with its interval where one is known, as text. Pure.

/** {value: 0.031, low: 0.01, high: 0.052} -> "+0.031 (+0.010 to +0.052)". */
export function differenceText({ value, low, high }) {
  return `${signed(value)} (${signed(low)} to ${signed(high)})`;
}

/** -0.0312 -> "−0.031". */
export function signed(value, digits = 3) {
  const text = Math.abs(value).toFixed(digits);
  if (Number(text) === 0) return text;
  return `${value < 0 ? "−" : "+"}${text}`;
}

/** Of shares: 0.14 -> "+14 points". */
export function pointsText(value) {
  const points = Math.round(value * 100);
  return points === 0 ? "the same" : `${signed(points, 0)} ${Math.abs(points) === 1 ? "point" : "points"}`;
}
