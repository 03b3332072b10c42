"""Without a Chromium the browser tests are skipped, each by name and with the remedy."""

from __future__ import annotations

import pytest

from tests.install_browser import find_browser

MISSING = "no Chromium on this machine: run `python -m tests.install_browser`, or name one in BOXLOOP_BROWSER"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if find_browser() is not None:
        return
    for item in items:
        if item.get_closest_marker("browser"):
            item.add_marker(pytest.mark.skip(reason=f"{item.name}: {MISSING}"))
