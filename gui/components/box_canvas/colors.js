/** Class colours on any ground: which ink is readable on them, and their translucent forms. */

export const UNKNOWN = "#8a8a92";

/** @param {string} color "#rrggbb" @returns {[number, number, number]} 0..255 */
function channels(color) {
  const value = /^#[0-9a-f]{6}$/i.test(color) ? color : UNKNOWN;
  return [1, 3, 5].map((at) => Number.parseInt(value.slice(at, at + 2), 16));
}

/** Relative luminance of sRGB, 0..1, as WCAG 2 defines it. @param {string} color */
export function luminance(color) {
  const [r, g, b] = channels(color).map((value) => {
    const share = value / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

/** Black or white, whichever contrasts more with the colour. @param {string} color */
export function inkOn(color) {
  const light = luminance(color);
  return (light + 0.05) / 0.05 >= 1.05 / (light + 0.05) ? "#000000" : "#ffffff";
}

/** @param {string} color @param {number} alpha 0..1 */
export function translucent(color, alpha) {
  return `rgb(${channels(color).join(" ")} / ${alpha})`;
}
