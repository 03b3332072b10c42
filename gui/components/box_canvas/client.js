/** The routes that the Label page calls, and how many calls it has made. */

import { api } from "../shared/api.js";

/** How many requests went out since the page was opened; the threshold slider must never raise it. */
export let requests = 0;

/** @template T @param {() => Promise<T>} send @returns {Promise<T>} */
function counted(send) {
  requests += 1;
  return send();
}

/** @param {number} id */
export const getProject = (id) => counted(() => api.get(`/api/projects/${id}`));

/** Thresholds learnt from the images that were finished last. @param {number} projectId */
export const getAdvice = (projectId) => counted(() => api.get(`/api/projects/${projectId}/advice`));

/** Scores of what is left to review. @param {number} projectId @param {number} model */
export const getReview = (projectId, model) => counted(() => api.get(`/api/projects/${projectId}/review`, { params: { model } }));

/** @param {number} projectId @param {object} params of the listing */
export const listImages = (projectId, params) => counted(() => api.get(`/api/projects/${projectId}/images`, { params }));

/**
 * Images by their place in a filter and order, given as in an address.
 * @param {number} projectId @param {string} walk "" for all images in the order in which they were added
 * @param {{first?: number, around?: number, limit: number, list?: string | null}} part
 */
export const listPlaces = (projectId, walk, part) => {
  const asked = new URLSearchParams(walk);
  const wanted = Object.fromEntries([...asked.keys()].map((key) => [key, asked.getAll(key)]));
  return counted(() => api.get(`/api/projects/${projectId}/grid`, { params: { ...wanted, ...part, plain: 1 } }));
};

/**
 * @param {number} id
 * @param {{model: string | number, unlabelledOnly: boolean, ahead?: boolean, signal?: AbortSignal, walk?: string, list?: string | null}} options
 *   `ahead`: nobody looks at it yet; `walk`: filter and order of the images before and after it, `list`: of the answer before
 * @returns {Promise<import("./types.js").ImageAnswer>}
 */
export const getImage = (id, { model, unlabelledOnly, ahead, signal, walk, list }) =>
  counted(() => api.get(`/api/images/${id}`, { params: { model, unlabelled: unlabelledOnly ? 1 : 0, ahead: ahead ? 1 : null, walk, list }, signal }));

/**
 * The images after one, or before it, the next one first, each as `getImage` gives it; nobody looks at them yet.
 * @param {number} id @param {{back: boolean, count: number, model: string | number, unlabelledOnly: boolean, walk: string, list: string | null}} options
 * @returns {Promise<import("./types.js").ImageAnswer[]>}
 */
export const getFollowing = async (id, { back, count, model, unlabelledOnly, walk, list }) => {
  const params = { back: back ? 1 : 0, count, model, unlabelled: unlabelledOnly ? 1 : 0, walk, list };
  return (await counted(() => api.get(`/api/images/${id}/following`, { params }))).images;
};

const ANSWER_WITHIN_MS = 20000; // a save that takes longer is sent again; its key lets it count once

/** @param {number} imageId @param {import("./saver.js").Body} body @param {string} author who this page takes its person for, "" without logins */
export const putAnnotations = (imageId, body, author) =>
  counted(() => api.put(`/api/images/${imageId}/annotations`, author ? { ...body, author } : body, { signal: AbortSignal.timeout(ANSWER_WITHIN_MS) }));

/** @param {number} projectId @param {string} page @param {number} current @param {string} walk filter and order gone through, as in an address @returns {Promise<{image_id: number | null}>} */
export const nextFree = (projectId, page, current, walk) => counted(() => api.post(`/api/projects/${projectId}/next-free`, { page, current, walk }));

/** @param {string} page @param {readonly number[]} ids @returns {Promise<{image_ids: number[]}>} */
export const renewClaims = (page, ids) => counted(() => api.post("/api/claims/renew", { page, image_ids: ids }));

/** @param {number} projectId @param {string} name @param {string} [color] */
export const addClass = (projectId, name, color) =>
  counted(() => api.post(`/api/projects/${projectId}/classes`, color ? { name, color } : { name }));

/** Change one thing of a class. @param {number} id @param {{name?: string, color?: string, hotkey?: string | null, take?: boolean, archived?: boolean}} changes */
export const changeClass = (id, changes) => counted(() => api.patch(`/api/classes/${id}`, changes));

/** @param {number} id */
export const deleteClass = (id) => counted(() => api.del(`/api/classes/${id}`));

/** Those that were merged into others too. @param {number} projectId */
export const allClasses = (projectId) => counted(() => api.get(`/api/projects/${projectId}/classes`));

/** @param {number} projectId @param {readonly number[]} ids */
export const orderClasses = (projectId, ids) => counted(() => api.put(`/api/projects/${projectId}/classes/order`, { ids }));

/** What a merge would change. @param {readonly number[]} ids @param {number} into */
export const previewMerge = (ids, into) => counted(() => api.get("/api/classes/merge", { params: { ids: [...ids], into } }));

/** @param {readonly number[]} ids @param {number} into */
export const mergeClasses = (ids, into) => counted(() => api.post("/api/classes/merge", { ids, into }));

/** @param {number} id */
export const unmergeClass = (id) => counted(() => api.post(`/api/classes/${id}/unmerge`));

/** @param {number} id @param {{order: string, start: number, limit: number}} params */
export const boxesOfClass = (id, params) => counted(() => api.get(`/api/classes/${id}/boxes`, { params }));

/** Boxes that the active model takes for another class. @param {number} id @param {{after_image: number, limit: number}} params */
export const doubtsOfClass = (id, params) => counted(() => api.get(`/api/classes/${id}/doubts`, { params }));

/** @param {number} id @param {{boxes: {image_id: number, ids: string[]}[], into?: number, name?: string}} selection */
export const splitClass = (id, selection) => counted(() => api.post(`/api/classes/${id}/split`, selection));

/** @param {number} activityId */
export const undoActivity = (activityId) => counted(() => api.post(`/api/activity/${activityId}/undo`));
