"""What the stores hand out: frozen facts, never rows of the database. Standard library only."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple

from detector.domain import Box, ImageSize
from detector.runs import JobKind, RunState


class ImageState(StrEnum):
    """Only `done` images are trained on and evaluated. "Nothing here" is done with no boxes.

    `in_doubt` is labelled, but somebody else should look before it is trained on.
    """

    NEW = "new"
    IN_PROGRESS = "in_progress"
    DONE = "done"
    SKIPPED = "skipped"
    IN_DOUBT = "in_doubt"


class Split(StrEnum):
    TRAIN = "train"
    VAL = "val"
    TEST = "test"


class Source(StrEnum):
    """Who made a box first: a person, an imported file, or a model whose box was accepted."""

    PERSON = "person"
    IMPORT = "import"
    MODEL = "model"


@dataclass(frozen=True, slots=True)
class Project:
    id: int
    name: str
    created_at: datetime
    deleted_at: datetime | None
    active_model_id: int | None
    learns: bool = False  # runs start by themselves while somebody labels


@dataclass(frozen=True, slots=True)
class ProjectCounts:
    """Of what is not in the bin: images in all, by state and by split, and boxes of people."""

    images: int
    by_state: dict[ImageState, int]
    by_split: dict[Split | None, int]
    boxes: int


@dataclass(frozen=True, slots=True)
class ObjectClass:
    """A class of objects in one project, whose id never changes.

    Attributes:
        color: "#rrggbb".
        position: orders the list and gives the digit key where there is no other.
        boxes: how many boxes are seen as it now; of a merged class, how many were given to it.
        hotkey: the key that picks it, in lower case; None for the digit of its place.
        archived: its boxes are shown, but it is neither drawn nor learned.
        merged_into: the class that it was merged into; None where it stands for itself.
    """

    id: int
    project_id: int
    name: str
    color: str
    position: int
    boxes: int = 0
    hotkey: str | None = None
    archived: bool = False
    merged_into: int | None = None


@dataclass(frozen=True, slots=True)
class StoredImage:
    """One picture of a project.

    Attributes:
        sha256: of the original bytes; original and derived files are named by it.
        name: original file name as text, any Unicode.
        size: as a person sees it (orientation applied).
        format: "JPEG", "PNG", ... as Pillow names it.
        exif_orientation: 1..8 as found in the file.
        has_view: a browser-ready copy stands beside the original, because no browser shows the original as we do.
        revision: 0 before the first save; each save adds one.
        bit_depth: bits of one sample of the original; 8 also for one that came before this was kept.
    """

    id: int
    project_id: int
    sha256: str
    name: str
    size: ImageSize
    format: str
    exif_orientation: int
    has_view: bool
    bytes: int
    state: ImageState
    split: Split | None
    revision: int
    boxes: int
    created_at: datetime
    updated_at: datetime
    deleted_at: datetime | None
    saved_at: datetime | None = None  # of its newest revision, and who saved that
    saved_by: str = ""
    bit_depth: int = 8


@dataclass(frozen=True, slots=True)
class NewImage:
    """What is known of a picture before it is stored; the fields mean what they mean in StoredImage."""

    sha256: str
    name: str
    size: ImageSize
    format: str
    exif_orientation: int
    has_view: bool
    bytes: int
    split: Split | None = None
    bit_depth: int = 8


@dataclass(frozen=True, slots=True)
class Standing:
    """How the images of a project stand, those in the bin left out.

    Attributes:
        newest_id, newest_at: of the image that came last; None where there is none.
        done: how many are done.
    """

    images: int
    newest_id: int | None
    newest_at: datetime | None
    done: int


@dataclass(frozen=True, slots=True)
class ImagePage:
    """Some images in an order; `next_cursor` asks for the following ones, None at the end.

    `total` counts all that the filter lets through, on whatever page.
    """

    items: tuple[StoredImage, ...]
    next_cursor: str | None
    total: int


@dataclass(frozen=True, slots=True)
class Tag:
    """A person's word on images of one project; `images` outside the bin carry it."""

    id: int
    project_id: int
    name: str
    images: int = 0


class GridBox(NamedTuple):
    """A box as a thumbnail shows it: the class that it is seen as, and its corners in pixels of the image."""

    class_id: int
    x1: float
    y1: float
    x2: float
    y2: float


