"""`retinanet-lite`: EfficientNet-Lite0 with a slim pyramid and head, made for training on a CPU."""

from __future__ import annotations

from functools import partial

import timm
import torch
from torch import Tensor, nn
from torchvision.models.detection.retinanet import RetinaNetHead
from torchvision.ops import FeaturePyramidNetwork
from torchvision.ops.feature_pyramid_network import LastLevelP6P7

from detector.architectures.bodies import StageCut
from detector.architectures.head import SharedHead
from detector.architectures.interface import NetworkSpec
from detector.architectures.retinanet import RetinaNet
from detector.errors import WeightsUnavailable

TIMM_NAME = "tf_efficientnet_lite0"
BODY_CHANNELS = (40, 112, 320)  # of the maps at strides 8, 16, 32
WIDTH = 64  # channels of pyramid and head
NORM_GROUPS = 16
CUT = StageCut(stem=("conv_stem", "bn1"), stages=[f"blocks.{i}" for i in range(7)], out=(2, 4, 6), at=3)


def build_lite(spec: NetworkSpec) -> RetinaNet:
    """The network with random weights."""
    body = timm.create_model(TIMM_NAME, pretrained=False, features_only=True, out_indices=(2, 3, 4))
    fpn = FeaturePyramidNetwork(list(BODY_CHANNELS), WIDTH, extra_blocks=LastLevelP6P7(WIDTH, WIDTH))
    if spec.per_cell == 1:
        head: RetinaNetHead = SharedHead(WIDTH, 1, spec.classes, NORM_GROUPS)
    else:  # as models of the first format have it
        head = RetinaNetHead(WIDTH, spec.per_cell, spec.classes, norm_layer=partial(nn.GroupNorm, NORM_GROUPS))
    return RetinaNet(spec, body, CUT, fpn, head, mean=[0.5] * 3, std=[0.5] * 3, fpn_is_pretrained=False)


def load_lite_body(network: RetinaNet, tensors: list[Tensor]) -> None:
    """Put ImageNet weights into the body.

    Args:
        tensors: all weights and statistics of an EfficientNet-Lite0 classifier in the order of its layers, without
            counters; the names differ from timm's, the order does not.

    Raises:
        WeightsUnavailable: number or shapes do not line up.
    """
    classifier = timm.create_model(TIMM_NAME, pretrained=False)
    slots = {name: value for name, value in classifier.state_dict().items() if not name.endswith("num_batches_tracked")}
    if [value.shape for value in slots.values()] != [value.shape for value in tensors]:
        raise WeightsUnavailable("These weights are not those of an EfficientNet-Lite0: their shapes do not line up.")
    given = dict(zip(slots, tensors, strict=True))
    own = network.body.state_dict()
    with torch.no_grad():
        network.body.load_state_dict({name: given[name] for name in own})
