/**
 * How many of the model's boxes are left to review, on the open image and in the project. The project's scores come
 * from the server in bins of a hundredth, once and after saves; moving a threshold asks nobody.
 *
 * @typedef {Map<number, number[]>} Bins by class id, 100 counts each
 */

const BINS = 100;

export class ReviewCount {
  /** @type {Bins | null} null until the server has told */
  #project = null;
  /** What the open image adds to them. @type {Bins} */
  #here = new Map();
  #turn = 0;

  /**
   * @param {import("./model.js").Model} model
   * @param {(projectId: number, modelId: number) => Promise<{bins: Record<string, number[]>}>} fetch
   * @param {() => void} onChange
   */
  constructor(model, fetch, onChange) {
    this.model = model;
    this.fetch = fetch;
    this.onChange = onChange;
    let modelId = model.modelId;
    model.subscribe((topic) => {
      if (topic === "content") this.#follow();
      if (topic === "image" || topic === "predictions") this.#here = this.#binsHere();
      if (topic === "project" || model.modelId !== modelId) this.refresh();
      modelId = model.modelId;
    });
  }

  /** Ask the server anew; what was known stays until the answer is there. */
  async refresh() {
    this.#turn += 1;
    const turn = this.#turn;
    const { project, modelId } = this.model;
    if (!project || modelId === null) return;
    const answer = await this.fetch(project.id, modelId).catch(() => null); // without it the rest of the page works
    if (turn !== this.#turn) return;
    this.#project = answer && new Map(Object.entries(answer.bins).map(([id, bins]) => [Number(id), [...bins]]));
    this.onChange();
  }

  /** On the open image, from the thresholds of the project up, whatever else is shown there. */
  get here() {
    const { model } = this;
    return isOpen(model.content.state) ? model.openPredictions().filter((p) => p.score >= model.thresholds.of(p.class_id)).length : 0;
  }

  /** In the whole project, this image with what is not saved yet; null while nobody knows. */
  get inProject() {
    const { thresholds } = this.model;
    return this.#project && sumFrom(this.#project, (id) => thresholds.of(id));
  }

  /** An edit changes the sum at once; the server's own follows with the next answer. */
  #follow() {
    const [before, after] = [this.#here, this.#binsHere()];
    this.#here = after;
    if (!this.#project) return;
    add(this.#project, before, -1);
    add(this.#project, after, 1);
  }

  #binsHere() {
    return isOpen(this.model.content.state) ? binned(this.model.openPredictions()) : new Map();
  }
}

/** @param {string} state */
const isOpen = (state) => state !== "done" && state !== "skipped";

/** @param {readonly {class_id: number, score: number}[]} predictions @returns {Bins} */
export function binned(predictions) {
  /** @type {Bins} */
  const bins = new Map();
  for (const { class_id: id, score } of predictions) {
    const row = bins.get(id) ?? Array(BINS).fill(0);
    row[Math.min(BINS - 1, Math.floor(score * BINS))] += 1;
    bins.set(id, row);
  }
  return bins;
}

/** Boxes from the threshold of their class up. @param {Bins} bins @param {(classId: number) => number} thresholdOf hundredths of 1 */
export function sumFrom(bins, thresholdOf) {
  let sum = 0;
  for (const [id, row] of bins) {
    for (let bin = Math.round(thresholdOf(id) * BINS); bin < BINS; bin += 1) sum += row[bin];
  }
  return Math.max(0, sum);
}

/** @param {Bins} bins changed in place @param {Bins} others @param {number} times */
function add(bins, others, times) {
  for (const [id, row] of others) {
    const known = bins.get(id) ?? Array(BINS).fill(0);
    bins.set(id, known.map((count, bin) => count + times * row[bin]));
  }
}
