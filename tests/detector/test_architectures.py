from __future__ import annotations

import math
from dataclasses import replace
from functools import lru_cache, partial

import pytest
import torch
from torch import Tensor, nn
from torchvision.models.detection import retinanet_resnet50_fpn_v2
from torchvision.models.detection.anchor_utils import AnchorGenerator
from torchvision.models.detection.image_list import ImageList
from torchvision.models.detection.retinanet import RetinaNetHead

from detector.architectures.anchors import STRIDES, base_anchors, grid_shapes, make_anchors
from detector.architectures.frozen_norm import FrozenNorm, folded, freeze_norms
from detector.architectures.head import SharedHead
from detector.architectures.interface import NetworkSpec
from detector.architectures.retinanet import RetinaNet
from detector.architectures.retinanet_lite import build_lite, load_lite_body
from detector.architectures.retinanet_r50 import COCO_CLASSES, build_r50, coco_rows
from detector.domain import ImageSize
from detector.errors import WeightsUnavailable
from detector.runs import Preset, Scope
from tests.detector.scenes import CANVAS, LITE

R50 = NetworkSpec(Preset.R50_V2, 2, CANVAS)
LITE_9 = replace(LITE, per_cell=9)  # as models of the first format have it
NETWORKS = pytest.mark.parametrize("spec", [LITE, LITE_9, R50], ids=["lite", "lite of nine", "r50"])


@lru_cache(maxsize=1)
def coco() -> dict[str, Tensor]:
    """A state dict as torchvision's COCO weights have it, with statistics that are not those of a new network."""
    torch.manual_seed(1)
    whole = retinanet_resnet50_fpn_v2(weights=None, weights_backbone=None, num_classes=91)
    for name, value in whole.state_dict().items():
        if name.endswith("running_mean"):
            value.normal_(std=0.1)
    return whole.state_dict()


def build(spec: NetworkSpec) -> RetinaNet:
    torch.manual_seed(0)
    return build_lite(spec) if spec.preset is Preset.LITE else build_r50(spec, coco(), ("Cat", "thing"))


def some_pixels(count: int = 2, size: ImageSize = CANVAS) -> Tensor:
    generator = torch.Generator().manual_seed(3)
    return torch.randint(0, 256, (count, 3, size.height, size.width), dtype=torch.uint8, generator=generator)


def test_anchors_are_those_the_coco_weights_know_where_strides_divide() -> None:
    canvas = ImageSize(256, 384)
    sizes = tuple((s, int(s * 2 ** (1 / 3)), int(s * 2 ** (2 / 3))) for s in (32, 64, 128, 256, 512))
    maps = [torch.zeros(1, 1, rows, columns) for rows, columns in grid_shapes(canvas)]
    expected = AnchorGenerator(sizes, ((0.5, 1.0, 2.0),) * 5)(
        ImageList(torch.zeros(1, 3, canvas.height, canvas.width), [(canvas.height, canvas.width)]), maps
    )[0]
    anchors, per_level = make_anchors(canvas, 32.0, 9)
    torch.testing.assert_close(anchors, expected)
    assert sum(per_level) == len(anchors)


def test_strides_are_stated_and_not_computed_from_the_grid() -> None:
    canvas = ImageSize(288, 288)  # 288 / 3 cells would be 96 at the last level
    anchors, per_level = make_anchors(canvas, 16.0, 9)
    middles = (anchors[:, :2] + anchors[:, 2:]) / 2
    for stride, level in zip(STRIDES, middles.split(list(per_level)), strict=True):
        assert torch.diff(level[:, 0].unique()).unique().tolist() == [stride]
    assert anchors.dtype == torch.float32
    assert base_anchors(8.0).shape == (5, 9, 4)


def test_a_single_anchor_is_a_square_in_the_middle_of_its_cell() -> None:
    anchors, per_level = make_anchors(CANVAS, 16.0, 1)
    assert per_level == tuple(rows * columns for rows, columns in grid_shapes(CANVAS))
    sides, middles = anchors[:, 2:] - anchors[:, :2], (anchors[:, :2] + anchors[:, 2:]) / 2
    for level, stride in enumerate(STRIDES[:3]):
        start = sum(per_level[:level])
        rows = slice(start, start + per_level[level])
        torch.testing.assert_close(sides[rows], torch.full_like(sides[rows], 16 * 2 ** (level + 1 / 3)))
        assert middles[rows].remainder(stride).flatten().tolist() == [stride / 2] * (2 * per_level[level])
        assert bool((middles[rows] < torch.tensor([CANVAS.width, CANVAS.height])).all())


