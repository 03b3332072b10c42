"""plotly's script comes from our own server, once and for ever, and importing it costs the server nothing."""

from __future__ import annotations

import gzip

from gui.figures import plotter
from tests.gui.web import Web
from tests.test_architecture import loaded_after


def test_the_script_is_that_of_the_installed_package_and_kept_for_ever(web: Web) -> None:
    answer = web.client.get(plotter.url(), headers={"Accept-Encoding": "gzip"})
    plain = web.client.get(plotter.url(), headers={"Accept-Encoding": "identity"})
    assert plotter.installed_version() in plotter.url()
    assert answer.headers["content-type"].startswith("text/javascript")
    assert "immutable" in answer.headers["cache-control"]
    assert answer.headers["content-encoding"] == "gzip"
    assert answer.content == plain.content == plotter.script() == gzip.decompress(plotter.packed_script())
    assert b"plotly.js" in plain.content[:200]


def test_another_version_is_not_there(web: Web) -> None:
    assert web.client.get(plotter.url().replace(plotter.installed_version(), "0.0.1")).status_code == 404


def test_neither_the_server_nor_a_chart_imports_plotly() -> None:
    assert "plotly" not in loaded_after("import gui.server, gui.figures.figure_views")
