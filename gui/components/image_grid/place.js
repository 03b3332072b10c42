// Where in the grid a person is, kept with the address in the browser's history: Back and reload come back there.

/** The place of the first image on the screen when this step of the history was left; 0 where none was. */
export function keptPlace() {
  const place = history.state?.place;
  return Number.isInteger(place) && place > 0 ? place : 0;
}

export function keepPlace(place) {
  if (keptPlace() !== place) history.replaceState({ ...history.state, place }, "");
}
