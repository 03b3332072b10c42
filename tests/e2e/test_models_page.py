"""The Models page: versions, the bin, and the export of labels."""

from __future__ import annotations

import zipfile

import pytest
from playwright.sync_api import Page, expect

from storage.store import Store
from tests.e2e.running_server import RunningServer, wait_until
from tests.e2e.seeded_workspace import DONE, Seeded

pytestmark = pytest.mark.browser


def show(page: Page, house: tuple[RunningServer, Seeded]) -> None:
    page.goto(f"{house[0].url}/models?project={house[1].project}")


def row(page: Page, model: int):
    return page.locator(f'tr[data-model="{model}"]')


def test_versions_are_listed_with_their_figures_newest_first(page: Page, house: tuple[RunningServer, Seeded]) -> None:
    show(page, house)
    expect(page.locator("tbody tr b")).to_have_text(["v2", "v1"])
    expect(row(page, house[1].second_model)).to_contain_text("active")
    expect(row(page, house[1].second_model)).to_contain_text("0.60")
    expect(row(page, house[1].second_model)).to_contain_text(
        "0 bytes"
    )  # the seeded version has a folder without weights


def test_one_goes_back_to_an_older_version_and_forward_again(
    page: Page, house: tuple[RunningServer, Seeded], store: Store
) -> None:
    show(page, house)
    for model, words in ((house[1].first_model, "Back to v1"), (house[1].second_model, "Activate")):
        row(page, model).get_by_role("button", name=words).click()
        expect(row(page, model)).to_have_attribute("aria-current", "true")
        assert store.projects.get(house[1].project).active_model_id == model


def test_name_and_note_are_kept_after_a_reload_as_text(
    page: Page, house: tuple[RunningServer, Seeded], store: Store
) -> None:
    show(page, house)
    for field, text in (("Name of v1", "old lamp"), ("Note on v1", "<i>before</i> the new microscope")):
        page.get_by_label(field).fill(text)
        page.get_by_label(field).press("Enter")

    def are_stored() -> bool:
        kept = store.models.get(house[1].first_model)
        return bool(kept.name and kept.note)

    wait_until(are_stored, "name and note to be stored")
    page.reload()
    expect(page.get_by_label("Note on v1")).to_have_value("<i>before</i> the new microscope")
    expect(page.get_by_label("Name of v1")).to_have_value("old lamp")


def test_a_pinned_version_cannot_be_deleted_until_it_is_unpinned(
    page: Page, house: tuple[RunningServer, Seeded], store: Store
) -> None:
    show(page, house)
    model = house[1].first_model
    pin = page.get_by_role("button", name="Pin v1")
    pin.click()
    expect(pin).to_have_attribute("aria-pressed", "true")
    assert store.models.get(model).pinned
    row(page, model).get_by_role("button", name="More for v1").click()
    expect(page.get_by_role("menuitem", name="Delete (pinned")).to_be_disabled()
    page.keyboard.press("Escape")
    pin.click()
    expect(pin).to_have_attribute("aria-pressed", "false")


def test_a_version_goes_to_the_bin_and_comes_back_by_undo_and_by_restore(
    page: Page, house: tuple[RunningServer, Seeded]
) -> None:
    show(page, house)
    model = house[1].first_model
    for bring_back in ("Undo", "Restore"):
        row(page, model).get_by_role("button", name="More for v1").click()
        page.get_by_role("menuitem", name="Delete").click()
        expect(row(page, model)).to_have_count(0)
        if bring_back == "Restore":
            page.get_by_text("1 version in the bin").click()
        page.get_by_role("button", name=bring_back, exact=True).last.click()
        expect(row(page, model)).to_be_visible()


def test_the_active_version_cannot_be_deleted(page: Page, house: tuple[RunningServer, Seeded]) -> None:
    show(page, house)
    page.get_by_role("button", name="More for v2").click()
    expect(page.get_by_role("menuitem", name="Delete (active")).to_be_disabled()
    page.keyboard.press("Escape")


def test_labels_are_exported_and_the_file_is_there_after_a_reload(
    page: Page, house: tuple[RunningServer, Seeded]
) -> None:
    show(page, house)
    page.get_by_text("YOLO").click()
    page.get_by_role("button", name="Export", exact=True).click()
    link = page.get_by_role("link", name="Download")
    expect(link).to_be_visible(timeout=90_000)
    page.reload()
    with page.expect_download() as waiting:
        link.click()
    with zipfile.ZipFile(waiting.value.path()) as archive:
        labels = [name for name in archive.namelist() if "labels" in name and name.endswith(".txt")]
    assert len(labels) == DONE
