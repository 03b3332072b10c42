from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor
from torchvision.models.detection._utils import BoxCoder
from torchvision.ops import box_iou, generalized_box_iou_loss, sigmoid_focal_loss

from detector.architectures.anchors import make_anchors
from detector.architectures.interface import Architecture, RawOutput
from detector.domain import ImageSize
from detector.errors import InvalidBox
from detector.learning.alignment import align
from detector.learning.loss import BOX_WEIGHT, Losses, assigned_loss, detection_loss, focal_loss, quality_focal_loss
from detector.models.decoding import decode, find
from detector.pictures.dataset import Truth
from detector.runs import Scope
from tests.detector.scenes import LITE


@pytest.mark.parametrize(("alpha", "gamma"), [(0.25, 2.0), (0.5, 0.0), (0.9, 1.5)])
def test_focal_loss_is_that_of_the_paper(alpha: float, gamma: float) -> None:
    torch.manual_seed(0)
    logits, truth = torch.randn(50, 3) * 3, (torch.rand(50, 3) > 0.7).float()
    expected = sigmoid_focal_loss(logits, truth, alpha=alpha, gamma=gamma)
    torch.testing.assert_close(focal_loss(logits, truth, alpha, gamma), expected)


def test_decoding_is_that_of_r_cnn() -> None:
    torch.manual_seed(0)
    corner = torch.rand(30, 2) * 50
    anchors = torch.cat([corner, corner + 5 + torch.rand(30, 2) * 40], dim=1)
    deltas = torch.randn(30, 4)
    deltas[0, 2:] = 50.0  # cut off before exp overflows
    expected = BoxCoder((1.0, 1.0, 1.0, 1.0)).decode_single(deltas, anchors)
    torch.testing.assert_close(decode(deltas, anchors), expected)


ANCHORS = torch.tensor([[0.0, 0, 10, 10], [10, 0, 20, 10], [20, 0, 30, 10]])


class Stub(Architecture):
    """Has anchors and says how many a cell has; nothing else of a network concerns the loss."""

    def __init__(self, per_cell: int) -> None:
        super().__init__()
        self.spec = replace(LITE, per_cell=per_cell)
        self.boxes, self.levels = make_anchors(LITE.canvas, LITE.anchor_size, per_cell)
        self.turned_boxes, _ = make_anchors(LITE.canvas.turned, LITE.anchor_size, per_cell)

    def anchors(self, *, turned: bool = False) -> Tensor:
        return self.turned_boxes if turned else self.boxes

    def anchors_per_level(self) -> tuple[int, ...]:
        return self.levels

    def frozen_features(self, pixels: Tensor) -> tuple[Tensor, ...]:
        raise NotImplementedError

    def predict_from(self, features: Sequence[Tensor]) -> RawOutput:
        raise NotImplementedError

    def set_scope(self, scope: Scope) -> None:
        raise NotImplementedError

    def frozen_digest(self) -> str:
        raise NotImplementedError

    @property
    def has_frozen_part(self) -> bool:
        raise NotImplementedError

    @property
    def pad_color(self) -> tuple[int, int, int]:
        raise NotImplementedError


PER_CELL = pytest.mark.parametrize("per_cell", [1, 9])
SETTLED = pytest.mark.parametrize("settled", [True, False])


def truth(*rows: tuple[float, float, float, float], label: int = 0) -> Truth:
    boxes = torch.tensor(rows, dtype=torch.float32).reshape(-1, 4)
    return Truth(boxes, torch.full((len(boxes),), label, dtype=torch.int64))


TRUTHS = [truth((10, 10, 40, 40), (60, 30, 100, 70)), truth(), truth((70, 20, 73, 24), label=1)]


def said(network: Stub, pictures: int, classes: int = 2) -> RawOutput:
    """Something at random, with gradients."""
    generator = torch.Generator().manual_seed(5)
    count = len(network.boxes)
    logits = torch.randn(pictures, count, classes, generator=generator) - 2
    return RawOutput(
        logits.requires_grad_(), (torch.randn(pictures, count, 4, generator=generator) * 0.2).requires_grad_()
    )


