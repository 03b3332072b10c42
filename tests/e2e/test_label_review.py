"""Going through the model's boxes on the Label page: one key each, one click for a hidden one, and what is left."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from detector.domain import Box
from storage.records import StoredPrediction
from storage.store import Store
from tests.e2e.fingers import Fingers
from tests.e2e.label_page import Fresh, LabelPage, with_class
from tests.e2e.seeded_workspace import DONE, SCORES, Seeded, add_model, place

pytestmark = pytest.mark.browser


Predicted = Callable[..., tuple[LabelPage, list[int], list[int]]]
"""Makes a project with two plain images of 400 x 300 pixels on which a model has found boxes, each a class, a score
and four numbers. Returns the page, not opened yet, the ids of the images and those of the classes, cell and dust."""


@pytest.fixture
def predicted(fresh: Fresh, store: Store) -> Predicted:
    def make(*found: tuple[str, float, tuple[float, float, float, float]]) -> tuple[LabelPage, list[int], list[int]]:
        label, images = fresh(2)
        classes = with_class(label, "cell", "dust")
        ids = dict(zip(("cell", "dust"), classes, strict=True))
        model = add_model(store, label.project, 100 + label.project, None)  # a folder of its own in the workspace
        store.projects.set_active_model(label.project, model)
        boxes = [StoredPrediction(ids[name], Box(*numbers), score) for name, score, numbers in found]
        store.predictions.put_many(model, [(image, boxes, False) for image in images])
        return label, images, classes

    return make


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


def test_a_corner_of_the_models_box_is_pulled_without_selecting_it_first_unless_an_own_box_lies_there(
    predicted: Predicted,
) -> None:
    label, (image, _), (cell, _) = predicted(("cell", 0.9, (60, 40, 120, 100)), ("cell", 0.8, (200, 40, 260, 100)))
    label.open(image)
    label.page.mouse.move(*label.point(120, 100))
    cursor = "document.querySelector('.bc-stage').style.cursor"
    label.until(f"{cursor} === 'nwse-resize'")
    label.drag((120, 100), (135, 112))
    assert label.rects() == [(60, 40, 135, 112)]
    [pulled] = label.read("boxes")
    assert (pulled["source"], pulled["class_id"], pulled["score"]) == ("model", cell, pytest.approx(0.9, abs=1e-3))
    assert label.read("selection") == pulled["id"]
    assert label.shown("model") == 1
    label.press("Control+z")
    assert (label.rects(), label.shown("model")) == ([], 2)
    label.page.mouse.move(*label.point(130, 110))
    label.until(f"{cursor} === 'crosshair'")
    label.drag((130, 110), (150, 150))  # out of reach of the corner: a new box
    assert label.rects() == [(130, 110, 150, 150)]
    label.press("Control+z")
    label.page.keyboard.down("Shift")
    label.drag((120, 100), (150, 150))  # with Shift from the corner itself
    label.drag((240, 80), (280, 120))  # over a corner of the other one
    label.page.keyboard.up("Shift")
    assert label.rects() == [(120, 100, 150, 150), (240, 80, 280, 120)]
    label.press("Escape")
    label.drag((260, 100), (270, 110))  # a person's own box lies there and is moved
    assert (label.rects()[1], label.shown("model")) == ((250, 90, 290, 130), 2)
    label.press("Escape")
    label.click(62, 42)  # a click on a corner selects the box, as anywhere on it
    assert label.read("selection").startswith("m")
    assert len(label.rects()) == 2


FOUR = (
    ("cell", 0.9, (40, 40, 80, 80)),
    ("dust", 0.8, (100, 40, 140, 80)),
    ("cell", 0.7, (40, 120, 80, 160)),
    ("cell", 0.6, (300, 200, 360, 260)),
)


def test_a_drag_with_the_right_button_rejects_what_lies_there_and_a_click_still_opens_the_menu(
    predicted: Predicted,
) -> None:
    label, (image, _), (cell, dust) = predicted(*FOUR)
    label.open(image)
    menu = label.page.get_by_role("menu")
    label.drag((30, 30), (125, 65), button="right")  # the middles of the upper two
    expect(menu).to_have_count(0)
    assert [item["id"][-2:] for item in label.read("shown")] == ["-2", "-3"]
    expect(label.page.locator(".bl-toast")).to_contain_text("Rejected 2 boxes.")
    label.until_saved()
    assert sorted(one["class_id"] for one in label.stored(image)["rejected"]) == [cell, dust]
    label.press("Control+z")
    assert label.shown("model") == 4
    label.page.mouse.click(*label.point(60, 60), button="right")
    expect(menu).to_have_count(1)
    assert label.read("selection").endswith("-0")
    label.press("Escape")
    expect(menu).to_have_count(0)
    # A browser that asks for the menu after the release, as on Windows
    label.page.evaluate("addEventListener('contextmenu', (e) => e.isTrusted && e.stopPropagation(), true)")
    ask = "document.querySelector('.bc-stage').dispatchEvent(new MouseEvent('contextmenu', {bubbles: true}))"
    label.drag((30, 110), (90, 170), button="right")
    label.page.evaluate(ask)
    expect(menu).to_have_count(0)
    assert label.shown("model") == 3
    label.page.mouse.click(*label.point(60, 60), button="right")
    expect(menu).to_have_count(0)
    label.page.evaluate(ask)
    expect(menu).to_have_count(1)


def test_a_key_lets_the_next_drag_reject_and_twice_rejects_all_in_sight(predicted: Predicted) -> None:
    label, (image, other), _ = predicted(*FOUR)
    label.open(image)
    note = label.page.locator(".bc-draw-note")
    label.press("j")
    expect(note).to_contain_text("Drag over boxes of the model to reject them")
    label.press("Escape")
    expect(note).to_be_hidden()
    label.press("j")
    label.drag((30, 30), (90, 170))
    assert (label.rects(), label.shown("model")) == ([], 2)
    label.drag((200, 100), (220, 150))  # the one after is a box again
    assert label.rects() == [(200, 100, 220, 150)]
    label.press("j", "j")
    assert (label.rects(), label.shown("model")) == ([(200, 100, 220, 150)], 0)
    label.press("Control+z")
    assert label.shown("model") == 2, "one step"
    label.press("j", "d")
    label.until(f"boxloop.canvas.imageId === {other}")
    label.drag((30, 30), (90, 170))
    assert label.rects() == [(30, 30, 90, 170)], "armed for the one image only"


def test_an_area_shows_what_the_model_is_unsure_of_there_for_this_image(predicted: Predicted) -> None:
    label, (image, other), _ = predicted(
        ("cell", 0.9, (40, 40, 80, 80)),
        ("cell", 0.45, (300, 200, 360, 260)),
        ("cell", 0.4, (100, 40, 140, 80)),
        ("dust", 0.3, (40, 120, 80, 160)),
        ("cell", 0.2, (100, 120, 140, 160)),  # under half the threshold
    )
    label.open(image, "&threshold=0.50")
    note = label.page.locator(".bc-draw-note")

    def seen() -> list[str]:
        return sorted(item["id"][-1] for item in label.read("shown") if item["kind"] == "model")

    label.page.keyboard.down("Shift")
    label.drag((30, 30), (160, 170), button="right")
    label.page.keyboard.up("Shift")
    expect(label.page.get_by_role("menu")).to_have_count(0)
    assert seen() == ["0", "2", "3"]
    expect(note).to_have_text("Shown: 2 boxes more that the model is unsure of")
    label.click(120, 60)  # one click takes such a box
    label.page.mouse.move(*label.point(60, 140))
    label.press("x")
    assert (label.rects(), seen()) == ([(100, 40, 140, 80)], ["0"])
    label.press("Escape", "u", "u")  # all that is in sight, without a drag
    assert seen() == ["0", "1"]
    label.press("Shift+Enter")
    label.until(f"boxloop.canvas.imageId === {other}")
    label.until_saved()
    stored = [round(box["score"], 2) for box in label.stored(image)["annotations"]]
    assert sorted(stored) == [0.4, 0.45, 0.9], "what is shown is accepted with the others"
    assert seen() == ["0"], "the next image begins at the threshold"
    label.press("u")
    expect(note).to_contain_text("Drag over an area to see what the model is unsure of")
    label.drag((260, 180), (390, 290))
    assert (seen(), label.rects()) == (["0", "1"], [])


def test_keys_show_one_box_of_the_model_more_or_less_on_this_image_only(predicted: Predicted) -> None:
    label, (image, other), _ = predicted(*FOUR)
    label.open(image, "&threshold=0.75")
    note = label.page.locator(".bc-draw-note")
    assert label.shown("model") == 2
    label.press(".")
    assert label.shown("model") == 3
    expect(note).to_have_text("3 boxes of the model shown on this image")
    expect(label.page.locator(".bc-advice")).to_contain_text("3 of 4 shown")
    label.press(".", ".")
    expect(note).to_have_text("4 boxes of the model shown on this image: there are no more")
    label.press(",", ",", ",")
    assert label.shown("model") == 1
    label.press("d")
    label.until(f"boxloop.canvas.imageId === {other}")
    assert label.shown("model") == 2
    assert label.read("threshold") == 0.75
    label.press("h", ".")
    expect(note).to_have_text("The model's boxes are hidden; show them first")
    label.press("h", ".", "Shift+E")
    assert len(label.read("boxes")) == 3, "what could not be seen was not changed"


def test_a_finger_rejects_in_an_area_shows_what_is_unsure_and_pulls_a_corner(predicted: Predicted) -> None:
    label, (image, _), _ = predicted(*FOUR, ("dust", 0.3, (200, 120, 240, 160)))
    fingers = Fingers(label, image)
    phone = fingers.phone
    bar = phone.page.get_by_role("toolbar", name="This image")
    reject = bar.get_by_role("button", name="Reject in an area")
    unsure = bar.get_by_role("button", name="Show what the model is unsure of")
    reject.tap()
    expect(reject).to_have_attribute("aria-pressed", "true")
    fingers.tap(250, 60)  # on nothing: leave it
    expect(reject).to_have_attribute("aria-pressed", "false")
    reject.tap()
    expect(reject).to_have_attribute("aria-pressed", "true")
    fingers.draw(phone, (20, 20), (160, 100))
    phone.until("boxloop.canvas.shown.length === 2")
    expect(reject).to_have_attribute("aria-pressed", "false")
    unsure.tap()
    expect(unsure).to_have_attribute("aria-pressed", "true")
    unsure.tap()
    phone.until("boxloop.canvas.shown.length === 3")
    assert phone.rects() == []
    fingers.draw(phone, (360, 260), (380, 280))
    assert phone.rects() == [(300, 200, 380, 280)]
    phone.until_saved()
    fingers.context.close()


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
    label.drag((5, 200), (40, 230))
    label.until_saved()
    with label.page.expect_response("**/api/projects/*"):  # the counts, a moment after a save
        pass
    expect(all_classes).to_have_value("0.5")
    label.press("d")
    expect(all_classes).to_have_value("0.4")
    expect(label.page.get_by_title("fewest corrections")).to_be_visible()
    label.open(seeded.images[DONE], "&threshold=0.70")
    label.press("d")
    expect(all_classes).to_have_value("0.7")


def test_undo_of_a_message_takes_back_what_it_tells_of_from_another_image_and_nothing_else(
    predicted: Predicted,
) -> None:
    label, (image, other), _ = predicted(*FOUR)
    label.open(image)
    label.press("j")
    label.drag((30, 30), (90, 170))
    label.until_saved()
    undo = label.page.locator(".bl-toast").filter(has_text="Rejected 2").get_by_role("button", name="Undo")
    label.press("d")
    label.until(f"boxloop.canvas.imageId === {other}")
    undo.click()
    label.until(f"boxloop.canvas.imageId === {image} && boxloop.canvas.shown.length === 4")
    label.press("j")
    label.drag((30, 30), (90, 170))
    label.drag((200, 100), (220, 150))
    undo.last.click()
    expect(label.page.locator(".bl-toast").filter(has_text="was changed since")).to_be_visible()
    assert label.rects() == [(200, 100, 220, 150)], "what came after stays"


def test_while_an_earlier_version_is_looked_at_nothing_is_rejected(predicted: Predicted) -> None:
    label, (image, _), _ = predicted(*FOUR)
    label.open(image)
    label.drag((200, 100), (220, 150))
    label.until_saved()
    label.press("Escape", "y")
    label.page.locator(".bc-revision").first.click()
    expect(label.page.locator("canvas.bc-differences")).to_be_visible()
    label.drag((30, 30), (90, 170), button="right")
    label.press("Escape")
    label.until("boxloop.canvas.shown.length === 5")
