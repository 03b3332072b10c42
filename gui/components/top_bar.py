"""The bar on top of every page: project, pages, the running job, theme, help."""

from __future__ import annotations

from gui.components.ui_module import UiModule


class TopBar(UiModule):
    """`page` is the key of the page that it stands on: "projects", "images", "label", ... (see top_bar/pages.js)."""

    def __init__(self, page: str) -> None:
        super().__init__("top_bar", page=page)
