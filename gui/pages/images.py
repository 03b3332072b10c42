"""The images of a project: bring them in, look through them, filter, delete."""

from __future__ import annotations

from gui.components.image_grid import ImageGrid
from gui.components.top_bar import TopBar
from gui.page_ahead import Part
from gui.services import Services

AHEAD = (Part("top_bar", {"page": "images"}), Part("image_grid", {}))


def build(services: Services) -> None:
    """Fill the page at `/images`."""
    TopBar("images")
    ImageGrid()