def loss_of(raw: RawOutput, truths: Sequence[Truth], network: Stub, settled: bool = True, alike: float = 0.0) -> Losses:
    return detection_loss(raw, truths, network, alpha=None, gamma=2.0, settled=settled, alike=alike)


@given(
    st.floats(-8, 8), st.just(0.0) | st.floats(1e-6, 1), st.sampled_from([0.5, 0.25]), st.sampled_from([0.0, 2.0, 1.5])
)
def test_quality_focal_loss_is_that_of_the_paper(logit: float, quality: float, alpha: float, gamma: float) -> None:
    """Equation 5 has no alpha; 0.5 must give the same, and another one shifts weight between objects and the rest."""
    p = 1 / (1 + math.exp(-logit))
    published = -(abs(quality - p) ** gamma) * ((1 - quality) * math.log(1 - p) + quality * math.log(p))
    weight = 2 * alpha if quality > 0 else 2 * (1 - alpha)
    found = quality_focal_loss(torch.tensor([logit]), torch.tensor([quality]), alpha, gamma)
    assert float(found) == pytest.approx(published * weight, rel=1e-3, abs=1e-6)


def test_quality_focal_loss_with_certain_truths_is_the_focal_loss_without_alpha() -> None:
    torch.manual_seed(0)
    logits, certain = torch.randn(50, 3) * 3, (torch.rand(50, 3) > 0.7).float()
    torch.testing.assert_close(quality_focal_loss(logits, certain, 0.5, 2.0), 2 * focal_loss(logits, certain, 0.5, 2.0))


def test_sums_are_over_anchors_and_the_weight_counts_objects() -> None:
    raw = RawOutput(torch.zeros(2, 3, 1), torch.zeros(2, 3, 4))
    losses = assigned_loss(raw, [truth((0, 0, 10, 10), (10, 0, 20, 10)), truth()], ANCHORS, alpha=0.25, gamma=2.0)
    assert losses.weight == 2.0
    per_anchor = 0.25 * math.log(2)
    assert float(losses.classification) == pytest.approx(per_anchor * (2 * 0.25 + 4 * 0.75))
    assert float(losses.box) == pytest.approx(0.0, abs=1e-6)


def test_aligned_losses_are_those_of_the_anchors_that_were_chosen() -> None:
    network = Stub(1)
    raw = said(network, 1)
    boxes, labels = TRUTHS[0]
    predicted = decode(raw.deltas[0].detach(), network.boxes)
    centres = (network.boxes[:, :2] + network.boxes[:, 2:]) / 2
    chosen = align(raw.logits[0].detach().sigmoid(), predicted, centres, boxes, labels)
    wanted = torch.zeros(len(network.boxes), 2)
    box = 0.0
    for anchor, owner, quality in zip(
        *(part.tolist() for part in (chosen.positive, chosen.owner, chosen.quality)), strict=True
    ):
        wanted[anchor, labels[owner]] = quality
        box += quality * float(generalized_box_iou_loss(predicted[anchor], boxes[owner]))
    losses = loss_of(raw, TRUTHS[:1], network)
    assert float(losses.box.detach()) == pytest.approx(BOX_WEIGHT * box, rel=1e-4)
    assert losses.weight == pytest.approx(float(chosen.quality.sum()), rel=1e-5)
    expected = float(quality_focal_loss(raw.logits[0].detach(), wanted, 0.5, 2.0).sum())
    assert float(losses.classification.detach()) == pytest.approx(expected, rel=1e-4)


