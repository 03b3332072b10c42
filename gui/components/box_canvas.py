"""The workspace of the Label page: classes, canvas, boxes, filmstrip."""

from __future__ import annotations

from gui.components.ui_module import UiModule


class BoxCanvas(UiModule):
    """Fills the page below the top bar. Project, image, threshold and model stand in the address.

    After it has been mounted it talks to the JSON routes alone, so that an edit costs one short request and no event
    of the page framework (see box_canvas/main.js).
    """

    def __init__(self) -> None:
        super().__init__("box_canvas")
