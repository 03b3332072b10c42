// Which version came from which, as lines beside the list: like the graph of a version control system, newest first. Pure.

/**
 * @typedef {object} Row how one version stands in the drawing
 * @property {number} lane where its dot stands, 0 at the left
 * @property {number[]} into lanes from above that end at its dot: its children, if they are listed
 * @property {number[]} past lanes that go by it from above to below
 * @property {boolean} on whether a line goes down from its dot to its parent
 */

/**
 * @param {{id: number, parent_id: number | null}[]} models newest first; a parent that is not listed further down draws no line
 * @returns {{rows: Row[], lanes: number}}
 */
export function descent(models) {
  const place = new Map(models.map((model, index) => [model.id, index]));
  /** Which version each lane leads down to. @type {(number | null)[]} */
  const lanes = [];
  let widest = 0;
  const rows = models.map((model, index) => {
    const into = lanes.flatMap((id, lane) => (id === model.id ? [lane] : []));
    const past = lanes.flatMap((id, lane) => (id !== null && id !== model.id ? [lane] : []));
    const lane = into[0] ?? free(lanes);
    for (const one of into) lanes[one] = null;
    const on = model.parent_id !== null && (place.get(model.parent_id) ?? -1) > index;
    lanes[lane] = on ? model.parent_id : null;
    widest = Math.max(widest, lane + 1);
    return { lane, into, past, on };
  });
  return { rows, lanes: widest };
}

/** @param {(number | null)[]} lanes */
function free(lanes) {
  const found = lanes.indexOf(null);
  return found < 0 ? lanes.length : found;
}
