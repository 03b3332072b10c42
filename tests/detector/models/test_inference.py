"""A network made for looking gives the boxes of the one it was made from."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from PIL import Image
from torch import nn

from benchmarks.agreement import agreement, plainly
from benchmarks.datasets import folder_of
from detector import pixels
from detector.architectures.fused import Fused, can_fuse
from detector.architectures.interface import NetworkSpec
from detector.architectures.registry import build, build_pretrained
from detector.architectures.retinanet import RetinaNet
from detector.architectures.winograd import FEWEST_TILES, Winograd
from detector.domain import ImageSize, LabelSet
from detector.models import inference
from detector.models.checkpoints import Meta, save_model
from detector.models.inference import for_inference
from detector.models.predictor import Predictor
from detector.runs import Preset, Scope
from tests.detector.scenes import scene

LABELS = LabelSet((1, 2, 3), ("a", "b", "c"))
CANVAS = ImageSize(320, 256)
SPREAD = {Preset.LITE: 4, Preset.R50_V2: 1}  # times the weights of a new head, for scores of all sizes


@pytest.fixture(
    scope="module",
    params=[(Preset.LITE, 9), (Preset.LITE, 1), (Preset.R50_V2, 9)],
    ids=["light, nine anchors a cell", "light, one anchor a cell", "large"],
)
def network(request: pytest.FixtureRequest) -> RetinaNet:
    torch.manual_seed(0)
    preset, per_cell = request.param
    spec = NetworkSpec(preset, len(LABELS), CANVAS, 8.0, per_cell)
    made = build_pretrained(spec, LABELS) if preset is Preset.LITE else build(spec)
    with torch.no_grad():
        made.head.classification_head.cls_logits.weight.mul_(SPREAD[preset])
    made.fpn_is_pretrained = preset is Preset.R50_V2  # as it is after loading
    return made.eval()


def views(seed: int = 0) -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.randint(0, 256, (2, 3, CANVAS.height, CANVAS.width), dtype=torch.uint8, generator=generator)


def pictures(tmp_path: Path) -> list[Image.Image]:
    files = sorted((folder_of("bccd") / "JPEGImages").glob("*.jpg"))[:3]
    drawn = [scene(tmp_path, f"s{i}", objects=6, size=ImageSize(400, 300)).path for i in range(2)]
    return [pixels.load(file) for file in [*files, *drawn]]


def test_its_boxes_are_those_of_the_plain_network(network: RetinaNet, tmp_path: Path) -> None:
    meta = Meta(network.spec, LABELS)
    save_model(network, meta, tmp_path / "m")
    predictor = Predictor(tmp_path / "m", device="cpu")
    shown = pictures(tmp_path)
    pairs = [(plainly(network, meta, one), next(predictor.predict([one])).predictions) for one in shown]
    found = agreement(pairs, least_score=0.02)
    assert found.boxes > 100
    assert found.missing <= 0.06 * found.boxes  # of two boxes that overlap, the other one may be left
    # The large network's body is random, and so makes more of every rounding than a trained one.
    pixels_apart, within = (0.15, 0.95) if network.spec.preset is Preset.LITE else (0.4, 0.75)
    assert found.pixels_median < pixels_apart
    assert found.score_median < 0.002
    assert found.within > within


@torch.no_grad()
def test_in_float32_it_gives_the_same(network: RetinaNet, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inference, "quicker_precision", lambda device: torch.float32)
    made, plain = for_inference(network), network(views())
    raw = made(views())
    torch.testing.assert_close(raw.logits, plain.logits, rtol=1e-3, atol=2e-3)
    torch.testing.assert_close(raw.deltas, plain.deltas, rtol=1e-3, atol=2e-3)


def test_the_network_it_was_made_from_can_be_trained_on(network: RetinaNet) -> None:
    before = {name: value.clone() for name, value in network.state_dict().items()}
    trained = [name for name, value in network.named_parameters() if value.requires_grad]
    with torch.inference_mode():
        for_inference(network)(views())
    assert all(torch.equal(value, before[name]) for name, value in network.state_dict().items())
    assert [name for name, value in network.named_parameters() if value.requires_grad] == trained
    assert trained


@pytest.mark.parametrize("precision", [torch.float32, torch.bfloat16], ids=str)
def test_what_crosses_the_seam_is_the_same_bits_as_in_training(
    network: RetinaNet, precision: torch.dtype, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inference, "quicker_precision", lambda device: precision)
    made = for_inference(network)
    network.set_scope(Scope.HEAD)
    network.precision = precision
    assert made.frozen_digest() == network.frozen_digest()
    for ours, trained in zip(made.frozen_features(views()), network.frozen_features(views()), strict=True):
        assert ours.dtype == trained.dtype
        assert torch.equal(ours, trained)
    network.precision = torch.float32


@pytest.mark.skipif(not can_fuse(), reason="this build of torch has no fused convolution for the CPU")
def test_a_build_of_torch_without_fused_convolutions_gives_the_same(
    network: RetinaNet, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inference, "quicker_precision", lambda device: torch.float32)
    with torch.inference_mode():
        fused = for_inference(network)(views())
        for module in ("detector.models.inference", "detector.architectures.retinanet"):
            monkeypatch.setattr(f"{module}.can_fuse", lambda: False)
        made = for_inference(network)
        assert not any(isinstance(part, Fused) for part in made.modules())
        plain = made(views())
    torch.testing.assert_close(fused.logits, plain.logits, rtol=1e-3, atol=2e-3)
    torch.testing.assert_close(fused.deltas, plain.deltas, rtol=1e-3, atol=2e-3)


@pytest.mark.parametrize("height", [26, 40, 41, 8], ids=["even", "large", "odd", "small"])
@pytest.mark.parametrize("bias", [True, False])
@torch.no_grad()
def test_sixteen_products_do_for_four_outputs(height: int, bias: bool) -> None:
    conv = nn.Conv2d(32, 24, 3, padding=1, bias=bias)
    asked: list[tuple[int, ...]] = []

    class Direct(nn.Module):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            asked.append(tuple(x.shape))
            return conv(x)

    x = torch.randn(2, 32, height, 30).contiguous(memory_format=torch.channels_last)
    got = Winograd(conv, torch.float32, otherwise=Direct())(x)
    torch.testing.assert_close(got, conv(x), rtol=1e-4, atol=1e-4)
    assert got.is_contiguous(memory_format=torch.channels_last)
    assert bool(asked) is (height % 2 == 1 or 2 * height * 30 < 4 * FEWEST_TILES)


def test_other_convolutions_are_refused() -> None:
    with pytest.raises(ValueError, match="3 x 3"):
        Winograd(nn.Conv2d(8, 8, 3, padding=1, stride=2), torch.float32, otherwise=nn.Identity())
