"""The list of projects on the start page."""

from __future__ import annotations

from gui.components.ui_module import UiModule


class ProjectList(UiModule):
    """Fills the page below the top bar (see project_list/main.js)."""

    def __init__(self) -> None:
        super().__init__("project_list")
