/**
 * The shapes of what the modules of the canvas hand to each other. No code, only JSDoc types.
 *
 * Every coordinate is in pixels of the picture as a person sees it; "screen" means CSS pixels from the
 * top left corner of the stage.
 *
 * @typedef {{x1: number, y1: number, x2: number, y2: number}} Rect
 * @typedef {{width: number, height: number}} Size
 * @typedef {"new" | "in_progress" | "done" | "skipped" | "in_doubt"} ImageState
 *
 * A box of a person, as the server stores it. Never changed in place: an edit makes a new object.
 * @typedef {Rect & {
 *   id: string, class_id: number, source: "person" | "import" | "model",
 *   model_version_id: number | null, score: number | null
 * }} Box
 *
 * A box of the model. `key` names it on its image for this model version.
 * @typedef {Rect & {key: string, class_id: number, score: number}} Prediction
 *
 * A box of a model that a person turned down, of whatever model; never changed in place either.
 * @typedef {Rect & {class_id: number, score: number, model_version_id: number}} Rejection
 *
 * What an edit changes and what undo gives back.
 * @typedef {{boxes: readonly Box[], state: ImageState, rejected: readonly Rejection[]}} Content
 *
 * @typedef {{
 *   id: number, name: string, color: string, position: number, boxes: number,
 *   hotkey: string | null, archived: boolean, merged_into: number | null
 * }} ObjectClass
 * @typedef {{id: number, number: number}} ModelVersion
 * @typedef {Size & {
 *   id: number, project_id: number, name: string, state: ImageState, revision: number, boxes: number,
 *   thumb_url: string, image_url: string, tiles?: Tiles | null
 * }} ImageInfo
 *
 * How the tiles of an image stand (gui/tiles.py); once they are ready, with where they are.
 * @typedef {{
 *   ready: boolean, band: number, reason?: string | null, url?: string, tile?: number, levels?: [number, number][],
 *   deep?: import("./deep_pixels.js").Deep | null
 * }} Tiles
 *
 * The answer of `GET /api/images/{id}`.
 * @typedef {{
 *   image: ImageInfo, annotations: Box[], rejected: Rejection[], revision: number, state: ImageState,
 *   predictions: (Rect & {class_id: number, score: number})[] | null, model_version_id: number | null,
 *   lineage: number[], redo: boolean, previous_id: number | null, next_id: number | null, position: number, total: number
 * }} ImageAnswer
 *
 * Anything that can be seen and selected: a person's box or the model's.
 * @typedef {{id: string, kind: "person" | "model", rect: Rect, classId: number, score: number | null}} Item
 */

export {};
