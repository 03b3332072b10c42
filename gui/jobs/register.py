"""Makes a run's best model a version of its project, active where it is no worse, and has it predict.

A run may do so several times while it gets better; each stands in for the one before, so that one version is left.
"""

from __future__ import annotations

import filecmp
import hashlib
import json
import os
import re
import shutil
from pathlib import Path

from detector.errors import CheckpointError
from detector.learning.judging import is_flattering
from detector.models.checkpoints import WEIGHTS, read_meta, update_meta
from detector.models.model_folder import META
from detector.runs import JobKind, TrainConfig
from gui.figures.thresholding import write_chosen
from gui.looking import Looking
from storage.errors import InUse, NotFound
from storage.records import Job, ModelVersion, Snapshot, Split
from storage.store import Store

TOLERATED_LOSS = 0.01  # of validation AP, or of AP50; less than a few images' worth of luck
# Where the validation images have changed since, figures cannot be compared closely; but a gap this wide means that the
# new model knows less, as when its run was stopped early.
TOLERATED_ELSEWHERE = 0.1


def register(
    store: Store, job: Job, snapshot: Snapshot, config: TrainConfig, best: Path, name: str | None = None
) -> tuple[ModelVersion, str]:
    """The end of a run: its best model is a version, active where it is no worse, and shall look at all images.

    A version of the run that was recorded before and is this very model stands for it. Doing it again after a crash
    half way changes nothing that was done.

    Args:
        best: folder of the model, on the file system of the workspace.
        name: of its folder from now on.

    Returns:
        The model version, and what is to be said about it ("" where there is nothing).
    """
    name = name or model_name(job)
    moved = store.workspace.model(name).exists()
    model = None if moved else same_as_newest(store, job, best)
    if model is None:
        model = record(store, job, snapshot, config, best, name)
    said = activate(store, model)
    model = supersede_earlier(store, job, model)
    store.jobs.enqueue(
        job.project_id,
        JobKind.PREDICT,
        {
            "model_version_id": model.id,
            "first_image_id": Looking(store.workspace).image(job.project_id),
            "after_job": job.id,
        },
    )
    return model, said


def record(store: Store, job: Job, snapshot: Snapshot, config: TrainConfig, best: Path, name: str) -> ModelVersion:
    """Move the folder `best` into place first, then record it, so that a recorded model always has its weights."""
    folder = store.workspace.model(name)
    if not folder.exists():
        update_meta(best, snapshot_digest=snapshot.digest)
        store.workspace.adopt(best, folder)
    recorded = [m for m in store.models.of_job(job.id, deleted=True) if m.folder == name]
    return recorded[0] if recorded else _record(store, job, snapshot, config, folder)


def copy_model(folder: Path, copy: Path) -> None:
    """Make a folder with the same model; its weights are the same file on the disk where that can be.

    A model folder is only ever replaced as a whole, so that what is shared never changes.
    """
    copy.mkdir(parents=True)
    try:
        os.link(folder / WEIGHTS, copy / WEIGHTS)
    except OSError:  # this file system has no links
        shutil.copyfile(folder / WEIGHTS, copy / WEIGHTS)
    shutil.copyfile(folder / META, copy / META)


def model_name(job: Job) -> str:
    """The folder name of the model of a run."""
    return f"p{job.project_id}-run{job.id}"


def next_name(store: Store, job: Job) -> str:
    """A free folder name for a model that the run gives out before its end."""
    taken = [m.folder for m in store.models.of_job(job.id, deleted=True)]
    numbers = [int(found[1]) for folder in taken if (found := _numbered(job).fullmatch(folder))]
    return f"{model_name(job)}-{max(numbers, default=0) + 1}"


def drop_unused(store: Store, job: Job) -> None:
    """Remove the folders of a run's models that were superseded, or never recorded as its worker died before."""
    recorded = {m.folder for m in store.models.of_job(job.id, deleted=True) if m.superseded_by is None}
    for folder in store.workspace.models.glob(f"{model_name(job)}-*"):
        if _numbered(job).fullmatch(folder.name) and folder.name not in recorded:
            shutil.rmtree(folder, ignore_errors=True)


def newest_of(store: Store, job: Job) -> ModelVersion | None:
    """The version that the run gave out last, unless it lies in the bin."""
    return next(reversed(store.models.of_job(job.id)), None)


