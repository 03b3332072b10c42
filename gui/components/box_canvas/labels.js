/**
 * Where the name of each box goes: above or inside its box, never over another name where there is room. Pure.
 *
 * @typedef {{x1: number, y1: number, x2: number, y2: number}} Area
 * @typedef {{box: Area, width: number, height: number, always: boolean}} Wish CSS pixels
 * @typedef {{x: number, y: number}} Place top left corner
 */

const CELL = 64;

/**
 * It runs with each paint while a picture is panned, hundreds of names at a time: no lists are made on the way.
 * @param {readonly Wish[]} wishes most important first @param {number} width @param {number} height of the stage
 * @returns {(Place | null)[]} null where there is no room; one that is wanted `always` gets a place
 */
export function placeLabels(wishes, width, height) {
  const taken = new Taken(width);
  return wishes.map((wish) => {
    const place = freePlace(wish, width, height, taken);
    if (place) taken.add(place.x, place.y, wish.width, wish.height);
    return place;
  });
}

/** @param {Wish} wish @param {number} width @param {number} height @param {Taken} taken @returns {Place | null} */
function freePlace(wish, width, height, taken) {
  const { box, width: w, height: h } = wish;
  const left = Math.max(0, Math.min(box.x1 - 1, width - w));
  const right = Math.max(0, Math.min(box.x2 + 1 - w, width - w));
  const roomInside = box.x2 - box.x1 > w + 4 && box.y2 - box.y1 > h * 1.5;
  const above = box.y1 - h;
  let seen = false;
  for (let candidate = 0; candidate < 5; candidate += 1) {
    if (candidate === 1 && !roomInside) continue;
    const x = candidate === 1 ? Math.max(0, box.x1 + 1) : candidate < 3 ? left : right;
    const y = candidate === 1 ? Math.max(0, box.y1 + 1) : candidate === 0 || candidate === 3 ? above : box.y2;
    if (y < 0 || y + h > height || x + w > width) continue;
    seen = true;
    if (taken.isFree(x, y, w, h)) return { x, y };
  }
  const inStage = { x: left, y: Math.max(0, Math.min(seen && above >= 0 ? above : box.y1, height - h)) };
  return wish.always || (!seen && taken.isFree(inStage.x, inStage.y, w, h)) ? inStage : null;
}

/** Areas in a coarse grid, so that hundreds of names cost little. */
class Taken {
  /** @type {Map<number, number[]>} per cell: x1, y1, x2, y2 of each area in it */
  #cells = new Map();

  /** @param {number} width of the stage */
  constructor(width) {
    this.columns = Math.ceil(width / CELL) + 2;
  }

  /** @param {number} x @param {number} y @param {number} w @param {number} h */
  isFree(x, y, w, h) {
    const [lastColumn, lastRow] = [Math.floor((x + w) / CELL), Math.floor((y + h) / CELL)];
    for (let row = Math.floor(y / CELL); row <= lastRow; row += 1) {
      for (let column = Math.floor(x / CELL); column <= lastColumn; column += 1) {
        const cell = this.#cells.get(row * this.columns + column);
        if (cell && hits(cell, x, y, x + w, y + h)) return false;
      }
    }
    return true;
  }

  /** @param {number} x @param {number} y @param {number} w @param {number} h */
  add(x, y, w, h) {
    const [lastColumn, lastRow] = [Math.floor((x + w) / CELL), Math.floor((y + h) / CELL)];
    for (let row = Math.floor(y / CELL); row <= lastRow; row += 1) {
      for (let column = Math.floor(x / CELL); column <= lastColumn; column += 1) {
        const key = row * this.columns + column;
        const cell = this.#cells.get(key);
        if (cell) cell.push(x, y, x + w, y + h);
        else this.#cells.set(key, [x, y, x + w, y + h]);
      }
    }
  }
}

/** @param {number[]} cell @param {number} x1 @param {number} y1 @param {number} x2 @param {number} y2 */
function hits(cell, x1, y1, x2, y2) {
  for (let at = 0; at < cell.length; at += 4) {
    if (x1 < cell[at + 2] && cell[at] < x2 && y1 < cell[at + 3] && cell[at + 1] < y2) return true;
  }
  return false;
}
