"""What to label next, as a page shows it: the queue with the reasons in words, and whether it is still up to date."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from detector.runs import JobKind
from gui.job_queue import JobQueue
from gui.messages import NotYet
from gui.wording import count, joined
from storage.claims import TO_LABEL
from storage.queues import NEXT, Queue, Queued
from storage.records import Job, ModelVersion, ObjectClass
from storage.store import Store

AT_RANDOM = "picked at random"
NONE_YET = "none yet"
NOT_SEEN = "the model has not looked at it yet"
LIKE_NOTHING = "looks like nothing you have labelled"
DIFFERENT = "unlike the others in this list"
MOST_CLASSES = 2  # named in one reason


class Way(StrEnum):
    """How images are chosen."""

    ADVISED = "advised"
    RANDOM = "random"


@dataclass(frozen=True, slots=True)
class NextImages:
    """A page of the queue, without images that have been dealt with.

    Attributes:
        made_at: when the queue was made; None where none was, and all else is empty then.
        model: that advised it; None for a random one, or where the model is gone.
        stale: why it should be made anew, in a sentence; "" where it need not be.
        left: how many of it are still to be labelled.   to_label: how many of the project.
        job: the one that makes it anew just now.
    """

    made_at: datetime | None
    way: Way
    model: ModelVersion | None
    stale: str
    left: int
    to_label: int
    items: list[Queued]
    classes: dict[int, ObjectClass]
    job: Job | None

    def reasons(self, item: Queued) -> list[str]:
        """Why an image is in the queue, the weightiest first; at least one."""
        return reasons(item.details, self.classes)


class NextImagesActs:
    """The use cases. Methods raise NotFound for a project that is not there."""

    def __init__(self, store: Store, queue: JobQueue) -> None:
        self._store = store
        self._queue = queue

    def start(self, project_id: int, way: Way, model_id: int | None = None, author: str = "") -> Job:
        """Have the queue made (anew); asking again while it is being made is as good as once.

        Args:
            model_id: that advises; None for the active one.

        Raises:
            NotYet: it shall be advised, and there is no model.
        """
        project = self._store.projects.get(project_id)
        if way is Way.ADVISED and model_id is None and project.active_model_id is None:
            raise NotYet("There is no model yet that could advise. Label in any order: random is as good by now.")
        params = {"way": way.value, "model_version_id": model_id}
        if (job := self._under_way(project_id)) is not None and params.items() <= job.params.items():
            return job
        return self._queue.enqueue(project_id, JobKind.NEXT, params, author)

    def show(self, project_id: int, after: int = -1, limit: int = 100) -> NextImages:
        """The images of the queue behind a place."""
        store = self._store
        head = store.queues.head(project_id, NEXT)
        models = store.models.list(project_id)
        details = head.details if head else {}
        return NextImages(
            made_at=head.made_at if head else None,
            way=Way(details.get("way", Way.ADVISED)),
            model=next((one for one in models if one.id == details.get("model_version_id")), None),
            stale=self._stale(project_id, head, models),
            left=store.queues.count(project_id, NEXT, TO_LABEL),
            to_label=sum(store.projects.counts(project_id).by_state.get(state, 0) for state in TO_LABEL),
            items=store.queues.page(project_id, NEXT, after=after, limit=limit, states=TO_LABEL),
            classes=_classes_of_today(store, project_id),
            job=self._under_way(project_id),
        )

    def _under_way(self, project_id: int) -> Job | None:
        newest = next(iter(self._store.jobs.list(project_id, JobKind.NEXT, limit=1)), None)
        return newest if newest is not None and not newest.state.is_finished else None

    def _stale(self, project_id: int, head: Queue | None, models: Sequence[ModelVersion]) -> str:
        if head is None:
            return ""
        newest = self._store.images.standing(project_id).newest_id
        if newest is not None and newest > (head.details.get("newest_image_id") or 0):
            return "Images were added since these were chosen. Choose anew to have them looked at, too."
        if head.details.get("way") == Way.RANDOM:
            return ""
        active_id = self._store.projects.get(project_id).active_model_id
        active = next((one for one in models if one.id == active_id), None)
        if active is not None and active.id != head.details.get("model_version_id"):
            return f"v{active.number} is active now and would choose anew."
        return ""


def reasons(details: Mapping[str, Any], classes: Mapping[int, ObjectClass]) -> list[str]:
    """Why an image is in the queue, in words, from what the job kept; with the names and counts of today.

    Args:
        details: empty for an image that was picked at random.
        classes: by every id that one was kept under, as they are seen today.
    """
    if not details:
        return [AT_RANDOM]
    told = []
    may_hold = (classes[class_id] for class_id in details.get("may_hold", ()) if class_id in classes)
    rare = list(dict.fromkeys(may_hold))
    if rare:
        told.append(_may_hold(rare[:MOST_CLASSES]))
    if details.get("unlike"):
        told.append(LIKE_NOTHING)
    if in_doubt := int(details.get("in_doubt", 0)):
        told.append(f"{count(in_doubt, 'box', 'boxes')} that the model is unsure of")
    if not details.get("seen", True):
        told.append(NOT_SEEN)
    return told or [DIFFERENT]


def _classes_of_today(store: Store, project_id: int) -> dict[int, ObjectClass]:
    shown = {one.id: one for one in store.classes.list(project_id)}
    learned = store.classes.learned(project_id)
    return {class_id: shown[seen_as] for class_id, seen_as in learned.items() if seen_as in shown}


def _may_hold(rare: Sequence[ObjectClass]) -> str:
    return f"may hold {joined([f'{one.name} (you have {one.boxes or NONE_YET})' for one in rare])}"


def queue_after_run(store: Store, model: ModelVersion) -> None:
    """Have the queue made anew, the way that it was made last, now that a new active model has looked at all images."""
    project_id = model.project_id
    if store.projects.get(project_id).active_model_id != model.id:
        return
    for old in store.jobs.forget_finished(project_id, JobKind.NEXT):
        store.workspace.log(old).unlink(missing_ok=True)
    head = store.queues.head(project_id, NEXT)
    way = Way(head.details.get("way", Way.ADVISED)) if head else Way.ADVISED
    store.jobs.enqueue(project_id, JobKind.NEXT, {"way": way.value, "model_version_id": None})
