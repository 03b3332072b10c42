/** The picture that lies on the stage: that of the open image, or its thumbnail alone while images are flipped through. */

export class ShownPicture {
  /** @type {import("./picture.js").Picture | import("./tiled_picture.js").TiledPicture | null} */
  current = null;

  /**
   * @param {{
   *   layout: import("./layout.js").Layout, view: import("./view.js").View, look: import("./look.js").Look,
   *   pictures: import("./pictures.js").Pictures, tiled: import("./tiled_pictures.js").TiledPictures
   * }} parts
   */
  constructor({ layout, view, look, pictures, tiled }) {
    this.layout = layout;
    this.view = view;
    this.look = look;
    this.pictures = pictures;
    this.tiled = tiled;
  }

  /** @param {import("./types.js").ImageInfo} image */
  async show(image) {
    const picture = this.tiled.open(image) ?? this.pictures.open(image);
    this.#place(picture, image);
    try {
      await picture.ready;
    } catch {
      if (this.current === picture) this.#notify(`The pixels of “${image.name}” did not load. Go on and come back to try again.`);
    }
  }

  /** What there is of an image at once. @param {import("./types.js").ImageInfo} image @param {HTMLImageElement} thumb */
  glance(image, thumb) {
    this.#place(this.pictures.glance(image, thumb), image);
  }

  /** @param {NonNullable<ShownPicture["current"]>} picture @param {import("./types.js").ImageInfo} image */
  #place(picture, image) {
    const same = picture === this.current;
    if (!same) this.current?.element.remove();
    this.current = picture;
    this.layout.under.append(picture.element);
    this.layout.notice.hidden = true;
    if (!same) this.view.setImage(image.width, image.height, this.look.keepPlace);
  }

  /** @param {string} text */
  #notify(text) {
    this.layout.notice.hidden = false;
    this.layout.notice.textContent = text;
  }
}
