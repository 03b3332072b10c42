"""Fingers on the Label page, as a phone sends them."""

from __future__ import annotations

from tests.e2e.label_page import LabelPage

Point = tuple[float, float]


class Fingers:
    """A phone with the page open, and fingers on it, in pixels of the image."""

    def __init__(self, label: LabelPage, image: int) -> None:
        browser = label.page.context.browser
        assert browser is not None
        self.context = browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
        self.phone = LabelPage(self.context.new_page(), label.server, label.project)
        self.phone.open(image)
        self._device = self.context.new_cdp_session(self.phone.page)

    def touch(self, kind: str, *points: Point) -> None:
        fingers = [{"x": x, "y": y, "id": finger} for finger, (x, y) in enumerate(points)]
        self._device.send("Input.dispatchTouchEvent", {"type": f"touch{kind}", "touchPoints": fingers})

    def draw(self, phone: LabelPage, start: Point, end: Point) -> None:
        begin, finish = phone.point(*start), phone.point(*end)
        self.touch("Start", begin)
        self.touch("Move", ((begin[0] + finish[0]) / 2, (begin[1] + finish[1]) / 2))
        self.touch("Move", finish)
        self.touch("End")

    def tap(self, x: float, y: float) -> None:
        self.touch("Start", self.phone.point(x, y))
        self.touch("End")
