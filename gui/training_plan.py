"""What will happen on Train, said before the click: images, boxes by class, device, time, and what is in the way."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from detector.domain import Annotation, LabelSet
from detector.learning import planning, sampling
from detector.learning.planning import Choice
from detector.learning.sampling import Picture, Sample, sample
from detector.learning.staging import Stage
from detector.pictures.tiling import Tiling
from detector.runs import Preset, TrainConfig
from gui.device_lookup import FoundDevice
from gui.wording import about, count, joined
from storage.errors import NotFound
from storage.outlines import TO_LEARN, Outline
from storage.records import ModelVersion, Snapshot, SnapshotImage, Split
from storage.store import Store

FEWEST_VAL = 2
FEWEST_IMAGES = FEWEST_VAL + 1  # no image is both learned from and checked on
FEW_BOXES = 10
FEW_VAL_IMAGES = 10


@dataclass(frozen=True, slots=True)
class ClassBoxes:
    class_id: int
    name: str
    boxes: int


@dataclass(frozen=True, slots=True)
class Start:
    """What a run starts from.

    Attributes:
        kind: "model" or "pretrained".   model_number: of the model, as in "v2"; None for pretrained weights.
        text: for a sentence: "starting from v2".
        warm_number: of the model that it would start from if nobody asked for a start from scratch; None without one.
    """

    kind: Literal["model", "pretrained"]
    model_number: int | None
    text: str
    warm_number: int | None


@dataclass(frozen=True, slots=True)
class TrainingPlan:
    """See GET /api/projects/{p}/plan.

    Attributes:
        images, train, val: done images; the rest of `images` is kept for testing.
        boxes_by_class: of the images to learn from and to check on, every class that is not archived.
        left_out: images that are not done.
        reasons: why it cannot be trained; where it can, why each choice was made.
        config: every choice made; None where it cannot be trained.
        choices, stages: what was settled, by whom and why, and the parts of the run; empty where it cannot be trained.
        outgrown: why a start from scratch would fit the boxes better than the model does; None if it would not.
    """

    sentence: str
    images: int
    train: int
    val: int
    boxes_by_class: tuple[ClassBoxes, ...]
    left_out: int
    device: str
    seconds: float | None
    warnings: tuple[str, ...]
    can_train: bool
    reasons: tuple[str, ...]
    config: TrainConfig | None
    start: Start
    choices: tuple[Choice, ...] = ()
    stages: tuple[Stage, ...] = ()
    outgrown: str | None = None


def make_plan(
    store: Store, project_id: int, config: TrainConfig, device: FoundDevice, threads: int | None = None
) -> TrainingPlan:
    """Look at the done images of a project as a run would, and say what that run would be.

    Raises:
        NotFound: no such project, or no such model to start from.
    """
    outline = store.outlines.ahead(project_id, sampling.places, sampling.RARE)
    parent, start = parent_of(store, project_id, config), start_of(store, project_id, config)
    archived = _archived(store, project_id)
    train, val = outline.images[Split.TRAIN], outline.images[Split.VAL]
    boxes = _boxes_by_class(store, project_id, outline)
    images = sum(outline.images.values())
    obstacles = _obstacles(outline)
    facts = _facts(train + val, boxes)
    if obstacles:
        return TrainingPlan(
            sentence=f"{facts}: not enough to train yet.",
            images=images,
            train=train,
            val=val,
            boxes_by_class=boxes,
            left_out=outline.left_out,
            device=device.name,
            seconds=None,
            warnings=archived,
            can_train=False,
            reasons=obstacles,
            config=None,
            start=start,
        )
    labels = _label_set(outline.classes)
    samples = {split: _sample_of(outline, split, labels) for split in TO_LEARN}
    chosen = _planned(samples, labels, config, parent, device.device, threads)
    return TrainingPlan(
        sentence=f"{facts}; {start.text}; on {_device_word(device)}, {about(chosen.seconds)}.",
        images=images,
        train=train,
        val=val,
        boxes_by_class=boxes,
        left_out=outline.left_out,
        device=device.name,
        seconds=chosen.seconds,
        warnings=(*_warnings(boxes, val), *archived, *chosen.warnings),
        can_train=True,
        reasons=chosen.reasons,
        config=replace(chosen.config, start_from=parent.folder if parent else None),
        start=start,
        choices=chosen.choices,
        stages=chosen.stages,
        outgrown=chosen.outgrown,
    )


def planned(
    snapshot: Snapshot, config: TrainConfig, parent: ModelVersion | None, device: str, threads: int | None
) -> planning.Plan:
    """The plan of a run on this snapshot, as the detector makes it; that of `make_plan` where nothing has changed.

    Raises:
        TooFewExamples: there is nothing to learn from.
    """
    labels = labels_of(snapshot)
    samples = {
        split: sample(_pictures([image for image in snapshot.images if image.split is split], labels))
        for split in TO_LEARN
    }
    return _planned(samples, labels, config, parent, device, threads)


def _planned(
    samples: Mapping[Split, Sample],
    labels: LabelSet,
    config: TrainConfig,
    parent: ModelVersion | None,
    device: str,
    threads: int | None,
) -> planning.Plan:
    lineage = lineage_of(parent) if parent else None
    train, val = samples[Split.TRAIN], samples[Split.VAL]
    return planning.plan(train, val, labels, config, device=device, threads=threads, lineage=lineage)


def parent_of(store: Store, project_id: int, config: TrainConfig) -> ModelVersion | None:
    """The model that a run starts from: the one that it names, else the active one where a warm start makes sense.

    None means pretrained weights: asked for by `from_scratch` or by a weights file; or there is no active model; or it
    is another network; or it looks at another input size than was asked for, which only a new lineage can have.

    Raises:
        NotFound: no such project, or it has no model of the name in `start_from`.
    """
    models = store.models.list(project_id)
    if config.start_from is not None:
        if named := next((model for model in models if model.folder == config.start_from), None):
            return named
        raise NotFound(f"this project has no model in a folder {config.start_from[:80]!r} to start from")
    active_id = store.projects.get(project_id).active_model_id
    active = next((model for model in models if model.id == active_id), None)
    if active is None or config.from_scratch or config.weights_file is not None:
        return None
    if active.preset != config.preset.value:
        return None
    if config.image_size is not None and list(config.image_size) != active.meta.get("input_size"):
        return None
    tiling = active.meta.get("tiling") or {"width": 0}
    if config.tile_size is not None and config.tile_size != tiling["width"]:
        return None
    return active


def lineage_of(model: ModelVersion) -> planning.Lineage | None:
    """What a model hands down; None where its description does not say, as only its folder does then."""
    size, anchor = model.meta.get("input_size"), model.meta.get("anchor_size")
    if not isinstance(size, list) or not isinstance(anchor, int | float):
        return None
    tiling = Tiling.from_json(model.meta.get("tiling"))
    return planning.Lineage((int(size[0]), int(size[1])), float(anchor), f"v{model.number}", tiling)


def start_of(store: Store, project_id: int, config: TrainConfig) -> Start:
    """What a run would start from, in words. Raises as parent_of does."""
    parent = parent_of(store, project_id, config)
    warm = parent_of(store, project_id, replace(config, from_scratch=False))
    number = warm.number if warm else None
    if parent is not None:
        return Start("model", parent.number, f"starting from v{parent.number}", number)
    if config.weights_file is not None:
        return Start("pretrained", None, "starting from the weights file that was named", number)
    text = f"starting from {'ImageNet' if config.preset is Preset.LITE else 'COCO'} weights"
    if not config.from_scratch and (config.image_size is not None or config.tile_size is not None):
        kept = parent_of(store, project_id, replace(config, image_size=None, tile_size=None))
        what = "another input size" if config.image_size is not None else "other tiles"
        text += f", as v{kept.number} has {what}" if kept else ""
    return Start("pretrained", None, text, number)


def labels_of(snapshot: Snapshot) -> LabelSet:
    """The classes of a snapshot in the order of a model's outputs."""
    return _label_set(snapshot.classes)


