"""The Train page: the plan, a run as it goes (this test plays the worker), the runs that ended."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace

import pytest
from playwright.sync_api import Page, Request, Route, expect

from detector.runs import RunState, TrainConfig
from gui import run_plans
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
    page.get_by_text("Expert settings").click()
    page.get_by_label("What is trained").select_option(label="Head + FPN")
    page.get_by_label("Epochs, at most").fill("12")
    page.get_by_label("Minutes, at most").fill("1.5")
    page.get_by_role("button", name="Train", exact=True).click()
    expect(page.get_by_text("learning_rate is too large")).to_be_visible()
    page.unroute("**/api/projects/*/train")
    assert sent == [{"config": {"preset": "retinanet-lite", "scope": "head+fpn", "epochs": 12, "max_seconds": 90}}]
    assert "scope=head%2Bfpn" in page.url
    page.reload()
    expect(page.get_by_label("What is trained")).to_have_value("head+fpn")


def test_each_setting_says_what_is_taken_for_it_and_why_until_an_expert_overrides_it(
    page: Page, house: tuple[RunningServer, Seeded]
) -> None:
    open_train(page, house)
    page.get_by_text("Expert settings").click()
    batch = page.locator(".bl-setting", has_text="Images a step")
    expect(page.get_by_label("Images a step")).to_have_attribute("placeholder", "1")
    expect(batch).to_contain_text("only 2 images to learn from")
    expect(page.locator(".bl-setting", has_text="Smallest anchor")).to_contain_text("pixels")
    page.get_by_label("Images a step").fill("2")
    expect(batch).to_contain_text("Your choice; 1 if left to Boxloop.")
    expect(page.get_by_label("Images a step")).to_be_focused()
    expect(page.get_by_text("1 set by you")).to_be_visible()
    page.get_by_label("Optimizer").select_option("sgd")
    expect(page.get_by_label("Weight decay")).to_have_attribute("placeholder", "0.0005")
    page.get_by_role("button", name="All automatic").click()
    expect(batch).to_contain_text("only 2 images to learn from")
    expect(page.get_by_label("Weight decay")).to_have_attribute("placeholder", "0.05")


def test_a_run_goes_on_from_the_active_model_unless_it_shall_start_afresh(
    page: Page, house: tuple[RunningServer, Seeded]
) -> None:
    open_train(page, house)
    sentence = page.locator(".bl-plan-sentence")
    expect(sentence).to_contain_text("starting from v2")
    page.get_by_text("ImageNet weights", exact=True).click()
    expect(sentence).to_contain_text("starting from ImageNet weights")
    expect(page.get_by_role("radio", name="ImageNet weights")).to_be_focused()
    page.reload()
    expect(page.get_by_role("radio", name="ImageNet weights")).to_be_checked()
    page.get_by_role("radio", name="ImageNet weights").press("ArrowLeft")
    expect(sentence).to_contain_text("starting from v2")
    assert "scratch" not in page.url


def test_where_the_boxes_have_outgrown_the_model_one_click_starts_afresh(
    page: Page, house: tuple[RunningServer, Seeded], store: Store
) -> None:
    project, before = house[1].project, house[1].second_model
    small = {"input_size": [64, 64], "anchor_size": 8.0}
    model = store.models.add(
        project, folder="small", preset="retinanet-lite", parent_id=None, job_id=None, snapshot_digest="3" * 64,
        metrics={"ap": 0.5}, meta=small,
    )  # fmt: skip
    store.projects.set_active_model(project, model.id)
    open_train(page, house)
    expect(page.get_by_text("Your boxes have outgrown v3's input size of 64x64")).to_be_visible()
    page.get_by_role("button", name="Start from scratch").click()
    expect(page.locator(".bl-plan-sentence")).to_contain_text("starting from ImageNet weights")
    expect(page.get_by_text("Your boxes have outgrown")).to_be_hidden()
    store.projects.set_active_model(project, before)
    store.models.delete(model.id)


def test_a_wrong_setting_is_named_and_nothing_is_sent(page: Page, house: tuple[RunningServer, Seeded]) -> None:
    open_train(page, house)
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url) if request.method == "POST" else None)
    page.get_by_text("Expert settings").click()
    page.get_by_label("Input width in pixels").fill("100")
    page.get_by_role("button", name="Train", exact=True).click()
    expect(page.get_by_text("Input size: two multiples of 32")).to_be_visible()
    assert [url for url in sent if url.endswith("/train")] == []


def test_a_setting_that_is_wrong_before_the_first_plan_came_does_not_lock_the_page(
    page: Page, house: tuple[RunningServer, Seeded]
) -> None:
    held: list[Route] = []
    page.route("**/api/projects/*/models", lambda route: held.append(route))
    with page.expect_request("**/api/projects/*/models"):
        open_train(page, house)
    page.get_by_text("Expert settings").click()
    page.get_by_label("Input width in pixels").fill("100")
    expect(page.get_by_text("Input size: two multiples of 32")).to_be_visible()
    for route in held:
        route.continue_()
    expect(page.get_by_role("button", name="Train", exact=True)).to_be_enabled()
    page.unroute("**/api/projects/*/models")


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


def test_a_run_shows_its_stage_the_model_it_has_given_out_and_each_choice_with_its_reason(
    page: Page, house: tuple[RunningServer, Seeded], store: Store, running: Job
) -> None:
    snapshot = store.snapshots.take(house[1].project)
    run_plans.keep(store, running, snapshot, TrainConfig(epochs=20, start_from="version-2"), "cpu", 2)
    for number in range(1, 11):
        store.jobs.add_epoch(running.id, replace(epoch(number), stage="head" if number <= 8 else "deep"))
    store.jobs.report(running.id, {"stage": "Training", "epoch": 11, "model_number": 2, "model_ap": 0.41}, "Training.")
    open_train(page, house)
    run = page.get_by_role("region", name="Run", exact=True)
    expect(run.locator(".bl-run-head")).to_contain_text("Stage 2 of 2: deep layers")
    expect(run.locator(".bl-note")).to_contain_text("v2 can be used already (mAP 0.41).")
    expect(run.get_by_role("link", name="Look at its boxes")).to_have_attribute(
        "href", re.compile(rf"model={house[1].second_model}$")
    )
    expect(run.locator(".bl-chart-mark")).to_have_count(3)
    run.get_by_text("Settings").click()
    expect(run.get_by_role("row", name="Epochs, at most")).to_contain_text("20YouYour choice; 150 if left to Boxloop.")
    expect(run.get_by_role("row", name="Optimizer")).to_contain_text("AdamWBoxloop")


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