def test_the_light_head_shares_its_first_layers_and_an_old_one_does_not() -> None:
    shared, old = build(LITE).head, build(LITE_9).head
    assert isinstance(shared, SharedHead)
    plain = RetinaNetHead(64, 9, 2, norm_layer=partial(nn.GroupNorm, 16)).state_dict()
    assert old.state_dict().keys() == plain.keys(), "what the first format wrote must fit"
    count = {name: sum(p.numel() for p in head.parameters()) for name, head in (("shared", shared), ("old", old))}
    assert count["shared"] < 0.6 * count["old"]


@NETWORKS
def test_a_network_says_something_about_each_anchor(spec: NetworkSpec) -> None:
    network = build(spec).eval()
    raw = network(some_pixels())
    count = len(network.anchors())
    assert raw.logits.shape == (2, count, 2)
    assert raw.deltas.shape == (2, count, 4)
    assert sum(network.anchors_per_level()) == count


@NETWORKS
def test_boxes_and_anchors_stay_float32_under_bfloat16(spec: NetworkSpec) -> None:
    network = build(spec).eval()
    network.precision = torch.bfloat16
    features = network.frozen_features(some_pixels(1))
    raw = network.predict_from(features)
    assert features[0].dtype == torch.bfloat16
    assert raw.logits.dtype == raw.deltas.dtype == network.anchors().dtype == torch.float32


def test_new_classes_start_from_the_prior() -> None:
    bias = build(LITE).head.classification_head.cls_logits.bias
    assert bias is not None
    torch.testing.assert_close(bias.detach(), torch.full_like(bias, -math.log(99)))


def test_only_the_last_layer_is_replaced_and_known_classes_keep_their_rows() -> None:
    network, before = build(R50), coco()
    cat = COCO_CLASSES.index("cat")
    for name, value in network.head.state_dict().items():
        old = before[f"head.{name}"]
        if "cls_logits" not in name:
            assert torch.equal(value, old), name
            continue
        for anchor in range(9):
            assert torch.equal(value[anchor * 2], old[anchor * 91 + cat])
    new = network.head.classification_head.cls_logits
    assert new.bias is not None
    assert new.bias[1::2].tolist() == pytest.approx([-math.log(99)] * 9)


def test_coco_names_are_found_whatever_their_case() -> None:
    assert coco_rows((" Person", "N/A", "__background__", "snark")) == {0: 1}


def test_the_network_computes_what_torchvisions_does() -> None:
    whole = retinanet_resnet50_fpn_v2(weights=None, weights_backbone=None, num_classes=91).eval()
    whole.load_state_dict(coco())
    own = build_r50(NetworkSpec(Preset.R50_V2, 1, CANVAS), coco(), ("cat",)).eval()
    pixels = some_pixels(1)
    with torch.no_grad():
        out = whole.head(list(whole.backbone((pixels.float() / 255 - own.mean / 255) / (own.std / 255)).values()))
        raw = own(pixels)
    torch.testing.assert_close(raw.deltas, out["bbox_regression"], rtol=1e-3, atol=1e-3)
    expected = out["cls_logits"][..., COCO_CLASSES.index("cat"), None]
    torch.testing.assert_close(raw.logits, expected, rtol=1e-3, atol=1e-3)


@NETWORKS
@pytest.mark.parametrize("scope", list(Scope))
def test_what_is_frozen_does_not_move_buffers_included(spec: NetworkSpec, scope: Scope) -> None:
    network = build(spec)
    network.set_scope(scope)
    network.train()
    before = {name: value.clone() for name, value in network.state_dict().items()}
    optimizer = torch.optim.SGD([p for p in network.parameters() if p.requires_grad], lr=1.0)
    raw = network(some_pixels())
    (raw.logits.square().mean() + raw.deltas.square().mean()).backward()
    optimizer.step()
    deep = {id(p) for part in network.cut.deep_parts(network.body) for p in part.parameters()}
    half = {f"body.{name}": "deep" if id(p) in deep else "shallow" for name, p in network.body.named_parameters()}
    after = network.state_dict()
    moved = {half.get(n, n.split(".")[0]) for n, value in after.items() if not torch.equal(value, before[n])}
    expected = {"head"}
    if not (scope is Scope.HEAD and spec is R50):
        expected.add("fpn")
    if scope in (Scope.DEEP, Scope.ALL):
        expected.add("deep")
    if scope is Scope.ALL:
        expected.add("shallow")
    assert moved == expected
    buffers = {name for name, _ in network.named_buffers() if name in before}
    assert buffers
    assert all(torch.equal(network.state_dict()[name], before[name]) for name in buffers)


