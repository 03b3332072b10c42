// What a person likes to see in the grid; the browser keeps it.

const [SIZE_KEY, MODEL_KEY] = ["boxloop.grid.size", "boxloop.grid.model"];

/** "S", "M", "L", or whatever else stands there. */
export function keptSize() {
  return localStorage.getItem(SIZE_KEY);
}

export function keepSize(size) {
  localStorage.setItem(SIZE_KEY, size);
}

export function modelIsDrawn() {
  return localStorage.getItem(MODEL_KEY) === "1";
}

export function drawModel(on) {
  localStorage.setItem(MODEL_KEY, on ? "1" : "0");
}
