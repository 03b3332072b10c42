/**
 * Thresholds that the server learns from what people corrected on the images they finished last. They are asked for
 * now and then beside the work and count from the next image on, so that no box comes or goes under anybody's hands.
 *
 * @typedef {import("../shared/thresholds.js").Learned} Learned
 */

const EVERY = 5; // images

export class LearnedThresholds {
  #since = EVERY;

  /**
   * @param {import("./model.js").Model} model
   * @param {(projectId: number) => Promise<{learned: Learned | null}>} fetch
   */
  constructor(model, fetch) {
    this.model = model;
    this.fetch = fetch;
    model.subscribe((topic) => {
      if (topic === "settled") this.#count();
    });
  }

  async #count() {
    this.#since += 1;
    if (this.#since < EVERY) return;
    this.#since = 0;
    const answer = await this.fetch(this.model.project.id).catch(() => null); // what was known stays
    if (answer) this.model.learned = answer.learned;
  }
}
