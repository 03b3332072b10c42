// Building elements. Text is always set as text, so that no name from a file or a person can become markup.

const SVG = "http://www.w3.org/2000/svg";

function setAttributes(element, attributes) {
  for (const [key, value] of Object.entries(attributes ?? {})) {
    if (value === null || value === undefined || value === false) continue;
    if (key.startsWith("on") && typeof value === "function") element.addEventListener(key.slice(2).toLowerCase(), value);
    else if (key === "class") element.setAttribute("class", Array.isArray(value) ? value.filter(Boolean).join(" ") : value);
    else if (key === "dataset") Object.assign(element.dataset, value);
    else if (key === "style" && typeof value === "object") setStyle(element, value);
    else if (key === "value" && "value" in element) element.value = value;
    else element.setAttribute(key, value === true ? "" : String(value));
  }
}

function setStyle(element, style) {
  for (const [key, value] of Object.entries(style)) element.style.setProperty(key, value);
}

function append(element, children) {
  for (const child of children.flat(Infinity)) {
    if (child === null || child === undefined || child === false) continue;
    element.append(child instanceof Node ? child : document.createTextNode(String(child)));
  }
}

/**
 * h("button", { class: "bl-button", onclick: save, "aria-label": "Save" }, icon("check"), "Save")
 * Attributes that are null, undefined or false are left out; `class` may be a list; `style` an object of CSS properties.
 */
export function h(tag, attributes, ...children) {
  const element = document.createElement(tag);
  append(element, children);
  setAttributes(element, attributes);
  return element;
}

/** The same for SVG elements. */
export function svg(tag, attributes, ...children) {
  const element = document.createElementNS(SVG, tag);
  append(element, children);
  setAttributes(element, attributes);
  return element;
}

/** Put these children in the place of what an element holds now. */
export function fill(element, ...children) {
  element.replaceChildren();
  append(element, children);
  return element;
}

/** The same where what is made anew may have the focus: what stands in its place then gets it, if it is of its kind. */
export function refill(element, ...children) {
  const focused = document.activeElement;
  const steps = [];
  for (let at = focused; at && at !== element; at = at.parentElement) steps.unshift([...(at.parentElement?.children ?? [])].indexOf(at));
  const had = focused !== element && element.contains(focused);
  fill(element, ...children);
  const instead = had ? steps.reduce((at, step) => at?.children[step], element) : null;
  if (instead?.tagName === focused.tagName) instead.focus({ preventScroll: true });
  return element;
}

/** Listen, and hand back a function that stops listening. */
export function on(target, type, listener, options) {
  target.addEventListener(type, listener, options);
  return () => target.removeEventListener(type, listener, options);
}

/** True when keys typed now belong to a text field, so that shortcuts must stay quiet. */
export function isTyping(event) {
  const target = event.composedPath?.()[0] ?? event.target;
  if (!(target instanceof HTMLElement)) return false;
  if (target.isContentEditable || target.tagName === "TEXTAREA" || target.tagName === "SELECT") return true;
  const buttonLike = ["checkbox", "radio", "range", "button", "submit", "file", "color"];
  return target.tagName === "INPUT" && !buttonLike.includes(target.type);
}

/** Run `task` once things have been quiet for `ms`. */
export function debounce(task, ms) {
  let timer = 0;
  return (...values) => {
    clearTimeout(timer);
    timer = setTimeout(() => task(...values), ms);
  };
}
