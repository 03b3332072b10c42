"""The grid of a project's images, with its drop zone, filters and bin."""

from __future__ import annotations

from gui.components.ui_module import UiModule


class ImageGrid(UiModule):
    """Fills the page below the top bar; what it shows stands in the address (see image_grid/main.js)."""

    def __init__(self) -> None:
        super().__init__("image_grid")
