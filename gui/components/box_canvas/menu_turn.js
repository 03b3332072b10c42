/**
 * When the right button opens the menu, where a drag with it does something else. Browsers ask for the menu at the press
 * (Linux, Mac) or after the release (Windows); either way it opens after a press that went nowhere. Pure.
 */
export class MenuTurn {
  #down = false;
  #asked = false;
  /** Whether what the browser asks for next belongs to a drag that is over. */
  #spent = false;

  /** @param {boolean} right whether it is the right button that goes down */
  press(right) {
    this.#down = right;
    this.#asked = false;
    this.#spent = false;
  }

  /** The browser asks for the menu. @returns {boolean} whether to open it now */
  ask() {
    if (this.#down) this.#asked = true;
    const opens = !this.#down && !this.#spent;
    this.#spent = false;
    return opens;
  }

  /** The button goes up. @param {boolean} dragged @returns {boolean} whether to open the menu now */
  lift(dragged) {
    if (!this.#down) return false;
    this.#down = false;
    this.#spent = dragged && !this.#asked;
    return this.#asked && !dragged;
  }
}
