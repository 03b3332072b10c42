"""The pages' scripts run where they run, in a browser, from a plain file server; no page of ours around them."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.e2e.seeded_workspace import open_page

COMPONENTS = Path(__file__).parent.parent.parent / "gui" / "components"


class _Quiet(SimpleHTTPRequestHandler):
    extensions_map = {**SimpleHTTPRequestHandler.extensions_map, ".js": "text/javascript"}  # noqa: RUF012 - a class attribute by the base's contract

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def script_page() -> Iterator[Page]:
    """An empty page from which every module below gui/components can be imported."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=COMPONENTS))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    with open_page() as opened:
        opened.goto(f"http://127.0.0.1:{server.server_port}/shared/dom.js")
        yield opened
    server.shutdown()
    thread.join()
    server.server_close()


def call(page: Page, module: str, expression: str, given: Any = None) -> Any:
    """Value of an expression over the module `m` and the argument `given`."""
    return page.evaluate(f"async (given) => {{ const m = await import('/{module}'); return {expression}; }}", given)
