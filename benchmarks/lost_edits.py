"""Are edits lost when things break? Kills and faults while a person draws in a real browser, and what is left then.

    python -m benchmarks.lost_edits [--rounds 200] [--seed 0]

Round for round somebody draws boxes on the Label page, then, at a moment drawn by lot, the server is killed (SIGKILL),
the tab crashes, the whole browser is killed, or the network refuses, loses answers or delays them; in
four rounds of ten a second writer saves the same image meanwhile. That it did break is made sure of in each round.
Then everything is brought back, and what is stored is compared with what was seen:

- every edit that the server acknowledged, or that the page called saved, is in the database, once;
- every other edit was shown as not saved, and arrives by itself. Only one whose page was killed before the browser had
  kept it may be gone;
- nothing that the second writer saved is gone.

It ends with an error where any of this is not so, where something did not break that should have, and where a round
does not end. The same seed draws the same rounds; moments within a round are the machine's.
"""

from __future__ import annotations

import argparse
import contextlib
import faulthandler
import json
import os
import random
import signal
import tempfile
import threading
import time
import uuid
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import psutil
from playwright.sync_api import BrowserContext, Error, Page, Playwright, Response, sync_playwright

from benchmarks.edit_ledger import Ledger, losses
from benchmarks.flaky_network import Fault, FlakyNetwork
from tests.e2e.label_page import LabelPage, upload_plain, with_class
from tests.e2e.running_server import RunningServer, wait_until
from tests.e2e.seeded_workspace import BROWSER_ARGS
from tests.install_browser import find_browser

