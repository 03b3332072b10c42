// The views of the Evaluate page, in the order of its tabs. Each is loaded when it is first looked at.

/**
 * @typedef {object} Context what a view is opened with; it is closed and opened anew when any of it changes
 * @property {object} project as /api/projects/P gives it
 * @property {object[]} models all versions
 * @property {object | null} model the version that is looked at; null, where there is none yet, only for views that need none
 * @property {"val" | "test"} split the images that are looked at
 * @property {string | null} images those of a filter instead, as the address of the Images page says it
 * @property {object} wanted these images as parameters of our routes
 * @property {Map<number, string>} colors of classes, by id
 * @property {(change: object) => void} choose change the address, and with it what is shown
 * @property {(own: boolean) => void} lookAtOwn whether what is shown now is of other images, so that there is no choice of them
 *
 * @typedef {{key: string, name: string, coming?: string, ownImages?: boolean, load: () => Promise<{open: (element: HTMLElement, context: Context) => {close: () => void}}>}} View
 *   coming: what a first model brings here, as the end of a sentence; a view without it needs no model
 *   ownImages: it does not look at the images that are chosen in the bar, so that there is no such choice
 */

/** @type {View[]} */
export const VIEWS = [
  { key: "figures", name: "Figures", coming: "its figures stand here", load: () => import("../figures/main.js") },
  { key: "mistakes", name: "Mistakes", coming: "its mistakes stand here", load: () => import("../error_browser/main.js") },
  { key: "compare", name: "Compare", coming: "its versions are compared here", load: () => import("../compare_view/main.js") },
  { key: "next", name: "Label next", coming: "it says here which images to label next", load: () => import("../label_next/main.js"), ownImages: true },
  { key: "check", name: "Check labels", load: () => import("../label_check/main.js"), ownImages: true },
  { key: "try", name: "Try it", coming: "you can try it here on any picture", load: () => import("../try_out/main.js"), ownImages: true },
];

/** The view that the address names, or the first. @param {string | undefined} key */
export function viewOf(key) {
  return VIEWS.find((view) => view.key === key) ?? VIEWS[0];
}
