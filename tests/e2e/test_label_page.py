"""The Label page with real mouse and keys: what is drawn is what is stored, and nothing that was drawn is lost."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.e2e.label_page import Fresh, LabelPage, with_class
from tests.e2e.seeded_workspace import DONE, SCORES, Seeded, place

pytestmark = pytest.mark.browser

LOWER_HALF = 120  # y from which on no seeded box stands


def painted_in(label: LabelPage, points: list[tuple[int, int]], color: tuple[int, int, int]) -> int:
    """At how many of these points of the image the canvas shows exactly this colour, within a pixel of the screen."""
    label.until_frames_passed(2)
    count: int = label.page.evaluate(
        """([points, color]) => {
          const canvas = document.querySelector(".bc-overlay");
          const { k, ox, oy } = window.boxloop.canvas.view;
          const context = canvas.getContext("2d");
          const shows = ([x, y]) => {
            const { data } = context.getImageData(Math.round(x * k + ox) - 1, Math.round(y * k + oy) - 1, 2, 2);
            return [0, 4, 8, 12].some((at) => color.every((part, index) => data[at + index] === part));
          };
          return points.filter(shows).length;
        }""",
        [points, color],
    )
    return count


def test_a_box_is_stored_to_the_pixel_at_one_to_one_and_at_another_zoom(
    fresh: Fresh,
) -> None:
    label, (image,) = fresh(1)
    with_class(label, "coin")
    label.open(image)
    label.press("Shift+F")
    assert label.read("view.k") == 1
    label.drag((20, 30), (121, 87))
    label.until_saved()
    label.page.mouse.move(*label.point(200, 150))
    label.page.mouse.wheel(0, -700)
    label.until("boxloop.canvas.view.k > 2")
    label.drag((150, 120), (233, 171))
    label.until("boxloop.canvas.boxes.length === 2")
    label.until_saved()
    assert label.rects() == [(20, 30, 121, 87), (150, 120, 233, 171)]
    stored = label.stored(image)
    assert [(b["x1"], b["y1"], b["x2"], b["y2"]) for b in stored["annotations"]] == label.rects()
    assert stored["state"] == "in_progress"


def test_the_first_box_asks_for_the_first_class_where_it_was_drawn(
    fresh: Fresh,
) -> None:
    label, (image,) = fresh(1)
    label.open(image)
    label.drag((50, 50), (150, 120))
    prompt = label.page.get_by_role("textbox", name="Name of the first class")
    expect(prompt).to_be_focused()
    assert label.read("boxes") == []
    label.press("Escape")
    expect(prompt).to_have_count(0)
    label.drag((50, 50), (150, 120))
    label.page.keyboard.type("Zebra Übergröße")
    label.press("Enter")
    label.until_saved()
    assert label.rects() == [(50, 50, 150, 120)]
    expect(label.page.locator(".bc-class-name")).to_have_text(["Zebra Übergröße"])


def test_boxes_move_resize_and_stay_inside_the_image(fresh: Fresh) -> None:
    label, (image,) = fresh(1)
    with_class(label, "coin")
    label.open(image)
    label.press("Shift+F")
    label.drag((100, 100), (160, 150))
    label.drag((160, 150), (181, 163))  # the lower right handle
    assert label.rects() == [(100, 100, 181, 163)]
    label.drag((100, 131), (90, 131))  # the handle in the middle of the left side
    assert label.rects() == [(90, 100, 181, 163)]
    label.drag((120, 120), (520, 420))  # thrown over the corner, it stops at the border
    assert label.rects() == [(309, 237, 400, 300)]
    label.press("ArrowLeft", "Shift+ArrowUp")
    assert label.rects() == [(308, 227, 399, 290)]
    label.press("Shift+ArrowRight")
    assert label.rects() == [(309, 227, 400, 290)]
    label.until_saved()
    assert label.stored(image)["annotations"][0]["x2"] == 400


def test_undo_and_redo_cover_every_edit_and_are_saved(fresh: Fresh) -> None:
    label, (image,) = fresh(1)
    first, second = with_class(label, "coin", "ring")
    label.open(image)
    label.drag((50, 50), (150, 120))
    label.press("2")
    assert [box["class_id"] for box in label.read("boxes")] == [second]
    label.press("Delete")
    assert label.read("boxes") == []
    assert label.read("state") == "in_progress"
    label.press("Control+z")
    assert label.rects() == [(50, 50, 150, 120)]
    label.press("Control+z")
    assert [box["class_id"] for box in label.read("boxes")] == [first]
    label.press("Control+z")
    assert label.read("boxes") == []
    label.press("Control+Shift+z", "Control+y")
    label.until_saved()
    assert [box["class_id"] for box in label.stored(image)["annotations"]] == [second]


def test_a_digit_without_a_selection_is_for_the_next_box(fresh: Fresh) -> None:
    label, (image,) = fresh(1)
    _, second = with_class(label, "coin", "ring")
    label.open(image)
    label.press("2")
    label.drag((50, 50), (150, 120))
    label.until_saved()
    assert label.stored(image)["annotations"][0]["class_id"] == second


def test_enter_is_done_n_is_nothing_here_and_the_address_follows(
    fresh: Fresh,
) -> None:
    label, images = fresh(3)
    with_class(label, "coin")
    label.open(images[0])
    expect(label.page.locator(".bc-position")).to_have_text("1 / 3")
    label.drag((50, 50), (150, 120))
    label.press("Enter")
    label.until(f"boxloop.canvas.imageId === {images[1]}")
    label.press("n")
    label.until(f"boxloop.canvas.imageId === {images[2]}")
    expect(label.page).to_have_url(re.compile(f"image={images[2]}"))
    label.until_saved()
    assert [label.stored(image)["state"] for image in images] == ["done", "done", "new"]
    assert label.stored(images[1])["annotations"] == []
    expect(label.page.locator(f'.bc-thumb[data-image="{images[1]}"]')).to_have_attribute("data-state", "done")
    label.press("a")
    label.until(f"boxloop.canvas.imageId === {images[1]}")
    label.page.go_back()
    label.until(f"boxloop.canvas.imageId === {images[2]}")
    label.page.reload()
    label.until(f"boxloop?.canvas?.imageId === {images[2]}")


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


def test_unlabelled_only_walks_past_what_is_done(label: LabelPage, seeded: Seeded) -> None:
    label.open(seeded.images[0], "&unlabelled=1")
    expect(label.page.get_by_role("checkbox", name="unlabelled only")).to_be_checked()
    label.press("d")
    label.until(f"boxloop.canvas.imageId !== {seeded.images[0]}")
    assert label.stored(label.read("imageId"))["state"] in ("new", "in_progress")


def test_an_empty_project_says_where_to_begin(label: LabelPage, seeded: Seeded) -> None:
    label.page.goto(f"{label.server.url}/label?project={seeded.empty_project}")
    expect(label.page.get_by_role("heading", name="Add images first")).to_be_visible()
    expect(label.page.get_by_role("link", name="Add images")).to_have_attribute(
        "href", f"/images?project={seeded.empty_project}"
    )


def test_space_and_the_middle_button_pan_and_f_fits_again(fresh: Fresh) -> None:
    label, (image,) = fresh(1)
    with_class(label, "coin")
    label.open(image)
    fitted = label.read("view")
    label.page.keyboard.down(" ")
    label.drag((100, 100), (130, 110))
    label.page.keyboard.up(" ")
    label.drag((100, 100), (130, 110), button="middle")
    panned = label.read("view")
    assert panned["ox"] - fitted["ox"] == pytest.approx(60 * fitted["k"], abs=1)
    assert label.read("boxes") == []
    label.press("f")
    assert label.read("view") == fitted


def test_what_helps_looking_is_one_key_away_and_never_moves_a_box(fresh: Fresh) -> None:
    label, images = fresh(2)
    with_class(label, "coin")
    label.open(images[0])
    page = label.page
    label.drag((100, 100), (160, 140))
    label.until_saved()
    label.press("z")
    near = label.read("view")
    assert near["k"] > 5
    expect(page.locator(".bc-map")).to_be_visible()
    label.press("Escape", "ArrowRight")
    assert label.read("view.ox") == pytest.approx(near["ox"] - 64)
    corner = page.locator(".bc-map").bounding_box()
    assert corner is not None
    page.mouse.click(corner["x"] + corner["width"] - 4, corner["y"] + corner["height"] - 4)
    label.until("boxloop.canvas.view.ox < -1000")
    page.keyboard.down("m")
    page.mouse.move(*label.point(380, 280))
    expect(page.locator(".bc-loupe")).to_be_visible()
    page.keyboard.up("m")
    expect(page.locator(".bc-loupe")).to_be_hidden()
    label.press("v")
    page.get_by_role("slider", name="Brightness").fill("0.4")
    page.get_by_role("checkbox", name="Keep zoom and place between images").check()
    label.press("Escape")
    expect(page.locator(".bc-lit")).to_have_text("Light adjusted")
    label.press("Shift+L")
    expect(page.locator(".bc-lit")).to_have_text("Pixels as they are")
    kept = label.read("view")
    label.until("boxloop.canvas.painted.sharp")
    label.press("d")
    label.until(f"boxloop.canvas.painted.imageId === {images[1]}")
    assert label.read("view") == kept
    page.reload()
    label.until(f"boxloop?.canvas?.imageId === {images[1]}")
    expect(page.locator(".bc-lit")).to_have_text("Light adjusted")
    page.get_by_role("button", name="Show the pixels as they are for good").click()
    expect(page.locator(".bc-lit")).to_be_hidden()
    assert [(b["x1"], b["y1"], b["x2"], b["y2"]) for b in label.stored(images[0])["annotations"]] == [
        (100, 100, 160, 140)
    ]


def test_the_filmstrip_is_scrolled_both_ways_and_follows_a_walk(fresh: Fresh) -> None:
    label, images = fresh(110)
    label.open(images[100])
    thumbs = label.page.locator(".bc-thumb")
    shown = "[...document.querySelectorAll('.bc-thumb')].map((thumb) => Number(thumb.dataset.image))"
    expect(thumbs.first).to_have_attribute("data-image", str(images[60]))
    label.page.evaluate("document.querySelector('.bc-strip').scrollLeft = 0")
    expect(thumbs).to_have_count(110)
    assert label.page.evaluate(shown) == images
    label.page.locator(f'.bc-thumb[data-image="{images[3]}"]').click()
    expect(label.page.locator(".bc-thumb.current")).to_have_attribute("data-image", str(images[3]))
    label.open(images[5], "&walk=sort%3D-added")
    label.press("d")
    label.until(f"boxloop.canvas.imageId === {images[4]}")
    assert label.page.evaluate(shown)[:2] == [images[45], images[44]]


def test_hundreds_of_boxes_are_all_painted_and_not_again_while_nothing_changes(
    fresh: Fresh,
) -> None:
    label, (image,) = fresh(1)
    url = f"/api/projects/{label.project}/classes"
    coin = label.server.api.post(url, json={"name": "i", "color": "#ff00ff"}).json()["id"]  # names narrower than boxes
    corners = [(20 * (k % 20) + 16, 25 * (k // 20) + 20) for k in range(240)]
    boxes = [
        {"id": f"b{k}", "class_id": coin, "source": "person", "x1": x - 14, "y1": y - 16, "x2": x, "y2": y}
        for k, (x, y) in enumerate(corners)
    ]
    body = {"revision": 0, "boxes": boxes, "state": "done", "key": f"many {image}"}
    assert label.server.api.put(f"/api/images/{image}/annotations", json=body).status_code == 200
    label.open(image)
    assert painted_in(label, corners, (255, 0, 255)) == 240
    label.page.mouse.move(*label.point(20, 4))
    label.until_frames_passed(3)
    paints = len(label.read("paintMs"))
    label.until_frames_passed(20)
    assert len(label.read("paintMs")) == paints
    label.page.mouse.wheel(0, -200)
    label.until(f"boxloop.canvas.paintMs.length > {paints}")


def test_two_fingers_zoom_and_draw_nothing(fresh: Fresh) -> None:
    label, (image,) = fresh(1)
    with_class(label, "coin")
    browser = label.page.context.browser
    assert browser is not None
    context = browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    phone = LabelPage(context.new_page(), label.server, label.project)
    phone.open(image)
    device = context.new_cdp_session(phone.page)

    def touch(kind: str, *points: tuple[float, float]) -> None:
        fingers = [{"x": x, "y": y, "id": finger} for finger, (x, y) in enumerate(points)]
        device.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": fingers})

    zoom = phone.read("view.k")
    left, right = phone.point(250, 150), phone.point(300, 150)
    touch("touchStart", left)
    touch("touchStart", left, right)
    touch("touchMove", (left[0] - 20, left[1]), (right[0] + 20, right[1]))
    touch("touchEnd")
    assert phone.read("view.k") > 1.5 * zoom
    assert phone.rects() == []
    context.close()


def test_an_image_of_another_project_is_not_opened_under_this_ones_classes(fresh: Fresh, seeded: Seeded) -> None:
    label, (image,) = fresh(1)
    label.page.goto(f"{label.server.url}/label?project={label.project}&image={seeded.images[0]}")
    label.until(f"boxloop?.canvas?.imageId === {image}")
    expect(label.page).to_have_url(re.compile(f"image={image}$"))


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
