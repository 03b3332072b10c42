"""Hands and eyes on the Label page: real mouse and keys in pixels of the image, and what the page says it shows."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from typing import Any

from PIL import Image
from playwright.sync_api import Page, expect

from tests.e2e.running_server import RunningServer

WAIT_MS = 60_000  # for what comes at once on a machine with nothing else to do


class LabelPage:
    """The page at `/label` of one project, open in a browser."""

    def __init__(self, page: Page, server: RunningServer, project: int) -> None:
        self.page = page
        self.server = server
        self.project = project
        self.url = server.url  # as the browser reaches it

    def open(self, image: int | None = None, rest: str = "") -> None:
        asked = "" if image is None else f"&image={image}"
        self.page.goto(f"{self.url}/label?project={self.project}{asked}{rest}")
        self.until("boxloop?.canvas?.imageId" if image is None else f"boxloop?.canvas?.imageId === {image}")
        expect(self.page.locator(".bc-thumb.current")).to_be_attached(timeout=WAIT_MS)

    def read(self, what: str) -> Any:
        """A field of window.boxloop.canvas, see box_canvas/expose.js."""
        return self.page.evaluate(f"window.boxloop.canvas.{what}")

    def until(self, condition: str) -> None:
        """Wait for a JavaScript condition."""
        self.page.wait_for_function(f"() => {{ const boxloop = window.boxloop; return {condition}; }}", timeout=WAIT_MS)

    def until_frames_passed(self, count: int) -> None:
        """Wait until the browser has begun so many frames; what was asked of it for the next one has then been done."""
        self.page.evaluate(
            """(count) => new Promise((done) => {
              const tick = () => (count-- > 0 ? requestAnimationFrame(tick) : done());
              tick();
            })""",
            count,
        )

    def until_saved(self) -> None:
        self.until("boxloop.canvas.saved.state === 'saved'")

    def point(self, x: float, y: float) -> tuple[float, float]:
        """Where a point of the image lies in the window, in CSS pixels."""
        stage = self.page.locator(".bc-stage").bounding_box()
        assert stage is not None
        view = self.read("view")
        return stage["x"] + x * view["k"] + view["ox"], stage["y"] + y * view["k"] + view["oy"]

    def drag(self, start: tuple[float, float], end: tuple[float, float], button: Any = "left") -> None:
        """Press, move in steps, lift; both points in pixels of the image as it stands before the drag."""
        begin, finish = self.point(*start), self.point(*end)
        self.page.mouse.move(*begin)
        self.page.mouse.down(button=button)
        self.page.mouse.move((begin[0] + finish[0]) / 2, (begin[1] + finish[1]) / 2, steps=3)
        self.page.mouse.move(*finish)
        self.page.mouse.up(button=button)

    def click(self, x: float, y: float) -> None:
        self.page.mouse.click(*self.point(x, y))

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)

    def rects(self) -> list[tuple[float, float, float, float]]:
        return [(box["x1"], box["y1"], box["x2"], box["y2"]) for box in self.read("boxes")]

    def shown(self, kind: str) -> int:
        return sum(item["kind"] == kind for item in self.read("shown"))

    def stored(self, image: int) -> dict[str, Any]:
        """What the server holds of an image."""
        answer = self.server.api.get(f"/api/images/{image}", params={"model": "active"})
        assert answer.status_code == 200, answer.text
        stored: dict[str, Any] = answer.json()
        return stored

    def expect_status(self, text: str) -> None:
        expect(self.page.locator(".bc-saved")).to_contain_text(text, timeout=WAIT_MS)


Fresh = Callable[[int], tuple[LabelPage, list[int]]]
"""Makes a project with so many plain images, opens nothing yet, and returns the page and the ids."""


def upload_plain(server: RunningServer, project: int, number: int) -> int:
    """A plain image of 400 x 300 pixels; its colour goes with the number. Returns its id."""
    held = BytesIO()
    Image.new("RGB", (400, 300), (40 + number, 90, 140)).save(held, "PNG")
    answer = server.api.post(
        f"/api/projects/{project}/upload", files={"file": (f"plain {number}.png", held.getvalue())}
    )
    assert answer.status_code == 200, answer.text
    image_id: int = answer.json()["results"][0]["image_id"]
    return image_id


def with_class(label: LabelPage, *names: str) -> list[int]:
    """Classes of the project of a page; their ids in the order of the names."""
    url = f"/api/projects/{label.project}/classes"
    return [label.server.api.post(url, json={"name": name}).json()["id"] for name in names]
