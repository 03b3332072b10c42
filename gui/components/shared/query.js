// The page's address as its state: reload, back and a shared link show the same.

/** Everything that stands in the address, as text. */
export function readQuery() {
  return Object.fromEntries(new URLSearchParams(location.search));
}

/** A whole number from the address, or null. */
export function readNumber(key) {
  const text = new URLSearchParams(location.search).get(key);
  return text !== null && /^\d+$/.test(text) ? Number(text) : null;
}

/**
 * Change some of the address; null, undefined and "" take a key away.
 * @param {object} options push: make a step that the Back button undoes (else the address is replaced in place).
 */
export function writeQuery(changes, { push = false } = {}) {
  const target = addressWith(changes);
  if (target === location.pathname + location.search) return;
  const { over: _, ...state } = history.state ?? {};
  history[push ? "pushState" : "replaceState"](push ? state : history.state, "", target);
}

function addressWith(changes) {
  const search = new URLSearchParams(location.search);
  for (const [key, value] of Object.entries(changes)) {
    if (value === null || value === undefined || value === "" || value === false) search.delete(key);
    else search.set(key, String(value));
  }
  const text = search.toString();
  return location.pathname + (text ? `?${text}` : "");
}

/** Show something over what is seen, as a step that Back undoes and `closeOver` too. */
export function openOver(changes) {
  writeQuery(changes, { push: true });
  history.replaceState({ ...history.state, over: true }, "");
}

/** The address to be once the step that is taken back is gone. @type {string | null} */
let closing = null;

// Heard here first, as this listens before all who do so by `onBack`: they read the address as it shall be.
addEventListener("popstate", () => {
  if (closing !== null) history.replaceState(history.state, "", closing);
  closing = null;
});

/**
 * Close what `openOver` has opened: its step is taken back, so that Back does not lead through it again, and what was changed
 * in the address meanwhile stays. A link that led here made no step: the address is changed in place.
 * @returns {boolean} whether those who listen by `onBack` will be told
 */
export function closeOver(changes) {
  if (closing !== null) return true;
  const target = addressWith(changes);
  if (history.state?.over !== true) {
    history.replaceState(history.state, "", target);
    return false;
  }
  closing = target;
  history.back();
  return true;
}

/** Address of a page with the project of this one: pageLink("/label", { image: 7 }). */
export function pageLink(path, params = {}) {
  const search = new URLSearchParams();
  const project = readNumber("project");
  if (project !== null) search.set("project", String(project));
  for (const [key, value] of Object.entries(params)) {
    if (value !== null && value !== undefined && value !== "") search.set(key, String(value));
  }
  const text = search.toString();
  return text ? `${path}?${text}` : path;
}

/** The project that this page shows, or null. */
export function currentProject() {
  return readNumber("project");
}

/** Call `listener` when Back or Forward changed the address; returns a function that stops it. */
export function onBack(listener) {
  addEventListener("popstate", listener);
  return () => removeEventListener("popstate", listener);
}
