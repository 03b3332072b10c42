// What the Compare view keeps in the address, so that reload, Back and a shared link show the same. Pure.

export const PARTS = ["figures", "changes", "life"];
export const CHANGES = ["found", "gone", "lost", "new"];
export const SIZES = ["boxes", "images"];
export const LIFE_FIGURES = ["ap", "ap50"];
const MOST = 5; // versions that one is compared with

/**
 * @typedef {object} Wanted
 * @property {number[]} others ids of the versions that the one looked at is compared with, the first one box by box
 * @property {string} part one of PARTS
 * @property {number | null} threshold one for both versions; null for those of each
 * @property {Set<string>} changes those of CHANGES that are shown
 * @property {number | null} classId null for all
 * @property {string} size one of SIZES: over which the learning curve is drawn @property {string} figure one of LIFE_FIGURES
 * @property {number | null} image the one that is open
 * @property {boolean} blink shown in one place by turns, not side by side
 */

/**
 * @param {Record<string, string | undefined>} query @param {{id: number, number: number, parent_id: number | null}[]} models
 * @param {{id: number, number: number, parent_id: number | null}} model the one looked at
 * @returns {Wanted}
 */
export function readWanted(query, models, model) {
  const known = new Set(models.map(({ id }) => id).filter((id) => id !== model.id));
  const named = [...new Set((query.with ?? "").split(",").map(Number))].filter((id) => known.has(id)).slice(0, MOST);
  const changes = (query.change ?? "").split(",").filter((one) => CHANGES.includes(one));
  const threshold = Number.parseFloat(query.at ?? "");
  return {
    others: named.length ? named : usualOther(models, model),
    part: oneOf(PARTS, query.part),
    threshold: threshold >= 0 && threshold <= 1 ? Math.round(threshold * 100) / 100 : null,
    changes: new Set(changes.length ? changes : CHANGES),
    classId: whole(query.of),
    size: oneOf(SIZES, query.over),
    figure: oneOf(LIFE_FIGURES, query.by),
    image: whole(query.image),
    blink: query.blink === "1",
  };
}

/** The same as parameters for the address; what is as usual is left out. @param {Partial<Wanted>} change */
export function addressOf(change) {
  const written = {};
  if (change.others) written.with = change.others.join(",");
  if (change.part) written.part = unusual(PARTS, change.part);
  if (change.size) written.over = unusual(SIZES, change.size);
  if (change.figure) written.by = unusual(LIFE_FIGURES, change.figure);
  if ("threshold" in change) written.at = change.threshold?.toFixed(2) ?? null;
  if (change.changes) written.change = change.changes.size === CHANGES.length ? null : CHANGES.filter((one) => change.changes.has(one)).join(",");
  if ("classId" in change) written.of = change.classId;
  if ("image" in change) written.image = change.image;
  if ("blink" in change) written.blink = change.blink ? "1" : null;
  return written;
}

/** Its parent, else the version before it, else the one after it. */
function usualOther(models, model) {
  const parent = models.find(({ id }) => id === model.parent_id);
  const others = models.filter(({ id }) => id !== model.id).sort((a, b) => a.number - b.number);
  const before = others.filter(({ number }) => number < model.number).at(-1);
  const found = parent ?? before ?? others[0];
  return found ? [found.id] : [];
}

/** The one that is named, else the first. @param {readonly string[]} names @param {string | undefined} name */
const oneOf = (names, name) => names.find((one) => one === name) ?? names[0];

/** For the address, which does not name the first. @param {readonly string[]} names @param {string} name */
const unusual = (names, name) => (name === names[0] ? null : name);

function whole(text) {
  return /^\d+$/.test(text ?? "") ? Number(text) : null;
}
