/**
 * How a person likes to draw, kept in this browser.
 *
 * @typedef {{
 *   clicks: boolean, over: boolean, snap: boolean, take: boolean, name: boolean, several: boolean
 * }} Drawing  `clicks`: a click puts each corner; `over`: a press draws even where a box lies; `snap`: corners meet edges of
 *   other boxes; `take`: a click where no box is shown takes the model's best one there; `name`: a drawn box
 *   gets the class that the model sees there; `several`: a click adds to the
 *   selection, and a drag selects what lies within
 */

const STORED_AS = "boxloop.drawing";
const DEFAULT = { clicks: false, over: false, snap: false, take: true, name: true, several: false };

/** @returns {Drawing} */
export function readDrawing() {
  try {
    const stored = JSON.parse(localStorage.getItem(STORED_AS) ?? "{}");
    const known = Object.entries(DEFAULT).map(([name, usual]) => [name, typeof stored[name] === "boolean" ? stored[name] : usual]);
    return /** @type {Drawing} */ (Object.fromEntries(known));
  } catch {
    return { ...DEFAULT };
  }
}

/** @param {Drawing} drawing */
export function keepDrawing(drawing) {
  try {
    localStorage.setItem(STORED_AS, JSON.stringify(drawing));
  } catch {
    // A full or forbidden store: the choice lasts as long as the page.
  }
}
