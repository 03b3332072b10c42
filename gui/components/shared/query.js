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
  const search = new URLSearchParams(location.search);
  for (const [key, value] of Object.entries(changes)) {
    if (value === null || value === undefined || value === "" || value === false) search.delete(key);
    else search.set(key, String(value));
  }
  const text = search.toString();
  const target = location.pathname + (text ? `?${text}` : "");
  if (target === location.pathname + location.search) return;
  history[push ? "pushState" : "replaceState"](history.state, "", target);
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