@dataclass(frozen=True, slots=True)
class ListedPage:
    """Some images of a list from the place `first` (from 0) on; None where one is not there any more.

    `total` is the length of the list. Under `token` the same list can be asked for again, as long as it is remembered.
    """

    items: tuple[StoredImage | None, ...]
    first: int
    total: int
    token: str


class BegunList(NamedTuple):
    """The first images of a list. `total` and `token` are those of a ListedPage, None where it is still to be made."""

    items: tuple[StoredImage | None, ...]
    total: int | None
    token: str | None


class Neighbours(NamedTuple):
    """The images before and after one; `position` (from 1) and `total` are among those that are walked through."""

    previous_id: int | None
    next_id: int | None
    position: int
    total: int


@dataclass(frozen=True, slots=True)
class StoredBox:
    """One box of a person (or accepted by one) on an image.

    Attributes:
        id: made by the page (UUID text), so that a repeated save changes nothing.
        model_version_id, score: of the prediction that was accepted, else None.
    """

    id: str
    class_id: int
    box: Box
    source: Source = Source.PERSON
    model_version_id: int | None = None
    score: float | None = None


@dataclass(frozen=True, slots=True)
class Rejection:
    """A model's box that a person turned down, as geometry: a model that is asked again finds it a pixel further."""

    class_id: int
    box: Box
    score: float
    model_version_id: int


@dataclass(frozen=True, slots=True)
class SavedAnnotations:
    """What a save left behind, or what stands now; `redo` where redo leads on from it."""

    image_id: int
    revision: int
    state: ImageState
    boxes: tuple[StoredBox, ...]
    saved_at: datetime | None
    rejected: tuple[Rejection, ...] = ()
    redo: bool = False


@dataclass(frozen=True, slots=True)
class StoredPrediction:
    """One box of a model on an image, by class id. Scores are kept from 0.01 up."""

    class_id: int
    box: Box
    score: float


@dataclass(frozen=True, slots=True)
class PredictedImage:
    """All boxes of one model version on one image, best score first."""

    image_id: int
    model_version_id: int
    predictions: tuple[StoredPrediction, ...]
    limit_reached: bool


@dataclass(frozen=True, slots=True)
class ModelVersion:
    """A trained model; its weights lie in the folder `folder` below the workspace's models/.

    Attributes:
        number: 1, 2, 3 ... within the project, shown as "v3".
        snapshot_digest: sha256 of the snapshot that it was trained on.
        metrics: {"ap", "ap50", ...} on the validation images, and how many they were.
        meta: as meta.json in the folder was when the model came.
        superseded_by: id of the later model of its run that took over its number; this one has lost its weights then.
        name: what people call it beside its number; "" where nobody gave one.
        pinned: to be kept whatever comes after it.
        thresholds: what a person chose instead of those that it advises, None where nobody did; see
            gui.figures.thresholding.
    """

    id: int
    project_id: int
    number: int
    folder: str
    preset: str
    parent_id: int | None
    job_id: int | None
    snapshot_digest: str
    metrics: dict[str, Any]
    meta: dict[str, Any]
    note: str
    created_at: datetime
    deleted_at: datetime | None
    superseded_by: int | None = None
    name: str = ""
    pinned: bool = False
    thresholds: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Job:
    """One piece of background work; the row is the only truth about it.

    Attributes:
        params: what was asked for.  progress: the newest report of the worker, small JSON.
        message: one sentence for a person; on failure, why and what to do.
        result: what came out (model_version_id, file, counts, skipped rows).
        attempts: how many workers have claimed it (more than one after a resume).
    """

    id: int
    project_id: int
    kind: JobKind
    state: RunState
    params: dict[str, Any]
    progress: dict[str, Any]
    message: str
    result: dict[str, Any]
    attempts: int
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    beat_at: datetime | None
    pid: int | None


@dataclass(frozen=True, slots=True)
class SnapshotImage:
    """One done image as a run sees it: never changes after the snapshot was taken."""

    image_id: int
    sha256: str
    name: str
    size: ImageSize
    split: Split
    boxes: tuple[tuple[int, Box], ...]  # (class id, box)
    by_models: int = 0  # of the boxes: those that people took over from a model


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The done annotations of a project at one moment.

    Attributes:
        classes: (class id, name) in the order of the model's outputs.
        digest: sha256 over everything above, so that equal data have equal digests.
        left_out: how many images were not done and so not taken.
    """

    project_id: int
    classes: tuple[tuple[int, str], ...]
    images: tuple[SnapshotImage, ...]
    digest: str
    left_out: int = field(default=0)
