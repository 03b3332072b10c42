"""From what the stores hand out to the JSON of our routes. Pure: no store is asked anything here."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from detector.learning.planning import Choice
from detector.measuring.intervals import Intervals
from detector.runs import EpochReport, JobKind, RunState
from gui.accepting import Accepted
from gui.figures.evaluating import ModelEvaluation
from gui.figures.thresholding import own_advice
from gui.training_plan import TrainingPlan
from gui.wording import about, count
from storage.past import HistoryEntry
from storage.records import (
    ImagePage,
    ImageState,
    Job,
    ModelVersion,
    Neighbours,
    ObjectClass,
    PredictedImage,
    Project,
    ProjectCounts,
    Rejection,
    SavedAnnotations,
    StoredBox,
    StoredImage,
    StoredPrediction,
)

Json = dict[str, Any]
JOB_NAMES = {
    JobKind.TRAIN: "run",
    JobKind.PREDICT: "predicting",
    JobKind.IMPORT: "import",
    JobKind.EXPORT: "export",
    JobKind.NEXT: "choosing",
    JobKind.FEATURES: "preparing",
    JobKind.CHECK: "check",
}


def time_of(moment: datetime | None) -> str | None:
    """ISO 8601 with its offset, which every browser reads."""
    return moment.isoformat() if moment is not None else None


def project(
    record: Project,
    counts: ProjectCounts,
    classes: Sequence[ObjectClass],
    models: Sequence[ModelVersion],
    *,
    warnings: Sequence[str] = (),
    merged: Mapping[int, int] | None = None,
    disk_bytes: int | None = None,
) -> Json:
    """A project with its counts, classes and models; `disk_bytes` only where it was measured.

    Args:
        merged: id of each merged class -> id of the class that it is seen as.
    """
    shown: Json = {
        "id": record.id,
        "name": record.name,
        "created_at": time_of(record.created_at),
        "deleted_at": time_of(record.deleted_at),
        "active_model_id": record.active_model_id,
        "learns": record.learns,
        "counts": {
            "images": counts.images,
            **{state.value: counts.by_state.get(state, 0) for state in ImageState},
            "boxes": counts.boxes,
        },
        "classes": [object_class(c) for c in classes],
        "models": [model(m, record.active_model_id) for m in models],
        "warnings": list(warnings),
    }
    if merged is not None:
        shown["merged_classes"] = merged
    if disk_bytes is not None:
        shown["disk_bytes"] = disk_bytes
    return shown


def object_class(record: ObjectClass) -> Json:
    return {
        "id": record.id,
        "name": record.name,
        "color": record.color,
        "position": record.position,
        "boxes": record.boxes,
        "hotkey": record.hotkey,
        "archived": record.archived,
        "merged_into": record.merged_into,
    }


def image(
    record: StoredImage,
    *,
    annotations: Sequence[StoredBox] | None = None,
    predictions: PredictedImage | None = None,
    with_predictions: bool = False,
) -> Json:
    """One image; with its boxes where they are given. `predictions` is null where the model has not seen it."""
    shown: Json = {
        "id": record.id,
        "project_id": record.project_id,
        "name": record.name,
        "width": record.size.width,
        "height": record.size.height,
        "state": record.state.value,
        "split": record.split.value if record.split else None,
        "boxes": record.boxes,
        "revision": record.revision,
        "format": record.format,
        "bytes": record.bytes,
        "thumb_url": f"/files/images/{record.id}/thumb",
        "image_url": f"/files/images/{record.id}/view",
        "created_at": time_of(record.created_at),
        "updated_at": time_of(record.updated_at),
        "deleted_at": time_of(record.deleted_at),
        "saved_at": time_of(record.saved_at),
        "saved_by": record.saved_by,
    }
    if annotations is not None:
        shown["annotations"] = [box(b) for b in annotations]
    if with_predictions:
        shown["predictions"] = predicted(predictions)
        shown["limit_reached"] = predictions.limit_reached if predictions else False
    return shown


def image_page(page: ImagePage, items: Iterable[Json] | None = None) -> Json:
    """A page of images; `items` where they carry more than the plain image."""
    shown = [image(i) for i in page.items] if items is None else list(items)
    return {"items": shown, "next": page.next_cursor, "total": page.total}


def opened_image(
    record: StoredImage,
    saved: SavedAnnotations,
    neighbours: Neighbours,
    model_version_id: int | None = None,
    predictions: PredictedImage | None = None,
    lineage: Iterable[int] = (),
    tiles: Json | None = None,
) -> Json:
    """An image as the Label page opens it.

    Args:
        lineage: the models whose rejections count for the one shown.
        tiles: how they stand, as gui.tiles says.
    """
    return {
        "image": {**image(record), "tiles": tiles},
        **annotations(saved),
        "predictions": predicted(predictions),
        "limit_reached": predictions.limit_reached if predictions else False,
        "model_version_id": model_version_id,
        "lineage": sorted(lineage),
        "previous_id": neighbours.previous_id,
        "next_id": neighbours.next_id,
        "position": neighbours.position,
        "total": neighbours.total,
    }


def annotations(saved: SavedAnnotations) -> Json:
    """What stands on an image now; also `current` of a 409."""
    return {
        "revision": saved.revision,
        "state": saved.state.value,
        "annotations": [box(b) for b in saved.boxes],
        "rejected": [rejection(r) for r in saved.rejected],
        "saved_at": time_of(saved.saved_at),
        "redo": saved.redo,
    }


def saved_answer(saved: SavedAnnotations) -> Json:
    """The answer to a save."""
    return {
        "revision": saved.revision,
        "state": saved.state.value,
        "boxes": len(saved.boxes),
        "saved_at": time_of(saved.saved_at),
    }


def history_entry(entry: HistoryEntry) -> Json:
    return {
        "revision": entry.revision,
        "state": entry.state.value,
        "annotations": [box(b) for b in entry.boxes],
        "rejected": [rejection(r) for r in entry.rejected],
        "author": entry.author,
        "saved_at": time_of(entry.saved_at),
        "redo": entry.redo,
    }


def box(stored: StoredBox) -> Json:
    x1, y1, x2, y2 = stored.box.as_tuple()
    return {
        "id": stored.id,
        "class_id": stored.class_id,
        "x1": x1,
        "y1": y1,
        "x2": x2,
        "y2": y2,
        "source": stored.source.value,
        "model_version_id": stored.model_version_id,
        "score": stored.score,
    }


def rejection(stored: Rejection) -> Json:
    x1, y1, x2, y2 = stored.box.as_tuple()
    return {
        "class_id": stored.class_id,
        "x1": x1,
        "y1": y1,
        "x2": x2,
        "y2": y2,
        "score": stored.score,
        "model_version_id": stored.model_version_id,
    }


def prediction(stored: StoredPrediction) -> Json:
    x1, y1, x2, y2 = stored.box.as_tuple()
    return {"class_id": stored.class_id, "x1": x1, "y1": y1, "x2": x2, "y2": y2, "score": stored.score}


def predicted(found: PredictedImage | None) -> list[Json] | None:
    """None where the model has not seen the image, which is not the same as having found nothing."""
    return None if found is None else [prediction(p) for p in found.predictions]


def model(record: ModelVersion, active_model_id: int | None = None) -> Json:
    own = own_advice(record)
    return {
        "id": record.id,
        "project_id": record.project_id,
        "number": record.number,
        "name": f"v{record.number}",
        "title": record.name,
        "pinned": record.pinned,
        "preset": record.preset,
        "parent_id": record.parent_id,
        "job_id": record.job_id,
        "snapshot_digest": record.snapshot_digest,
        "metrics": {name: value for name, value in record.metrics.items() if name != "threshold"}
        | ({"threshold": own.all} if own else {}),
        "thresholds": {str(class_id): threshold for class_id, threshold in own.by_class.items()} if own else {},
        "chosen_thresholds": record.thresholds,
        "classes": record.meta.get("classes", []),
        "input_size": record.meta.get("input_size"),
        "note": record.note,
        "active": record.id == active_model_id,
        "created_at": time_of(record.created_at),
        "deleted_at": time_of(record.deleted_at),
    }


def job(record: Job, *, epochs: Sequence[EpochReport] | None = None, log: str | None = None) -> Json:
    shown: Json = {
        "id": record.id,
        "project_id": record.project_id,
        "kind": record.kind.value,
        "state": record.state.value,
        "progress": record.progress,
        "message": record.message,
        "label": job_label(record),
        "result": record.result,
        "params": record.params,
        "attempts": record.attempts,
        "created_at": time_of(record.created_at),
        "started_at": time_of(record.started_at),
        "finished_at": time_of(record.finished_at),
    }
    if epochs is not None:
        shown["epochs"] = [e.to_json() for e in epochs]
    if log is not None:
        shown["log"] = log
    return shown


def job_label(record: Job) -> str:
    """What the top bar says: `run 7: epoch 12, mAP 0.61, about 2 min`."""
    name = f"{JOB_NAMES[record.kind]} {record.id}"
    if record.state is RunState.QUEUED:
        return f"{name}: waiting"
    if record.state is RunState.CANCELLING:
        return f"{name}: stopping"
    if record.state.is_finished:
        return f"{name}: {record.state.value}"
    parts = _progress_parts(record.progress)
    return f"{name}: {', '.join(parts)}" if parts else f"{name}: starting"


def _progress_parts(progress: Json) -> list[str]:
    parts = []
    if progress.get("epoch"):
        parts.append(f"epoch {progress['epoch']}")
        if progress.get("ap") is not None:
            parts.append(f"mAP {progress['ap']:.2f}")
    elif progress.get("total"):
        parts.append(f"{progress.get('done', 0):,} of {count(progress['total'], 'image')}")
    elif progress.get("stage"):
        parts.append(str(progress["stage"]).lower())
    if progress.get("seconds_left") is not None:
        parts.append(about(progress["seconds_left"]))
    return parts


def pulse(record: Job | None, active_model_id: int | None, server_time: datetime) -> Json:
    """What the top bar asks for every 1.5 s."""
    shown = None
    if record is not None:
        shown = {
            "id": record.id,
            "project_id": record.project_id,
            "kind": record.kind.value,
            "state": record.state.value,
            "progress": record.progress,
            "message": record.message,
            "label": job_label(record),
        }
    return {"job": shown, "active_model_id": active_model_id, "server_time": time_of(server_time)}


def plan(found: TrainingPlan) -> Json:
    shown = asdict(found)
    shown["boxes_by_class"] = [asdict(c) for c in found.boxes_by_class]
    shown["config"] = found.config.to_json() if found.config else None
    shown["choices"] = choices(found.choices)
    return shown


def choices(settled: Iterable[Choice]) -> list[Json]:
    return [asdict(choice) | {"label": choice.label} for choice in settled]


def accepted(found: Accepted) -> Json:
    return {"accepted": found.accepted, "images": found.images, "conflicts": list(found.conflicts)}


def evaluation(found: ModelEvaluation) -> Json:
    figures = found.figures.to_json()
    for row in figures["per_class"]:
        row["class_id"] = found.seen.labels.ids[row["label"]]
    model = found.seen.model
    return {
        "model_version_id": model.id,
        "model": f"v{model.number}",
        "split": found.split and found.split.value,
        **figures,
        "unseen": found.seen.unseen,
        "by_models": found.seen.by_models,
        "trained_on": {"snapshot_digest": model.snapshot_digest, "settings": model.meta.get("config", {})},
        "advice": " ".join(note.text for note in found.notes) or None,
    }


def intervals(found: Intervals, class_ids: Sequence[int]) -> Json:
    shown = found.to_json()
    for row in shown["per_class"]:
        row["class_id"] = class_ids[row["label"]]
    return shown
