"""The next job: which images to label next, the best first, each with why; kept as the queue "next".

What the model found on the images that are to be labelled is weighed in parts, so that 100,000 images take no more
memory than some thousands; what images look like is computed as far as the time goes, and known the next time.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from detector.advising.curation import MOST_KNOWN, Rows, Worth, advise, at_random, class_weights, worth_of
from detector.advising.embeddings import EmbeddingStore, Row, embed, network_of
from detector.advising.sureness import AS_SCORED, Sureness, learned_from
from detector.errors import CheckpointError
from detector.features.feature_cache import FeatureCache
from detector.measuring.box_columns import Found
from detector.pictures.dataset import Example
from detector.runs import JobKind, RunState
from gui.figures.examining import examine, of_split
from gui.jobs.context import JobContext, Outcome
from gui.messages import NotYet
from gui.queues.next_images import Way
from gui.wording import count
from storage.claims import TO_LABEL
from storage.columns import PredictionColumns
from storage.image_filter import ImageFilter, Selection
from storage.queues import NEXT
from storage.records import ImageState, ModelVersion, ObjectClass, Split, StoredImage
from storage.store import Store

log = logging.getLogger("boxloop.next")

LENGTH = 500  # of the queue: a new model brings a new one long before
PART = 2000  # images whose boxes are in memory at once
SECONDS = 30.0  # for what images look like
ASK_SECONDS = 0.5  # how soon a run that waits is noticed
NOTHING_LEFT = "Nothing is left to label, so there is nothing to choose."
NO_MODEL = "There is no model yet, so images were picked at random."

Item = tuple[int, dict[str, Any]]


def run(context: JobContext) -> Outcome:
    """Make the queue as the params say: `way`, and `model_version_id` where it is advised by another than the active
    model. It is random where there is no model."""
    store, project_id = context.store, context.job.project_id
    wanted = ImageFilter(states=frozenset(TO_LABEL))
    newest = store.images.standing(project_id).newest_id
    ids = store.pages.chosen(Selection(project_id, wanted=wanted))
    way = Way(context.job.params.get("way", Way.ADVISED))
    model = _model(store, project_id, context.job.params.get("model_version_id")) if way is Way.ADVISED else None
    context.report({"stage": "Choosing", "total": len(ids)}, "Choosing what to label next.", now=True)
    if model is None:
        items: list[Item] = [(ids[place], {}) for place in at_random(len(ids), LENGTH, seed=context.job.id)]
    else:
        items = _Chooser(context, model).choose(ids) if ids else []
    if context.should_stop():
        return Outcome(RunState.CANCELLED, "Stopped; the queue is as it was.")
    details = {
        "way": Way.ADVISED if model else Way.RANDOM,
        "model_version_id": model.id if model else None,
        "newest_image_id": newest,
    }
    store.queues.replace(project_id, NEXT, items, details)
    return Outcome(RunState.SUCCEEDED, _said(len(items), way, model), {"images": len(items)})


def _said(images: int, way: Way, model: ModelVersion | None) -> str:
    if not images:
        return NOTHING_LEFT
    if model is not None:
        return f"v{model.number} chose {count(images, 'image')} to label next."
    return NO_MODEL if way is Way.ADVISED else f"Picked {count(images, 'image')} at random."


def _model(store: Store, project_id: int, wanted: int | None) -> ModelVersion | None:
    """The model that is asked, or the active one where that has gone to the bin or has given way to another."""
    standing = {model.id: model for model in store.models.list(project_id)}
    active = store.projects.get(project_id).active_model_id
    return standing.get(wanted or 0) or standing.get(active or 0)


@dataclass(frozen=True, slots=True)
class _Known:
    """What is known of the images that are to be labelled: by place, and which of them the model has looked at."""

    worth: Worth
    seen: np.ndarray


class _Chooser:
    """Advises by one model."""

    def __init__(self, context: JobContext, model: ModelVersion) -> None:
        self._context = context
        self._store = context.store
        self._model = model
        self._classes = [one for one in self._store.classes.list(model.project_id) if not one.archived]
        self._weights = class_weights([one.boxes for one in self._classes])
        self._asked = 0.0
        self._gives_way = False

    def choose(self, ids: Sequence[int]) -> list[Item]:
        """The queue from the images to label, ids ascending."""
        known = self._weighed(ids)
        if self._context.should_stop():
            return []
        images = self._store.images.get_many(ids)
        by_worth = [images[ids[place]] for place in np.argsort(-known.worth.teaches).tolist() if ids[place] in images]
        labelled = self._labelled()
        rows = self._rows([*labelled, *by_worth])
        looks = _matrix([images[image_id].sha256 if image_id in images else "" for image_id in ids], rows)
        like = _matrix([image.sha256 for image in labelled], rows)
        if looks.shape[1] != like.shape[1]:
            like = np.empty((0, looks.shape[1]), np.float32)
        chosen = advise(known.worth, looks, like, self._weights, LENGTH)
        return [
            (
                ids[one.image],
                {
                    "in_doubt": one.in_doubt,
                    "unlike": one.unlike,
                    "may_hold": [self._classes[label].id for label in one.may_hold],
                    "seen": bool(known.seen[one.image]),
                },
            )
            for one in chosen
        ]

    def _weighed(self, ids: Sequence[int]) -> _Known:
        """What the model's boxes say; an image that it has not looked at counts as an ordinary one."""
        sureness = self._sureness()
        parts, seen = [], np.zeros(len(ids), np.bool_)
        for start in range(0, len(ids), PART):
            part = np.array(ids[start : start + PART], np.int64)
            columns = self._store.columns.predictions(self._model.id, part.tolist())
            seen[start : start + PART] = np.isin(part, list(columns.seen))
            parts.append(worth_of(self._found(columns, part), len(part), sureness, self._weights))
            if self._context.should_stop():
                break
        worth = Worth.joined(parts)
        seen = seen[: len(worth.teaches)]
        if seen.any():
            worth.teaches[~seen] = np.median(worth.teaches[seen])
        return _Known(worth, seen)

    def _found(self, columns: PredictionColumns, ids: np.ndarray) -> Found:
        """What it found on these images, without boxes of a class that has come since the classes were read."""
        known = np.isin(columns.class_id, [one.id for one in self._classes])
        places = np.searchsorted(ids, columns.image_id[known]).astype(np.int32)
        labels = _labels(self._classes, columns.class_id[known])
        return Found(places, labels, columns.box[known], columns.score[known])

    def _sureness(self) -> Sureness:
        try:
            examined = examine(self._store, self._model.id, of_split(Split.VAL))
        except NotYet:
            return AS_SCORED
        return learned_from(examined.found, examined.truths)

    def _labelled(self) -> list[StoredImage]:
        """Some of the done images, evenly from the first to the last."""
        done = ImageFilter(states=frozenset({ImageState.DONE}))
        ids = self._store.pages.chosen(Selection(self._model.project_id, wanted=done))
        picked = [ids[place] for place in np.linspace(0, len(ids) - 1, min(len(ids), MOST_KNOWN)).astype(int)]
        return list(self._store.images.get_many(picked).values())

    def _rows(self, images: Sequence[StoredImage]) -> dict[str, Row]:
        """Embeddings by sha256, as far as the time goes."""
        workspace = self._store.workspace
        try:
            network = network_of(workspace.model(self._model.folder))
        except CheckpointError as error:
            log.warning("What images look like is not known: %s", error)
            return {}
        if network is None:
            return {}
        return embed(
            network,
            (Example(workspace.original(image.sha256), image.size, (), image.sha256) for image in images),
            FeatureCache(workspace.features),
            EmbeddingStore(workspace.embeddings),
            seconds=SECONDS,
            should_stop=self._should_stop,
        )

    def _should_stop(self) -> bool:
        """Whether to leave it at what is known: it was told to stop, or a run waits."""
        now = time.monotonic()
        if now - self._asked >= ASK_SECONDS:
            self._asked = now
            self._gives_way = self._store.jobs.oldest_claimable(JobKind.TRAIN) is not None
        return self._gives_way or self._context.should_stop()


def _labels(classes: Sequence[ObjectClass], class_ids: np.ndarray) -> np.ndarray:
    """Places of class ids among the classes."""
    known = np.array([one.id for one in classes], np.int64)
    order = np.argsort(known)
    return order[np.searchsorted(known[order], class_ids)].astype(np.int32)


def _matrix(keys: Sequence[str], rows: dict[str, Row]) -> Rows:
    """[len(keys), D] with NaN where nothing is known."""
    wide = len(next(iter(rows.values()))) if rows else 1
    made = np.full((len(keys), wide), np.nan, np.float32)
    for place, key in enumerate(keys):
        if key in rows:
            made[place] = rows[key]
    return made