@PER_CELL
@SETTLED
def test_the_sums_of_parts_are_the_sum_of_the_whole(per_cell: int, settled: bool) -> None:
    network = Stub(per_cell)
    raw = said(network, 3)
    whole = loss_of(raw, TRUTHS, network, settled, alike=0.7)
    parts = [
        loss_of(RawOutput(raw.logits[rows], raw.deltas[rows]), TRUTHS[rows], network, settled, alike=0.7)
        for rows in (slice(0, 1), slice(1, 2), slice(2, 3))
    ]
    for index in range(2):
        torch.testing.assert_close(torch.stack([part[index] for part in parts]).sum(), whole[index])
    assert sum(part.weight for part in parts) == pytest.approx(whole.weight)
    assert sum(part.confused for part in parts) == pytest.approx(whole.confused)
    gradients = torch.autograd.grad(whole.classification + whole.box, (raw.logits, raw.deltas), retain_graph=True)
    added = torch.autograd.grad(sum(part.classification + part.box for part in parts), (raw.logits, raw.deltas))  # type: ignore[arg-type]
    for one, other in zip(gradients, added, strict=True):
        torch.testing.assert_close(one, other)


def test_classes_are_told_apart_at_the_objects_by_the_cross_entropy_of_a_softmax() -> None:
    network = Stub(1)
    raw = said(network, 1, classes=3)
    boxes, labels = TRUTHS[0]
    predicted = decode(raw.deltas[0].detach(), network.boxes)
    centres = (network.boxes[:, :2] + network.boxes[:, 2:]) / 2
    chosen = align(raw.logits[0].detach().sigmoid(), predicted, centres, boxes, labels)
    entropy = wrong = 0.0
    for anchor, owner, quality in zip(chosen.positive, chosen.owner, chosen.quality, strict=True):
        share = float(raw.logits.detach()[0, anchor].softmax(0)[labels[owner]])
        entropy -= float(quality) * math.log(share)
        wrong += float(quality) * (1 - share)
    without, told = (loss_of(raw, TRUTHS[:1], network, alike=alike) for alike in (0.0, 0.7))
    assert float((told.classification - without.classification).detach()) == pytest.approx(0.7 * entropy, rel=1e-3)
    assert told.confused == without.confused == pytest.approx(wrong, rel=1e-4)
    assert torch.equal(told.box, without.box)


def test_a_single_class_is_never_mixed_up() -> None:
    network = Stub(1)
    raw = said(network, 1, classes=1)
    without, told = (loss_of(raw, TRUTHS[:1], network, alike=alike) for alike in (0.0, 1.0))
    assert torch.equal(told.classification, without.classification)
    assert told.confused == pytest.approx(0.0, abs=1e-6)


@PER_CELL
def test_boxes_on_the_turned_canvas_are_found_by_its_anchors(per_cell: int) -> None:
    network, upright = Stub(per_cell), Stub(per_cell)
    upright.boxes = network.turned_boxes
    raw = said(network, 1)
    turned = loss_of(raw._replace(turned=True), TRUTHS[:1], network)
    expected, lying = loss_of(raw, TRUTHS[:1], upright), loss_of(raw, TRUTHS[:1], network)
    assert torch.equal(turned.box, expected.box)
    assert torch.equal(turned.classification, expected.classification)
    assert not torch.equal(turned.box, lying.box)


@PER_CELL
@SETTLED
def test_pictures_without_boxes_teach_that_nothing_is_there(per_cell: int, settled: bool) -> None:
    network = Stub(per_cell)
    raw = said(network, 2)
    losses = loss_of(raw, [truth(), truth()], network, settled)
    (losses.classification + losses.box).backward()
    assert raw.logits.grad is not None
    assert bool((raw.logits.grad > 0).all())
    assert (float(losses.box.detach()), losses.weight) == (0.0, 0.0)


@PER_CELL
@SETTLED
@pytest.mark.parametrize("bad", [(float("nan"), 0, 5, 5), (5, 5, 5, 9), (9, 5, 5, 9), (0, 0, float("inf"), 9)])
def test_a_box_that_is_none_stops_the_run(per_cell: int, settled: bool, bad: tuple[float, float, float, float]) -> None:
    network = Stub(per_cell)
    with pytest.raises(InvalidBox):
        loss_of(said(network, 1), [truth(bad)], network, settled)


