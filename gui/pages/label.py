"""Drawing boxes and correcting the model's."""

from __future__ import annotations

from gui.components.box_canvas import BoxCanvas
from gui.components.top_bar import TopBar
from gui.services import Services


def build(services: Services) -> None:
    """Fill the page at `/label`."""
    TopBar("label")
    BoxCanvas()
