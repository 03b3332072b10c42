/** The routes of an image's history, and of what people say about it. */

import { api } from "../shared/api.js";

/** @param {number} imageId @param {number} revision @param {"undo" | "redo"} way @returns {Promise<import("./undoing.js").Found>} */
export const getStep = (imageId, revision, way) => api.get(`/api/images/${imageId}/history/${revision}/${way}`);

/** What the image was at a revision. @param {number} imageId @param {number} revision */
export const getRevision = (imageId, revision) => api.get(`/api/images/${imageId}/history/${revision}`);

/**
 * Newest first; those below `before` where that is given.
 * @param {number} imageId @param {number | null} [before] @returns {Promise<{items: import("./revision_words.js").Revision[], more: boolean}>}
 */
export const getRevisions = (imageId, before = null) => api.get(`/api/images/${imageId}/history`, { params: { before } });
