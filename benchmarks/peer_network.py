"""The network that peers of `retrain` train: torchvision's RetinaNet on the lite preset's body, pyramid and head.

Nothing of Boxloop's own network, loss or schedule is used, so that a change of those changes no peer.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import timm
import torch
from torch import Tensor, nn
from torchvision.models.detection import RetinaNet
from torchvision.models.detection.anchor_utils import AnchorGenerator
from torchvision.models.detection.image_list import ImageList
from torchvision.models.detection.retinanet import RetinaNetHead
from torchvision.ops import FeaturePyramidNetwork, box_iou, generalized_box_iou_loss, sigmoid_focal_loss
from torchvision.ops.feature_pyramid_network import LastLevelP6P7

from detector.architectures import weights
from detector.architectures.frozen_norm import freeze_norms
from detector.domain import ImageSize

BODY = "tf_efficientnet_lite0"
CHANNELS = [40, 112, 320]  # of the body's maps at strides 8, 16, 32
WIDTH, NORM_GROUPS = 64, 16
STRIDES = (8, 16, 32, 64, 128)
RATIOS = (0.5, 1.0, 2.0)


@dataclass(frozen=True, slots=True)
class Shape:
    """What a peer shares with Boxloop's run: classes, input in pixels, side of the smallest anchor in pixels."""

    classes: int
    canvas: ImageSize
    smallest_anchor: float


@dataclass(frozen=True, slots=True)
class Halves:
    """Which halves compute in bfloat16: the body, and the pyramid with the head."""

    body: bool = False
    head: bool = False

    def __str__(self) -> str:
        return {(0, 0): "float32", (0, 1): "bfloat16 after the body"}.get((self.body, self.head), "bfloat16")


class Backbone(nn.Module):
    """EfficientNet-Lite0 with ImageNet weights, and a pyramid of five levels."""

    def __init__(self) -> None:
        super().__init__()
        self.body = timm.create_model(BODY, pretrained=False, features_only=True, out_indices=(2, 3, 4))
        self._load_imagenet()
        self.fpn = FeaturePyramidNetwork(CHANNELS, WIDTH, extra_blocks=LastLevelP6P7(WIDTH, WIDTH))
        self.out_channels = WIDTH
        self.halves = Halves()

    def forward(self, x: Tensor) -> dict[str, Tensor]:
        with torch.autocast(x.device.type, torch.bfloat16, enabled=self.halves.body):
            maps = self.body(x)
        with torch.autocast(x.device.type, torch.bfloat16, enabled=self.halves.head):
            pyramid: dict[str, Tensor] = self.fpn({str(level): one for level, one in enumerate(maps)})
        return pyramid

    def _load_imagenet(self) -> None:
        """The package's tensors are in the order of timm's layers, under other names."""
        given = [value for name, value in weights.lite0_imagenet().items() if not name.endswith("num_batches_tracked")]
        classifier = timm.create_model(BODY, pretrained=False).state_dict()
        names = [name for name in classifier if not name.endswith("num_batches_tracked")]
        known = dict(zip(names, given, strict=True))
        self.body.load_state_dict({name: known.get(name, own) for name, own in self.body.state_dict().items()})


class StatedAnchors(AnchorGenerator):  # type: ignore[misc]  # torchvision states no types
    """torchvision's anchors with the strides stated; it takes them from the grid, which is wrong on small canvases."""

    def forward(self, image_list: ImageList, feature_maps: list[Tensor]) -> list[Tensor]:
        grids = [[one.shape[-2], one.shape[-1]] for one in feature_maps]
        device = feature_maps[0].device
        strides = [[torch.tensor(stride, device=device)] * 2 for stride in STRIDES]
        self.set_cell_anchors(torch.float32, device)
        boxes = torch.cat(self.grid_anchors(grids, strides))
        return [boxes] * len(image_list.image_sizes)


def classic(shape: Shape) -> RetinaNet:
    """torchvision's own, as a tutorial would build it: live batch norm, L1 box loss, anchors by the grid."""
    return _network(shape, AnchorGenerator)


def tuned(shape: Shape) -> RetinaNet:
    """The same with standing batch norm and stated strides."""
    network = _network(shape, StatedAnchors)
    freeze_norms(network.backbone.body)
    return network.to(memory_format=torch.channels_last)


