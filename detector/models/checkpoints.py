"""A model on disk: a folder with `model.safetensors` and `meta.json`, written beside and moved into place."""

from __future__ import annotations

import shutil
import uuid
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import Any

import torch
import torchvision
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file

from detector.architectures.interface import NetworkSpec
from detector.architectures.registry import build
from detector.architectures.retinanet import RetinaNet
from detector.domain import ImageSize, LabelSet
from detector.errors import CheckpointError
from detector.models.model_folder import (
    META,
    finish_swap,
    old_name,
    read_description,
    replace_description,
    sync,
    write_json,
)
from detector.pictures.tiling import Tiling
from detector.runs import Preset

NOT_FLAT = ("spec", "labels", "tiling")  # fields of Meta that its JSON writes in a way of its own
WEIGHTS = "model.safetensors"
FORMAT = 3
WHOLE_PICTURES = 2  # the format of a model without tiles, which earlier versions read


@dataclass(frozen=True, slots=True)
class Meta:
    """What a model folder says about its model.

    Attributes:
        spec: preset, number of classes, canvas and smallest anchor.
        labels: class ids and names in the order of the outputs.
        score_threshold, nms_iou, max_boxes: of prediction.
        metrics: validation figures by name, 0..1; `threshold` is the score from which boxes are worth showing.
        thresholds: the same by class id (as text); see detector.measuring.thresholds.
        chosen_thresholds: what a person chose instead, and by which wish: `{"wish": {"kind", "value"}, "all": 0.4,
            "by_class": {"3": 0.35}}`, by class id of the project; None where nobody did.
        parent: folder name of the model it was trained on from, if any.
        snapshot_digest: of the annotations it was trained on.
        config: the training settings as they were used.
        tiling: how it cuts pictures; None where it looks at whole ones.
        threads: torch's thread count during training.
        versions: of torch and torchvision.
    """

    spec: NetworkSpec
    labels: LabelSet
    score_threshold: float = 0.01
    nms_iou: float = 0.5
    max_boxes: int = 300
    metrics: dict[str, float] = field(default_factory=dict)
    thresholds: dict[str, float] = field(default_factory=dict)
    chosen_thresholds: dict[str, Any] | None = None
    parent: str | None = None
    snapshot_digest: str | None = None
    config: dict[str, Any] = field(default_factory=dict)
    tiling: Tiling | None = None
    threads: int = field(default_factory=torch.get_num_threads)
    versions: dict[str, str] = field(
        default_factory=lambda: {"torch": str(torch.__version__), "torchvision": str(torchvision.__version__)}
    )

    def __post_init__(self) -> None:
        if self.spec.classes != len(self.labels):
            raise ValueError(f"a network for {self.spec.classes} classes, but {len(self.labels)} labels")

    def to_json(self) -> dict[str, Any]:
        flat = {f.name: getattr(self, f.name) for f in fields(self) if f.name not in NOT_FLAT}
        classes = [
            {"id": class_id, "name": name} for class_id, name in zip(self.labels.ids, self.labels.names, strict=True)
        ]
        canvas = self.spec.canvas
        return {
            "format": WHOLE_PICTURES if self.tiling is None else FORMAT,
            "architecture": str(self.spec.preset),
            "classes": classes,
            "input_size": [canvas.width, canvas.height],
            "anchor_size": self.spec.anchor_size,
            "anchors_per_cell": self.spec.per_cell,
            **flat,
            **({} if self.tiling is None else {"tiling": self.tiling.to_json()}),
        }

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> Meta:
        """Read what to_json wrote. Raises KeyError, TypeError or ValueError for anything else."""
        if values["format"] > FORMAT:
            raise ValueError(f"written by a newer version of Boxloop (format {values['format']})")
        classes = values["classes"]
        labels = LabelSet(tuple(int(c["id"]) for c in classes), tuple(str(c["name"]) for c in classes))
        width, height = values["input_size"]
        spec = NetworkSpec(
            Preset(values["architecture"]),
            len(labels),
            ImageSize(width, height),
            float(values["anchor_size"]),
            int(values.get("anchors_per_cell", 9)),  # format 1 knew no other
        )
        rest = {f.name: values[f.name] for f in fields(cls) if f.name in values and f.name not in NOT_FLAT}
        return cls(spec=spec, labels=labels, tiling=Tiling.from_json(values.get("tiling")), **rest)


def save_model(model: RetinaNet, meta: Meta, folder: Path) -> None:
    """Write a model folder so that a crash leaves either the old one or the new one, whole.

    Replaces `folder` where it exists.
    """
    if model.spec != meta.spec:
        raise ValueError(f"the network is {asdict(model.spec)}, its description says {asdict(meta.spec)}")
    folder.parent.mkdir(parents=True, exist_ok=True)
    beside = folder.with_name(f".{folder.name}.{uuid.uuid4().hex}")
    beside.mkdir()
    try:
        tensors = {name: value.detach().cpu().contiguous().clone() for name, value in model.state_dict().items()}
        save_file(tensors, beside / WEIGHTS)
        sync(beside / WEIGHTS)
        write_json(beside / META, meta.to_json())
        _swap(beside, folder)
    finally:
        shutil.rmtree(beside, ignore_errors=True)


def read_meta(folder: Path) -> Meta:
    """What a model folder says about itself.

    Raises:
        CheckpointError: there is none, or it is damaged.
    """
    try:
        return Meta.from_json(read_description(folder))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise CheckpointError(f"{folder / META} is damaged: {error}") from error


def update_meta(folder: Path, **changes: Any) -> Meta:
    """Change fields of a model's description, such as `snapshot_digest`, in one step. Returns the new one."""
    meta = replace(read_meta(folder), **changes)
    replace_description(folder, meta.to_json())
    return meta


def load_model(folder: Path) -> tuple[RetinaNet, Meta]:
    """The network of a model folder, on the CPU and in eval mode, and its description.

    Raises:
        CheckpointError: missing, damaged, or not the network that it says it is.
    """
    meta = read_meta(folder)
    network = build(meta.spec)
    load_weights(network, folder)
    # What lies here was trained, so that scope `head` may leave the large network's pyramid as it is.
    network.fpn_is_pretrained = meta.spec.preset is Preset.R50_V2
    return network.eval(), meta


def load_weights(network: RetinaNet, folder: Path) -> None:
    """Put the weights of a model folder into a network of the same shape, wherever it lies.

    Raises:
        CheckpointError: missing, damaged, or of another network.
    """
    finish_swap(folder)
    try:
        network.load_state_dict(load_file(folder / WEIGHTS))
    except FileNotFoundError as error:
        raise CheckpointError(f"{folder} holds no model: {WEIGHTS} is missing.") from error
    except (SafetensorError, OSError, RuntimeError) as error:
        raise CheckpointError(f"{folder / WEIGHTS} is damaged or of another network.") from error


def _swap(new: Path, folder: Path) -> None:
    """Put `new` at `folder`. A folder cannot be replaced in one step where it holds files, so the old one is kept
    under a fixed name until the new one stands; `finish_swap` brings it back after a crash in between."""
    sync(new)
    old = old_name(folder)
    if folder.exists():
        shutil.rmtree(old, ignore_errors=True)
        folder.rename(old)
    new.rename(folder)
    sync(folder.parent)
    shutil.rmtree(old, ignore_errors=True)
