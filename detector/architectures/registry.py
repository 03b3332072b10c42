"""From a preset's name to a network."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from detector.architectures import weights
from detector.architectures.interface import NetworkSpec
from detector.architectures.retinanet import RetinaNet
from detector.architectures.retinanet_lite import build_lite, load_lite_body
from detector.architectures.retinanet_r50 import build_r50
from detector.domain import ImageSize, LabelSet
from detector.runs import Preset

# What torchvision trained on COCO has nine anchors a cell; with one, assigned by alignment, the head made here finds
# boxes more exactly and is quicker.
PER_CELL = {Preset.LITE: 1, Preset.R50_V2: 9}


def fresh_spec(preset: Preset, classes: int, canvas: ImageSize, anchor_size: float) -> NetworkSpec:
    """The shape of a new network, where no model hands one down."""
    return NetworkSpec(preset, classes, canvas, anchor_size, PER_CELL[preset])


def build(spec: NetworkSpec) -> RetinaNet:
    """A network with random weights, to be filled from a checkpoint."""
    return build_r50(spec) if spec.preset is Preset.R50_V2 else build_lite(spec)


def build_pretrained(
    spec: NetworkSpec,
    labels: LabelSet,
    *,
    weights_file: Path | None = None,
    on_note: Callable[[str], None] = lambda _: None,
    source: weights.WeightSource | None = None,
) -> RetinaNet:
    """A network with the preset's pretrained weights, its last layer made for `labels`.

    Args:
        weights_file: weights named by the user instead of the preset's own.
        source: where missing files are fetched from and kept.

    Raises:
        WeightsUnavailable: the weights cannot be found, fetched or trusted, or are those of another network.
    """
    if spec.preset is Preset.R50_V2:
        path = weights_file or (source or weights.WeightSource()).fetch(weights.R50_COCO, on_note=on_note)
        return build_r50(spec, weights.load_file(path), labels.names)
    network = build_lite(spec)
    tensors = weights.load_file(weights_file) if weights_file else weights.lite0_imagenet()
    load_lite_body(network, [value for name, value in tensors.items() if not name.endswith("num_batches_tracked")])
    return network
