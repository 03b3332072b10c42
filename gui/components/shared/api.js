// Calls to our own JSON routes. Every failure is an ApiError whose message a person can read.

export class ApiError extends Error {
  /**
   * @param {number} status HTTP status; 0 when the server did not answer at all.
   * @param {object} body the answer's JSON, {} when there was none.
   */
  constructor(message, status = 0, body = {}) {
    super(message);
    this.name = "ApiError";
    this.status = status;
    this.body = body;
  }
}

const NO_ANSWER = "The server does not answer. Check that Boxloop is still running, then try again.";

const BY_STATUS = {
  401: "You are logged out. Log in again to go on.",
  403: "The server refused this request.",
  404: "This is not there any more. Reload the page to see what is.",
  413: "This is larger than the server takes.",
  507: "The disk is full. Free some space, then try again.",
};

function failure(status, text) {
  let body = {};
  try {
    body = JSON.parse(text);
  } catch {
    // Not JSON: a proxy's or the framework's own page; its text is for nobody.
  }
  const said = typeof body.error === "string" ? body.error : null;
  if (status === 401) dispatchEvent(new CustomEvent("boxloop:signed-out")); // the top bar offers to log in
  return new ApiError(said ?? BY_STATUS[status] ?? `The server answered with error ${status}.`, status, body);
}

/** Append parameters to a path; null, undefined and "" are left out, arrays are repeated. */
export function withParams(path, params = {}) {
  const search = new URLSearchParams();
  for (const [key, value] of Object.entries(params)) {
    for (const one of Array.isArray(value) ? value : [value]) {
      if (one !== null && one !== undefined && one !== "") search.append(key, String(one));
    }
  }
  const text = search.toString();
  return text ? `${path}?${text}` : path;
}

async function call(method, path, body, { params, signal, keepalive = false } = {}) {
  const request = { method, signal, keepalive, headers: { Accept: "application/json" } };
  if (body instanceof Blob) request.body = body; // a file as it is
  else if (body !== undefined) {
    request.headers["Content-Type"] = "application/json";
    request.body = JSON.stringify(body);
  }
  const text = await answered(withParams(path, params), request, (answer) => answer.text());
  return text ? JSON.parse(text) : null;
}

/** What `read` makes of a good answer. */
async function answered(url, request, read) {
  let answer;
  let found;
  try {
    answer = await fetch(url, request);
    found = await (answer.ok ? read(answer) : answer.text());
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new ApiError(NO_ANSWER);
  }
  if (!answer.ok) throw failure(answer.status, found);
  return found;
}

/** The body of an answer that is no JSON. @returns {Promise<ArrayBuffer>} */
function bytes(path, { params, signal } = {}) {
  return answered(withParams(path, params), { signal }, (answer) => answer.arrayBuffer());
}

/** Send one file as the multipart field `file`; XMLHttpRequest, because fetch tells nothing of what was sent so far. */
function upload(path, file, { name = file.name, params, signal, onProgress } = {}) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    const form = new FormData();
    form.append("file", file, name);
    request.open("POST", withParams(path, params));
    request.setRequestHeader("Accept", "application/json");
    request.upload.addEventListener("progress", (event) => onProgress?.(event.loaded, event.total));
    request.addEventListener("load", () => {
      if (request.status >= 200 && request.status < 300) resolve(JSON.parse(request.responseText));
      else reject(failure(request.status, request.responseText));
    });
    request.addEventListener("error", () => reject(new ApiError(NO_ANSWER)));
    request.addEventListener("abort", () => reject(new DOMException("Stopped", "AbortError")));
    signal?.addEventListener("abort", () => request.abort(), { once: true });
    if (signal?.aborted) reject(new DOMException("Stopped", "AbortError"));
    else request.send(form);
  });
}

export const api = {
  get: (path, options) => call("GET", path, undefined, options),
  post: (path, body = {}, options) => call("POST", path, body, options),
  put: (path, body, options) => call("PUT", path, body, options),
  patch: (path, body, options) => call("PATCH", path, body, options),
  del: (path, options) => call("DELETE", path, undefined, options),
  bytes,
  upload,
};
