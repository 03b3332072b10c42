"""Going through the model's boxes on the Label page: one key each, one click for a hidden one, and what is left."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.e2e.label_page import LabelPage
from tests.e2e.seeded_workspace import DONE, SCORES, Seeded, place

pytestmark = pytest.mark.browser


def middle(index: int) -> tuple[float, float]:
    box = place(index)
    return (box.x1 + box.x2) / 2, (box.y1 + box.y2) / 2


def test_a_key_deals_with_each_box_and_goes_on_to_the_next_while_the_counts_follow(
    label: LabelPage, seeded: Seeded
) -> None:
    image = seeded.images[DONE]
    label.open(image, "&threshold=0.30")
    left = label.page.locator(".bc-review")
    expect(left).to_have_text("4 to review here16 in the project")
    label.press("Tab", "e", "x")
    assert [box["score"] for box in label.read("boxes")] == [pytest.approx(SCORES[0], abs=1e-3)]
    assert label.read("selection") == f"m{seeded.second_model}-2", "the third one, in reading order"
    expect(left).to_have_text("2 to review here14 in the project")
    label.page.mouse.move(*label.point(*middle(3)))
    label.press("e")  # the one under the pointer, to which the hand went last
    assert [round(box["score"], 2) for box in label.read("boxes")] == [SCORES[0], SCORES[3]]
    assert label.read("selection") == f"m{seeded.second_model}-2"
    label.press("Escape", "Shift+E")
    assert (label.shown("model"), label.shown("person")) == (0, 3)
    label.until_saved()
    label.open(image, "&threshold=0.30")
    expect(left).to_have_text("Nothing to review here12 in the project")


def test_a_click_where_nothing_is_shown_takes_the_models_hidden_box_and_esc_gives_it_back(
    label: LabelPage, seeded: Seeded
) -> None:
    image = seeded.images[DONE + 1]
    label.open(image, "&threshold=0.50")
    label.page.mouse.move(*label.point(*middle(4)))
    label.until("boxloop.canvas.ghost !== null")
    assert label.read("ghost.class_id") == seeded.parasite
    label.click(*middle(4))
    [taken] = label.read("boxes")
    assert (taken["source"], taken["class_id"], taken["model_version_id"]) == (
        "model", seeded.parasite, seeded.second_model,
    )  # fmt: skip
    assert label.read("selection") == taken["id"]
    label.click(*middle(4))
    assert len(label.read("boxes")) == 1, "never a second one on the spot"
    label.press("Escape")
    assert label.read("boxes") == []
    label.click(*middle(3))
    label.press("Control+z")
    assert label.read("boxes") == []
    label.click(300, 200)
    assert label.read("boxes") == [], "the model has nothing there"


def draw_over(label: LabelPage, index: int) -> None:
    """A box of a person nearly where the model's box is that is not shown."""
    theirs = place(index)
    label.drag((theirs.x1 - 2, theirs.y1 + 3), (theirs.x2 + 3, theirs.y2 - 2))


def test_a_drawn_box_gets_the_class_that_the_model_sees_there_and_a_key_gives_it_back(
    label: LabelPage, seeded: Seeded
) -> None:
    image = seeded.images[DONE + 3]
    label.open(image, "&threshold=0.50")
    note, chip = label.page.locator(".bc-draw-note"), label.page.locator(".bc-suggestion")

    def classes() -> list[int]:
        return [box["class_id"] for box in label.read("boxes")]

    draw_over(label, 4)  # the class that is set is the first one, a cell
    assert classes() == [seeded.parasite]
    expect(note).to_have_text("Named “parasite”, as the model sees it")
    expect(label.page.locator(".bc-announcer")).to_contain_text("Named “parasite”")
    expect(chip).to_contain_text("cell instead")
    label.press("Shift+P")
    assert classes() == [seeded.cell]
    expect(note).to_have_text("“cell” again")
    label.press("Shift+P", "Shift+P", "Control+z", "Control+z", "Control+z", "Control+z")
    assert label.read("boxes") == [], "one step each"
    draw_over(label, 4)
    label.press("Delete", "1")  # a key first: that is the person's word, until the next image
    draw_over(label, 4)
    assert classes() == [seeded.cell]
    label.press("Delete", "a")
    label.until(f"boxloop.canvas.imageId === {seeded.images[DONE + 2]}")
    label.press("d")
    label.until(f"boxloop.canvas.imageId === {image}")
    label.press("Shift+N")
    draw_over(label, 4)
    assert classes() == [seeded.cell], "turned off"
    label.press("Control+z", "Shift+N")
    assert label.read("drawing.name") is True


def test_a_drawn_box_is_offered_the_models_edges_and_class_and_changes_only_by_key(
    label: LabelPage, seeded: Seeded
) -> None:
    image, theirs = seeded.images[DONE + 2], place(4)
    label.open(image, "&threshold=0.50")
    label.press("1")
    label.drag((theirs.x1 - 2, theirs.y1 + 3), (theirs.x2 + 3, theirs.y2 - 2))
    chip = label.page.locator(".bc-suggestion")
    expect(chip).to_contain_text("parasite 0.15?")
    assert label.read("boxes")[0]["class_id"] == seeded.cell
    label.press("Shift+P")
    assert label.read("boxes")[0]["class_id"] == seeded.parasite
    expect(chip).to_have_text("Snap to the model's edgesP")
    label.press("p")
    assert label.rects() == [theirs.as_tuple()]
    expect(chip).to_be_hidden()


def test_what_was_learnt_from_corrections_counts_from_the_next_image_on_and_what_was_chosen_goes_before(
    label: LabelPage, seeded: Seeded
) -> None:
    learned = {"learned": {"all": 0.4, "by_class": {str(seeded.cell): 0.35}}}
    label.page.route("**/api/projects/*/advice", lambda route: route.fulfill(json=learned))
    label.open(seeded.images[DONE])
    label.until("boxloop.canvas.learned !== null")
    all_classes = label.page.get_by_role("slider", name="Threshold of the model's score", exact=True)
    expect(all_classes).to_have_value("0.5")
    label.press("d")
    expect(all_classes).to_have_value("0.4")
    expect(label.page.get_by_title("fewest corrections")).to_be_visible()
    label.open(seeded.images[DONE], "&threshold=0.70")
    label.press("d")
    expect(all_classes).to_have_value("0.7")
