/**
 * `window.boxloop.canvas`: what the page shows, to be read by tests and from the browser's console. Read only.
 *
 * - `imageId`, `boxes`, `state`: the open image and what this page wants saved of it
 * - `shown`: ids and kinds of all boxes that can be seen
 * - `ghost`: the model's box that a click would take, or null
 * - `selection` (the primary one), `selected` (all of them), `threshold`, `hidden`
 * - `learned`: thresholds that count from the next image on, see learned.js
 * - `drawing`: how a person draws, see settings.js
 * - `view`: `{k, ox, oy}`, screen = image * k + offset, in CSS pixels of the stage
 * - `painted`: `{imageId, seen, sharp}` of the last paint; seen: a thumbnail at least; sharp: pixels as fine as the screen
 * - `pictureBytes`: memory of the pictures that are held decoded
 * - `saved`: `{state, reason, waiting}`, see Saver.status
 * - `requests`: calls to the JSON routes since the page was opened
 * - `paintMs`: durations of the last paints
 */

import * as client from "./client.js";

/**
 * @param {{
 *   model: import("./model.js").Model, saver: import("./saver.js").Saver, view: import("./view.js").View,
 *   painter: import("./painter.js").Painter, pictures: import("./pictures.js").Pictures
 * }} parts
 */
export function exposeForTests({ model, saver, view, painter, pictures }) {
  const canvas = Object.freeze({
    get imageId() { return model.image?.id ?? null; },
    get boxes() { return model.content.boxes.map((box) => ({ ...box })); },
    get state() { return model.content.state; },
    get shown() { return model.items().map(({ id, kind, classId }) => ({ id, kind, classId })); },
    get selection() { return model.selection; },
    get selected() { return [...model.selected]; },
    get drawing() { return { ...model.drawing }; },
    get ghost() { return painter.ghost && { ...painter.ghost }; },
    get threshold() { return model.threshold; },
    get learned() { return model.learned; },
    get hidden() { return model.hidden; },
    get view() { return { k: view.k, ox: view.ox, oy: view.oy }; },
    get painted() { return { ...painter.painted }; },
    get pictureBytes() { return pictures.bytes; },
    get saved() { return saver.status(); },
    get requests() { return client.requests; },
    get paintMs() { return [...painter.costs]; },
  });
  const shelf = /** @type {any} */ (window);
  shelf.boxloop = { ...shelf.boxloop, canvas };
}
