"""Models: the versions of a project's model, and its labels as files."""

from __future__ import annotations

from gui.components.top_bar import TopBar
from gui.components.ui_module import UiModule
from gui.services import Services


def build(services: Services) -> None:
    """Fill the page at `/models`. All of it comes from the JSON routes, so that a reload shows the same."""
    TopBar("models")
    UiModule("model_list")