@NETWORKS
def test_no_live_batch_norm_is_left(spec: NetworkSpec) -> None:
    modules = list(build(spec).modules())
    assert not any(isinstance(module, nn.BatchNorm2d) for module in modules)
    assert any(isinstance(module, FrozenNorm) for module in modules)


@NETWORKS
def test_the_folded_body_computes_the_same(spec: NetworkSpec) -> None:
    network = build(spec)
    body, cut = network.body.eval(), network.cut
    quick = folded(body)
    assert not any(isinstance(module, FrozenNorm) for module in quick.modules())
    x = torch.randn(1, 3, 96, 128, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        for slow, fast in zip(
            cut.deep(body, cut.shallow(body, x)), cut.deep(quick, cut.shallow(quick, x)), strict=True
        ):
            torch.testing.assert_close(fast, slow, rtol=1e-3, atol=1e-3)


def test_a_frozen_norm_computes_what_the_batch_norm_did_and_folds_only_after_its_convolution() -> None:
    torch.manual_seed(0)
    block = nn.Sequential(nn.Conv2d(3, 4, 1), nn.BatchNorm2d(4), nn.ReLU(), nn.BatchNorm2d(4))
    for norm in (block[1], block[3]):
        norm.running_mean.normal_()
        norm.running_var.uniform_(0.5, 2)
    block.eval()
    x = torch.randn(2, 3, 5, 5)
    expected = block(x).detach()
    freeze_norms(block)
    torch.testing.assert_close(block.train()(x), expected)
    quick = folded(block)
    assert [isinstance(module, FrozenNorm) for module in quick] == [False, False, False, True]
    torch.testing.assert_close(quick(x), expected)


def test_weights_of_the_pip_package_line_up_and_others_are_refused() -> None:
    from detector.architectures.weights import lite0_imagenet

    tensors = [value for name, value in lite0_imagenet().items() if not name.endswith("num_batches_tracked")]
    network = build(LITE)
    load_lite_body(network, tensors)
    assert torch.equal(next(iter(network.body.state_dict().values())), tensors[0])
    with pytest.raises(WeightsUnavailable, match="line up"):
        load_lite_body(network, tensors[:-1])
    with pytest.raises(WeightsUnavailable, match="91 COCO outputs"):
        build_r50(R50, {"a": torch.zeros(1)})


@pytest.mark.parametrize(
    "wrong", [{"classes": 0}, {"canvas": ImageSize(100, 96)}, {"anchor_size": 0.0}, {"anchor_size": float("nan")}]
)
def test_a_network_of_no_sense_is_refused(wrong: dict[str, object]) -> None:
    given: dict[str, object] = {"preset": Preset.LITE, "classes": 2, "canvas": CANVAS, "anchor_size": 16.0} | wrong
    with pytest.raises(ValueError, match=r"at least|multiples"):
        NetworkSpec(**given)  # type: ignore[arg-type]


@NETWORKS
@pytest.mark.parametrize("scope", list(Scope))
def test_a_network_finds_the_same_wherever_it_is_cut(spec: NetworkSpec, scope: Scope) -> None:
    network = build(spec).eval()
    with torch.no_grad():
        network.set_scope(Scope.ALL)
        whole = network(some_pixels(1))
        network.set_scope(scope)
        parts = network.predict_from(network.frozen_features(some_pixels(1)))
    torch.testing.assert_close(parts.logits, whole.logits, rtol=1e-3, atol=1e-3)
    torch.testing.assert_close(parts.deltas, whole.deltas, rtol=1e-3, atol=1e-3)


def test_the_frozen_part_is_named_by_its_weights_and_its_place() -> None:
    network = build(LITE)
    network.set_scope(Scope.HEAD)
    name = network.frozen_digest()
    with torch.no_grad():
        for part in (network.head, network.fpn, *network.cut.deep_parts(network.body)):
            next(part.parameters()).add_(1.0)
    network.set_scope(Scope.DEEP)
    assert network.frozen_digest() == name, "what is trained is no part of it, so kept features outlive the training"
    weights = network.state_dict()
    weights["body.conv_stem.weight"] = weights["body.conv_stem.weight"] + 1e-3
    network.load_state_dict(weights)
    assert network.frozen_digest() != name
    network.set_scope(Scope.ALL)
    assert network.frozen_digest() != name
