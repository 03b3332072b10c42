"""The predict job: what a model finds on each image that it has not seen, stored in small batches."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence

from detector.domain import LabelSet
from detector.errors import UnreadableImage
from detector.predictor import ImagePredictions, Predictor
from detector.runs import RunState
from gui.jobs.context import JobContext, Outcome
from gui.messages import explain
from gui.wording import count
from storage.errors import NotFound
from storage.records import StoredImage, StoredPrediction
from storage.store import Store

log = logging.getLogger("boxloop.predict")

BATCH = 16  # images from one commit, and one look at cancel, to the next: a second or two on a CPU

Row = tuple[int, list[StoredPrediction], bool]


def run(context: JobContext) -> Outcome:
    """Predict all images that the model has not seen; those from `first_image_id` on come first."""
    params = context.job.params
    model = context.store.models.get(int(params["model_version_id"]))
    ids = in_order(context.store.predictions.missing(model.id), params.get("first_image_id"))
    if not ids:
        return Outcome(RunState.SUCCEEDED, f"v{model.number} has seen every image already.", {"predicted": 0})
    context.report({"stage": "Predicting", "done": 0, "total": len(ids)}, f"Loading v{model.number}.", now=True)
    predictor = Predictor(context.store.workspace.model(model.folder), threads=context.threads)
    done, skipped = predict_images(context.store, model.id, predictor, ids, context.should_stop, _teller(context))
    result = {"model_version_id": model.id, "predicted": done, "skipped": skipped}
    what = f"v{model.number} has looked at {count(done, 'image')}"
    if done + len(skipped) < len(ids) and context.should_stop():
        return Outcome(RunState.CANCELLED, f"Stopped: {what} of {len(ids):,}. The rest can be predicted later.", result)
    more = f"; {count(len(skipped), 'image')} could not be read, see the log" if skipped else ""
    return Outcome(RunState.SUCCEEDED, f"{what}{more}.", result)


def in_order(ids: Sequence[int], first: int | None) -> list[int]:
    """Ids from `first` on, then those before it: somebody is looking at that image and goes on from there."""
    ordered = sorted(ids)
    if first is None:
        return ordered
    return [i for i in ordered if i >= first] + [i for i in ordered if i < first]


def predict_images(
    store: Store,
    model_id: int,
    predictor: Predictor,
    ids: Sequence[int],
    should_stop: Callable[[], bool] = lambda: False,
    tell: Callable[[int, int], None] = lambda done, total: None,
) -> tuple[int, list[dict[str, str]]]:
    """Predict images by id and store what was found.

    Args:
        tell: called with (done, total) after each batch.

    Returns:
        How many were predicted, and {name, reason} of those that could not be read.
    """
    done, skipped = 0, []
    for start in range(0, len(ids), BATCH):
        if should_stop():
            break
        images = list(store.images.get_many(ids[start : start + BATCH]).values())  # those deleted meanwhile are gone
        rows, bad = _batch(store, predictor, images)
        skipped += bad
        done += _store(store, model_id, rows)
        tell(done, len(ids))
    return done, skipped


def _batch(store: Store, predictor: Predictor, images: list[StoredImage]) -> tuple[list[Row], list[dict[str, str]]]:
    try:
        found = list(predictor.predict([store.workspace.original(image.sha256) for image in images]))
        return [_row(image, one, predictor.labels) for image, one in zip(images, found, strict=True)], []
    except (UnreadableImage, OSError) as error:
        if len(images) == 1:
            log.warning("%s: %s", images[0].name, explain(error))
            return [], [{"name": images[0].name, "reason": explain(error)}]
    rows: list[Row] = []
    bad: list[dict[str, str]] = []
    for image in images:  # one of them is bad: the others must not suffer
        good, worse = _batch(store, predictor, [image])
        rows += good
        bad += worse
    return rows, bad


def _row(image: StoredImage, found: ImagePredictions, labels: LabelSet) -> Row:
    predictions = [StoredPrediction(labels.ids[p.label], p.box, p.score) for p in found.predictions]
    return image.id, predictions, found.limit_reached


def _store(store: Store, model_id: int, rows: list[Row]) -> int:
    try:
        store.predictions.put_many(model_id, rows)
    except NotFound:  # an image was removed for good between reading and writing
        there = store.images.get_many(row[0] for row in rows)
        rows = [row for row in rows if row[0] in there]
        store.predictions.put_many(model_id, rows)
    return len(rows)


def _teller(context: JobContext) -> Callable[[int, int], None]:
    def tell(done: int, total: int) -> None:
        progress = {"stage": "Predicting", "done": done, "total": total, "fraction": done / total}
        context.report(progress, f"Predicting: {done:,} of {count(total, 'image')}.")

    return tell
