"""The Train page: the plan, a run as it goes (this test plays the worker), the runs that ended."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, Request, Route, expect

from detector.runs import RunState
from storage.records import Job
from storage.store import Store
from tests.e2e.running_server import RunningServer
from tests.e2e.seeded_workspace import Seeded, claimed_run, epoch

pytestmark = pytest.mark.browser


@pytest.fixture
def running(store: Store, house: tuple[RunningServer, Seeded]) -> Iterator[Job]:
    job = claimed_run(store, house[1].project)
    yield job
    if store.jobs.get(job.id).state.is_active:
        store.jobs.finish(job.id, RunState.CANCELLED, "Stopped.")


def open_train(page: Page, house: tuple[RunningServer, Seeded], rest: str = "") -> None:
    page.goto(f"{house[0].url}/train?project={house[1].project}{rest}")


def test_the_plan_says_what_will_happen_before_the_click(page: Page, house: tuple[RunningServer, Seeded]) -> None:
    open_train(page, house)
    plan = page.get_by_role("region", name="Next run")
    expect(plan.locator(".bl-plan-sentence")).to_contain_text("4 images")
    expect(plan.locator(".bl-plan-class", has_text="cell")).to_contain_text("4")
    expect(plan.locator(".bl-plan-data")).to_contain_text("4 images not done, left out")
    expect(plan.get_by_role("button", name="Train")).to_be_enabled()


def test_a_project_without_labels_is_told_what_to_do(page: Page, house: tuple[RunningServer, Seeded]) -> None:
    page.goto(f"{house[0].url}/train?project={house[1].empty_project}")
    expect(page.get_by_role("link", name="Add images")).to_be_visible()
    expect(page.get_by_role("button", name="Train", exact=True)).to_be_hidden()


def test_only_what_was_changed_is_sent_and_a_refusal_is_shown(page: Page, house: tuple[RunningServer, Seeded]) -> None:
    sent: list[dict[str, object]] = []

    def refuse(route: Route, request: Request) -> None:
        sent.append(json.loads(request.post_data or "{}"))
        route.fulfill(status=422, json={"error": "learning_rate is too large"})

    open_train(page, house)
    page.route("**/api/projects/*/train", refuse)
    page.get_by_text("Head + FPN").click()
    page.get_by_text("Expert settings").click()
    page.get_by_label("Epochs, at most").fill("12")
    page.get_by_label("Minutes, at most").fill("1.5")
    page.get_by_role("button", name="Train", exact=True).click()
    expect(page.get_by_text("learning_rate is too large")).to_be_visible()
    page.unroute("**/api/projects/*/train")
    assert sent == [{"config": {"preset": "retinanet-lite", "scope": "head+fpn", "epochs": 12, "max_seconds": 90}}]
    assert "scope=head%2Bfpn" in page.url


def test_a_wrong_setting_is_named_and_nothing_is_sent(page: Page, house: tuple[RunningServer, Seeded]) -> None:
    open_train(page, house)
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url) if request.method == "POST" else None)
    page.get_by_text("Expert settings").click()
    page.get_by_label("Image width in pixels").fill("100")
    page.get_by_role("button", name="Train", exact=True).click()
    expect(page.get_by_text("two multiples of 32")).to_be_visible()
    assert [url for url in sent if url.endswith("/train")] == []


def test_a_run_is_followed_live_and_found_again_after_a_reload(
    page: Page, house: tuple[RunningServer, Seeded], store: Store, running: Job
) -> None:
    open_train(page, house)
    run = page.get_by_role("region", name="Run", exact=True)
    expect(run.get_by_role("heading")).to_have_text(f"Run {running.id}")
    for number in (1, 2):
        store.jobs.add_epoch(running.id, epoch(number, best=True))
    expect(run.locator(".bl-run-facts")).to_contain_text("2 / 20")
    expect(run.locator(".bl-run-facts")).to_contain_text("about 35 s")
    expect(run.locator("path.bl-chart-line")).to_have_count(4)
    page.reload()
    store.jobs.add_epoch(running.id, epoch(3))
    expect(run.locator(".bl-run-facts")).to_contain_text("3 / 20")
    expect(page.get_by_role("region", name="Next run")).to_be_hidden()


def test_stop_asks_the_worker_and_the_page_says_how_it_ended(
    page: Page, house: tuple[RunningServer, Seeded], store: Store, running: Job
) -> None:
    open_train(page, house)
    page.get_by_role("button", name="Stop, keep the best").click()
    expect(page.get_by_role("button", name="Stopping")).to_be_disabled()
    assert store.jobs.is_cancelling(running.id)
    store.jobs.finish(running.id, RunState.CANCELLED, "Stopped; the best model so far is version 3.")
    expect(page.get_by_text("the best model so far is version 3")).to_be_visible()
    expect(page.get_by_role("region", name="Next run")).to_be_visible()


def test_a_failed_run_says_why_and_shows_its_log_as_text(page: Page, house: tuple[RunningServer, Seeded]) -> None:
    open_train(page, house, f"&run={house[1].failed_run}")
    run = page.get_by_role("region", name="Run", exact=True)
    expect(run.locator(".bl-note")).to_contain_text("Try a lower learning rate.")
    run.get_by_role("button", name="Show the log").click()
    expect(run.locator("pre")).to_contain_text("<b>not markup</b>")
    expect(run.locator("pre b")).to_have_count(0)


def test_an_interrupted_run_goes_back_into_the_queue_on_resume(
    page: Page, house: tuple[RunningServer, Seeded], store: Store, running: Job
) -> None:
    # Another run holds the queue, so that the resumed one waits and no real worker trains.
    open_train(page, house, f"&run={house[1].interrupted_run}")
    page.get_by_role("button", name="Resume").click()
    expect(page.get_by_role("region", name="Run", exact=True)).to_contain_text("Waiting")
    assert store.jobs.get(house[1].interrupted_run).state is RunState.QUEUED
    store.jobs.request_cancel(house[1].interrupted_run)


def test_the_runs_are_listed_and_one_is_picked_by_key(page: Page, house: tuple[RunningServer, Seeded]) -> None:
    open_train(page, house)
    runs = page.get_by_role("region", name="Runs")
    expect(runs.locator("tr", has_text="Finished")).to_contain_text("v1")
    pick = runs.get_by_role("button", name=str(house[1].finished_run), exact=True)
    pick.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name=f"Run {house[1].finished_run}")).to_be_visible()
    assert f"run={house[1].finished_run}" in page.url
