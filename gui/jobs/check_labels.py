"""The check job: what models that have not learnt from an image find there, held against its labels.

It gives way to all other work but features: it goes back to the queue, and goes on after the folds that are finished.
"""

from __future__ import annotations

import json
import logging
import shutil
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from detector import devices
from detector.advising.crossing import Fold, cross, start_for
from detector.advising.folds import Crossing, too_few
from detector.advising.label_errors import share_seen, suspects_of
from detector.advising.suspects import KINDS, NONE, ErrorKind, Suspects
from detector.advising.twins import find_twins, groups
from detector.domain import SAME_OBJECT, Box, LabelSet
from detector.features.feature_cache import FeatureCache
from detector.geometry import iou
from detector.measuring.box_columns import Found, Truths
from detector.pictures.dataset import Example
from detector.runs import JobKind, RunState, TrainConfig
from gui.jobs.context import JobContext, Outcome
from gui.jobs.examples import examples_of
from gui.queues.checking import MOST, still_open
from gui.queues.suspect_items import SuspectItem
from gui.training_plan import labels_of
from gui.wording import count
from storage.queues import CHECK, Queued
from storage.records import Snapshot, Split
from storage.store import Store

log = logging.getLogger("boxloop.check")

BEGUN = "begun.json"
ASK_SECONDS = 0.2  # how soon other work is noticed
TWINS_SHARE = 0.05  # of the bar


def run(context: JobContext) -> Outcome:
    """Make the queue of labels that look wrong, from the done images as they were when the job began."""
    store, job = context.store, context.job
    snapshot, config, folder = _begin(store, job.project_id, job.id)
    if (reason := too_few(len(snapshot.images))) is not None:
        return Outcome(RunState.FAILED, reason)
    labels = labels_of(snapshot)
    examples = [example for split in Split for example in examples_of(store, snapshot, split, labels)]
    order = [image.image_id for split in Split for image in snapshot.images if image.split is split]
    stopping = _Stopping(context)
    context.report({"stage": "Comparing the images"}, "Comparing the images.", now=True)
    twins = find_twins([_small(store, example) for example in examples], stopping)
    found = None if stopping() else _crossed(context, examples, labels, config, folder, twins, stopping)
    if found is None:
        return stopping.outcome()
    truths = Truths.of([example.annotations for example in examples])
    # labels of two pictures can be laid upon each other where both have the same size
    alike = np.array([examples[a].size == examples[b].size for a, b in twins.tolist()], bool)
    suspects = suspects_of(truths, found, twins[alike])
    items = _items(store, job.project_id, suspects, truths, found, order, labels)
    seen = share_seen(truths, found)
    expected = sum(item.probability for _, item in items)
    details = {
        "suspects": len(items),
        "expected": round(expected, 1),
        "images": len(examples),
        "boxes": len(truths),
        "seen": round(seen, 3),
    }
    store.queues.replace(job.project_id, CHECK, [(image_id, item.to_json()) for image_id, item in items], details)
    shutil.rmtree(folder, ignore_errors=True)
    return Outcome(RunState.SUCCEEDED, _said(len(items), len(truths), expected), details)


def _said(suspects: int, boxes: int, expected: float) -> str:
    if not suspects:
        return f"None of {count(boxes, 'label')} looks wrong."
    wrong = max(1, round(expected))
    are = "is" if wrong == 1 else "are"
    where = f"{count(suspects, 'place')} to look at among {count(boxes, 'label')}"
    return f"{where}; about {wrong:,} {are} expected to be wrong."


class _Stopping:
    """Whether to end now: somebody stopped the job, or it gives way to other work. Called at each step."""

    def __init__(self, context: JobContext) -> None:
        self._context = context
        self._gives_way = False
        self._asked = 0.0

    def __call__(self) -> bool:
        if self._gives_way or self._context.should_stop():
            return True
        now = time.monotonic()
        if now - self._asked >= ASK_SECONDS:
            self._asked = now
            self._gives_way = self._context.store.jobs.other_work(JobKind.CHECK)
        return self._gives_way

    def outcome(self) -> Outcome:
        if self._gives_way and not self._context.should_stop():
            return Outcome(RunState.QUEUED, "Waits for other work, and goes on after it.")
        return Outcome(RunState.CANCELLED, "Stopped; what was found before stays.")


def _begin(store: Store, project_id: int, job_id: int) -> tuple[Snapshot, TrainConfig, Path]:
    """What the job looks at, how, and where it keeps finished folds; as it was, where it was broken off.

    While it waited the bin may have been emptied; where one of its images was deleted for good it begins anew.
    """
    folder = store.workspace.tmp / f"check-{project_id}"
    file = folder / BEGUN
    begun = json.loads(file.read_text("utf-8")) if file.exists() else {}
    if begun.get("job") == job_id and "config" in begun:
        snapshot = store.snapshots.load(str(begun["snapshot"]))
        if store.images.are_there(image.image_id for image in snapshot.images):
            return snapshot, TrainConfig.from_json(begun["config"]), folder
    snapshot, config = store.snapshots.ahead(project_id), _config(store, project_id)
    looked_at = {"snapshot": snapshot.digest, "config": config.to_json()}
    if json.dumps({key: begun.get(key) for key in looked_at}) != json.dumps(looked_at):
        shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True, exist_ok=True)
    store.snapshots.save(snapshot)
    store.workspace.write(file, json.dumps({"job": job_id, **looked_at}).encode())
    return snapshot, config, folder


