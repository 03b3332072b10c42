"""How long it takes to see what a model finds on a picture that belongs to no project, over HTTP and in the browser.

    python -m benchmarks.trying [--rounds 5] [--pictures 100]

A server of its own on a workspace that is thrown away, and a `retinanet-lite` of 640 x 480 with random weights, which
finds the most boxes that there can be (300 a picture). Measured, each over the route that the page asks:

- `cold`: the first picture where no process runs: Python, torch, the model, the picture.
- `prepared`: the first picture after the page had the model loaded; `preparing` is how long that took.
- `photo`, `frame`, `large`: JPEGs of 640 x 480, 1280 x 720 and 4000 x 3000 pixels, one after the other.
- `camera`: frames a second as the page says, with headless Chromium's test camera of 1280 x 720, after 15 seconds.
- `memory_mb`: of the process, at the end.

Times are in milliseconds, from the request to the whole answer.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import tempfile
import time
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import psutil
from PIL import Image

from benchmarks.save_latency import summary
from detector.domain import ImageSize
from storage.store import Store
from storage.workspace import Workspace
from tests.detector.scenes import LITE
from tests.e2e.running_server import RunningServer
from tests.e2e.seeded_workspace import open_page
from tests.gui.model_folder import add_working_model

CANVAS = ImageSize(640, 480)
SIZES = {"photo": (640, 480), "frame": (1280, 720), "large": (4000, 3000)}
CAMERA = ("--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream")
CAMERA_SECONDS = 15.0


def photograph(size: tuple[int, int], seed: int) -> bytes:
    """A JPEG of soft patches of colour with fine grain, about as heavy to decode as a photograph."""
    random = np.random.default_rng(seed)
    patches = Image.fromarray(random.integers(0, 255, (size[1] // 40, size[0] // 40, 3), dtype=np.uint8))
    grain = random.normal(0, 6, (size[1], size[0], 1)).astype(np.int16)
    values = np.asarray(patches.resize(size, Image.Resampling.BICUBIC)).astype(np.int16) + grain
    held = BytesIO()
    Image.fromarray(values.clip(0, 255).astype(np.uint8)).save(held, "JPEG", quality=90)
    return held.getvalue()


class Bench:
    """A running server with a model, and the times of what it is asked."""

    def __init__(self, server: RunningServer) -> None:
        self.server = server
        with Store(Workspace(server.workspace)) as store:
            self.project = store.projects.create("Trying").id
            ids = tuple(one.id for one in store.classes.ensure(self.project, ["coin", "note"]).values())
            self.model = add_working_model(store, self.project, ids, spec=replace(LITE, canvas=CANVAS)).id

    def ask(self, picture: bytes) -> float:
        """Milliseconds until the answer."""
        return self._post("try", picture)

    def get_ready(self) -> float:
        return self._post("try/ready", b"")

    def process(self) -> psutil.Process:
        """The one that looks at pictures."""
        assert self.server.process is not None
        children = psutil.Process(self.server.process.pid).children()
        return next(child for child in children if "gui.trials.trial" in child.cmdline())

    def end_process(self) -> None:
        child = self.process()
        child.kill()
        psutil.wait_procs([child], 10)

    def _post(self, path: str, content: bytes) -> float:
        began = time.perf_counter()
        answer = self.server.api.post(f"/api/projects/{self.project}/{path}?model={self.model}", content=content)
        answer.raise_for_status()
        return 1000 * (time.perf_counter() - began)


def frames_a_second(bench: Bench) -> float:
    """As the page says."""
    with open_page(*CAMERA) as page:
        page.goto(f"{bench.server.url}/evaluate?project={bench.project}&view=try&threshold=0.9")
        page.get_by_role("button", name="Camera", exact=True).click()
        rate = page.get_by_label("Frames looked at in a second")
        page.wait_for_function("document.querySelector('.try-transport').textContent.includes('a second')")
        page.wait_for_timeout(1000 * CAMERA_SECONDS)
        found = re.match(r"[\d.]+", rate.inner_text())
        assert found is not None
        return float(found[0])


def measure(rounds: int, pictures: int) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "workspace"
        Workspace(root).create()
        server = RunningServer(root)
        server.start()
        try:
            return _measured(Bench(server), rounds, pictures)
        finally:
            server.close()


def _measured(bench: Bench, rounds: int, pictures: int) -> dict[str, Any]:
    times: dict[str, list[float]] = {name: [] for name in ("cold", "preparing", "prepared", *SIZES)}
    first = photograph(SIZES["photo"], 0)
    for _ in range(rounds):
        times["cold"].append(bench.ask(first))
        bench.end_process()
        times["preparing"].append(bench.get_ready())
        times["prepared"].append(bench.ask(first))
        bench.end_process()
    bench.ask(first)
    for name, size in SIZES.items():
        made = [photograph(size, seed) for seed in range(5)]
        times[name] = [bench.ask(made[place % len(made)]) for place in range(pictures)]
    rate = frames_a_second(bench)
    memory = bench.process().memory_info().rss / 1e6
    return {
        **{name: summary(taken) for name, taken in times.items()},
        "camera_frames_a_second": rate,
        "memory_mb": round(memory),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5, help="times that the process is started")
    parser.add_argument("--pictures", type=int, default=100, help="of each size")
    given = parser.parse_args()
    json.dump(measure(given.rounds, given.pictures), sys.stdout, indent=1)


if __name__ == "__main__":
    main()
