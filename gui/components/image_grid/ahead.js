// The first answers for the Images page, asked for before its other scripts are here.

import { api } from "../shared/api.js";
import { currentProject, readQuery } from "../shared/query.js";
import { shownParams } from "./filter_state.js";
import { ImageWindow } from "./image_window.js";
import { keptPlace } from "./place.js";
import { modelIsDrawn } from "./taste.js";

let ahead = lookAhead();

/** What the address asks of the grid's route. */
export function asked() {
  return { ...shownParams(readQuery()), found: modelIsDrawn() ? 1 : null };
}

export function readProject(id) {
  return api.get(`/api/projects/${id}`);
}

/** The images that were asked for ahead: {images, loaded, project: the answers' promises}; null the second time. */
export function takeAhead() {
  const taken = ahead;
  ahead = null;
  return taken;
}

function lookAhead() {
  const id = currentProject();
  if (id === null) return null;
  const images = new ImageWindow(id, { params: asked() });
  const loaded = images.open(keptPlace());
  const project = loaded.then(() => readProject(id)); // its counts take the server longer than images do
  for (const answer of [loaded, project]) answer.catch(() => {}); // the page tells it when it waits for them
  return { images, loaded, project };
}
