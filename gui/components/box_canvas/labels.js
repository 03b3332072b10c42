/**
 * Where the name of each box goes: above or inside its box, never over another name where there is room. Pure.
 *
 * @typedef {{x1: number, y1: number, x2: number, y2: number}} Area
 * @typedef {{box: Area, width: number, height: number, always: boolean}} Wish CSS pixels
 * @typedef {{x: number, y: number}} Place top left corner
 */

const CELL = 96;

/**
 * @param {readonly Wish[]} wishes most important first @param {number} width @param {number} height of the stage
 * @returns {(Place | null)[]} null where there is no room; one that is wanted `always` gets a place
 */
export function placeLabels(wishes, width, height) {
  const taken = new Taken();
  return wishes.map((wish) => {
    const places = candidates(wish, width, height);
    const free = places.find((place) => taken.isFree(areaOf(place, wish)));
    const place = free ?? (wish.always ? places[0] : null);
    if (place) taken.add(areaOf(place, wish));
    return place ?? null;
  });
}

/** Places in the order of preference, moved into the stage. @param {Wish} wish @param {number} width @param {number} height @returns {Place[]} */
function candidates({ box, width: w, height: h }, width, height) {
  const left = Math.max(0, Math.min(box.x1 - 1, width - w));
  const right = Math.max(0, Math.min(box.x2 + 1 - w, width - w));
  const roomInside = box.x2 - box.x1 > w + 4 && box.y2 - box.y1 > h * 1.5;
  const places = [{ x: left, y: box.y1 - h }];
  if (roomInside) places.push({ x: Math.max(0, box.x1 + 1), y: Math.max(0, box.y1 + 1) });
  places.push({ x: left, y: box.y2 }, { x: right, y: box.y1 - h }, { x: right, y: box.y2 });
  const inSight = places.filter((place) => place.y >= 0 && place.y + h <= height && place.x + w <= width);
  return inSight.length > 0 ? inSight : [{ x: left, y: Math.max(0, Math.min(box.y1, height - h)) }];
}

/** @param {Place} place @param {Wish} wish @returns {Area} */
const areaOf = ({ x, y }, { width, height }) => ({ x1: x, y1: y, x2: x + width, y2: y + height });

/** Areas in a coarse grid, so that hundreds of names cost little. */
class Taken {
  /** @type {Map<string, Area[]>} */
  #cells = new Map();

  /** @param {Area} area */
  isFree(area) {
    return cellsOf(area).every((cell) => (this.#cells.get(cell) ?? []).every((other) => !overlap(area, other)));
  }

  /** @param {Area} area */
  add(area) {
    for (const cell of cellsOf(area)) {
      const list = this.#cells.get(cell);
      if (list) list.push(area);
      else this.#cells.set(cell, [area]);
    }
  }
}

/** @param {Area} area */
function cellsOf({ x1, y1, x2, y2 }) {
  const cells = [];
  for (let x = Math.floor(x1 / CELL); x <= Math.floor(x2 / CELL); x += 1) {
    for (let y = Math.floor(y1 / CELL); y <= Math.floor(y2 / CELL); y += 1) cells.push(`${x} ${y}`);
  }
  return cells;
}

/** @param {Area} a @param {Area} b */
const overlap = (a, b) => a.x1 < b.x2 && b.x1 < a.x2 && a.y1 < b.y2 && b.y1 < a.y2;
