"""Looking at an image on the Label page: zoom, pan, light, magnifier; what is painted, and how seldom."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.e2e.label_page import Fresh, LabelPage, with_class

pytestmark = pytest.mark.browser


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
