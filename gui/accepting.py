"""Taking a model's boxes over as labels: what a person has drawn stays, and each accepted box names its model."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from detector.domain import SAME_OBJECT
from detector.geometry import iou
from gui.messages import BadRequest
from gui.suggesting import is_rejected
from storage.errors import NotFound, StaleRevision
from storage.records import ImageState, Source, StoredBox, StoredPrediction
from storage.store import Store

AT_ONCE = 200  # images whose predictions are in memory at the same time


@dataclass(frozen=True, slots=True)
class Accepted:
    """How many boxes were taken over on how many images, and the images that somebody else saved meanwhile."""

    accepted: int
    images: int
    conflicts: tuple[int, ...]


def accept(
    store: Store,
    *,
    model_id: int,
    image_ids: Iterable[int],
    threshold: float,
    thresholds: Mapping[int, float] | None = None,
    class_ids: Sequence[int] | None = None,
    mark_done: bool = False,
    author: str = "",
) -> Accepted:
    """Copy the model's boxes with a score from `threshold` up to the annotations, image by image.

    A box that overlaps one of the same class that stands there (IoU >= 0.5) is passed over, so that accepting twice
    changes nothing, and so is one that was rejected. Images of other projects, without predictions or in the bin are
    passed over. On several images it is one act, and told as one.

    Args:
        thresholds: by class id, of classes that have their own.
        class_ids: only boxes of these; None takes every class that is still drawn in the project.
        mark_done: the images are done afterwards, also those where nothing was added.

    Raises:
        NotFound: no such model.
        BadRequest: a threshold outside 0..1.
    """
    own = dict(thresholds or {})
    for value in (threshold, *own.values()):
        if not 0 <= value <= 1:
            raise BadRequest(f"A threshold lies in 0..1, got {value}.")
    model = store.models.get(model_id, deleted=True)
    known = {c.id for c in store.classes.list(model.project_id) if not c.archived}
    wanted = known if class_ids is None else known & set(class_ids)
    accepted = images = 0
    conflicts: list[int] = []
    ids = list(dict.fromkeys(image_ids))
    bulk = "accept" if len(ids) > 1 else None
    for part in (ids[start : start + AT_ONCE] for start in range(0, len(ids), AT_ONCE)):
        rejected = store.rejections.counting_for(model_id, part)
        for image_id, predicted in store.predictions.of_images(model_id, part).items():
            enough = [p for p in predicted.predictions if p.score >= own.get(p.class_id, threshold)]
            turned_down = rejected.get(image_id, ())
            shown = [p for p in enough if p.class_id in wanted and not is_rejected(p, turned_down)]
            try:
                added = _accept_on(store, model_id, image_id, shown, mark_done, author, bulk)
            except StaleRevision:
                conflicts.append(image_id)
            except NotFound:
                continue  # deleted while we were at it
            else:
                accepted += added
                images += added > 0
    if bulk and accepted:
        told = {"model": model_id, "number": model.number, "boxes": accepted, "images": images}
        store.activity.add(model.project_id, "boxes_accepted", author, told)
    return Accepted(accepted, images, tuple(conflicts))


def _accept_on(
    store: Store,
    model_id: int,
    image_id: int,
    shown: list[StoredPrediction],
    mark_done: bool,
    author: str,
    bulk: str | None,
) -> int:
    current = store.annotations.get(image_id)
    added = new_boxes(current.boxes, shown, model_id)
    if not added and not (mark_done and current.state is not ImageState.DONE):
        return 0
    store.annotations.save(
        image_id,
        revision=current.revision,
        boxes=[*current.boxes, *added],
        state=ImageState.DONE if mark_done else None,
        key=uuid.uuid4().hex,
        author=author,
        bulk=bulk,
    )
    return len(added)


def new_boxes(standing: Sequence[StoredBox], predictions: Sequence[StoredPrediction], model_id: int) -> list[StoredBox]:
    """The predictions, best first, that are not an object that stands there already or was just added."""
    taken = [(box.class_id, box.box) for box in standing]
    added: list[StoredBox] = []
    for prediction in sorted(predictions, key=lambda p: -p.score):
        if any(c == prediction.class_id and iou(box, prediction.box) >= SAME_OBJECT for c, box in taken):
            continue
        taken.append((prediction.class_id, prediction.box))
        added.append(
            StoredBox(
                id=str(uuid.uuid4()),
                class_id=prediction.class_id,
                box=prediction.box,
                source=Source.MODEL,
                model_version_id=model_id,
                score=prediction.score,
            )
        )
    return added
