"""The opponents: that they learn is seen in the benchmark; here, that they are what they say."""

from __future__ import annotations

import random

import pytest
import torch

from benchmarks import peer_network, peers
from detector.domain import ImageSize
from detector.pictures.dataset import View

SHAPE = peer_network.Shape(classes=3, canvas=ImageSize(128, 96), smallest_anchor=16)


@pytest.fixture(scope="module")
def pictures() -> torch.Tensor:
    return torch.rand(2, 3, 96, 128, generator=torch.Generator().manual_seed(0))


def test_the_tuned_peer_has_anchors_at_the_stated_strides(pictures: torch.Tensor) -> None:
    anchors, outputs, per_level = peer_network.raw(peer_network.tuned(SHAPE).eval(), pictures)
    assert per_level == [9 * rows * columns for rows, columns in ((12, 16), (6, 8), (3, 4), (2, 2), (1, 1))]
    assert outputs["cls_logits"].shape == (2, len(anchors), 3)
    for level, stride in zip(torch.split(anchors, per_level), peer_network.STRIDES, strict=True):
        middles = ((level[:, :2] + level[:, 2:]) / 2).unique(dim=0)
        assert (middles % stride == 0).all()
    sides = anchors[:, 2:] - anchors[:, :2]
    assert sides[:9].prod(dim=1).sqrt().min() == pytest.approx(SHAPE.smallest_anchor, rel=0.1)


def test_its_loss_falls_on_one_batch_and_a_picture_without_boxes_is_taken(pictures: torch.Tensor) -> None:
    torch.manual_seed(0)
    network = peer_network.tuned(SHAPE).train()
    optimizer = torch.optim.AdamW(peers._groups(network))
    boxes = [torch.tensor([[10.0, 10, 40, 50]]), torch.zeros(0, 4)]
    labels = [torch.tensor([1]), torch.zeros(0, dtype=torch.int64)]
    losses = []
    for _ in range(8):
        loss = peer_network.tuned_loss(network, pictures, boxes, labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(float(loss.detach()))
    assert losses[-1] < 0.7 * losses[0]


def test_the_classic_peer_trains_all_parameters_with_live_batch_norm() -> None:
    network = peer_network.classic(SHAPE)
    assert all(parameter.requires_grad for parameter in network.parameters())
    assert any(isinstance(module, torch.nn.BatchNorm2d) for module in network.backbone.body.modules())


def test_a_flip_takes_the_boxes_along() -> None:
    pixels = torch.zeros(3, 96, 128, dtype=torch.uint8)
    pixels[:, 10:20, 30:50] = 255
    view = View(pixels, torch.tensor([[30.0, 10, 50, 20]]), torch.tensor([0]))
    dice = random.Random(0)
    seen = set()
    for _ in range(40):
        flipped = peers._flipped(view, ImageSize(128, 96), dice)
        x1, y1, x2, y2 = (int(value) for value in flipped.boxes[0])
        assert int((flipped.pixels[:, y1:y2, x1:x2] == 255).sum()) == 3 * 10 * 20
        seen.add((x1, y1))
    assert len(seen) == 4
    assert view.boxes.tolist() == [[30, 10, 50, 20]]