def annotations_of(image: SnapshotImage, labels: LabelSet) -> tuple[Annotation, ...]:
    """The boxes of a snapshot's image in the labels of the model."""
    return tuple(Annotation(box, labels.label_of(class_id)) for class_id, box in image.boxes)


def _label_set(classes: Sequence[tuple[int, str]]) -> LabelSet:
    return LabelSet(tuple(class_id for class_id, _ in classes), tuple(name for _, name in classes))


def _pictures(images: Sequence[SnapshotImage], labels: LabelSet) -> list[Picture]:
    """What the planner looks at."""
    return [Picture(image.size, annotations_of(image, labels)) for image in images]


def _sample_of(outline: Outline, split: Split, labels: LabelSet) -> Sample:
    boxes = {labels.label_of(class_id): number for class_id, number in outline.boxes[split].items()}
    return Sample(_pictures(outline.looked_at[split], labels), outline.images[split], boxes)


def _boxes_by_class(store: Store, project_id: int, outline: Outline) -> tuple[ClassBoxes, ...]:
    counts = Counter(outline.boxes[Split.TRAIN]) + Counter(outline.boxes[Split.VAL])
    active = [c for c in store.classes.list(project_id) if not c.archived]
    return tuple(ClassBoxes(c.id, c.name, counts[c.id]) for c in active)


