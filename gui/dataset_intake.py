"""A data set into a project, by copy: pictures, classes by their names, boxes and splits."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from detector.domain import Box
from detector.errors import UnreadableImage
from gui.intake import Intake, OnProgress, SourceUnreadable, opened, plain_name, settle, staged
from storage.errors import StorageError
from storage.formats.dataset import DatasetImage, ReadDataset, Skipped
from storage.records import NewImage, StoredImage

BATCH = 50  # pictures in one transaction: a stop or a crash loses at most these


@dataclass(slots=True)
class ImportReport:
    """What became of a data set.

    Attributes:
        total: pictures that the data set named and that could be found.
        added, duplicates, failed: pictures that are new, were in the project already, or could not be read.
        labelled, boxes: pictures that came with labels (those with nothing on them too), and how many boxes.
        kept: pictures whose labels in the project were left alone, because somebody has worked on them.
        by_split: pictures by what the data set says ("train", "val", "test", "none").
        skipped: everything that was not taken as it stood, by file and line.
        stopped: it was cancelled; what is counted here is in the project.
    """

    total: int = 0
    added: int = 0
    duplicates: int = 0
    failed: int = 0
    labelled: int = 0
    boxes: int = 0
    kept: int = 0
    by_split: dict[str, int] = field(default_factory=dict)
    skipped: list[Skipped] = field(default_factory=list)
    stopped: bool = False

    def as_json(self) -> dict[str, Any]:
        """The same as plain JSON, for the result of a job."""
        numbers = {name: getattr(self, name) for name in ("total", "added", "duplicates", "failed", "labelled")}
        rest = {"boxes": self.boxes, "kept": self.kept, "by_split": self.by_split, "stopped": self.stopped}
        skipped = [{"file": s.file, "line": s.line, "reason": s.reason} for s in self.skipped]
        return {**numbers, **rest, "skipped": skipped}


def import_dataset(
    intake: Intake,
    project_id: int,
    dataset: ReadDataset,
    on_progress: OnProgress = lambda done, total: None,
    should_stop: Callable[[], bool] = lambda: False,
    author: str = "",
) -> ImportReport:
    """Copy a data set into a project. Run again, it adds what is missing and changes nothing else.

    A picture that the project has already, and that nobody has worked on, gets the data set's boxes.

    Raises:
        DiskFull, StorageError: the workspace fails; whole batches before that are in the project.
    """
    return _Import(intake, project_id, dataset, author).run(on_progress, should_stop)


@dataclass(frozen=True, slots=True)
class _Ready:
    source: DatasetImage
    image: NewImage


class _Import:
    def __init__(self, intake: Intake, project_id: int, dataset: ReadDataset, author: str) -> None:
        self._author = author
        self._store = intake.store
        self._big_pixels = intake.big_pixels
        self._project_id = project_id
        self._dataset = dataset
        self._report = ImportReport(total=len(dataset.images), skipped=list(dataset.skipped))
        self._class_ids: dict[str, int] = {}
        self._seen: dict[str, str] = {}  # sha256 -> the file that brought it

    def run(self, on_progress: OnProgress, should_stop: Callable[[], bool]) -> ImportReport:
        self._make_classes()
        images, done = self._dataset.images, 0
        on_progress(0, len(images))
        for start in range(0, len(images), BATCH):
            ready: list[_Ready] = []
            for source in images[start : start + BATCH]:
                if should_stop():
                    self._report.stopped = True
                    break
                ready += self._prepared(source)
                done += 1
                on_progress(done, len(images))
            self._store_batch(ready)
            if self._report.stopped:
                break
        return self._report

    def _make_classes(self) -> None:
        """Classes by name, in the order of the data set. A name that no class can have is reported, not fatal."""
        names = self._dataset.class_names
        try:
            made = self._store.classes.ensure(self._project_id, names)
        except StorageError:
            self._store.projects.get(self._project_id)  # it is not the names where this raises too
            made = {}
            for name in names:
                try:
                    made |= self._store.classes.ensure(self._project_id, [name])
                except StorageError as error:
                    self._report.skipped.append(Skipped("class names", None, str(error)))
        self._class_ids = {name: one.id for name, one in made.items()}
        for name in (name for name, one in made.items() if one.archived):
            reason = f"{name} is archived in the project: its boxes are kept, but not learned from"
            self._report.skipped.append(Skipped("class names", None, reason))

    def _prepared(self, source: DatasetImage) -> Iterator[_Ready]:
        workspace = self._store.workspace
        try:
            with opened(source.path) as file, staged(workspace, file) as (copy, sha256):
                if sha256 in self._seen:
                    self._report.duplicates += 1
                    self._skip(source, f"the same picture as {self._seen[sha256]}, which counts")
                    return
                known = self._store.images.find_by_sha(self._project_id, sha256)
                if known is not None:
                    image = _as_new(known, source)
                else:
                    image = settle(workspace, copy, sha256, plain_name(source.name), source.split, self._big_pixels)
        except (UnreadableImage, SourceUnreadable) as error:
            self._report.failed += 1
            self._skip(source, str(error))
            return
        self._seen[sha256] = source.name
        yield _Ready(source, image)

    def _store_batch(self, ready: Sequence[_Ready]) -> None:
        if not ready:
            return
        results = self._store.images.add_many(self._project_id, [one.image for one in ready])
        rows: dict[int, list[tuple[int, Box]]] = {}
        sources: dict[int, DatasetImage] = {}
        for one, (stored, created) in zip(ready, results, strict=True):
            self._count(one.source, created)
            pairs = self._pairs(one.source, stored)
            sources[stored.id] = one.source
            if one.source.labelled and (pairs or not one.source.boxes):
                rows[stored.id] = pairs
        kept = self._store.annotations.save_imported(self._project_id, rows.items(), self._author)
        there = self._store.annotations.boxes_of(kept)
        for image_id, pairs in rows.items():
            if image_id in there:
                differ = sorted(pairs, key=_in_order) != sorted(
                    ((b.class_id, b.box) for b in there[image_id]), key=_in_order
                )
                self._keep(sources[image_id], differ)
            else:
                self._report.labelled += 1
                self._report.boxes += len(pairs)

    def _pairs(self, source: DatasetImage, stored: StoredImage) -> list[tuple[int, Box]]:
        """(class id, box) of what can be stored; the rest is reported."""
        pairs = []
        for named in source.boxes:
            class_id = self._class_ids.get(named.class_name)
            if class_id is None:
                self._skip(source, f"a box of class {named.class_name!r:.60} was left out: no class can have that name")
            elif named.box.x2 > stored.size.width or named.box.y2 > stored.size.height:
                self._skip(source, "a box was left out: the picture changed while it was read")
            else:
                pairs.append((class_id, named.box))
        return pairs

    def _count(self, source: DatasetImage, created: bool) -> None:
        if created:
            self._report.added += 1
        else:
            self._report.duplicates += 1
        split = source.split.value if source.split else "none"
        self._report.by_split[split] = self._report.by_split.get(split, 0) + 1

    def _keep(self, source: DatasetImage, differ: bool) -> None:
        self._report.kept += 1
        if differ:
            self._skip(source, "it has been labelled otherwise in the project before; those labels were kept")

    def _skip(self, source: DatasetImage, reason: str) -> None:
        self._report.skipped.append(Skipped(source.name, None, reason))


def _in_order(pair: tuple[int, Box]) -> tuple[int, tuple[float, float, float, float]]:
    return pair[0], pair[1].as_tuple()


def _as_new(known: StoredImage, source: DatasetImage) -> NewImage:
    """A picture that is stored already, told again, so that it gets the split if it has none."""
    return NewImage(
        sha256=known.sha256,
        name=known.name,
        size=known.size,
        format=known.format,
        exif_orientation=known.exif_orientation,
        has_view=known.has_view,
        bit_depth=known.bit_depth,
        bytes=known.bytes,
        split=source.split,
    )
