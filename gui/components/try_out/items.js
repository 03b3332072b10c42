// What lies on the strip: pictures, videos and the camera, in the order in which they came. It outlives the view, which is
// opened anew when another version is chosen; a reload forgets it.

/**
 * @typedef {object} Item
 * @property {number} key
 * @property {"picture" | "video" | "camera"} kind
 * @property {string} name
 * @property {Blob | null} file null for the camera
 * @property {string | null} url of the file
 * @property {Map<number, object>} answers of a picture, by model id
 * @property {Map<number, {text: string, status: number}>} errors of a picture that could not be looked at, by model id
 * @property {{imageId: number, again: boolean} | null} added to the project; `again`: it was there before
 */

export const MOST_ITEMS = 200;
const VIDEO = /\.(mp4|m4v|mov|webm|ogv|mkv|avi|mpe?g)$/i;

export class Items {
  /** @type {Item[]} */
  list = [];
  /** @type {Item | null} */
  current = null;
  #made = 0;

  /** Put files at the end, and open the first of them. @param {File[]} files @returns {number} how many there was no room for */
  add(files) {
    const taken = files.slice(0, Math.max(0, MOST_ITEMS - this.list.length));
    const items = taken.map((file) => this.#item(isVideo(file) ? "video" : "picture", file.name, file));
    this.list.push(...items);
    this.current = items[0] ?? this.current;
    return files.length - taken.length;
  }

  /** Open the camera; there is one at most. */
  addCamera() {
    let camera = this.list.find(({ kind }) => kind === "camera");
    if (!camera) this.list.push((camera = this.#item("camera", "Camera", null)));
    this.current = camera;
  }

  /** @param {Item} item */
  remove(item) {
    const at = this.list.indexOf(item);
    if (at < 0) return;
    this.list.splice(at, 1);
    if (item.url) URL.revokeObjectURL(item.url);
    if (this.current === item) this.current = this.list[Math.min(at, this.list.length - 1)] ?? null;
  }

  /** The item so many places from the open one, or null. @param {number} by */
  beside(by) {
    return this.list[this.list.indexOf(this.current) + by] ?? null;
  }

  /** @returns {Item} */
  #item(kind, name, file) {
    const url = file && URL.createObjectURL(file);
    return { key: (this.#made += 1), kind, name, file, url, answers: new Map(), errors: new Map(), added: null };
  }
}

/** Told by its type, or by its name where the system knows no type for it. @param {{type: string, name: string}} file */
export function isVideo({ type, name }) {
  return type.startsWith("video/") || (!type.startsWith("image/") && VIDEO.test(name));
}

const kept = new Map();

/** The strip of a project. @param {number} projectId @returns {Items} */
export function itemsOf(projectId) {
  if (!kept.has(projectId)) kept.set(projectId, new Items());
  return kept.get(projectId);
}
