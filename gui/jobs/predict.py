"""The predict job: what a model finds on each image that it has not seen, stored in small batches."""

from __future__ import annotations

import logging
from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence

from detector.domain import LabelSet
from detector.errors import UnreadableImage
from detector.features.feature_cache import FeatureCache
from detector.models.predictor import ImagePredictions, Predictor
from detector.runs import RunState
from gui.figures.thresholding import Thresholding
from gui.id_ranges import from_ranges
from gui.jobs.context import JobContext, Outcome
from gui.looking import Looking
from gui.messages import explain
from gui.queues import next_images
from gui.wording import count
from storage.errors import NotFound
from storage.records import ModelVersion, StoredImage, StoredPrediction
from storage.store import Store

log = logging.getLogger("boxloop.predict")

BATCH = 16  # images from one commit, and one look at cancel, to the next: a second or two on a CPU

Row = tuple[int, list[StoredPrediction], bool]


def run(context: JobContext) -> Outcome:
    """Predict all images that the model has not seen.

    Those come first that somebody will look at next: from the image on that is open, wherever that moves meanwhile,
    else from `first_image_id` on.
    """
    params = context.job.params
    model = context.store.models.get(int(params["model_version_id"]), deleted=True)
    if model.superseded_by is not None:
        return Outcome(RunState.SUCCEEDED, f"A better v{model.number} looks at the images instead.", {"predicted": 0})
    if model.deleted_at is not None:
        return Outcome(
            RunState.SUCCEEDED, f"v{model.number} lies in the bin, so it looks at nothing.", {"predicted": 0}
        )
    ids = context.store.predictions.missing(model.id)
    if "only" in params:
        ids = sorted(set(ids).intersection(from_ranges(params["only"])))
    if not ids:
        _follow_up(context, model)
        return Outcome(RunState.SUCCEEDED, f"v{model.number} has looked at every image already.", {"predicted": 0})
    context.report({"stage": "Predicting", "done": 0, "total": len(ids)}, f"Loading v{model.number}.", now=True)
    workspace = context.store.workspace
    cache = FeatureCache(workspace.features)
    predictor = Predictor(workspace.model(model.folder), threads=context.threads, cache=cache)
    looking = Looking(workspace)

    def first() -> int | None:
        return looking.image(model.project_id) or params.get("first_image_id")

    done, skipped = predict_images(
        context.store, model.id, predictor, ids, context.should_stop, _teller(context), first=first
    )
    result = {"model_version_id": model.id, "predicted": done, "skipped": skipped}
    what = f"v{model.number} has looked at {count(done, 'image')}"
    if done + len(skipped) < len(ids) and context.should_stop():
        return Outcome(RunState.CANCELLED, f"Stopped: {what} of {len(ids):,}. The rest can be predicted later.", result)
    _follow_up(context, model)
    more = f"; {count(len(skipped), 'image')} could not be read, see the log" if skipped else ""
    return Outcome(RunState.SUCCEEDED, f"{what}{more}.", result)


def _follow_up(context: JobContext, model: ModelVersion) -> None:
    """A version that a run has just made chooses what to label next, and is used by the wish that was had before it."""
    if "after_job" in context.job.params:
        next_images.queue_after_run(context.store, model)
        Thresholding(context.store).carry_on(model.id)


def in_order(ids: Sequence[int], first: Callable[[], int | None], size: int = BATCH) -> Iterator[list[int]]:
    """Batches of ids from `first()` on, then those before it: somebody is looking at that image and goes on from there.

    It is asked before each batch, so that the order follows whoever walks through the images. The first batches are
    smaller, the very first is that one image, so that its boxes are there before the others are looked at.
    """
    left = sorted(ids)
    now = 1
    while left:
        wanted = first()
        start = 0 if wanted is None else bisect_left(left, wanted)
        if start >= len(left):
            start = 0
        batch = left[start : start + now]
        del left[start : start + now]
        yield batch
        now = min(size, 4 * now)


def predict_images(
    store: Store,
    model_id: int,
    predictor: Predictor,
    ids: Sequence[int],
    should_stop: Callable[[], bool] = lambda: False,
    tell: Callable[[int, int], None] = lambda done, total: None,
    *,
    first: Callable[[], int | None] = lambda: None,
    size: int = BATCH,
) -> tuple[int, list[dict[str, str]]]:
    """Predict images by id and store what was found.

    Args:
        tell: called with (done, total) after each batch.
        first: the image to begin with; see `in_order`.   size: images a batch at most.

    Returns:
        How many were predicted, and {name, reason} of those that could not be read.
    """
    done, skipped = 0, []
    for batch in in_order(ids, first, size):
        if should_stop():
            break
        found = store.images.get_many(batch)  # those deleted meanwhile are gone
        rows, bad = _batch(store, predictor, [found[i] for i in batch if i in found])
        skipped += bad
        done += _store(store, model_id, rows)
        tell(done, len(ids))
    return done, skipped


def _batch(store: Store, predictor: Predictor, images: list[StoredImage]) -> tuple[list[Row], list[dict[str, str]]]:
    try:
        found = list(
            predictor.predict(
                [store.workspace.original(image.sha256) for image in images],
                keys=[image.sha256 for image in images],
                sizes=[image.size for image in images],
            )
        )
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
