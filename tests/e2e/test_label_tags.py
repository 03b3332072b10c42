"""Tags of the open image on the Label page: seen, put on, taken off and undone, by keys and by finger."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, expect

from tests.e2e.label_page import Fresh, LabelPage
from tests.e2e.test_label_phone import phone_at

pytestmark = pytest.mark.browser


def chips(label: LabelPage) -> Locator:
    return label.page.get_by_role("list", name="Tags of this image").get_by_role("listitem")


def stored(label: LabelPage, image: int) -> list[str]:
    return [tag["name"] for tag in label.server.api.get(f"/api/images/{image}/tags").json()]


def test_tags_are_put_on_taken_off_and_undone_by_keys(fresh: Fresh) -> None:
    label, images = fresh(2)
    label.open(images[0])
    field = label.page.get_by_role("combobox", name="Tag")
    label.press("i")
    expect(field).to_be_focused()
    label.page.keyboard.type("night")
    label.press("Enter")
    expect(chips(label)).to_have_text(["night"])
    label.page.keyboard.type("rain")
    label.press("Enter")
    expect(chips(label)).to_have_text(["night", "rain"])
    label.press("Escape")
    expect(field).to_be_hidden()
    assert stored(label, images[0]) == ["night", "rain"]
    label.press("d")
    label.until(f"boxloop.canvas.imageId === {images[1]}")
    expect(chips(label)).to_have_count(0)
    label.press("i")
    expect(label.page.get_by_role("option", name="night")).to_be_visible()
    label.page.keyboard.type("RA")
    expect(label.page.get_by_role("option", name="night")).to_have_count(0)
    label.press("ArrowDown", "Enter")
    expect(chips(label)).to_have_text(["rain"])
    label.press("Escape", "a")
    label.until(f"boxloop.canvas.imageId === {images[0]}")
    expect(chips(label)).to_have_text(["night", "rain"])
    label.page.get_by_role("button", name="Take the tag “night” off").press("Enter")
    expect(chips(label)).to_have_text(["rain"])
    assert stored(label, images[0]) == ["rain"]
    message = label.page.locator(".bl-toast", has_text="The tag “night” is off.")
    message.get_by_role("button", name="Undo").click()
    expect(chips(label)).to_have_text(["night", "rain"])
    assert stored(label, images[0]) == ["night", "rain"]


def test_a_tag_taken_off_by_mouse_leaves_the_keys_to_the_image(fresh: Fresh) -> None:
    label, images = fresh(2)
    label.server.api.put(f"/api/images/{images[0]}/tags", json={"names": ["night", "rain"]}).raise_for_status()
    label.open(images[0])
    label.page.get_by_role("button", name="Take the tag “night” off").click()
    expect(chips(label)).to_have_text(["rain"])
    expect(label.page.locator(".bc-stage")).to_be_focused()
    label.press("d")
    label.until(f"boxloop.canvas.imageId === {images[1]}")
    assert stored(label, images[0]) == ["rain"]


def test_a_finger_takes_a_tag_of_the_project_and_takes_it_off_again(fresh: Fresh) -> None:
    label, images = fresh(2)
    label.server.api.put(f"/api/images/{images[1]}/tags", json={"names": ["night"]}).raise_for_status()
    with phone_at(label, images[0]) as phone:
        phone.page.get_by_role("button", name="No boxes").tap()
        phone.page.get_by_role("button", name="Tag", exact=True).tap()
        phone.page.get_by_role("option", name="night").tap()
        expect(chips(phone)).to_have_text(["night"])
        assert stored(label, images[0]) == ["night"]
        phone.page.get_by_role("button", name="Take the tag “night” off").tap()
        expect(chips(phone)).to_have_count(0)
        assert stored(label, images[0]) == []
