"""`retinanet-r50-v2`: torchvision's RetinaNet ResNet-50 FPN v2, for machines with a GPU."""

from __future__ import annotations

from collections.abc import Mapping

from torch import Tensor
from torchvision.models.detection import RetinaNet_ResNet50_FPN_V2_Weights, retinanet_resnet50_fpn_v2

from detector.architectures.bodies import StageCut
from detector.architectures.head import fit_classes
from detector.architectures.interface import NetworkSpec
from detector.architectures.retinanet import RetinaNet
from detector.errors import WeightsUnavailable

COCO_CLASSES: tuple[str, ...] = tuple(RetinaNet_ResNet50_FPN_V2_Weights.COCO_V1.meta["categories"])
LAYERS = ("layer1", "layer2", "layer3", "layer4")
CUT = StageCut(stem=("conv1", "bn1", "relu", "maxpool"), stages=LAYERS, out=(1, 2, 3), at=3)
MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


def build_r50(spec: NetworkSpec, coco: Mapping[str, Tensor] | None = None, names: tuple[str, ...] = ()) -> RetinaNet:
    """The network, with random weights or with those that torchvision trained on COCO.

    Args:
        coco: state dict of torchvision's `retinanet_resnet50_fpn_v2` with its 91 outputs.
        names: names of the wanted classes; rows of COCO classes of the same name are kept.

    Raises:
        WeightsUnavailable: `coco` is the state dict of something else.
    """
    whole = retinanet_resnet50_fpn_v2(weights=None, weights_backbone=None, num_classes=len(COCO_CLASSES))
    if coco is not None:
        try:
            whole.load_state_dict(coco)
        except RuntimeError as error:
            raise WeightsUnavailable(
                "These weights are not those of torchvision's RetinaNet ResNet-50 FPN v2 with its 91 COCO outputs."
            ) from error
    fit_classes(whole.head, spec.classes, coco_rows(names) if coco is not None else {})
    return RetinaNet(
        spec,
        whole.backbone.body,
        CUT,
        whole.backbone.fpn,
        whole.head,
        mean=MEAN,
        std=STD,
        fpn_is_pretrained=coco is not None,
    )


def coco_rows(names: tuple[str, ...]) -> dict[int, int]:
    """Label -> COCO output for the names that COCO knows, without regard to case and surrounding blanks."""
    known = {name.casefold(): row for row, name in enumerate(COCO_CLASSES) if name not in ("__background__", "N/A")}
    wanted = (name.strip().casefold() for name in names)
    return {label: known[name] for label, name in enumerate(wanted) if name in known}
