// A drop-down menu below a button: keyboard, Escape, and a click elsewhere.

import { h, on } from "./dom.js";
import { icon } from "./icons.js";

/**
 * Open a menu below `anchor`; returns a function that closes it.
 * @param {Array<object|null>} items null is a line; else {label, icon?, run?, href?, checked?, danger?, disabled?, hint?, needs?: role}.
 */
export function openMenu(anchor, items, { label = null } = {}) {
  const stops = [];
  const close = ({ refocus = false } = {}) => {
    stops.forEach((stop) => stop());
    menu.remove();
    anchor.setAttribute("aria-expanded", "false");
    if (refocus) anchor.focus();
  };
  const menu = h("div", { class: "bl-menu", role: "menu", "aria-label": label }, items.map((item) => entry(item, close)));
  document.body.append(menu);
  place(menu, anchor);
  anchor.setAttribute("aria-expanded", "true");
  const entries = [...menu.querySelectorAll(".bl-menu-item:not(:disabled)")];
  entries[0]?.focus({ preventScroll: true });

  stops.push(
    on(menu, "keydown", (event) => moveFocus(event, entries, close)),
    on(document, "pointerdown", (event) => {
      if (!menu.contains(event.target) && !anchor.contains(event.target)) close();
    }),
    on(window, "resize", () => close()),
  );
  return close;
}

/** Make a button open and close a menu; `items` is called each time. */
export function menuButton(button, items, options) {
  let close = null;
  button.setAttribute("aria-haspopup", "menu");
  button.setAttribute("aria-expanded", "false");
  button.addEventListener("click", () => {
    if (button.getAttribute("aria-expanded") === "true") close?.();
    else close = openMenu(button, items(), options);
  });
  return button;
}

function entry(item, close) {
  if (item === null) return h("div", { class: "bl-menu-line", role: "separator" });
  const role = item.checked === undefined ? "menuitem" : "menuitemradio";
  const content = [
    item.icon && icon(item.icon),
    h("span", { class: "bl-grow bl-cut" }, item.label),
    item.hint && h("span", { class: "bl-muted bl-numeric" }, item.hint),
    item.checked && icon("check"),
  ];
  const attributes = {
    class: ["bl-menu-item", item.danger && "danger"],
    role,
    "data-needs": item.needs,
    "aria-checked": item.checked === undefined ? null : String(item.checked),
  };
  if (item.href) return h("a", { ...attributes, href: item.href, onclick: () => close() }, content);
  const run = () => {
    close({ refocus: true });
    item.run();
  };
  return h("button", { ...attributes, type: "button", disabled: item.disabled, onclick: run }, content);
}

function place(menu, anchor) {
  const at = anchor.getBoundingClientRect();
  const size = menu.getBoundingClientRect();
  const left = Math.max(8, Math.min(at.left, innerWidth - size.width - 8));
  const below = at.bottom + 4;
  const top = below + size.height > innerHeight - 8 ? Math.max(8, at.top - size.height - 4) : below;
  menu.style.left = `${left}px`;
  menu.style.top = `${top}px`;
}

function moveFocus(event, entries, close) {
  const at = entries.indexOf(document.activeElement);
  const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: -1 }[event.key];
  if (event.key === "Escape") close({ refocus: true });
  else if (event.key === "Tab") close();
  else if (to !== undefined) entries.at(to % entries.length)?.focus();
  else return;
  if (event.key !== "Tab") event.preventDefault();
  event.stopPropagation();
}
