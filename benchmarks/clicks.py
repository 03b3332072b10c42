"""From the click on Train to models that can be used, measured from outside, as a person gets them.

The clock starts when the click is sent to the server, and a model counts from the moment at which it is the project's
active one. Models are copied as they come and looked at on the test images afterwards. All models of one
run share its number, so ids tell them apart.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from benchmarks.command_line import boxloop
from benchmarks.desk import ASK_SECONDS, PROJECT, Desk, copy_model, features_bytes, imported, state_seed
from benchmarks.sets import TrainingSet
from detector.domain import LabelSet, Prediction
from detector.measuring.box_columns import Found, Truths
from detector.measuring.evaluation import evaluate
from detector.models.predictor import Predictor
from detector.pictures.dataset import Example
from detector.runs import RunState
from storage.records import Job

VARIANTS = {
    "cold": "nothing was built before, the worker starts with the click",
    "warm": "features built before, the worker starts with the click",
    "waiting": "features built before, a worker waits as the Train page is open",
}

Published = list[dict[str, Any]]


def measure(data: TrainingSet, variant: str, seed: int, *, stop_after: float | None = None) -> dict[str, Any]:
    """One run of Boxloop in its default settings, with the figures of each model that it gave out.

    Args:
        variant: one of VARIANTS.   stop_after: seconds after which the run is cancelled; it plans as if it were not.
    """
    with tempfile.TemporaryDirectory(prefix="boxloop-bench-") as folder:
        root = imported(data.folder, Path(folder) / "workspace")
        state_seed(root, seed)
        built = None
        if variant != "cold":
            with Desk(root) as desk:
                built = round(desk.build_features(), 1)
        with Desk(root) as desk:
            if variant == "waiting":
                desk.open_train_page()
            kept = features_bytes(root)
            published, seconds, job = watch_run(desk, {"seed": seed}, stop_after, Path(folder) / "models")
        figures = test_figures(Path(folder) / "models", published, data.test, data.labels)
    return {
        "variant": variant,
        "seed": seed,
        "seconds": seconds,
        "message": job.message,
        "cancelled": job.state is RunState.CANCELLED,
        "seconds_building_features_before": built,
        "features_mb_at_the_click": round(kept / 1e6, 1),
        "curve": figures,
    }


def by_command(data: TrainingSet, minutes: float, seed: int) -> dict[str, Any]:
    """`train --max-minutes` right after a fresh import, and the figures on the test images, all by the command line."""
    with tempfile.TemporaryDirectory(prefix="boxloop-bench-") as folder:
        root = imported(data.folder, Path(folder) / "workspace")
        began = time.monotonic()
        boxloop(root, "train", "--project", PROJECT, "--max-minutes", str(minutes), "--seed", str(seed))
        seconds = time.monotonic() - began
        figures = boxloop(root, "evaluate", "--project", PROJECT, "--split", "test")
        boxloop(root, "predict", "--project", PROJECT, "--all")  # the worker must be through before its folder goes
    return {
        "minutes": minutes,
        "seed": seed,
        "seconds": round(seconds, 1),
        "ap": figures["ap"],
        "ap50": figures["ap50"],
    }


def watch_run(
    desk: Desk, config: dict[str, Any], stop_after: float | None, models: Path
) -> tuple[Published, float, Job]:
    """Click, and copy each model as soon as it can be used, until the run ends.

    Returns:
        For each model (seconds, its id, validation figures), the seconds to the end of the run, and its job.
    """
    store, published, known = desk.store, Published(), set[int]()
    began = time.monotonic()
    job_id = desk.train(config)
    cancelled = False
    while True:
        job = store.jobs.get(job_id)  # read before the models: those of a finished run are all there
        seconds = time.monotonic() - began
        active = store.projects.get(desk.project).active_model_id
        for model in store.models.of_job(job_id, deleted=True):
            if model.id == active and model.id not in known:
                known.add(model.id)
                copy_model(store.workspace.model(model.folder), models / str(model.id))
                figures = {"val_ap": model.metrics.get("ap"), "val_ap50": model.metrics.get("ap50")}
                published.append({"seconds": round(seconds, 2), "model": model.id, **figures})
        if job.state.is_finished:
            return published, round(seconds, 1), job
        if stop_after is not None and seconds > stop_after and not cancelled:
            cancelled = True
            store.jobs.request_cancel(job_id)
        time.sleep(ASK_SECONDS)


def test_figures(models: Path, published: Published, test: Sequence[Example], labels: LabelSet) -> Published:
    """Each published model with its AP and AP50 on the test images."""
    rows = []
    for row in published:
        ap, ap50 = look_at(models / str(row["model"]), test, labels)
        rows.append({**row, "test_ap": ap, "test_ap50": ap50})
    return rows


def look_at(model: Path, test: Sequence[Example], labels: LabelSet) -> tuple[float, float]:
    """AP and AP50 of a model folder on these images; its classes may stand in another order."""
    predictor = Predictor(model)
    label_of = [labels.names.index(name) for name in predictor.labels.names]
    found: list[list[Prediction]] = []
    for result in predictor.predict([example.path for example in test]):
        found.append([replace(one, label=label_of[one.label]) for one in result.predictions])
    truths = Truths.of([example.annotations for example in test])
    figures = evaluate(truths, Found.of(found), [example.size for example in test], labels)
    return figures.ap or 0.0, figures.ap50 or 0.0
