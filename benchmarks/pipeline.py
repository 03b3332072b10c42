"""What a person waits for besides the training itself, through the real server and its workers.

    python -m benchmarks.pipeline [--dataset bccd] [--seconds 60] [--memory-seconds 120] [--parts click memory predict]

click: from the click to the first model that can be used, and its test AP50, with nothing built before, with features
built before, and with a worker that waits. memory: the largest resident memory of a worker that trains at 640 pixels
and then predicts. predict: all images predicted by one and the same model, from kept features and from none.
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

import psutil

from benchmarks import clicks, sets
from benchmarks.desk import Desk, imported, until
from benchmarks.results import keep
from storage.records import Job, ModelVersion

PARTS = ("click", "memory", "predict")
LARGE = (640, 480)  # pixels
MEMORY_EVERY = 0.2  # seconds between two looks at the memory


def first_models(data: sets.TrainingSet, seconds: float) -> list[dict[str, Any]]:
    """Click to first model, by variant; the run is cancelled after so many seconds or goes on to its end."""
    rows = []
    for variant in clicks.VARIANTS:
        run = clicks.measure(data, variant, 0, stop_after=seconds)
        first = run["curve"][0] if run["curve"] else {}
        rows.append(
            {
                "variant": variant,
                "first_model_seconds": first.get("seconds"),
                "its_test_ap50": first.get("test_ap50"),
                "models": len(run["curve"]),
                "features_before_seconds": run["seconds_building_features_before"],
            }
        )
    return rows


def memory_at_640(data: sets.TrainingSet, seconds: float) -> dict[str, Any]:
    """Peak resident memory in GB of the worker, its children counted: a run at LARGE and the predicting after it."""
    with tempfile.TemporaryDirectory(prefix="boxloop-bench-") as folder:
        root = imported(data.folder, Path(folder) / "workspace")
        with Desk(root) as desk:
            watch = _Memory(desk)
            job_id = desk.train({"image_size": list(LARGE), "max_seconds": seconds})
            with watch:
                run = desk.wait(job_id)
                trained = watch.peak
                desk.wait_for_predictions(job_id)
    return {
        "input": "x".join(str(side) for side in LARGE),
        "seconds": seconds,
        "run": run.message,
        "gb_by_samples_training": round(trained / 1e9, 3),
        "gb_by_samples": round(watch.peak / 1e9, 3),
        "gb_by_the_system": round(watch.high_water / 1e9, 3),
        "processes_at_most": watch.processes,
    }


def predict_all(data: sets.TrainingSet, seconds: float) -> dict[str, Any]:
    """Seconds to predict every image after a run of so many seconds, from kept features and from none.

    after_the_run: the job that follows the run by itself. kept and none: the same model under two more numbers, in the
    same worker, which has loaded everything. in_a_new_worker: from the click, nothing kept, process start included.
    """
    with tempfile.TemporaryDirectory(prefix="boxloop-bench-") as folder:
        root = imported(data.folder, Path(folder) / "workspace")
        with Desk(root) as desk:
            desk.build_features()
            job_id = desk.train({"max_seconds": seconds})
            desk.wait(job_id)
            follows = desk.wait_for_predictions(job_id)
            model = desk.store.models.of_job(job_id)[-1]
            kept, _ = _predict_again(desk, model, "again-kept")
            _forget_features(desk)
            none, _ = _predict_again(desk, model, "again-none")
            _forget_features(desk)
        with Desk(root) as desk:
            _, new_worker = _predict_again(desk, model, "again-new")
    return {
        "images": len(data.train) + len(data.val) + len(data.test),
        "after_the_run_seconds": _took(follows),
        "kept_seconds": kept,
        "none_seconds": none,
        "none_in_a_new_worker_seconds": new_worker,
        "times_quicker_after_the_run": round(none / max(_took(follows), 0.001), 2),
        "times_quicker": round(none / max(kept, 0.001), 2),
    }


def _forget_features(desk: Desk) -> None:
    until(desk.store.jobs.idle, "the worker to rest")
    shutil.rmtree(desk.store.workspace.features, ignore_errors=True)


def _predict_again(desk: Desk, model: ModelVersion, name: str) -> tuple[float, float]:
    """Seconds of the job, and from the click to its end, for the same model under a new number."""
    workspace = desk.store.workspace
    shutil.copytree(workspace.model(model.folder), workspace.model(name))
    again = desk.store.models.add(
        model.project_id,
        folder=name,
        preset=model.preset,
        parent_id=None,
        job_id=None,
        snapshot_digest=model.snapshot_digest,
        metrics=model.metrics,
        meta=model.meta,
    )
    began = time.monotonic()
    job = desk.wait(int(desk.post(f"/api/projects/{desk.project}/predict", {"model_id": again.id})["id"]))
    return _took(job), round(time.monotonic() - began, 2)


def _took(job: Job) -> float:
    """Seconds from the moment at which a worker claimed a job to its end."""
    assert job.started_at is not None and job.finished_at is not None, job
    return round((job.finished_at - job.started_at).total_seconds(), 2)


class _Memory:
    """Looks at the workers of a desk every now and then while the block runs.

    Attributes:
        peak: largest sum of resident memory of all workers and their children at one look, in bytes.
        high_water: largest resident memory of one process as the system keeps it (Linux: VmHWM), in bytes.
        processes: the most that there were.
    """

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self.peak = self.high_water = self.processes = 0

    def __enter__(self) -> None:
        until(self._desk.workers, "the worker to start")
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _run(self) -> None:
        known: list[psutil.Process] = []
        looks = 0
        while not self._over.wait(MEMORY_EVERY):
            if looks % 25 == 0:  # going through all processes takes a while
                known = [one for worker in self._desk.workers() for one in (worker, *_children(worker))]
            looks += 1
            resident = [_resident(process) for process in known]
            self.peak = max(self.peak, sum(now for now, _ in resident))
            self.high_water = max([self.high_water, *(highest for _, highest in resident)])
            self.processes = max(self.processes, len(known))


def _children(process: psutil.Process) -> list[psutil.Process]:
    try:
        return process.children(recursive=True)
    except psutil.NoSuchProcess:
        return []


def _resident(process: psutil.Process) -> tuple[int, int]:
    """Resident memory now and at its highest, in bytes."""
    try:
        now = int(process.memory_info().rss)
        lines = Path(f"/proc/{process.pid}/status").read_text("utf-8").splitlines()
    except (psutil.NoSuchProcess, FileNotFoundError, ProcessLookupError):
        return 0, 0
    highest = next((int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM")), now)
    return now, highest


def measure(dataset: str, parts: tuple[str, ...], seconds: float, memory_seconds: float) -> dict[str, Any]:
    """The named parts, one after the other."""
    data = sets.load(dataset)
    figures: dict[str, Any] = {"dataset": dataset}
    if "click" in parts:
        figures["click"] = first_models(data, seconds)
    if "memory" in parts:
        figures["memory"] = memory_at_640(data, memory_seconds)
    if "predict" in parts:
        figures["predict"] = predict_all(data, seconds)
    return figures


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--dataset", choices=sets.NAMES, default="bccd")
    parser.add_argument("--parts", nargs="*", choices=PARTS, default=list(PARTS))
    parser.add_argument("--seconds", type=float, default=60.0, help="of each run whose start or end is looked at")
    parser.add_argument("--memory-seconds", type=float, default=120.0)
    given = parser.parse_args()
    parts = tuple(given.parts)
    figures = measure(given.dataset, parts, given.seconds, given.memory_seconds)
    name = f"pipeline-{given.dataset}" if parts == PARTS else f"pipeline-{given.dataset}-{'-'.join(parts)}"
    keep(name, figures)


if __name__ == "__main__":
    main()
