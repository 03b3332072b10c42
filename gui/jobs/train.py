"""The train job: a snapshot of the done images, a run of the detector, and the model version that comes of it."""

from __future__ import annotations

import json
import logging
import shutil
import time
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from detector import devices
from detector.domain import LabelSet
from detector.errors import CheckpointError, OutOfMemory, TrainingDiverged
from detector.features.feature_cache import FeatureCache
from detector.learning.training import BEST, FitResult, Progress, fit
from detector.models.checkpoints import read_meta
from detector.runs import EpochReport, RunState, TrainConfig
from gui import run_plans
from gui.jobs.context import JobContext, Outcome
from gui.jobs.examples import examples_of
from gui.jobs.publish import Publisher
from gui.jobs.register import model_name, newest_of, register
from gui.messages import explain
from gui.training_plan import labels_of, parent_of
from gui.wording import count, took
from storage.errors import NotFound
from storage.records import Job, ModelVersion, Snapshot, Split
from storage.store import Store

log = logging.getLogger("boxloop.train")

RUN_FILE = "run.json"
IN_BIN = "The project lies in the bin, so its new model was not recorded. Restore the project, then resume this run."
IMAGES_GONE = (
    "Some images of this run were deleted for good since it began, so it cannot go on. "
    "Start a new run: it learns from those that are left."
)
LEAST_SECONDS = 1.0  # a deadline that has passed still trains a step, so that there is a model


def run(context: JobContext) -> Outcome:
    """Train as the job's params say; see contract 6 of the design. Errors of the detector pass through."""
    began = time.monotonic()
    store, job = context.store, context.job
    folder = run_folder(store, job.id)
    context.report({"stage": "Preparing"}, "Preparing the images.", now=True)
    finished = _finished(store, job, folder)
    snapshot, config, resume = _begin(store, job, folder, finished)
    labels = labels_of(snapshot)
    if finished is not None:
        # the worker died after moving the model into place and before saying so
        result = _result_of(store, job, finished)
    elif resume and not store.images.are_there(image.image_id for image in snapshot.images):
        return _failed(context, snapshot, config, folder, IMAGES_GONE)
    else:
        try:
            result = _fit(context, snapshot, labels, config, folder, resume)
        except (TrainingDiverged, OutOfMemory) as error:
            return _failed(context, snapshot, config, folder, explain(error))
    try:
        outcome = _outcome(context, snapshot, config, result, time.monotonic() - began)
    except NotFound:
        if store.projects.get(job.project_id, deleted=True).deleted_at is None:
            raise
        return Outcome(RunState.FAILED, IN_BIN)  # failed, as that can be resumed; the model waits in its place
    (folder / RUN_FILE).unlink(missing_ok=True)  # first, so that what is left half removed is not taken for a run
    shutil.rmtree(folder, ignore_errors=True)
    return outcome


def _failed(context: JobContext, snapshot: Snapshot, config: TrainConfig, folder: Path, why: str) -> Outcome:
    """A run that cannot go on; what it had learned until then is a model all the same."""
    log.error("The run failed: %s", why)
    best = folder / BEST
    if not best.exists():
        return Outcome(RunState.FAILED, why)
    name = f"{model_name(context.job)}-attempt{context.job.attempts}"
    model, said = register(context.store, context.job, snapshot, config, best, name)
    message = f"{why} The best model before that is v{model.number}. {said}".strip()
    return Outcome(RunState.FAILED, message, {"model_version_id": model.id, "model_number": model.number})


