"""The report opens from a file, with no network at all, and looks the same on paper."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from gui.figures.examining import of_split
from gui.process import WorkerLauncher
from gui.report.making import make_report
from gui.services import Services
from gui.settings import Settings
from storage.records import Split
from storage.store import Store
from storage.workspace import Workspace
from tests.e2e.seeded_workspace import seed

pytestmark = pytest.mark.browser
EVIL = "<img src='http://elsewhere.test/' onerror='window.harmed = 1'>"


@pytest.fixture
def report(tmp_path: Path) -> Path:
    """On the active version of the seeded workspace, with a class whose name is markup."""
    root = tmp_path / "workspace"
    seeded = seed(root)
    place = Workspace(root)
    with Store(place) as store:
        store.classes.rename(seeded.parasite, EVIL)
        services = Services(store, Settings(workspace=root), WorkerLauncher(place))
        made = make_report(services, seeded.second_model, of_split(Split.VAL), datetime(2026, 11, 22, tzinfo=UTC))
    file = tmp_path / "report.html"
    file.write_text(made.html, "utf-8")
    return file


def test_it_opens_with_no_network_and_asks_for_nothing(page: Page, report: Path) -> None:
    asked: list[str] = []
    said: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: said.append(f"{message.type}: {message.text}"))
    page.context.set_offline(True)
    page.goto(report.as_uri())

    expect(page.locator(".bl-plot .main-svg").first).to_be_visible()
    for key in ("precision-recall", "threshold", "confusion", "counting", "calibration"):
        expect(page.locator(f"#chart-{key} .main-svg").first).to_be_visible()
    expect(page.locator("table")).to_contain_text(EVIL)
    pictures = page.locator(".crop img")
    assert pictures.count() > 0
    assert pictures.evaluate_all("(all) => all.every((one) => one.complete && one.naturalWidth > 0)")
    assert page.evaluate("window.harmed") is None
    assert [url for url in asked if not url.startswith(("data:", "blob:"))] == [report.as_uri()]
    assert [one for one in said if one.startswith(("error", "warning"))] == []

    drawn = page.locator("#chart-threshold")
    drawn.scroll_into_view_if_needed()
    drawn.locator(".nsewdrag").hover()
    expect(drawn.locator(".hoverlayer")).to_contain_text("Found (recall)")

    page.emulate_media(media="print")
    page.set_viewport_size({"width": 703, "height": 900})  # A4 without its margins
    assert page.evaluate("document.documentElement.scrollWidth") <= 703
    page.emulate_media(media="screen")
    page.set_viewport_size({"width": 1280, "height": 800})
    page.context.set_offline(False)
