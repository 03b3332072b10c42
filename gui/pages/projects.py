"""Start page: the projects, a new one, the bin."""

from __future__ import annotations

from gui.components.project_list import ProjectList
from gui.components.top_bar import TopBar
from gui.services import Services


def build(services: Services) -> None:
    """Fill the page at `/`."""
    TopBar("projects")
    ProjectList()
