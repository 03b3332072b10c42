"""Model versions beside each other as the JSON of our routes, with what may be concluded. Pure: no store is asked."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any
from urllib.parse import urlencode

import numpy as np

from detector.measuring.coco_figures import Figures
from detector.measuring.comparing import Change, Changes, Shown
from detector.measuring.error_kinds import MistakeKind
from detector.measuring.intervals import FEWEST_IMAGES, Interval, Intervals
from gui import view_models
from gui.charts.learning_curve import Figure, Size, VersionPoint, learning_curve
from gui.figures.comparing import Compared, Quality, Side
from gui.figures.growing import Grown
from gui.view_models import Json
from gui.wording import count
from storage.records import Job, ModelVersion, StoredImage

MOST_CHANGES = 5000  # in one answer; where there are more, those that the models are surest of
FIGURES = ("ap", "ap50", "ap75", "ar100")


def compared(found: Compared) -> Json:
    """The versions with their figures, as far as there is an image that all of them have seen."""
    return {
        "images": len(found.images),
        "left_out": found.left_out,
        "boxes": len(found.truths),
        "models": [
            _side(side) | ({"quality": _quality(found.quality(place), len(found.truths))} if found.images else {})
            for place, side in enumerate(found.sides)
        ],
        "classes": [
            {"class_id": class_id, "name": name, "boxes": int(np.count_nonzero(found.truths.label == label))}
            for label, (class_id, name) in enumerate(zip(found.labels.ids, found.labels.names, strict=True))
        ],
    }


def difference(found: Compared, intervals: Intervals) -> Json:
    """What the first version has more than the second, with what may be concluded from it."""
    ours, theirs = found.sides[0].model, found.sides[1].model
    return {
        "model_id": theirs.id,
        "images": intervals.images,
        "resamples": intervals.resamples,
        "words": conclusion(ours, theirs, intervals),
        **{name: _told(getattr(intervals, name), intervals.images) for name in FIGURES},
        "per_class": [_told(row.ap50, intervals.images) for row in intervals.per_class],
    }


def verdict(interval: Interval | None, images: int) -> str:
    """Whether a figure is better or worse, or that so many images do not tell."""
    if interval is None:
        return "too few images to tell" if images < FEWEST_IMAGES else "nothing to find"
    if interval.low == interval.value == interval.high == 0:
        return "the same"
    if interval.low > 0:
        return "better"
    return "worse" if interval.high < 0 else f"cannot tell apart on {count(images, 'image')}"


def conclusion(ours: ModelVersion, theirs: ModelVersion, intervals: Intervals) -> str:
    """The difference in a sentence, by mAP."""
    us, them, said = f"v{ours.number}", f"v{theirs.number}", verdict(intervals.ap, intervals.images)
    if intervals.ap is None:
        if intervals.images < FEWEST_IMAGES:
            return f"{count(intervals.images, 'image')} only: too few to tell {us} and {them} apart. Label more."
        return f"There is no box in these images, so nothing tells {us} and {them} apart."
    if said == "the same":
        return f"{us} and {them} find the same with the same scores."
    by = f"AP {abs(intervals.ap.value):.3f} {'higher' if intervals.ap.value >= 0 else 'lower'}"
    span = f"between {_signed(intervals.ap.low)} and {_signed(intervals.ap.high)} on other images of this kind"
    if said in ("better", "worse"):
        return f"{us} is {said} than {them}: {by}, most likely {span}."
    return f"{us} and {them} cannot be told apart on {count(intervals.images, 'image')}: {by} here, anything {span}."


def _signed(value: float) -> str:
    return f"{value:+.3f}".replace("-", "\N{MINUS SIGN}")


def changes(found: Compared, ours: Shown, theirs: Shown, differ: Changes) -> Json:
    """What is better and worse box by box, on the images where anything is.

    Each has the box that it is about: of the object, or of the false alarm. `mistake` is what the version that has not
    found an object made of it, or what kind of false alarm it is; null where nothing is shown.
    """
    rows = _surest(ours, theirs, differ)
    images = sorted({int(differ.image[row]) for row in rows})
    place = {image: index for index, image in enumerate(images)}
    items = [_change(found, ours, theirs, differ, row) for row in rows]
    by_change = np.bincount(differ.change, minlength=len(Change)).tolist()
    return {
        "models": [_side(side) | _thresholds(found, side) for side in found.sides],
        "counts": {change.name.lower(): by_change[change] for change in Change},
        "images": [_image(found.images[image]) for image in images],
        "changes": [item | {"image": place[item["image"]]} for item in items],
        "all": len(differ),
        "told": len(rows),
        "compared": len(found.images),
        "left_out": found.left_out,
    }


def _side(side: Side) -> Json:
    return _waiting(side.model, len(side.unseen), side.job)


def _waiting(model: ModelVersion, unseen: int, job: Job | None) -> Json:
    """A version, how many images it has not seen, and the job by which it is going to."""
    shown = None if job is None else view_models.job(job)
    return {"id": model.id, "name": f"v{model.number}", "unseen": unseen, "job": shown}


def _thresholds(found: Compared, side: Side) -> Json:
    by_class = dict(zip(found.labels.ids, side.thresholds, strict=True))
    return {"threshold": side.threshold, "thresholds": by_class}


def _quality(found: Quality, boxes: int) -> Json:
    whole = asdict(found.whole) if found.whole else {}
    return {
        **{name: whole.get(name) for name in FIGURES},
        "precision": found.right / found.shown if found.shown else None,
        "recall": found.right / boxes if boxes else None,
        "f1": 2 * found.right / (found.shown + boxes) if boxes else None,
        "per_class": [_of_class(figures) for figures in found.per_class],
    }


def _of_class(figures: Figures | None) -> Json:
    return {"ap": figures.ap if figures else None, "ap50": figures.ap50 if figures else None}


def _told(interval: Interval | None, images: int) -> Json:
    known: dict[str, Any] = asdict(interval) if interval else {"value": None, "low": None, "high": None}
    return known | {"words": verdict(interval, images)}


def _surest(ours: Shown, theirs: Shown, differ: Changes) -> list[int]:
    """The rows that are told, those of an image together."""
    if len(differ) <= MOST_CHANGES:
        return list(range(len(differ)))
    score = np.maximum(_scores(ours, differ.ours), _scores(theirs, differ.theirs))
    return sorted(np.argsort(-score, kind="stable")[:MOST_CHANGES].tolist())


def _scores(shown: Shown, rows: Any) -> Any:
    return np.append(shown.found.score, 0.0)[rows]


def _change(found: Compared, ours: Shown, theirs: Shown, differ: Changes, row: int) -> Json:
    change, truth = Change(differ.change[row]), int(differ.truth[row])
    by_us, by_them = int(differ.ours[row]), int(differ.theirs[row])
    we_are_right = change in (Change.FOUND, Change.GONE)
    right, wrong = ((ours, by_us), (theirs, by_them)) if we_are_right else ((theirs, by_them), (ours, by_us))
    is_object = truth >= 0
    columns, at = (found.truths, truth) if is_object else (wrong[0].found, wrong[1])
    of_score = right if is_object else wrong
    image = int(differ.image[row])
    return {
        "change": change.name.lower(),
        "image": image,
        "class_id": found.labels.ids[columns.label[at]],
        "box": [round(float(side), 2) for side in columns.box[at]],
        "score": round(float(of_score[0].found.score[of_score[1]]), 4),
        "mistake": _mistake(found, *wrong) if wrong[1] >= 0 else None,
        "crop_url": _crop_url(found.images[image], columns.box[at]),
    }


def _mistake(found: Compared, shown: Shown, row: int) -> Json:
    return {
        "kind": MistakeKind(shown.kinds.kind[0][row]).name.lower(),
        "class_id": found.labels.ids[shown.found.label[row]],
        "score": round(float(shown.found.score[row]), 4),
    }


def _image(image: StoredImage) -> Json:
    return {
        "id": image.id,
        "name": image.name,
        "width": image.size.width,
        "height": image.size.height,
        "image_url": f"/files/images/{image.id}/view",
    }


def _crop_url(image: StoredImage, box: Any) -> str:
    corners = dict(zip(("x1", "y1", "x2", "y2"), (float(side) for side in box), strict=True))
    return f"/files/images/{image.id}/crop?{urlencode(corners)}"


def grown(found: Grown, size: Size, figure: Figure) -> Json:
    """The learning curve, and which versions have not seen all of today's images."""
    points = [_point(found, model, size, figure) for model in found.models]
    return {
        "chart": learning_curve(points, size, figure, found.images).to_json(),
        "images": found.images,
        "waiting": [
            _waiting(model, found.unseen[model.id], found.jobs.get(model.id))
            for model in found.models
            if model.id in found.unseen
        ],
    }


def _point(found: Grown, model: ModelVersion, size: Size, figure: Figure) -> VersionPoint:
    made_from = model.metrics.get("boxes")
    if size is Size.IMAGES:
        counted = model.metrics.get("train_images")
        made_from = None if counted is None else counted + model.metrics.get("val_images", 0)
    now = found.now.get(model.id)
    return VersionPoint(
        model_id=model.id,
        name=f"v{model.number} {model.name}".strip(),
        made=model.created_at,
        note=model.note,
        size=made_from,
        then=model.metrics.get(figure.value),
        images_then=model.metrics.get("val_images"),
        now=None if now is None else getattr(now, figure.value),
    )
