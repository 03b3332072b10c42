/**
 * Others on this project: who has the open image open too, and who has it for themselves.
 *
 * @typedef {{people: {name: string, image_id: number | null}[], image: {id: number, revision: number, claimed_by: string | null} | null}} Company
 */

import { fill, h } from "../shared/dom.js";
import { avatars } from "../shared/people.js";

/** @param {HTMLElement} parent holds the stage @returns {(company: Company, imageId: number | null) => void} shows it */
export function mountPeople(parent) {
  const element = h("div", { class: "bc-company", role: "status", hidden: true });
  parent.append(element);
  let shown = "";
  return ({ people, image }, imageId) => {
    const here = people.filter((one) => one.image_id === imageId && imageId !== null).map((one) => one.name);
    const holder = image?.id === imageId ? (image?.claimed_by ?? null) : null;
    const names = [...new Set(holder ? [holder, ...here] : here)];
    if (names.join("\n") === shown) return;
    shown = names.join("\n");
    element.hidden = names.length === 0;
    if (names.length > 0) fill(element, avatars(names, "here"), h("span", {}, sentence(names)));
  };
}

/** @param {string[]} names */
const sentence = (names) => `${names.length > 2 ? `${names.length} others are` : `${names.join(" and ")} ${names.length > 1 ? "are" : "is"}`} at this image too. Nothing gets overwritten.`;
