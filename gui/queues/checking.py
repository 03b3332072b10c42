"""Checking labels: which of them look wrong, one after the other, and what somebody says about each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from detector.advising.folds import Crossing, too_few
from detector.advising.suspects import ErrorKind
from detector.domain import Box
from detector.runs import JobKind
from gui.job_queue import JobQueue
from gui.messages import NotYet
from gui.queues.suspect_items import SuspectItem
from storage.errors import NotFound
from storage.kept_labels import KeptLabel
from storage.queues import CHECK, Queue, Queued
from storage.records import ImageState, Job, StoredImage
from storage.store import Store

MOST = 1000  # suspects in a queue


@dataclass(frozen=True, slots=True)
class OpenSuspect:
    """A suspect at its place in the queue, still to be asked about."""

    place: int
    image_id: int
    item: SuspectItem


@dataclass(frozen=True, slots=True)
class Check:
    """How checking stands in a project.

    Attributes:
        queue: as it was made last; None before the first time.   total: how many suspects it had.
        open: those left, in the order of the queue.   shown: their images, by id.
        job: that is at it now, or waits; else the last one; None without any.
        images: that are done, and would be looked at.   seconds: a guess of how long.
        reason: why it cannot begin; None where it can.
    """

    queue: Queue | None
    total: int
    open: tuple[OpenSuspect, ...]
    shown: dict[int, StoredImage]
    job: Job | None
    images: int
    seconds: float
    reason: str | None


class Checking:
    """The use cases. Threads may share it; methods raise NotFound for a project or an image that is not there."""

    def __init__(self, store: Store, queue: JobQueue) -> None:
        self._store = store
        self._queue = queue

    def state(self, project_id: int) -> Check:
        """How it stands now. What was dealt with meanwhile, on whatever page, is left out."""
        images = self._store.images.standing(project_id).done
        head = self._store.queues.head(project_id, CHECK)
        queued = self._store.queues.page(project_id, CHECK, limit=MOST, states=[ImageState.DONE])
        left = tuple(_one_at_a_time(still_open(self._store, project_id, queued)))
        return Check(
            queue=head,
            total=0 if head is None else int(head.details.get("suspects", 0)),
            open=left,
            shown=self._store.images.get_many({one.image_id for one in left}),
            job=next(iter(self._store.jobs.list(project_id, JobKind.CHECK, limit=1)), None),
            images=images,
            seconds=Crossing.usual(images).expected(images),
            reason=too_few(images),
        )

    def start(self, project_id: int, author: str = "") -> Job:
        """Look for labels that look wrong; the job that is at it already, where there is one.

        Raises:
            NotYet: there are too few images that are done.
        """
        for job in self._store.jobs.list(project_id, JobKind.CHECK, limit=1):
            if not job.state.is_finished:
                return job
        if (reason := too_few(self._store.images.standing(project_id).done)) is not None:
            raise NotYet(reason)
        return self._queue.enqueue(project_id, JobKind.CHECK, {}, author)

    def keep(
        self, image_id: int, kind: ErrorKind, class_id: int, box: Box, *, drawn: bool, author: str = ""
    ) -> KeptLabel:
        """Say that all is right as it is; see storage.kept_labels. Raises InvalidBox."""
        return self._store.kept_labels.add(image_id, kind.value, class_id, box, drawn=drawn, author=author)

    def ask_again(self, image_id: int, kept_id: int) -> None:
        """Take back what `keep` said. Raises NotFound where that image has no such thing."""
        if all(kept.id != kept_id for kept in self._store.kept_labels.of_images([image_id]).get(image_id, ())):
            raise NotFound(f"image {image_id} has no kept label {kept_id}")
        self._store.kept_labels.remove(kept_id)


def still_open(store: Store, project_id: int, queued: Iterable[Queued]) -> tuple[OpenSuspect, ...]:
    """Those that are still to be asked about, in their order and in the classes of today."""
    learned = store.classes.learned(project_id)
    items = ((one, SuspectItem.from_json(one.details).in_classes(learned)) for one in queued)
    rows = [OpenSuspect(one.place, one.image_id, item) for one, item in items if item is not None]
    ids = {row.image_id for row in rows}
    twins = {row.item.other_image for row in rows if row.item.other_image is not None}
    standing, kept = store.annotations.boxes_of(ids | twins), store.kept_labels.of_images(ids)

    def is_open(row: OpenSuspect) -> bool:
        on_twin = standing.get(row.item.other_image or 0, ())
        return row.item.is_open(standing[row.image_id], kept.get(row.image_id, ()), on_twin)

    return tuple(row for row in rows if is_open(row))


def _one_at_a_time(rows: Iterable[OpenSuspect]) -> Iterator[OpenSuspect]:
    """Without labels that stand against one that is asked about before: if that one gives way, they agree."""
    against: set[tuple[int | None, Box | None]] = set()
    for row in rows:
        if row.item.kind is not ErrorKind.TWIN or (row.image_id, row.item.box) not in against:
            against.add((row.item.other_image, row.item.other_box))
            yield row