def _network(shape: Shape, anchors: type[AnchorGenerator]) -> RetinaNet:
    octaves = [tuple(int(shape.smallest_anchor * 2 ** (level + o / 3)) for o in range(3)) for level in range(5)]
    head = RetinaNetHead(WIDTH, 9, shape.classes, norm_layer=partial(nn.GroupNorm, NORM_GROUPS))
    return RetinaNet(
        Backbone(),
        shape.classes,
        anchor_generator=anchors(tuple(octaves), (RATIOS,) * 5),
        head=head,
        image_mean=[0.5] * 3,
        image_std=[0.5] * 3,
        score_thresh=0.01,
        _skip_resize=True,  # pictures come on their canvas already
    )


def tuned_loss(network: RetinaNet, pictures: Tensor, boxes: Sequence[Tensor], labels: Sequence[Tensor]) -> Tensor:
    """Focal and GIoU loss, both divided by the positives of the whole batch; anchors and losses in float32.

    Args:
        pictures: [B, 3, H, W] float32 in 0..1.   boxes: [N, 4] and labels: [N] of each, in canvas pixels.
    """
    anchors, outputs, _ = raw(network, pictures)
    logits, deltas = outputs["cls_logits"], outputs["bbox_regression"]
    truth, counted = torch.zeros_like(logits), torch.ones(logits.shape[:2], dtype=torch.bool, device=logits.device)
    found, wanted = [], []
    for row, (own, own_labels) in enumerate(zip(boxes, labels, strict=True)):
        matched = _matched(network, own, anchors)
        positive = (matched >= 0).nonzero().flatten()
        counted[row] = matched != network.proposal_matcher.BETWEEN_THRESHOLDS
        truth[row, positive, own_labels[matched[positive]]] = 1.0
        found.append(network.box_coder.decode_single(deltas[row, positive], anchors[positive]))
        wanted.append(own[matched[positive]])
    positives = max(1, sum(len(one) for one in found))
    classes = sigmoid_focal_loss(logits[counted], truth[counted], reduction="sum")
    box = generalized_box_iou_loss(torch.cat(found), torch.cat(wanted), reduction="sum")
    total: Tensor = (classes + box) / positives
    return total


def _matched(network: RetinaNet, boxes: Tensor, anchors: Tensor) -> Tensor:
    """[A]: index of each anchor's box, or the matcher's negative signs."""
    if not len(boxes):
        return torch.full((len(anchors),), network.proposal_matcher.BELOW_LOW_THRESHOLD, device=anchors.device)
    matched: Tensor = network.proposal_matcher(box_iou(boxes, anchors))
    return matched


def raw(network: RetinaNet, pictures: Tensor) -> tuple[Tensor, dict[str, Tensor], list[int]]:
    """Anchors [A, 4], what the head says of them in float32, and how many anchors each level has."""
    normed = ((pictures - 0.5) / 0.5).contiguous(memory_format=torch.channels_last)
    maps = list(network.backbone(normed).values())
    with torch.autocast(pictures.device.type, torch.bfloat16, enabled=network.backbone.halves.head):
        outputs = network.head(maps)
    # In bfloat16 the anchors would be off by several pixels.
    sizes = [(pictures.shape[-2], pictures.shape[-1])] * len(pictures)
    anchors: Tensor = network.anchor_generator(ImageList(pictures, sizes), [one.float() for one in maps])[0]
    per_level = [one.shape[-2] * one.shape[-1] * 9 for one in maps]
    return anchors, {name: value.float() for name, value in outputs.items()}, per_level


@torch.inference_mode()
def detect(network: RetinaNet, pictures: Tensor) -> list[dict[str, Tensor]]:
    """Boxes on the canvas, scores and labels of each picture, by torchvision's own post-processing."""
    anchors, outputs, per_level = raw(network, pictures)
    split = {name: list(torch.split(value, per_level, dim=1)) for name, value in outputs.items()}
    levels = [list(torch.split(anchors, per_level))] * len(pictures)
    sizes = [(pictures.shape[-2], pictures.shape[-1])] * len(pictures)
    found: list[dict[str, Tensor]] = network.postprocess_detections(split, levels, sizes)
    return found
