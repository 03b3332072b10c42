from __future__ import annotations

import pytest
import torch
from torchvision.models.detection._utils import BoxCoder
from torchvision.ops import sigmoid_focal_loss

from detector.architectures.interface import RawOutput
from detector.decoding import decode, find
from detector.domain import ImageSize
from detector.loss import detection_loss, focal_loss
from detector.targets import Targets


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


def targets(positive: list[int], boxes: list[list[float]], ignored: list[int] | None = None) -> Targets:
    return Targets(
        torch.tensor(positive, dtype=torch.int64),
        torch.tensor(ignored or [], dtype=torch.int64),
        torch.tensor(boxes).reshape(-1, 4),
        torch.zeros(len(positive), dtype=torch.int64),
    )


ANCHORS = torch.tensor([[0.0, 0, 10, 10], [10, 0, 20, 10], [20, 0, 30, 10]])


def raw(logits: torch.Tensor) -> RawOutput:
    return RawOutput(logits, torch.zeros(*logits.shape[:2], 4, requires_grad=True))


def test_losses_are_shared_out_over_the_positives_of_the_batch_not_of_the_picture() -> None:
    logits = torch.zeros(2, 3, 1, requires_grad=True)
    batch = [targets([0, 1], [[0, 0, 10, 10], [10, 0, 20, 10]]), targets([], [])]
    losses = detection_loss(raw(logits), batch, ANCHORS, alpha=0.25, gamma=2.0)
    per_anchor = 0.25 * torch.log(torch.tensor(2.0))
    assert losses.classification.item() == pytest.approx(float(per_anchor * (2 * 0.25 + 4 * 0.75) / 2))
    assert losses.box.item() == pytest.approx(0.0, abs=1e-6)


def test_ignored_anchors_cost_nothing() -> None:
    logits = torch.zeros(1, 3, 1, requires_grad=True)
    detection_loss(raw(logits), [targets([0], [[0, 0, 10, 10]], [1])], ANCHORS, alpha=0.25, gamma=2.0)[0].backward()
    assert logits.grad is not None
    assert float(logits.grad[0, 1]) == 0.0
    assert float(logits.grad[0, 2]) > 0.0


def test_a_batch_of_empty_pictures_can_be_learnt_from() -> None:
    logits = torch.zeros(2, 3, 1, requires_grad=True)
    losses = detection_loss(raw(logits), [targets([], []), targets([], [])], ANCHORS, alpha=0.25, gamma=2.0)
    (losses.classification + losses.box).backward()
    assert logits.grad is not None
    assert bool((logits.grad > 0).all())


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
