"""The pages' scripts run where they run, in a browser, from a plain file server; no page of ours around them."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.label_page import WAIT_MS
from tests.e2e.seeded_workspace import open_page

expect.set_options(timeout=WAIT_MS)  # Playwright's own five seconds are short where two cores are busy

# Statements for a script that asks our routes: `asks(part)` are the requests so far whose address has that in it, each
# to be answered with JSON when the test likes; `until` waits for what a script does by and by, but not for ever.
ANSWERS = """
  const asked = [];
  const respond = (body, status) => new Response(JSON.stringify(body), { status });
  window.fetch = (url, { method = "GET" } = {}) =>
    new Promise((done) => asked.push({ url, method, answer: (body, status = 200) => done(respond(body, status)) }));
  const asks = (part, method = "GET") => asked.filter((one) => one.url.includes(part) && one.method === method);
  const turns = async (count) => { for (let n = 0; n < count; n += 1) await new Promise((done) => setTimeout(done)); };
  const until = async (is) => {
    for (let n = 0; n < 5000 && !is(); n += 1) await turns(1);
    if (!is()) throw new Error(`waited in vain for ${is}`);
  };
  const place = document.body.appendChild(document.createElement("div"));
"""
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
