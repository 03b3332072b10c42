"""A finer curve of Boxloop's own training: `detector.learning.training.fit` alone, cold, in a process of its own.

    python -m benchmarks.fit_curve --dataset bccd --seed 0 --out fit.json [--minutes 2]

No queue, no database and no server: the clock starts at the call, after the imports. Each model that is the best on the
validation images so far is copied, and looked at on the test images at the end.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks import sets
from benchmarks.clicks import Published, test_figures
from benchmarks.desk import copy_model
from detector.learning.training import BEST, Progress, fit
from detector.runs import EpochReport, TrainConfig


def measure(dataset: str, seed: int, minutes: float | None = None, threads: int | None = None) -> dict[str, Any]:
    """Run it. With `minutes`, its schedule is the one of a run limited to them."""
    data = sets.load(dataset)
    published: Published = []
    losses: list[float] = []
    config = TrainConfig(seed=seed, max_seconds=None if minutes is None else 60 * minutes)
    with tempfile.TemporaryDirectory(prefix="boxloop-bench-") as made:
        work, models = Path(made) / "run", Path(made) / "models"

        def epoch(report: EpochReport) -> None:
            if report.is_best:
                number = len(published) + 1
                row = {"seconds": round(time.monotonic() - began, 2), "model": number, "epoch": report.epoch}
                published.append({**row, "stage": report.stage, "val_ap": report.ap, "val_ap50": report.ap50})
                copy_model(work / BEST, models / str(number))

        def progress(now: Progress) -> None:
            if now.step and now.classification_loss is not None and now.box_loss is not None and len(losses) < 100:
                losses.append(round(now.classification_loss + now.box_loss, 4))

        began = time.monotonic()
        result = fit(
            data.train,
            data.val,
            data.labels,
            config,
            folder=work,
            threads=threads,
            on_epoch=epoch,
            on_progress=progress,
        )
        seconds = round(time.monotonic() - began, 1)
        curve = test_figures(models, published, data.test, data.labels)
    return {
        "dataset": dataset,
        "seed": seed,
        "seconds": seconds,
        "epochs": result.epochs,
        "stopped_because": result.stopped_because,
        "notes": list(result.notes),
        "first_losses": losses,
        "curve": curve,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--dataset", choices=sets.NAMES, default="bccd")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--minutes", type=float)
    parser.add_argument("--threads", type=int)
    parser.add_argument("--out", type=Path, required=True)
    given = parser.parse_args()
    figures = measure(given.dataset, given.seed, given.minutes, given.threads)
    given.out.parent.mkdir(parents=True, exist_ok=True)
    given.out.write_text(json.dumps(figures, indent=1), "utf-8")


if __name__ == "__main__":
    main()