@PER_CELL
@SETTLED
@pytest.mark.parametrize("stray", [(9000.0, 9000, 9010, 9010), (-900.0, -900, -850, -850)])
def test_a_stray_box_costs_nothing_and_makes_nothing_positive(
    per_cell: int, settled: bool, stray: tuple[float, float, float, float]
) -> None:
    network = Stub(per_cell)
    raw = said(network, 1)
    with_it, without = (loss_of(raw, [one], network, settled) for one in (truth(stray), truth()))
    torch.testing.assert_close(with_it.classification, without.classification)
    assert (float(with_it.box.detach()), with_it.weight) == (0.0, 0.0)


def test_ignored_anchors_cost_nothing() -> None:
    anchors = torch.tensor([[0.0, 0, 10, 10], [0, 0, 10, 22], [20, 0, 30, 10]])  # the second overlaps by 0.45
    logits = torch.zeros(1, 3, 1, requires_grad=True)
    raw = RawOutput(logits, torch.zeros(1, 3, 4))
    assigned_loss(raw, [truth((0, 0, 10, 10))], anchors, alpha=0.25, gamma=2.0).classification.backward()
    assert logits.grad is not None
    assert float(logits.grad[0, 1]) == 0.0
    assert float(logits.grad[0, 2]) > 0.0


def test_before_it_is_settled_predictions_do_not_choose_their_anchors() -> None:
    """What is sure of itself in the wrong place gets no say at first, and all of it later."""
    network = Stub(1)
    raw = RawOutput(torch.full((1, len(network.boxes), 1), -4.0), torch.zeros(1, len(network.boxes), 4))
    box = truth((10, 10, 40, 40))
    centres = (network.boxes[:, :2] + network.boxes[:, 2:]) / 2
    inside = ((centres > 10) & (centres < 40)).all(dim=1).nonzero().flatten()
    overlap = box_iou(network.boxes[inside], box.boxes)[:, 0]
    unlikely = int(inside[overlap.argmin()])  # allowed, and the last that a fixed rule would take
    x1, y1, x2, y2 = network.boxes[unlikely].tolist()
    raw.logits[0, unlikely] = 4.0
    raw.deltas[0, unlikely] = torch.tensor(
        [
            (25 - (x1 + x2) / 2) / (x2 - x1),
            (25 - (y1 + y2) / 2) / (y2 - y1),
            math.log(30 / (x2 - x1)),
            math.log(30 / (y2 - y1)),
        ]
    )
    later = loss_of(raw, [box], network, settled=True)
    at_first = loss_of(raw, [box], network, settled=False)
    assert later.weight == pytest.approx(1.0, abs=0.2)  # one anchor is nearly perfect, the others are nothing beside it
    assert at_first.weight > 2.0
    assert float(later.box) < 0.2 < float(at_first.box)


def found(logits: torch.Tensor, limit: int = 300) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, bool]:
    output = RawOutput(logits[None], torch.zeros(1, len(logits), 4))
    size = ImageSize(25, 10)
    return find(output, 0, ANCHORS, (2, 1), canvas=size, threshold=0.01, nms_iou=0.5, limit=limit)


def test_boxes_are_clipped_kept_from_the_threshold_up_and_sorted() -> None:
    boxes, scores, labels, more = found(torch.tensor([[0.0, -9.0], [-9.0, -9.0], [-9.0, 2.0]]))
    assert boxes.tolist() == [[20, 0, 25, 10], [0, 0, 10, 10]]
    assert labels.tolist() == [1, 0]
    assert scores.tolist() == sorted(scores.tolist(), reverse=True)
    assert not more


def test_one_class_never_removes_boxes_of_another() -> None:
    _, _, labels, _ = found(torch.tensor([[1.0, 2.0], [-9.0, -9.0], [-9.0, -9.0]]))
    assert sorted(labels.tolist()) == [0, 1]


def test_it_is_said_when_there_were_more_than_the_limit() -> None:
    logits = torch.tensor([[1.0, -9.0], [2.0, -9.0], [3.0, -9.0]])
    boxes, _, _, more = found(logits, limit=2)
    assert more
    assert len(boxes) == 2
    assert not found(logits, limit=3)[3]
