"""A fused body gives what the plain one gives, and bfloat16 moves its maps little."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from detector.architectures import fused as module
from detector.architectures.frozen_norm import FrozenNorm
from detector.architectures.fused import Fused, can_fuse, fused, rounded_keeping_sums
from detector.architectures.interface import NetworkSpec
from detector.architectures.registry import build
from detector.architectures.retinanet import RetinaNet
from detector.domain import ImageSize
from detector.runs import Preset

pytestmark = pytest.mark.skipif(not can_fuse(), reason="this build of torch has no fused convolution for the CPU")


@pytest.fixture(scope="module", params=list(Preset), ids=str)
def network(request: pytest.FixtureRequest) -> RetinaNet:
    torch.manual_seed(0)
    made = build(NetworkSpec(request.param, 2, ImageSize(224, 160), 16.0)).eval()
    for norm in made.body.modules():  # as after training: no norm is an identity, and maps stay in range
        if isinstance(norm, FrozenNorm):
            norm.running_mean.normal_(0, 0.1)
            norm.bias.normal_(0.5, 0.3)
            norm.running_var.uniform_(0.5, 1.5)
    return made


@torch.no_grad()
def maps(network: RetinaNet, body: nn.Module) -> list[Tensor]:
    x = torch.randn(2, 3, 160, 224, generator=torch.Generator().manual_seed(1))
    out = network.cut.deep(body, network.cut.shallow(body, x.contiguous(memory_format=torch.channels_last)))
    return [level.float() for level in out]


def apart(a: Tensor, b: Tensor) -> float:
    return float((a - b).square().mean().sqrt() / b.std())


@pytest.mark.parametrize("pack", [False, True], ids=["plain", "packed"])
@pytest.mark.parametrize("band", [1 << 30, 200_000], ids=["whole", "bands"])
def test_in_float32_it_is_the_same_body(
    network: RetinaNet, pack: bool, band: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "BAND_BYTES", band)
    copied = fused(network.body, torch.float32, pack=pack)
    assert not any(isinstance(part, nn.Conv2d | FrozenNorm) for part in copied.modules())
    for got, plain in zip(maps(network, copied), maps(network, network.body), strict=True):
        assert got.shape == plain.shape
        assert apart(got, plain) < 1e-4


def test_in_bfloat16_it_is_close(network: RetinaNet) -> None:
    wanted = maps(network, network.body)
    for got, plain in zip(maps(network, fused(network.body, torch.bfloat16)), wanted, strict=True):
        assert apart(got, plain) < 0.04


def test_what_is_kept_of_the_plain_body_stays_as_it_was(network: RetinaNet) -> None:
    before = {name: value.clone() for name, value in network.state_dict().items()}
    maps(network, fused(network.body, torch.bfloat16, pack=True))
    assert all(torch.equal(value, before[name]) for name, value in network.state_dict().items())


def test_kernels_are_rounded_to_bfloat16_and_keep_their_sums() -> None:
    weight = torch.randn(64, 1, 3, 3, generator=torch.Generator().manual_seed(0))
    rounded = rounded_keeping_sums(weight)
    assert torch.equal(rounded, rounded.bfloat16().float())
    assert ((rounded - weight).abs() <= 2**-7 * weight.abs().amax(dim=(2, 3), keepdim=True)).all()
    plain = weight.bfloat16().float()
    error = (rounded.sum((2, 3)) - weight.sum((2, 3))).abs().mean()
    assert error < 0.1 * (plain.sum((2, 3)) - weight.sum((2, 3))).abs().mean()


def test_biases_are_not_rounded() -> None:
    conv = nn.Conv2d(1, 8, 1).requires_grad_(False)
    conv.weight.fill_(-1)
    conv.bias.fill_(1 + 2**-9)  # 1 in bfloat16
    out = Fused(conv, "none", torch.bfloat16)(torch.ones(1, 1, 4, 4))
    assert torch.equal(out.float(), torch.full((1, 8, 4, 4), 2**-9))