def same_as_newest(store: Store, job: Job, folder: Path) -> ModelVersion | None:
    """The version that the run gave out last, if the folder holds that very model."""
    newest = newest_of(store, job)
    return newest if newest is not None and _same(store.workspace.model(newest.folder), folder) else None


def activate(store: Store, model: ModelVersion) -> str:
    """Make a model the active one unless the one before is better. Returns why it is not, or ""."""
    active_id = store.projects.get(model.project_id).active_model_id
    before = next((m for m in store.models.list(model.project_id) if m.id == active_id), None)
    if before is not None and before.id != model.id and (why := _why_worse(model, before)):
        return f"v{before.number} stays active, as {why}."
    store.projects.set_active_model(model.project_id, model.id)
    return ""


def supersede_earlier(store: Store, job: Job, model: ModelVersion) -> ModelVersion:
    """Let a model stand in for those that its run gave out earlier. Returns it with the number that it has then.

    Those stay that somebody has a use for: the active one, and one with a name, a note or a pin.
    """
    for earlier in store.models.of_job(job.id):
        if earlier.id >= model.id or earlier.name or earlier.note or earlier.pinned:
            continue
        try:
            model = store.models.supersede(earlier.id, model.id)
        except (InUse, NotFound):
            continue  # the active one, one pinned just now, or somebody was quicker
    drop_unused(store, job)
    write_chosen(store, model)  # it may have taken over what was chosen for another one, also before a crash
    return model


def val_digest(snapshot: Snapshot) -> str:
    """Names the validation images with their boxes: only figures with the same name can be compared."""
    val = [
        (image.sha256, sorted((class_id, *box.as_tuple()) for class_id, box in image.boxes))
        for image in snapshot.images
        if image.split is Split.VAL
    ]
    return hashlib.sha256(json.dumps(sorted(val)).encode()).hexdigest()


def _numbered(job: Job) -> re.Pattern[str]:
    return re.compile(re.escape(model_name(job)) + r"-(\d+)")


def _same(folder: Path, other: Path) -> bool:
    """Whether two folders hold the same model with the same figures; one that is damaged is no other's equal."""
    try:
        if read_meta(folder).metrics != read_meta(other).metrics:
            return False
        return filecmp.cmp(folder / WEIGHTS, other / WEIGHTS, shallow=False)
    except (CheckpointError, OSError):
        return False


def _record(store: Store, job: Job, snapshot: Snapshot, config: TrainConfig, folder: Path) -> ModelVersion:
    meta = read_meta(folder)
    known = store.models.list(job.project_id) + store.models.list(job.project_id, deleted=True)
    parent = next((m.id for m in known if m.folder == meta.parent), None)
    split_of = [image.split for image in snapshot.images]
    judged_by = [image for image in snapshot.images if image.split is Split.VAL]
    return store.models.add(
        job.project_id,
        folder=folder.name,
        preset=config.preset.value,
        parent_id=parent,
        job_id=job.id,
        snapshot_digest=snapshot.digest,
        metrics={
            **meta.metrics,
            "train_images": split_of.count(Split.TRAIN),
            "val_images": split_of.count(Split.VAL),
            "boxes": sum(len(image.boxes) for image in snapshot.images if image.split is not Split.TEST),
            "val_digest": val_digest(snapshot),
            "val_boxes": sum(len(image.boxes) for image in judged_by),
            "val_boxes_by_models": sum(image.by_models for image in judged_by),
        },
        meta=meta.to_json(),
    )


def _why_worse(model: ModelVersion, before: ModelVersion) -> str:
    """Why the older model should stay active, or "" where the newer one is no worse as far as can be said.

    A run that started from the older one has compared the two on today's validation images, and kept what is better.
    """
    if "ap" not in before.metrics or model.parent_id == before.id:
        return ""
    judged_by = model.metrics
    flattering = is_flattering(judged_by.get("val_boxes", 0), judged_by.get("val_boxes_by_models", 0))
    figure, name = ("ap50", "AP50") if flattering and model.job_id != before.job_id else ("ap", "mAP")
    had = float(before.metrics.get(figure, 0.0))
    loss = had - float(judged_by.get(figure, 0.0))
    if judged_by.get("val_digest") == before.metrics.get("val_digest"):
        return f"it is better on the same validation images ({name} {had:.2f})" if loss > TOLERATED_LOSS else ""
    why = f"it was far better on the validation images of its time ({name} {had:.2f})"
    return why if loss > TOLERATED_ELSEWHERE else ""