def _archived(store: Store, project_id: int) -> tuple[str, ...]:
    """What is left out of the boxes that were drawn, as a warning; none where nothing is."""
    archived = [c for c in store.classes.list(project_id) if c.archived]
    if not archived:
        return ()
    done = store.projects.done_boxes(project_id)
    left = [c for c in archived if done.get(c.id)]
    if not left:
        return ()
    boxes = count(sum(done[c.id] for c in left), "box", "boxes")
    verb, names = ("is" if len(left) == 1 else "are"), joined([c.name for c in left])
    return (f"{names} {verb} archived: {boxes} on done images will not be learned.",)


def _obstacles(outline: Outline) -> tuple[str, ...]:
    usable = outline.images[Split.TRAIN] + outline.images[Split.VAL]
    if usable < FEWEST_IMAGES:
        more = FEWEST_IMAGES - usable
        return (f"Mark {count(more, 'more image', 'more images')} as done; training needs at least {FEWEST_IMAGES}.",)
    reasons = []
    if not outline.boxes[Split.TRAIN]:
        reasons.append("Draw at least one box on the images to learn from; all of them say “nothing here”.")
    if outline.images[Split.VAL] < FEWEST_VAL:
        reasons.append(f"Training needs at least {FEWEST_VAL} done images in the split val to check on.")
    elif not outline.boxes[Split.VAL]:
        reasons.append("None of the images to check on has a box. Mark more images with boxes as done.")
    return tuple(reasons)


def _facts(images: int, boxes: tuple[ClassBoxes, ...]) -> str:
    used = [c for c in boxes if c.boxes]
    total = sum(c.boxes for c in used)
    return f"{count(images, 'image')}, {count(total, 'box', 'boxes')} in {count(len(used), 'class', 'classes')}"


def _device_word(device: FoundDevice) -> str:
    return "CPU" if device.device == "cpu" else device.name


def _warnings(boxes: tuple[ClassBoxes, ...], val_images: int) -> tuple[str, ...]:
    warnings = [
        f"{c.name} has {count(c.boxes, 'box', 'boxes')}: expect little from so few. Label more images that show it."
        for c in boxes
        if 0 < c.boxes < FEW_BOXES
    ]
    if unused := [c.name for c in boxes if not c.boxes]:
        verb = "has" if len(unused) == 1 else "have"
        warnings.append(f"{joined(unused)} {verb} no box on a done image and will not be learned.")
    if val_images < FEW_VAL_IMAGES:
        warnings.append(
            f"Only {count(val_images, 'image')} to check on: the figures will say little. Mark more images as done."
        )
    return tuple(warnings)
