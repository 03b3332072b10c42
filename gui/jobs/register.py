"""Makes a finished run's best model a version of its project, active where it is no worse, and has it predict."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from detector.checkpoints import read_meta, update_meta
from detector.runs import JobKind, TrainConfig
from storage.records import Job, ModelVersion, Snapshot, Split
from storage.store import Store

TOLERATED_LOSS = 0.01  # of validation AP; less than a few images' worth of luck
# Where the validation images have changed since, figures cannot be compared closely; but a gap this wide means that the
# new model knows less, as when its run was stopped early.
TOLERATED_ELSEWHERE = 0.1


def register(
    store: Store, job: Job, snapshot: Snapshot, config: TrainConfig, best: Path, name: str | None = None
) -> tuple[ModelVersion, str]:
    """Move the folder into place first, then record it, so that a recorded model always has its weights.

    Doing it again after a crash half way changes nothing that was done.

    Args:
        best: folder of the model, on the file system of the workspace.
        name: of its folder from now on.

    Returns:
        The model version, and what is to be said about it ("" where there is nothing).
    """
    name = name or model_name(job)
    folder = store.workspace.model(name)
    if not folder.exists():
        update_meta(best, snapshot_digest=snapshot.digest)
        store.workspace.adopt(best, folder)
    model = next((m for m in store.models.list(job.project_id) if m.folder == name), None)
    if model is None:
        model = _record(store, job, snapshot, config, folder)
    said = _activate(store, model)
    store.jobs.enqueue(
        job.project_id, JobKind.PREDICT, {"model_version_id": model.id, "first_image_id": None, "after_job": job.id}
    )
    return model, said


def model_name(job: Job) -> str:
    """The folder name of the model of a run."""
    return f"p{job.project_id}-run{job.id}"


def val_digest(snapshot: Snapshot) -> str:
    """Names the validation images with their boxes: only figures with the same name can be compared."""
    val = [
        (image.sha256, sorted((class_id, *box.as_tuple()) for class_id, box in image.boxes))
        for image in snapshot.images
        if image.split is Split.VAL
    ]
    return hashlib.sha256(json.dumps(sorted(val)).encode()).hexdigest()


def _record(store: Store, job: Job, snapshot: Snapshot, config: TrainConfig, folder: Path) -> ModelVersion:
    meta = read_meta(folder)
    parent = next((m.id for m in store.models.list(job.project_id) if m.folder == meta.parent), None)
    split_of = [image.split for image in snapshot.images]
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
        },
        meta=meta.to_json(),
    )


def _activate(store: Store, model: ModelVersion) -> str:
    active_id = store.projects.get(model.project_id).active_model_id
    before = next((m for m in store.models.list(model.project_id) if m.id == active_id), None)
    if before is not None and before.id != model.id and (why := _why_worse(model, before)):
        return f"v{before.number} stays active, as {why} (mAP {before.metrics['ap']:.2f})."
    store.projects.set_active_model(model.project_id, model.id)
    return ""


def _why_worse(model: ModelVersion, before: ModelVersion) -> str:
    """Why the older model should stay active, or "" where the newer one is no worse as far as can be said."""
    if "ap" not in before.metrics:
        return ""
    loss = float(before.metrics["ap"]) - float(model.metrics.get("ap", 0.0))
    if model.metrics.get("val_digest") == before.metrics.get("val_digest"):
        return "it is better on the same validation images" if loss > TOLERATED_LOSS else ""
    return "it was far better on the validation images of its time" if loss > TOLERATED_ELSEWHERE else ""
