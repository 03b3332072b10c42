// Addresses that lead from a figure to the boxes behind it.

import { pageLink } from "../shared/query.js";

/**
 * The view of mistakes, of the same version and images.
 * @param {string} address what it shall show: "kind=wrong_class&truth=3&class=4"
 * @param {{model: {id: number}, split: string, images: string | null}} context
 */
export function mistakesLink(address, { model, split, images }) {
  const asked = Object.fromEntries(new URLSearchParams(address));
  return pageLink("/evaluate", { view: "mistakes", model: model.id, split, images, ...asked });
}