def _fit(
    context: JobContext, snapshot: Snapshot, labels: LabelSet, config: TrainConfig, folder: Path, resume: bool
) -> FitResult:
    store = context.store
    publisher = Publisher(context, snapshot, config)
    reporter = _Reporter(context, publisher)
    left = _seconds_left(context.job)
    run_plans.keep(store, context.job, snapshot, _limited(config, left), devices.describe().device, context.threads)
    log.info("%s done images in %s.", len(snapshot.images), count(len(labels), "class", "classes"))
    return fit(
        examples_of(store, snapshot, Split.TRAIN, labels),
        examples_of(store, snapshot, Split.VAL, labels),
        labels,
        config,
        folder=folder,
        threads=context.threads,
        on_epoch=reporter.epoch,
        on_progress=reporter.progress,
        should_stop=context.should_stop,
        on_note=log.info,
        parent=store.workspace.model(config.start_from) if config.start_from else None,
        resume=resume,
        on_model=publisher,
        cache=FeatureCache(store.workspace.features),
        seconds_left=left,
        cuts=store.workspace.cuts,
        successors=store.classes.successors(context.job.project_id),
    )


def _result_of(store: Store, job: Job, folder: Path) -> FitResult:
    metrics = read_meta(folder).metrics
    epochs = len(store.jobs.epochs(job.id))
    return FitResult(folder, metrics.get("ap"), metrics.get("ap50"), epochs, "finished", ())


def run_folder(store: Store, job_id: int) -> Path:
    """Where a run keeps what it needs to be resumed; on the same file system as models/."""
    return store.workspace.tmp / f"run-{job_id}"


def _finished(store: Store, job: Job, folder: Path) -> Path | None:
    """The folder of the model of a run that had ended when its worker died, before that could be told."""
    last = store.workspace.model(model_name(job))
    if last.exists():
        return last
    published = newest_of(store, job)
    if published is not None and not (folder / RUN_FILE).exists():
        return store.workspace.model(published.folder)  # given out before, and nothing got better after it
    return None


def _begin(store: Store, job: Job, folder: Path, finished: Path | None) -> tuple[Snapshot, TrainConfig, bool]:
    """What the run began with, or begins with now: snapshot and config, and whether it is resumed.

    Args:
        finished: the folder of its model, which names the snapshot where the run's own folder is gone already.
    """
    config = TrainConfig.from_json(job.params.get("config") or {})
    file = folder / RUN_FILE
    if file.exists():
        begun = json.loads(file.read_text("utf-8"))
        config = replace(config, start_from=begun.get("start_from", config.start_from))
        return store.snapshots.load(str(begun["snapshot"])), config, True
    if finished is not None:
        meta = read_meta(finished)
        return store.snapshots.load(str(meta.snapshot_digest)), replace(config, start_from=meta.parent), True
    snapshot = store.snapshots.take(job.project_id)
    store.snapshots.save(snapshot)
    if job.params.get("warm_start"):
        config = _warm(store, job.project_id, config)
    folder.mkdir(parents=True, exist_ok=True)
    begun = {"snapshot": snapshot.digest, "start_from": config.start_from}
    store.workspace.write(file, json.dumps(begun).encode())
    return snapshot, config, False


def _warm(store: Store, project_id: int, config: TrainConfig) -> TrainConfig:
    """The config with the parent chosen anew: while the run waited, another one may have brought a better model."""
    parent = parent_of(store, project_id, replace(config, start_from=None))
    if parent is not None:
        try:
            read_meta(store.workspace.model(parent.folder))
        except CheckpointError as error:  # somebody tidied up by hand; a run that starts anew is better than none
            log.warning("v%s cannot be read, so the run starts from pretrained weights: %s", parent.number, error)
            parent = None
    return replace(config, start_from=None if parent is None else parent.folder)


def _seconds_left(job: Job) -> float | None:
    """Until the moment that the command line named, whatever the run had used up before it was broken off."""
    deadline = job.params.get("deadline")
    return None if deadline is None else max(LEAST_SECONDS, deadline - time.time())


def _limited(config: TrainConfig, left: float | None) -> TrainConfig:
    return config if left is None else replace(config, max_seconds=min(left, config.max_seconds or left))


