/**
 * What becomes of a rectangle that was just drawn: a box of the class that the model sees there, or of the one that is
 * set; the very first one asks for its class.
 *
 * @typedef {import("./types.js").Rect} Rect
 */

import { askFirstClass } from "./class_prompt.js";
import { sayReadOnly } from "./editor.js";

export class NewBox {
  /** @type {(() => void) | null} */
  #closePrompt = null;

  /**
   * @param {{
   *   layout: import("./layout.js").Layout, model: import("./model.js").Model, view: import("./view.js").View,
   *   editor: import("./editor.js").Editor, classes: import("./classes.js").Classes, naming: import("./naming.js").Naming
   * }} parts
   */
  constructor({ layout, model, view, editor, classes, naming }) {
    this.layout = layout;
    this.model = model;
    this.view = view;
    this.editor = editor;
    this.classes = classes;
    this.naming = naming;
    model.subscribe((topic) => topic === "image" && this.#closePrompt?.());
  }

  /** @param {Rect} rect */
  make(rect) {
    const { model } = this;
    if (model.readOnly) return sayReadOnly();
    model.setHidden(false);
    if (model.currentClassId === null) return this.#ask(rect);
    const named = this.naming.nameFor(rect);
    this.editor.addBox(rect, named ?? model.currentClassId);
    if (named === null || named === model.currentClassId || model.selection === null) return;
    this.naming.named(model.selection, named, model.currentClassId);
    model.say(`Named “${model.classOf(named)?.name}”, as the model sees it`);
  }

  /** @param {Rect} rect */
  #ask(rect) {
    this.#closePrompt?.();
    this.model.setDraft({ id: "new", rect, classId: null });
    const { x1, y2 } = this.view.toScreen(rect);
    const close = askFirstClass(/** @type {HTMLElement} */ (this.layout.stage.parentElement), { x: x1, y: y2 + 8 }, {
      onName: async (name) => {
        const id = this.model.image?.id;
        const made = await this.classes.add(name);
        if (this.model.image?.id !== id) return; // the box was of the image before
        this.#end();
        this.editor.addBox(rect, made.id);
      },
      onCancel: () => this.#end(),
    });
    this.#closePrompt = () => {
      close();
      this.#end();
    };
  }

  #end() {
    this.#closePrompt = null;
    if (this.model.draft) this.model.setDraft(null);
    this.layout.stage.focus({ preventScroll: true });
  }
}
