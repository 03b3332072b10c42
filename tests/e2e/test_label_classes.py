"""The palette of classes and what can be done with them, by mouse and keys."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e.label_page import Fresh, LabelPage, with_class

pytestmark = pytest.mark.browser
ANIMALS = ("ant", "bee", "cat", "dog", "eel", "fox", "gnu")
MANY = [f"{color} {animal}" for color in ("red", "blue") for animal in ANIMALS]


def row(page: Page, name: str) -> Locator:
    """The row of a class in the whole list, below those that were used last."""
    return page.locator(".bc-class", has=page.locator(".bc-class-name", has_text=re.compile(f"^{name}$"))).last


def menu(page: Page, name: str, entry: str) -> None:
    row(page, name).click(button="right")
    page.get_by_role("menuitem", name=entry).click()


def undo(page: Page) -> None:
    page.locator(".bl-toast").last.get_by_role("button", name="Undo").click()


def class_of_boxes(label: LabelPage) -> list[int]:
    return [box["class_id"] for box in label.read("boxes")]


def test_a_class_among_many_is_picked_without_the_mouse(fresh: Fresh) -> None:
    label, (image,) = fresh(1)
    ids = dict(zip(MANY, with_class(label, *MANY), strict=True))
    label.open(image)
    page = label.page
    label.drag((50, 50), (150, 120))
    label.press("/")
    expect(page.get_by_role("searchbox", name="Find a class")).to_be_focused()
    page.keyboard.type("bfx")
    expect(page.locator(".bc-class-name")).to_have_text(["blue fox"])
    page.keyboard.press("Enter")
    assert class_of_boxes(label) == [ids["blue fox"]]  # of the selected box
    expect(page.locator(".bc-class-group")).to_have_text(["Used last", "All classes"])
    page.mouse.move(*label.point(200, 200))
    label.press("q")
    page.keyboard.type("gnu")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    assert class_of_boxes(label) == [ids["blue gnu"]]
    label.press("Escape", "q")
    page.keyboard.type("green yak")
    page.keyboard.press("Enter")  # a new class, for the next boxes
    label.drag((200, 150), (280, 220))
    label.until("boxloop.canvas.boxes.length === 2")
    expect(row(page, "green yak").locator(".bc-count")).to_have_text("1")
    label.press("3")
    assert class_of_boxes(label)[1] == ids["red cat"]
    label.until_saved()


def test_keys_order_and_archive_change_and_are_taken_back(fresh: Fresh) -> None:
    label, (image,) = fresh(1)
    first, second, third = with_class(label, "coin", "ring", "seal")
    label.open(image)
    page = label.page
    menu(page, "seal", "Key")
    page.keyboard.press("e")
    expect(page.locator(".cm-key-note")).to_contain_text("E is for “Accept")
    page.keyboard.press(";")
    expect(row(page, "seal").locator(".bc-digit")).to_have_text(";")
    label.press(";")
    label.drag((50, 50), (150, 120))
    assert class_of_boxes(label) == [third]
    menu(page, "coin", "Key")
    page.keyboard.press(";")
    page.get_by_role("button", name="Give it to “coin”").click()
    expect(row(page, "coin").locator(".bc-digit")).to_have_text(";")
    expect(row(page, "seal").locator(".bc-digit")).to_have_text("3")
    undo(page)
    expect(row(page, "seal").locator(".bc-digit")).to_have_text(";")

    row(page, "coin").focus()
    page.keyboard.press("Alt+ArrowDown")
    expect(page.locator(".bc-class-name")).to_have_text(["ring", "coin", "seal"])
    row(page, "seal").drag_to(row(page, "ring"), target_position={"x": 60, "y": 3})
    expect(page.locator(".bc-class-name")).to_have_text(["seal", "ring", "coin"])
    label.until_saved()
    menu(page, "seal", "Archive")
    expect(page.locator(".bc-class-name")).to_have_text(["ring", "coin"])
    expect(page.locator(".bc-box-name.archived")).to_have_text("seal")
    page.get_by_role("button", name="Manage classes").click()
    page.get_by_role("button", name="Take seal out of the archive").click()
    page.keyboard.press("Escape")
    expect(page.locator(".bc-class-name")).to_have_text(["seal", "ring", "coin"])
    classes = label.server.api.get(f"/api/projects/{label.project}").json()["classes"]
    assert [(one["id"], one["archived"]) for one in classes] == [(third, False), (second, False), (first, False)]


def test_classes_are_merged_after_a_look_and_boxes_chosen_from_a_sheet(fresh: Fresh) -> None:
    label, (image, other) = fresh(2)
    coin, ring = with_class(label, "coin", "ring")
    label.open(image)
    page = label.page
    label.drag((20, 50), (60, 90))
    label.press("Escape", "2")
    label.drag((100, 50), (160, 120))
    label.drag((200, 50), (260, 120))
    label.until_saved()
    menu(page, "ring", "Merge into another class")
    expect(page.locator(".cm-preview")).to_contain_text("2 boxes on 1 image become “coin”. “coin” then has 3.")
    expect(page.locator(".cm-crop")).to_have_count(1)
    page.get_by_role("button", name="Merge", exact=True).click()
    expect(page.locator(".bc-class-name")).to_have_text(["coin"])
    label.until(f"boxloop.canvas.boxes.every((box) => box.class_id === {coin})")
    label.press("Escape")
    label.drag((300, 150), (360, 220))
    label.until_saved()
    undo(page)
    label.until(f"boxloop.canvas.boxes.filter((box) => box.class_id === {ring}).length === 2")
    expect(page.locator(".bc-class-name")).to_have_text(["coin", "ring"])

    menu(page, "ring", "Give some boxes another class")
    page.locator(".cm-tile").first.click()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Space")
    picker = page.get_by_role("combobox", name="The class that the chosen boxes get")
    picker.fill("ring of gold")
    picker.press("Enter")
    page.get_by_role("button", name="Make 2 boxes “ring of gold”").click()
    expect(page.locator(".bc-class-name")).to_have_text(["coin", "ring", "ring of gold"])
    label.until(f"boxloop.canvas.boxes.every((box) => box.class_id !== {ring})")
    undo(page)
    label.until(f"boxloop.canvas.boxes.filter((box) => box.class_id === {ring}).length === 2")
    expect(page.locator(".bc-class-name")).to_have_text(["coin", "ring"])
    label.open(other)


def test_names_are_shown_as_text(fresh: Fresh) -> None:
    label, (image,) = fresh(1)
    name = "<img src=x onerror=window.harmed=1>"
    with_class(label, name)
    label.open(image)
    label.drag((50, 50), (150, 120))
    expect(label.page.locator(".bc-class-name")).to_have_text(name)
    expect(label.page.locator(".bc-box-name")).to_have_text(name)
    assert label.page.evaluate("window.harmed") is None


def test_classes_are_added_renamed_and_deleted_only_while_unused(
    fresh: Fresh,
) -> None:
    label, (image,) = fresh(1)
    label.open(image)
    page = label.page
    for name in ("coin", "ring"):
        page.get_by_role("button", name="Add class").click()
        page.keyboard.type(name)
        page.keyboard.press("Enter")
        expect(page.locator(".bc-class-name", has_text=name)).to_be_visible()
    page.locator(".bc-class", has_text="coin").click()
    label.drag((50, 50), (150, 120))
    label.until_saved()
    expect(page.locator(".bc-class", has_text="coin").locator(".bc-count")).to_have_text("1")
    page.locator(".bc-class", has_text="coin").click(button="right")
    expect(page.get_by_role("menuitem", name="Delete (it has boxes)")).to_be_disabled()
    page.keyboard.press("Escape")
    page.locator(".bc-class", has_text="ring").hover()
    page.get_by_role("button", name="More about ring").click()
    page.get_by_role("menuitem", name="Delete").click()
    expect(page.locator(".bc-class-name")).to_have_text(["coin"])
    page.locator(".bc-class", has_text="coin").dblclick()
    page.keyboard.type("medal")
    page.keyboard.press("Enter")
    expect(page.locator(".bc-class-name")).to_have_text(["medal"])
    classes = label.server.api.get(f"/api/projects/{label.project}").json()["classes"]
    assert [entry["name"] for entry in classes] == ["medal"]
