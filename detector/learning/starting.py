"""What a run starts from: enough examples, a plan, and a network that fits the classes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch

from detector.architectures.registry import build_pretrained, fresh_spec
from detector.architectures.retinanet import RetinaNet
from detector.domain import ImageSize, LabelSet
from detector.errors import CheckpointError, TooFewExamples
from detector.learning.planning import Lineage, Plan, plan
from detector.models.checkpoints import Meta, load_model, save_model
from detector.pictures.dataset import Example
from detector.pictures.tiling import Tiling
from detector.runs import Preset, TrainConfig

START = "start"
FEWEST_VAL = 2


@dataclass(frozen=True, slots=True)
class Start:
    """A network on the CPU, its description, and the plan of the run."""

    network: RetinaNet
    meta: Meta
    plan: Plan


def check_examples(train: Sequence[Example], val: Sequence[Example], labels: LabelSet) -> None:
    """Raises TooFewExamples where there is too little to train or validate on, ValueError for an unknown label."""
    if len(labels) == 0:
        raise TooFewExamples("There is no class yet. Add a class and draw some boxes.")
    if not any(example.annotations for example in train):
        raise TooFewExamples(
            "There is no box to learn from among the training images. Draw some boxes and mark the images as done."
        )
    if len(val) < FEWEST_VAL or not any(example.annotations for example in val):
        raise TooFewExamples(
            f"Training needs at least {FEWEST_VAL} validation images that are done, one of them with a box; "
            f"there {'is' if len(val) == 1 else 'are'} {len(val)}. Label a few more images."
        )
    shared = {example.key for example in train} & {example.key for example in val}
    if shared:
        raise ValueError(f"{len(shared)} images are both for training and for validation, such as {min(shared)!r}")
    for example in (*train, *val):
        for annotation in example.annotations:
            annotation.box.must_lie_in(example.size)
            if annotation.label >= len(labels):
                raise ValueError(f"{example.path.name}: label {annotation.label}, but there are {len(labels)} classes")


def prepare(
    train: Sequence[Example],
    val: Sequence[Example],
    labels: LabelSet,
    config: TrainConfig,
    *,
    device: str,
    parent: Path | None,
    on_note: Callable[[str], None],
    successors: Mapping[int, int] | None = None,
) -> Start:
    """Plan the run and make its network, from pretrained weights or from the parent model.

    Args:
        successors: class ids of the parent -> those that they are part of now, where classes were merged.

    Raises:
        TooFewExamples, WeightsUnavailable, CheckpointError: see the texts.
    """
    torch.manual_seed(config.seed)
    network, known, tiling = _inherited(parent, config.preset, on_note) if parent is not None else (None, None, None)
    lineage = None
    if network is not None:
        canvas = network.spec.canvas
        lineage = Lineage((canvas.width, canvas.height), network.spec.anchor_size, tiling=tiling)
    chosen = plan(train, val, labels, config, device, torch.get_num_threads(), lineage)
    if network is not None and known is not None:
        network.set_classes(len(labels), _known_rows(labels, known, successors or {}))
    else:
        width, height = chosen.image_size
        spec = fresh_spec(config.preset, len(labels), ImageSize(width, height), chosen.smallest_anchor)
        file = Path(config.weights_file) if config.weights_file else None
        network = build_pretrained(spec, labels, weights_file=file, on_note=on_note)
    config_json, name = chosen.config.to_json(), parent.name if parent else None
    meta = Meta(network.spec, labels, parent=name, config=config_json, tiling=chosen.tiling)
    return Start(network, meta, chosen)


def save_start(start: Start, folder: Path) -> None:
    """Keep what the run starts from, so that it can be resumed without the parent or the pretrained weights."""
    save_model(start.network, start.meta, folder / START)


def resume_start(
    folder: Path, train: Sequence[Example], val: Sequence[Example], labels: LabelSet, device: str
) -> Start:
    """The same start again, for a run that was broken off.

    Raises:
        CheckpointError: the run in this folder was about other classes, or nothing of it is left.
    """
    network, meta = load_model(folder / START)
    if meta.labels.ids != labels.ids:
        raise CheckpointError("The run was started with other classes, so it cannot go on. Start a new one.")
    network.fpn_is_pretrained = meta.spec.preset is Preset.R50_V2
    canvas = meta.spec.canvas
    lineage = Lineage((canvas.width, canvas.height), meta.spec.anchor_size, tiling=meta.tiling)
    chosen = plan(train, val, labels, TrainConfig.from_json(meta.config), device, torch.get_num_threads(), lineage)
    return Start(network, meta, chosen)


def _known_rows(labels: LabelSet, known: LabelSet, successors: Mapping[int, int]) -> dict[int, int]:
    """For each label that the parent knew, its row there.

    A class starts from its own row; one that the parent did not know from the row of a class that was merged into it.
    """
    rows: dict[int, int] = {}
    for row, old in enumerate(known.ids):
        now = successors.get(old, old)
        if now in labels.ids and (now == old or now not in known.ids):
            rows.setdefault(labels.ids.index(now), row)
    return rows


def _inherited(
    parent: Path, preset: Preset, on_note: Callable[[str], None]
) -> tuple[RetinaNet, LabelSet, Tiling | None]:
    network, meta = load_model(parent)
    if meta.spec.preset is not preset:
        raise CheckpointError(
            f"The model {parent.name} is a {meta.spec.preset}, not a {preset}. "
            "Choose its network, or start from the pretrained weights."
        )
    on_note(f"Starting from the model {parent.name}.")
    return network, meta.labels, meta.tiling
