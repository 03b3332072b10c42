"""`predict IMAGES... --out FILE`: boxes of a model on files of this machine, as COCO JSON. Nothing is stored."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from detector.domain import LabelSet, Prediction
from detector.errors import UnreadableImage
from detector.models.predictor import ImagePredictions, Predictor
from detector.pixels import UPLOAD_SUFFIXES
from gui.commands.console import Console, WrongUse, ending_well, opened, skipped_code
from gui.commands.files import write_whole
from gui.commands.jobs import chosen_model, model_facts
from gui.figures.thresholding import Thresholds, advised
from gui.messages import explain
from gui.wording import count
from storage.records import StoredPrediction
from storage.store import Store

AT_ONCE = 8  # pictures; where one of them cannot be read, those beside it are read twice

Found = tuple[str, ImagePredictions]
Unread = dict[str, str]


def predict_files(
    console: Console,
    workspace: Path,
    project: str,
    images: Sequence[Path],
    out: Path,
    model_number: int | None,
    threshold: float | None,
    strict: bool,
) -> int:
    """Predict files and folders of files, and write one COCO JSON. Returns the exit code.

    Args:
        threshold: boxes that score less are left out; None takes what a person chose for the model, or what it advises.
    """
    with ending_well(console), opened(workspace) as services:
        project_id = services.project_named(project).id
        model = chosen_model(services, project_id, model_number)
        files = list(pictures_in(images))
        if not files:
            raise WrongUse("There is no picture among the files and folders named.")
        predictor = Predictor(services.store.workspace.model(model.folder))
        found: list[Found] = []
        skipped: list[Unread] = []
        for start in range(0, len(files), AT_ONCE):
            good, bad = _predict(predictor, files[start : start + AT_ONCE])
            found += good
            skipped += bad
            console.say(f"{len(found) + len(skipped):,} of {count(len(files), 'image')}")
        labels, seen = in_classes_of_today(services.store, project_id, predictor.labels, found)
        least = advised(model) if threshold is None else Thresholds(threshold, {})
        content = coco_json(seen, labels, least)
        write_whole(out, json.dumps(content, ensure_ascii=False))
        console.report_skipped([f"{row['name']}: {row['reason']}" for row in skipped])
        boxes = len(content["annotations"])
        facts = {
            "out": str(out),
            "model": model_facts(services, model),
            "images": len(found),
            "boxes": boxes,
            "threshold": {"all": least.all, "by_class": {str(one): least.of(one) for one in least.by_class}},
            "skipped": skipped,
        }
        console.answer(facts, f"{count(boxes, 'box', 'boxes')} on {count(len(found), 'image')} written to {out}.")
        return skipped_code(skipped, strict)


def pictures_in(places: Iterable[Path]) -> Iterator[Path]:
    """The files named, and the pictures below the folders named, in a stable order.

    Raises:
        WrongUse: a place that is not there.
    """
    for place in places:
        if place.is_dir():
            yield from sorted(p for p in place.rglob("*") if p.suffix.lower() in UPLOAD_SUFFIXES and p.is_file())
        elif place.exists():
            yield place
        else:
            raise WrongUse(f"There is no file {place}.")


def in_classes_of_today(
    store: Store, project_id: int, labels: LabelSet, found: Sequence[Found]
) -> tuple[LabelSet, list[Found]]:
    """What a model found, in the classes and names that the project has now: merged ones are one, archived ones gone.

    Args:
        labels: those of the model. A class that was deleted since keeps the name that it had for the model.
    """
    classes = store.classes.list(project_id)
    successors, archived = store.classes.successors(project_id), {one.id for one in classes if one.archived}
    names = dict(zip(labels.ids, labels.names, strict=True)) | {one.id: one.name for one in classes}
    ids = tuple(dict.fromkeys(successors.get(i, i) for i in labels.ids if successors.get(i, i) not in archived))
    today = LabelSet(ids, tuple(names[class_id] for class_id in ids))
    seen = []
    for name, one in found:
        stored = [StoredPrediction(labels.ids[p.label], p.box, p.score) for p in one.predictions]
        predictions = store.predictions.as_seen(stored)
        now = tuple(Prediction(p.box, today.label_of(p.class_id), p.score) for p in predictions)
        seen.append((name, replace(one, predictions=now)))
    return today, seen


def coco_json(found: Sequence[Found], labels: LabelSet, least: Thresholds) -> dict[str, Any]:
    """COCO's detection format with a score in each annotation. Sizes and boxes are those of the upright picture.

    Boxes that score less than the threshold of their class are left out.

    Categories carry the ids that the project knows its classes by.
    """
    images: list[dict[str, Any]] = []
    annotations: list[dict[str, Any]] = []
    for image_id, (name, predicted) in enumerate(found, start=1):
        size = predicted.size
        images.append({"id": image_id, "file_name": name, "width": size.width, "height": size.height})
        for one in predicted.predictions:
            if one.score < least.of(labels.ids[one.label]):
                continue
            box = one.box
            annotations.append(
                {
                    "id": len(annotations) + 1,
                    "image_id": image_id,
                    "category_id": labels.ids[one.label],
                    "bbox": [box.x1, box.y1, box.width, box.height],
                    "area": box.area,
                    "iscrowd": 0,
                    "score": one.score,
                }
            )
    categories = [{"id": class_id, "name": name} for class_id, name in zip(labels.ids, labels.names, strict=True)]
    return {"images": images, "categories": categories, "annotations": annotations}


def _predict(predictor: Predictor, files: Sequence[Path]) -> tuple[list[Found], list[Unread]]:
    try:
        return [(str(f), p) for f, p in zip(files, predictor.predict(files), strict=True)], []
    except (UnreadableImage, OSError) as error:
        if len(files) == 1:
            return [], [{"name": str(files[0]), "reason": explain(error)}]
    good: list[Found] = []
    bad: list[Unread] = []
    for file in files:  # one of them is bad: the others must not suffer
        found, unread = _predict(predictor, [file])
        good += found
        bad += unread
    return good, bad