class _Reporter:
    """Turns what the detector tells into the job's progress."""

    def __init__(self, context: JobContext, publisher: Publisher) -> None:
        self._context = context
        self._publisher = publisher
        self._best: EpochReport | None = None
        self._last: EpochReport | None = None

    def progress(self, progress: Progress) -> None:
        known = self._last.ap if self._last else None
        fraction = None
        if progress.epochs:
            within = progress.step / progress.steps_per_epoch if progress.steps_per_epoch else 0.0
            fraction = min(1.0, (max(0, progress.epoch - 1) + within) / progress.epochs)
        if progress.seconds_left is not None and progress.seconds + progress.seconds_left > 0:
            fraction = progress.seconds / (progress.seconds + progress.seconds_left)
        model = self._publisher.model
        self._context.report(
            {
                "stage": progress.phase,
                "part": progress.stage,
                "part_number": progress.stage_number,
                "parts": progress.stages,
                "epoch": progress.epoch,
                "epochs": progress.epochs,
                "step": progress.step,
                "steps": progress.steps_per_epoch,
                "seconds": progress.seconds,
                "seconds_left": progress.seconds_left,
                "fraction": fraction,
                "ap": known,
                "best_ap": self._best.ap if self._best else None,
                "model_number": model.number if model else None,
                "model_ap": model.metrics.get("ap") if model else None,
            },
            f"{progress.phase}.",
        )

    def epoch(self, report: EpochReport) -> None:
        if report.ap is not None:
            self._last = report
        if report.is_best:
            self._best = report
        self._context.add_epoch(report)
        log.info(
            "Epoch %s of %s: class loss %.4f, box loss %.4f%s",
            report.epoch,
            report.epochs,
            report.classification_loss,
            report.box_loss,
            "" if report.ap is None else f", mAP {report.ap:.3f}, AP50 {report.ap50 or 0:.3f}",
        )


def _outcome(
    context: JobContext, snapshot: Snapshot, config: TrainConfig, result: FitResult, seconds: float
) -> Outcome:
    cancelled = result.stopped_because == "cancelled"
    facts = {**asdict(result), "folder": None, "seconds": seconds, "snapshot": snapshot.digest}
    if result.folder is None or context.lost.is_set():
        return _without_model(context, config, result, facts)
    model, said = register(context.store, context.job, snapshot, config, result.folder)
    figures = f", mAP {result.ap:.2f}" if result.ap is not None else ""
    after = f"after {count(result.epochs, 'epoch')} and {took(seconds)}"
    message = {
        "cancelled": f"Stopped {after}; the best model so far is v{model.number}{figures}.",
        "time": f"Model v{model.number} is ready{figures}: the time was up {after}.",
        "early": f"Model v{model.number} is ready{figures}: nothing got better any more {after}.",
        "finished": f"Model v{model.number} is ready{figures} {after}.",
    }[result.stopped_because]
    facts |= {"model_version_id": model.id, "model_number": model.number}
    state = RunState.CANCELLED if cancelled else RunState.SUCCEEDED
    return Outcome(state, f"{message} {said}".strip(), facts)


def _without_model(context: JobContext, config: TrainConfig, result: FitResult, facts: dict[str, Any]) -> Outcome:
    """A run that registers nothing: it was stopped too early, or its parent is as good as all that came of it."""
    if config.start_from is None or context.lost.is_set():
        return Outcome(RunState.CANCELLED, "Stopped before there was a model.", facts)
    parent = _named(context.store, context.job.project_id, config.start_from)
    facts |= {"kept_model_id": parent.id if parent else None}
    name = f"v{parent.number}" if parent else "the model it started from"
    if result.stopped_because == "cancelled":
        return Outcome(RunState.CANCELLED, f"Stopped before anything got better than {name}, so {name} stays.", facts)
    figure = f" (mAP {result.ap:.2f})" if result.ap is not None else ""
    return Outcome(RunState.SUCCEEDED, f"Nothing got better than {name}{figure}, so {name} stays.", facts)


def _named(store: Store, project_id: int, folder: str) -> ModelVersion | None:
    models = store.models.list(project_id) + store.models.list(project_id, deleted=True)
    return next((model for model in models if model.folder == folder), None)
