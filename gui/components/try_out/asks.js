// Has the pictures of the strip looked at, one at a time: the open one first, then some that follow it.

const AHEAD = 8;

export class Asks {
  #busy = false;

  /**
   * @param {object} options items: the strip; modelId; look: (file) => Promise of an answer; told: (item) => void when one
   *   was looked at or could not be; signal: ends it
   */
  constructor({ items, modelId, look, told, signal }) {
    Object.assign(this, { items, modelId, look, told, signal });
  }

  /** Look at what has not been looked at; called whenever another one is opened or more came. */
  async go() {
    if (this.#busy) return;
    this.#busy = true;
    for (let item = this.#next(); item; item = this.#next()) {
      try {
        item.answers.set(this.modelId, await this.look(item.file));
      } catch (error) {
        if (this.signal.aborted) break;
        item.errors.set(this.modelId, { text: error.message, status: error.status });
      }
      this.told(item);
    }
    this.#busy = false;
  }

  /** Try once more what failed. @param {import("./items.js").Item} item */
  again(item) {
    item.errors.delete(this.modelId);
    this.told(item);
    this.go();
  }

  #next() {
    if (this.signal.aborted) return null;
    const { list, current } = this.items;
    const from = Math.max(0, list.indexOf(current));
    return list.slice(from, from + AHEAD).find((item) => item.kind === "picture" && !this.#isKnown(item)) ?? null;
  }

  #isKnown({ answers, errors }) {
    return answers.has(this.modelId) || errors.has(this.modelId);
  }
}
