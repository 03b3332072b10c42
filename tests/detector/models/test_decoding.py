"""Finding boxes among anchors: the quick way gives what the plain way gives."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor
from torchvision.ops import box_iou

from detector.architectures.anchors import make_anchors
from detector.architectures.interface import RawOutput
from detector.domain import ImageSize
from detector.geometry import Letterbox
from detector.models.decoding import PER_LEVEL, decode, find, on_picture

CANVAS = ImageSize(320, 256)
ANCHORS, PER = make_anchors(CANVAS, 16.0, 9)
Found = tuple[Tensor, Tensor, Tensor, bool]


def said(seed: int, classes: int = 3, bias: float = -4.0, spread: float = 1.5) -> RawOutput:
    generator = torch.Generator().manual_seed(seed)
    logits = torch.randn(1, len(ANCHORS), classes, generator=generator) * spread + bias
    return RawOutput(logits, torch.randn(1, len(ANCHORS), 4, generator=generator) * 0.3)


def quickly(raw: RawOutput, threshold: float = 0.01, limit: int = 300) -> Found:
    return find(raw, 0, ANCHORS, PER, canvas=CANVAS, threshold=threshold, nms_iou=0.5, limit=limit)


def plainly(raw: RawOutput, threshold: float = 0.01, limit: int = 300) -> Found:
    """All scores, all boxes, one box after the other."""
    scores, boxes = raw.logits[0].sigmoid(), decode(raw.deltas[0], ANCHORS)
    edge = torch.tensor([CANVAS.width, CANVAS.height] * 2)
    boxes = torch.minimum(boxes.clamp(min=0), edge)
    rows: list[tuple[float, int, int]] = []
    start = 0
    for count in PER:
        level = [
            (float(scores[anchor, label]), anchor, label)
            for anchor, label in (scores[start : start + count] >= threshold).nonzero().tolist()
            for anchor in [anchor + start]
        ]
        rows += sorted(level, key=lambda row: -row[0])[:PER_LEVEL]
        start += count
    kept: list[tuple[float, int, int]] = []
    for row in sorted(rows, key=lambda row: -row[0]):
        box = boxes[row[1]]
        if (box[2:] <= box[:2]).any():
            continue
        same = [boxes[anchor] for _, anchor, label in kept if label == row[2]]
        if not same or box_iou(box[None], torch.stack(same)).max() <= 0.5:
            kept.append(row)
    best = kept[:limit]
    return (
        boxes[[anchor for _, anchor, _ in best]],
        torch.tensor([score for score, _, _ in best]),
        torch.tensor([label for _, _, label in best]),
        len(kept) > limit,
    )


@pytest.mark.parametrize(
    ("seed", "bias", "limit"),
    [(0, -6.0, 300), (1, -7.5, 300), (2, -5.0, 40), (3, -4.0, 5), (4, -30.0, 300)],
    ids=["some", "few", "many, limited", "too many", "none"],
)
def test_the_quick_way_finds_what_the_plain_way_finds(seed: int, bias: float, limit: int) -> None:
    raw = said(seed, bias=bias)
    boxes, scores, labels, more = quickly(raw, limit=limit)
    plain_boxes, plain_scores, plain_labels, plain_more = plainly(raw, limit=limit)
    assert more is plain_more
    torch.testing.assert_close(scores, plain_scores, rtol=0, atol=1e-6)
    assert torch.equal(labels, plain_labels)
    torch.testing.assert_close(boxes, plain_boxes.reshape(-1, 4), rtol=0, atol=1e-4)


def test_the_threshold_itself_is_kept_and_what_is_below_is_not() -> None:
    raw = said(0, bias=-40.0)
    wanted = torch.tensor(0.25).sigmoid()  # where logit and score round differently, the score decides
    raw.logits[0, 100, 1] = 0.25
    raw.logits[0, 3000, 2] = 0.2499
    raw.deltas.zero_()
    _, scores, labels, _ = quickly(raw, threshold=float(wanted))
    assert (scores.tolist(), labels.tolist()) == ([float(wanted)], [1])


def test_with_no_threshold_every_anchor_counts() -> None:
    raw = said(0, classes=1)
    _, scores, _, more = quickly(raw, threshold=0.0, limit=10)
    assert len(scores) == 10
    assert more


def test_what_is_not_finite_is_never_found() -> None:
    raw = said(0, bias=-40.0)
    raw.logits[0, 5, 0] = 3.0
    raw.deltas[0, 5] = float("nan")
    raw.logits[0, 6, 0] = float("nan")
    assert len(quickly(raw)[1]) == 0


def test_what_lies_beside_the_picture_is_left_out() -> None:
    boxes = torch.tensor([[10.0, 10, 50, 50], [200, 10, 250, 50]])
    found = on_picture(
        boxes, torch.tensor([0.9, 0.8]), torch.tensor([0, 1]), Letterbox(0.5), ImageSize(300, 400)
    )  # of the canvas, only 150 x 200 show the picture
    assert [(p.label, p.box.as_tuple()) for p in found] == [(0, (20, 20, 100, 100))]