IMAGES = 12
# how often each, in proportion
KINDS = {"server": 5, "tab": 6, "browser": 4, "refuse": 3, "cut": 5, "hold": 4}
PAGE_DIES = "tab", "browser"
FAULTS = "refuse", "cut", "hold"
SECOND_WRITER = 0.4
TOLD_EVERY = 10  # rounds
PATIENCE_MS = 120_000
LONGEST_ROUND = 420.0  # seconds
OVERVIEW = """() => {
  const { imageId, boxes, saved } = window.boxloop.canvas;
  return { image: imageId, boxes: boxes.map((box) => box.id), state: saved.state };
}"""
IS_DRAWN = "(known) => window.boxloop.canvas.boxes.some((box) => !known.includes(box.id))"
IS_SETTLED = "() => { const canvas = window.boxloop?.canvas; return canvas?.imageId && canvas.saved.waiting === 0; }"


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

    def run(self, rounds: int) -> dict[str, Any]:
        """So many rounds. Raises LookupError where an edit was lost, else whatever stood in the way of going on."""
        kinds = self.draw.choices(list(KINDS), list(KINDS.values()), k=rounds)
        with self.network:
            with within_reason("opening the page"):
                self.open_browser()
            for number, kind in enumerate(kinds, 1):
                with within_reason(f"round {number} ({kind})"):
                    self.round(kind)
                    self.check(number, rounds)
            self.close_browser()
        return {"rounds": rounds, "kinds": dict(sorted(Counter(kinds).items())), **self.findings()}

    def check(self, number: int, rounds: int) -> None:
        findings = self.findings()
        if number % TOLD_EVERY == 0:
            print(f"{number} of {rounds}: {json.dumps(findings)}", flush=True)
        if lost := losses(findings):
            raise LookupError(f"after round {number}: {json.dumps(lost)} of {json.dumps(findings)}")

    # One round

    def round(self, kind: str) -> None:
        """Draw, break something in the middle of it, bring it back, wait until everything is saved."""
        if self.draw.random() < 0.5:
            self.go_to(self.draw.choice(self.images))
        image = self.look()
        other = self.begin_second_writer(image) if self.draw.random() < SECOND_WRITER else None
        struck = self.network.struck
        if kind in FAULTS:
            self.network.fault = Fault(kind)
        for _ in range(self.draw.randint(1, 3)):
            self.draw_box()
            self.look()
        time.sleep(self.draw.choice((0.0, 0.0, 0.01, 0.03, 0.1, 0.6)))
        self.look()
        self.ledger.breaks(image, page_dies=kind in PAGE_DIES)
        if kind in FAULTS:
            wait_until(lambda: self.network.struck > struck, f"the network to {kind} something")
            self.page.wait_for_timeout(self.draw.choice((50, 300, 900)))
            self.look()
            self.network.fault = Fault.NONE
        else:
            getattr(self, f"kill_{kind}")()
        if other is not None:
            other.result()
        self.settle()

    def settle(self) -> None:
        """Everything is back: wait until the page has nothing left to save, and see what came of it."""
        self.page.wait_for_function(IS_SETTLED, timeout=PATIENCE_MS)
        self.look()

    def draw_box(self) -> None:
        """Somewhere in the upper half; the second writer keeps to the lower one."""
        image, known, _ = self.overview()
        x, y = self.draw.randint(5, 340), self.draw.randint(5, 100)
        label = self.label()
        label.page.keyboard.down("Shift")  # also over another box
        label.drag((x, y), (x + self.draw.randint(15, 50), y + self.draw.randint(15, 45)))
        label.page.keyboard.up("Shift")
        label.page.wait_for_function(IS_DRAWN, arg=[*known, *self.ledger.others[image]], timeout=PATIENCE_MS)

    def go_to(self, image: int) -> None:
        self.label().open(image)

    def look(self) -> int:
        """Note what the page shows; the id of its image."""
        image, boxes, saved = self.overview()
        self.ledger.look(image, boxes, saved=saved)
        return image

    def overview(self) -> tuple[int, list[str], bool]:
        """The open image, its boxes, and whether the page calls everything saved; all of one moment."""
        found = self.page.evaluate(OVERVIEW)
        return found["image"], found["boxes"], found["state"] in ("saved", "idle")

    # What breaks

    def kill_server(self) -> None:
        self.server.kill()
        if self.draw.random() < 0.5:  # somebody goes on meanwhile
            self.draw_box()
            self.look()
        self.server.start()

    def kill_tab(self) -> None:
        """It stays behind as a page that has crashed; a person opens another one."""
        image = self.overview()[0]
        with self.page.expect_event("crash", timeout=PATIENCE_MS), contextlib.suppress(Error):
            self.page.goto("chrome://crash")
        self.page = self.new_page()
        self.go_to(image)

    def kill_browser(self) -> None:
        """SIGKILL to all its processes; they are gone afterwards."""
        image = self.overview()[0]
        assert self.context is not None
        # that it has gone may not be told; that its processes have is made sure of
        with contextlib.suppress(Error), self.context.expect_event("close", timeout=10_000):
            killed = self.send_kill()
        _, alive = psutil.wait_procs(killed, timeout=60)
        assert killed and not alive, f"of the browser were killed {killed}, and are still there {alive}"
        self.open_browser(image)

    def send_kill(self) -> list[psutil.Process]:
        killed = []
        for process in psutil.Process().children(recursive=True):
            with contextlib.suppress(psutil.Error):
                if f"--user-data-dir={self.profile}" in process.cmdline():
                    process.send_signal(signal.SIGKILL)
                    killed.append(process)
        return killed

    def begin_second_writer(self, image: int) -> Future[None]:
        ids = [f"other-{uuid.UUID(int=self.draw.getrandbits(128))}" for _ in range(self.draw.randint(1, 2))]
        places = [(self.draw.randint(5, 330), self.draw.randint(160, 240)) for _ in ids]
        self.ledger.others[image] |= set(ids)
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
            timeout=PATIENCE_MS,
        )
        self.page = self.new_page()
        self.go_to(image or self.images[0])

    def close_browser(self) -> None:
        assert self.context is not None
        self.context.close()

    def new_page(self) -> Page:
        assert self.context is not None
        page = self.context.new_page()
        page.set_default_timeout(PATIENCE_MS)
        page.on("response", self.see_answer)
        page.on("dialog", lambda dialog: dialog.accept())
        return page

    def see_answer(self, answer: Response) -> None:
        """Every save that the browser got an answer to: what it carried is acknowledged."""
        request = answer.request
        if request.method != "PUT" or not request.url.endswith("/annotations") or answer.status != 200:
            return
        boxes = json.loads(request.post_data or "{}").get("boxes", [])
        self.ledger.acknowledge(int(request.url.split("/")[-2]), [box["id"] for box in boxes])

    def label(self) -> LabelPage:
        label = LabelPage(self.page, self.server, self.project)
        label.url = f"http://localhost:{self.server.port}"
        return label

    def findings(self) -> dict[str, int]:
        """What stands in the database now, against what was seen."""
        return self.ledger.findings({image: self.stored(image) for image in self.images})

    def stored(self, image: int) -> list[dict[str, Any]]:
        boxes: list[dict[str, Any]] = (
            self.server.api.get(f"/api/images/{image}").raise_for_status().json()["annotations"]
        )
        return boxes

    def close(self) -> None:
        self.writer.shutdown(wait=False, cancel_futures=True)
        self.server.close()


@contextmanager
def within_reason(what: str) -> Iterator[None]:
    """End this process and all that it began, with every thread's place, where something does not end by itself."""

    def give_up() -> None:
        print(f"{what} has not ended after {LONGEST_ROUND:.0f} s", flush=True)
        faulthandler.dump_traceback()
        for process in psutil.Process().children(recursive=True):
            with contextlib.suppress(psutil.Error):
                process.kill()
        os._exit(1)

    timer = threading.Timer(LONGEST_ROUND, give_up)
    timer.daemon = True
    timer.start()
    try:
        yield
    except Exception as error:
        error.add_note(f"in {what}")
        raise
    finally:
        timer.cancel()


def measure(rounds: int, seed: int) -> dict[str, Any]:
    """The findings of one campaign; see the head of this file."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder, sync_playwright() as playwright:
        campaign = Campaign(playwright, Path(folder), seed)
        start = time.monotonic()
        try:
            return {"seed": seed, **campaign.run(rounds), "seconds": round(time.monotonic() - start)}
        finally:
            campaign.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    print(json.dumps(measure(options.rounds, options.seed), indent=2))


if __name__ == "__main__":
    main()
