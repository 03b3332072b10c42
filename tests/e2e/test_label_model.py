"""The model's boxes on the Label page: shown from a threshold up, accepted, rejected, corrected, of any version."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.e2e.label_page import LabelPage
from tests.e2e.seeded_workspace import DONE, SCORES, Seeded, place

pytestmark = pytest.mark.browser


def test_the_threshold_acts_in_the_browser_without_a_request(label: LabelPage, seeded: Seeded) -> None:
    image = seeded.images[DONE]
    label.open(image, "&threshold=0.50")
    assert label.shown("model") == sum(score >= 0.5 for score in SCORES)
    label.page.wait_for_load_state("networkidle")
    label.page.evaluate("""() => { window.asked = []; const send = window.fetch;
        window.fetch = (url, ...rest) => { window.asked.push(String(url)); return send(url, ...rest); }; }""")
    before = label.read("requests")
    slider = label.page.get_by_role("slider", name="Threshold of the model's score")
    slider.focus()
    for value in (0.2, 0.9, 0.3):
        slider.evaluate("(input, value) => { input.value = value; input.dispatchEvent(new Event('input')); }", value)
        assert label.shown("model") == sum(score >= value for score in SCORES)
    expect(label.page).to_have_url(re.compile(r"threshold=0\.30"))
    assert label.read("requests") == before
    assert [url for url in label.page.evaluate("window.asked") if "/api/pulse" not in url] == []


def test_a_models_box_is_accepted_rejected_and_corrected_by_key(label: LabelPage, seeded: Seeded) -> None:
    image = seeded.images[DONE + 1]
    label.open(image, "&threshold=0.30")
    assert label.shown("model") == 4
    label.press("Tab", "e")
    accepted = label.read("boxes")[0]
    best = place(0)
    assert (accepted["x1"], accepted["y1"], accepted["x2"], accepted["y2"]) == best.as_tuple()
    assert (accepted["source"], accepted["model_version_id"]) == ("model", seeded.second_model)
    assert accepted["score"] == pytest.approx(SCORES[0], abs=1e-3)
    assert label.shown("model") == 3
    second = place(1)
    label.page.mouse.move(*label.point((second.x1 + second.x2) / 2, (second.y1 + second.y2) / 2))
    label.until("boxloop.canvas.shown.length === 4")
    label.press("Escape", "x")
    assert (label.shown("model"), label.shown("person")) == (2, 1)
    label.press("Control+z")
    assert label.shown("model") == 3
    label.press("Tab", "2")  # accepted as another class
    assert [box["class_id"] for box in label.read("boxes")] == [seeded.cell, seeded.parasite]
    label.until_saved()
    assert len(label.stored(image)["annotations"]) == 2
    assert [(r["class_id"], r["model_version_id"]) for r in label.stored(image)["rejected"]] == [
        (seeded.cell, seeded.second_model)
    ], "the one that was corrected has been dealt with; the other rejection was taken back"
    label.open(image, "&threshold=0.30")
    assert label.shown("model") == 2


def test_shift_enter_accepts_all_shown_and_goes_on(label: LabelPage, seeded: Seeded) -> None:
    image, following = seeded.images[DONE + 2], seeded.images[DONE + 3]
    label.open(image, "&threshold=0.50")
    label.press("Shift+Enter")
    label.until(f"boxloop.canvas.imageId === {following}")
    label.until_saved()
    stored = label.stored(image)
    assert stored["state"] == "done"
    assert len(stored["annotations"]) == sum(score >= 0.5 for score in SCORES)


def test_another_version_can_be_looked_at_and_one_that_is_gone_gives_way(label: LabelPage, seeded: Seeded) -> None:
    image = seeded.images[DONE + 1]
    label.open(image, f"&model={seeded.first_model}")
    picker = label.page.get_by_role("combobox", name="Model whose boxes are shown")
    expect(picker).to_have_value(str(seeded.first_model))
    assert label.shown("model") == 0  # version 1 has not predicted anything
    picker.select_option(label="v2 (active)")
    label.until("boxloop.canvas.shown.some((item) => item.kind === 'model')")
    label.open(image, "&model=99999")
    expect(label.page).not_to_have_url(re.compile("model="))
    assert label.shown("model") > 0
