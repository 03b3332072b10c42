"""Train: what will happen, one button, the run as it goes, and the runs before it."""

from __future__ import annotations

from gui.components.top_bar import TopBar
from gui.components.ui_module import UiModule
from gui.services import Services


def build(services: Services) -> None:
    """Fill the page at `/train`. All of it comes from the JSON routes, so that a reload shows the same."""
    TopBar("train")
    UiModule("train_panel")
