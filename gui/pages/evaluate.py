"""Evaluate: how good a version is on images that it has not learnt from."""

from __future__ import annotations

from gui.components.top_bar import TopBar
from gui.components.ui_module import UiModule
from gui.services import Services


def build(services: Services) -> None:
    """Fill the page at `/evaluate`. All of it comes from the JSON routes, so that a reload shows the same."""
    TopBar("evaluate")
    UiModule("evaluation_panel")
