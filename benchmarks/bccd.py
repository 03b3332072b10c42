"""From nothing to a detector on BCCD, headless: `python -m benchmarks.bccd [--minutes 6] [--preset retinanet-lite]`.

Imports the Pascal VOC folder, trains on the CPU for at most the given wall clock, and evaluates on the test split,
each by the command line. Prints one JSON object: the seconds of each step, what the import skipped, and AP and AP50 on
the 72 test images.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks.command_line import boxloop
from benchmarks.datasets import dataset


def measure(minutes: float, preset: str) -> dict[str, Any]:
    seconds: dict[str, float] = {}

    def timed(step: str, *words: str) -> dict[str, Any]:
        start = time.perf_counter()
        answer = boxloop(workspace, *words)
        seconds[step] = round(time.perf_counter() - start, 1)
        return answer

    with tempfile.TemporaryDirectory() as folder:
        workspace = Path(folder)
        imported = timed("import", "import", "--project", "BCCD", "--format", "voc", str(dataset("bccd")))
        timed("train", "train", "--project", "BCCD", "--preset", preset, "--max-minutes", str(minutes))
        figures = timed("evaluate", "evaluate", "--project", "BCCD", "--split", "test")
        boxloop(workspace, "predict", "--project", "BCCD", "--all")  # the worker must be through before its folder goes
    return {
        "preset": preset,
        "seconds": seconds,
        "skipped": imported.get("skipped"),
        **{name: figures[name] for name in ("split", "images", "ap", "ap50", "ap75", "per_class")},
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=6.0)
    parser.add_argument("--preset", default="retinanet-lite")
    options = parser.parse_args()
    print(json.dumps(measure(options.minutes, options.preset), indent=2))


if __name__ == "__main__":
    main()