def _crossed(
    context: JobContext,
    examples: Sequence[Example],
    labels: LabelSet,
    config: TrainConfig,
    folder: Path,
    twins: NDArray[np.int64],
    stopping: _Stopping,
) -> Found | None:
    store = context.store
    crossing = Crossing.usual(len(examples))
    device = devices.resolve("auto")
    context.report({"stage": "Preparing", "fraction": TWINS_SHARE}, "Loading the network.", now=True)
    start = start_for(examples, labels, config, device=device.type, on_note=log.info)

    def told(fold: Fold) -> None:
        share = TWINS_SHARE + (1.0 - TWINS_SHARE) * (fold.number - 1 + fold.done) / fold.folds
        left = (1.0 - share) * crossing.expected(len(examples))
        progress = {"stage": "Learning", "fold": fold.number, "folds": fold.folds, "fraction": share}
        said = f"Learning without a part of the images: {fold.number} of {fold.folds}."
        context.report(progress | {"seconds_left": left}, said)

    return cross(
        examples,
        labels,
        start,
        crossing,
        folder=folder,
        cache=FeatureCache(store.workspace.features),
        group=groups(len(examples), twins),
        threads=context.threads,
        cuts=store.workspace.cuts,
        should_stop=stopping,
        on_progress=told,
    )


def _config(store: Store, project_id: int) -> TrainConfig:
    """The light network, as it learns in seconds, at the input size that was asked of the last run."""
    for job in store.jobs.list(project_id, JobKind.TRAIN, limit=1):
        try:
            given = TrainConfig.from_json(job.params.get("config") or {})
        except (ValueError, TypeError):
            break
        return TrainConfig(image_size=given.image_size, tile_size=given.tile_size)
    return TrainConfig()


def _small(store: Store, example: Example) -> Path:
    """The thumbnail of an image, or the image itself."""
    thumb = store.workspace.thumb(example.key)
    return thumb if thumb.is_file() else example.path


@dataclass(frozen=True, slots=True)
class _Known:
    """What a suspect's rows mean outside of the columns.

    Attributes:
        classes: by label, those that they are seen as by now: some may have been merged while it was looked.
        ids: of the boxes that stand, by what `label` gives.
        lacking: rows of the labels that one of two twins has and the other lacks, by the places of the two.
    """

    truths: Truths
    found: Found
    order: Sequence[int]
    classes: Sequence[int]
    ids: dict[tuple[int, int, Box], str]
    lacking: Mapping[tuple[int, int], Sequence[int]]

    def label(self, row: int) -> tuple[int, int, Box]:
        """Image id, class id and box of a label."""
        image, label = self.order[int(self.truths.image[row])], self.classes[int(self.truths.label[row])]
        return image, label, Box(*self.truths.box[row].tolist())

    def item(self, suspects: Suspects, number: int) -> tuple[int, SuspectItem] | None:
        """None for a label that is not there any more."""
        kind, image = KINDS[suspects.kind[number]], self.order[int(suspects.image[number])]
        truth, found, other = (int(column[number]) for column in (suspects.truth, suspects.found, suspects.other))
        values: dict[str, object] = {}
        if kind is ErrorKind.TWIN:
            truth = self.disagreeing(int(suspects.image[number]), other)
        if truth != NONE:
            mine = self.label(truth)
            if (box_id := self.ids.get(mine)) is None:
                return None
            values |= {"class_id": mine[1], "box": mine[2], "box_id": box_id}
        if found != NONE:
            seen = self.classes[int(self.found.label[found])], Box(*self.found.box[found].tolist())
            values |= {"other_class_id": seen[0], "other_box": seen[1], "score": float(self.found.score[found])}
        if other != NONE:
            theirs = self.label(other)
            on_twin = kind is ErrorKind.TWIN
            values |= {"other_class_id": theirs[1], "other_box": theirs[2]}
            values |= {"other_image": theirs[0]} if on_twin else {"other_id": self.ids.get(theirs)}
        return image, SuspectItem(kind, float(suspects.probability[number]), **values)  # type: ignore[arg-type]

    def disagreeing(self, place: int, other: int) -> int:
        """The label of another class that an image has where its twin has the label `other`; NONE without one."""
        theirs = self.lacking.get((place, int(self.truths.image[other])), ())
        box = Box(*self.truths.box[other].tolist())
        overlaps = {row: iou(Box(*self.truths.box[row].tolist()), box) for row in theirs}
        best = max(overlaps, key=overlaps.__getitem__, default=NONE)
        return best if overlaps.get(best, 0.0) >= SAME_OBJECT else NONE


def _lacking(suspects: Suspects, truths: Truths) -> dict[tuple[int, int], list[int]]:
    rows: dict[tuple[int, int], list[int]] = {}
    for number in np.flatnonzero(suspects.kind == KINDS.index(ErrorKind.TWIN)).tolist():
        row = int(suspects.other[number])
        rows.setdefault((int(truths.image[row]), int(suspects.image[number])), []).append(row)
    return rows


def _items(
    store: Store,
    project_id: int,
    suspects: Suspects,
    truths: Truths,
    found: Found,
    order: Sequence[int],
    labels: LabelSet,
) -> list[tuple[int, SuspectItem]]:
    """The suspects by image id, the likeliest first, without what somebody has dealt with or kept."""
    involved = np.concatenate([suspects.image, truths.image[suspects.other[suspects.other != NONE]]])
    standing = store.annotations.boxes_of(order[place] for place in np.unique(involved).tolist())
    ids = {(image, one.class_id, one.box): one.id for image, boxes in standing.items() for one in boxes}
    learned = store.classes.learned(project_id)
    classes = [learned.get(class_id, class_id) for class_id in labels.ids]
    known = _Known(truths, found, order, classes, ids, _lacking(suspects, truths))
    made = [known.item(suspects, number) for number in range(len(suspects))]
    queued = [Queued(place, one[0], one[1].to_json()) for place, one in enumerate(made) if one is not None]
    return [(one.image_id, one.item) for one in still_open(store, project_id, queued)][:MOST]
