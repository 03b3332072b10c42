"""Are edits lost when things break? Kills and faults while a person draws in a real browser, and what is left then.

    python -m benchmarks.lost_edits [--kills 200] [--seed 0] [--minutes 60]

Round for round somebody draws boxes on the Label page, then, at a moment drawn by lot, the server is killed (SIGKILL),
the tab or the whole browser is killed, or the network refuses, loses answers or delays them; in four rounds of ten a
second writer saves the same image meanwhile. After each round everything is brought back, and compared:

- every edit that the server acknowledged is in the database (`acknowledged_and_gone`: must be 0);
- whatever the page called saved is in the database (`shown_as_saved_and_gone`: must be 0);
- every other edit was shown as not saved and arrives by itself, once (`arrived_twice`: must be 0). One that was drawn
  in the moment of a crash may be gone if it was shown as not saved: `shown_unsaved_and_gone` counts those;
- nothing that the second writer saved is gone (`others_gone`: must be 0).

The same seed draws the same rounds; moments within a round are the machine's. Most of the time goes into starting the
server again.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import random
import signal
import tempfile
import time
import uuid
from collections import Counter
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import psutil
from playwright.sync_api import BrowserContext, Error, Page, Playwright, Request, sync_playwright

from benchmarks.flaky_network import Fault, FlakyNetwork
from tests.e2e.label_page import LabelPage, upload_plain, with_class
from tests.e2e.running_server import RunningServer, wait_until
from tests.e2e.seeded_workspace import BROWSER_ARGS
from tests.install_browser import find_browser

IMAGES = 12
KINDS = {"server": 3, "tab": 7, "browser": 2, "refuse": 3, "cut": 5, "hold": 4}  # how often each, in proportion
SECOND_WRITER = 0.4
UNSAVED = "saving", "retrying", "conflict", "refused", "signed_out"
OVERVIEW = """() => {
  const { imageId, boxes, saved } = window.boxloop.canvas;
  return { image: imageId, boxes: boxes.map((box) => box.id), state: saved.state };
}"""


@dataclass
class Ledger:
    """What was seen of each edit, by image and id of the box."""

    drawn: dict[int, set[str]] = field(default_factory=dict)
    acknowledged: dict[int, set[str]] = field(default_factory=dict)
    shown_as_saved: dict[int, set[str]] = field(default_factory=dict)
    others: dict[int, set[str]] = field(default_factory=dict)

    def note(self, page: dict[str, Any]) -> None:
        """What the page shows: its boxes, and whether it calls them saved."""
        theirs = self.others.get(page["image"], set())
        mine = set(page["boxes"]) - theirs
        self.drawn.setdefault(page["image"], set()).update(mine)
        if page["state"] not in UNSAVED:
            self.shown_as_saved.setdefault(page["image"], set()).update(mine)


class Campaign:
    """One server, one browser with a profile that outlives it, and a network between them."""

    def __init__(self, playwright: Playwright, folder: Path, seed: int) -> None:
        self.playwright = playwright
        self.draw = random.Random(seed)
        self.profile = folder / "profile"
        self.ledger = Ledger()
        self.server = RunningServer(folder / "workspace", "--no-browser", "--no-background-features")
        self.server.start()
        self.project = self.server.api.post("/api/projects", json={"name": "Campaign"}).json()["id"]
        self.images = [upload_plain(self.server, self.project, number) for number in range(IMAGES)]
        (self.class_id,) = with_class(LabelPage(None, self.server, self.project), "coin")  # type: ignore[arg-type]
        self.network = FlakyNetwork(self.server.port)
        self.writer = ThreadPoolExecutor(1)
        self.context: BrowserContext | None = None
        self.page: Page

    def run(self, kills: int, minutes: float) -> dict[str, Any]:
        until = time.monotonic() + 60 * minutes
        rounds: Counter[str] = Counter()
        with self.network:
            self.open_browser()
            kinds = self.draw.choices(list(KINDS), list(KINDS.values()), k=kills)
            for number, kind in enumerate(kinds, 1):
                if time.monotonic() > until:
                    break
                self.round(kind)
                rounds[kind] += 1
                if number % 10 == 0:
                    print(f"{number} of {kills}: {json.dumps(self.findings())}", flush=True)
            self.settle()
            self.close_browser()
        return {"kills": rounds.total(), "rounds": dict(rounds), **self.findings()}

    # One round

    def round(self, kind: str) -> None:
        """Draw, break something in the middle of it, bring it back, wait until everything is saved."""
        if self.draw.random() < 0.5:
            self.go_to(self.draw.choice(self.images))
        image = self.overview()["image"]
        other = self.begin_second_writer(image) if self.draw.random() < SECOND_WRITER else None
        if kind in ("refuse", "cut", "hold"):
            self.network.fault = Fault(kind)
        for _ in range(self.draw.randint(1, 3)):
            self.draw_box()
            self.ledger.note(self.overview())
        time.sleep(self.draw.choice((0.0, 0.0, 0.01, 0.03, 0.1, 0.6)))
        self.ledger.note(self.overview())
        {"server": self.kill_server, "tab": self.kill_tab, "browser": self.kill_browser}.get(kind, self.wait_a_little)()
        self.network.fault = Fault.NONE
        if other is not None:
            other.result()
        self.settle()

    def settle(self) -> None:
        """Everything is back: wait until the page has nothing left to save, and see what came of it."""
        self.label().until("window.boxloop?.canvas?.saved.waiting === 0 && window.boxloop.canvas.imageId")
        self.ledger.note(self.overview())

    def draw_box(self) -> None:
        """Somewhere in the upper half; the second writer keeps to the lower one."""
        x, y = self.draw.randint(5, 340), self.draw.randint(5, 100)
        label = self.label()
        label.page.keyboard.down("Shift")  # also over another box
        label.drag((x, y), (x + self.draw.randint(15, 50), y + self.draw.randint(15, 45)))
        label.page.keyboard.up("Shift")

    def go_to(self, image: int) -> None:
        self.label().open(image)

    # What breaks

    def kill_server(self) -> None:
        self.server.kill()
        if self.draw.random() < 0.5:  # somebody goes on meanwhile
            self.draw_box()
            self.ledger.note(self.overview())
        self.server.start()

    def kill_tab(self) -> None:
        image, crashed = self.overview()["image"], self.page
        self.send_kill("--type=renderer")
        self.page = self.page_after_crash()
        with contextlib.suppress(Error):
            crashed.close()
        self.go_to(image)

    def kill_browser(self) -> None:
        image = self.overview()["image"]
        assert self.context is not None
        # closing a killed browser may never return; that it has gone is told
        with contextlib.suppress(Error), self.context.expect_event("close", timeout=10_000):
            self.send_kill()
        self.open_browser(image)

    def send_kill(self, kind: str | None = None) -> None:
        """SIGKILL to the processes of our browser, all of them or those of one kind."""
        for process in psutil.Process().children(recursive=True):
            with contextlib.suppress(psutil.Error):
                words = process.cmdline()
                ours = f"--user-data-dir={self.profile}" in words
                if ours and (kind is None or kind in words):
                    process.send_signal(signal.SIGKILL)

    def wait_a_little(self) -> None:
        """The network goes on failing; the page tries meanwhile."""
        self.page.wait_for_timeout(self.draw.choice((50, 300, 900)))
        self.ledger.note(self.overview())

    def begin_second_writer(self, image: int) -> Future[None]:
        ids = [f"other-{uuid.UUID(int=self.draw.getrandbits(128))}" for _ in range(self.draw.randint(1, 2))]
        places = [(self.draw.randint(5, 330), self.draw.randint(160, 240)) for _ in ids]
        self.ledger.others.setdefault(image, set()).update(ids)
        return self.writer.submit(self.save_as_other, image, list(zip(ids, places, strict=True)))

    def save_as_other(self, image: int, boxes: list[tuple[str, tuple[int, int]]]) -> None:
        """Add some boxes to what stands there; again where the page was quicker or the server is away."""
        added = [
            {"id": name, "class_id": self.class_id, "x1": x, "y1": y, "x2": x + 40, "y2": y + 30}
            for name, (x, y) in boxes
        ]
        with httpx.Client(base_url=self.server.url, timeout=10) as api:
            while True:
                with contextlib.suppress(httpx.TransportError):
                    now = api.get(f"/api/images/{image}").json()
                    if {box["id"] for box in added} <= {box["id"] for box in now["annotations"]}:
                        return
                    body = {"revision": now["revision"], "boxes": now["annotations"] + added}
                    body |= {"state": "in_progress", "key": str(uuid.uuid4())}
                    if api.put(f"/api/images/{image}/annotations", json=body).status_code == 200:
                        return
                time.sleep(0.05)

    # The browser

    def open_browser(self, image: int | None = None) -> None:
        rule = f"MAP localhost:{self.server.port} 127.0.0.1:{self.network.port}"
        self.context = self.playwright.chromium.launch_persistent_context(
            self.profile,
            executable_path=find_browser(),
            args=[*BROWSER_ARGS, f"--host-resolver-rules={rule}"],
            viewport={"width": 1280, "height": 800},
        )
        self.page = self.new_page()
        self.go_to(image or self.images[0])

    def close_browser(self) -> None:
        assert self.context is not None
        self.context.close()

    def new_page(self) -> Page:
        assert self.context is not None
        page = self.context.new_page()
        page.on("requestfinished", self.see_answer)
        page.on("dialog", lambda dialog: dialog.accept())
        return page

    def page_after_crash(self) -> Page:
        """The first that opens: the browser kept processes in reserve, and they were killed with the tab."""
        for _ in range(10):
            with contextlib.suppress(Error):
                page = self.new_page()
                page.evaluate("1")
                return page
        return self.new_page()

    def see_answer(self, request: Request) -> None:
        """Every save that the browser got an answer to: what it carried is acknowledged."""
        if request.method != "PUT" or not request.url.endswith("/annotations"):
            return
        with contextlib.suppress(Error):
            answer = request.response()
            if answer is not None and answer.status == 200:
                image = int(request.url.split("/")[-2])
                boxes = {box["id"] for box in json.loads(request.post_data or "{}").get("boxes", [])}
                self.ledger.acknowledged.setdefault(image, set()).update(boxes)

    def label(self) -> LabelPage:
        label = LabelPage(self.page, self.server, self.project)
        label.url = f"http://localhost:{self.server.port}"
        return label

    def overview(self) -> dict[str, Any]:
        found: dict[str, Any] = self.page.evaluate(OVERVIEW)
        return found

    # What came of it

    def findings(self) -> dict[str, int]:
        """What stands in the database now, against what was seen; see the head of this file."""
        ledger = self.ledger
        stored = {image: self.stored(image) for image in self.images}
        ids = {image: {box["id"] for box in boxes} for image, boxes in stored.items()}
        twice = 0
        for boxes in stored.values():
            places = Counter((b["class_id"], b["x1"], b["y1"], b["x2"], b["y2"]) for b in boxes)
            twice += sum(count - 1 for count in places.values())

        def gone(seen: dict[int, set[str]]) -> int:
            return sum(len(boxes - ids[image]) for image, boxes in seen.items())

        return {
            "edits": sum(len(boxes) for boxes in ledger.drawn.values()),
            "acknowledged": sum(len(boxes) for boxes in ledger.acknowledged.values()),
            "acknowledged_and_gone": gone(ledger.acknowledged),
            "shown_as_saved_and_gone": gone(ledger.shown_as_saved),
            "shown_unsaved_and_gone": gone(ledger.drawn) - gone(ledger.shown_as_saved),
            "arrived_twice": twice,
            "others_saved": sum(len(boxes) for boxes in ledger.others.values()),
            "others_gone": gone(ledger.others),
        }

    def stored(self, image: int) -> list[dict[str, Any]]:
        answer = wait_until(lambda: self.server.api.get(f"/api/images/{image}"), "the server")
        boxes: list[dict[str, Any]] = answer.json()["annotations"]
        return boxes

    def close(self) -> None:
        self.writer.shutdown(cancel_futures=True)
        self.server.close()


def measure(kills: int, seed: int, minutes: float = 60.0) -> dict[str, Any]:
    """The findings of one campaign; see the head of this file."""
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        campaign = Campaign(playwright, Path(folder), seed)
        start = time.monotonic()
        try:
            return {"seed": seed, **campaign.run(kills, minutes), "seconds": round(time.monotonic() - start)}
        finally:
            campaign.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--minutes", type=float, default=60.0, help="begin no round after so many; fewer kills then")
    options = parser.parse_args()
    print(json.dumps(measure(options.kills, options.seed, options.minutes), indent=2))


if __name__ == "__main__":
    main()
