"""Predictions: the model's boxes on all images, with a threshold that acts in the browser."""

from __future__ import annotations

from gui.components.top_bar import TopBar
from gui.components.ui_module import UiModule
from gui.services import Services


def build(services: Services) -> None:
    """Fill the page at `/predictions`. All of it comes from the JSON routes, so that a reload shows the same."""
    TopBar("predictions")
    UiModule("prediction_grid")
