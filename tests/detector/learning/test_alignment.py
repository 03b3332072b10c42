from __future__ import annotations

import pytest
import torch
from hypothesis import assume, given
from hypothesis import strategies as st
from torch import Tensor

from detector.architectures.anchors import make_anchors
from detector.domain import ImageSize
from detector.learning.alignment import (
    ALPHA,
    BETA,
    MOST_AT_FIRST,
    MOST_PER_BOX,
    NEAREST,
    TINY,
    Alignment,
    align,
    align_at_first,
)

Row = tuple[float, float, float, float]
SEEDS = st.integers(0, 1 << 30)
ANCHORS, _ = make_anchors(ImageSize(128, 96), 16.0, 1)
CENTRES = (ANCHORS[:, :2] + ANCHORS[:, 2:]) / 2


def iou(a: Row, b: Row) -> float:
    width = min(a[2], b[2]) - max(a[0], b[0])
    height = min(a[3], b[3]) - max(a[1], b[1])
    if width <= 0 or height <= 0:
        return 0.0
    shared = width * height
    return shared / ((a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - shared)


def allowed_for(box: Row, centres: list[list[float]]) -> list[int]:
    inside = [i for i, (x, y) in enumerate(centres) if box[0] < x < box[2] and box[1] < y < box[3]]
    if inside:
        return inside
    middle = ((box[0] + box[2]) / 2, (box[1] + box[3]) / 2)
    order = sorted(
        range(len(centres)), key=lambda i: (centres[i][0] - middle[0]) ** 2 + (centres[i][1] - middle[1]) ** 2
    )
    return order[:NEAREST]


def share_out(wishes: list[dict[int, float]], overlap: list[list[float]], most: int) -> dict[int, int]:
    """Anchor -> box: each box asks for its best anchors, the closest box gets one, and nobody goes empty-handed."""
    asked: list[set[int]] = []
    for wish in wishes:
        order = sorted((i for i in wish if wish[i] > 0), key=lambda i: -wish[i])
        if len(order) > most:  # which of two equal ones is taken is nobody's business
            assume(wish[order[most - 1]] > wish[order[most]] * 1.001)
        asked.append(set(order[:most]))
    owner: dict[int, int] = {}
    for anchor in sorted(set().union(*asked)):
        candidates = [box for box, anchors in enumerate(asked) if anchor in anchors]
        best = max(candidates, key=lambda box: overlap[box][anchor])
        rivals = sorted((overlap[box][anchor] for box in candidates), reverse=True)
        assume(len(rivals) == 1 or rivals[0] > rivals[1] + 1e-6)
        owner[anchor] = best
    for box, wish in enumerate(wishes):
        if box in owner.values():
            continue
        held = list(owner.values())
        free = [i for i in wish if wish[i] > 0 and (i not in owner or held.count(owner[i]) > 1)]
        if free:
            owner[max(free, key=lambda i: wish[i])] = box
    return owner


def slow_align(
    scores: Tensor, predicted: Tensor, centres: Tensor, boxes: Tensor, labels: Tensor
) -> dict[int, tuple[int, float]]:
    """Anchor -> (box, quality), as section 3.2 of the paper has it, one number at a time."""
    rows, found = boxes.tolist(), predicted.tolist()
    overlap = [[iou(box, other) for other in found] for box in rows]
    metric = [
        {i: float(scores[i, label]) ** ALPHA * overlap[n][i] ** BETA for i in allowed_for(box, centres.tolist())}
        for n, (box, label) in enumerate(zip(rows, labels.tolist(), strict=True))
    ]
    wishes = [{i: value + TINY for i, value in row.items()} for row in metric]
    owner = share_out(wishes, overlap, MOST_PER_BOX)
    result = {}
    for anchor, box in owner.items():
        own = [i for i in owner if owner[i] == box]
        largest = max(metric[box][i] for i in own)
        closest = max(overlap[box][i] for i in own)
        result[anchor] = (box, metric[box][anchor] / (largest + TINY) * closest)
    return result


def random_boxes(count: int, generator: torch.Generator, smallest: float = 2.0) -> Tensor:
    corner = torch.rand(count, 2, generator=generator) * torch.tensor([90.0, 60.0])
    return torch.cat([corner, corner + smallest + torch.rand(count, 2, generator=generator) * 34], dim=1)


def case(seed: int, boxes: int, classes: int = 3) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Scores, predicted boxes, true boxes and labels; many predictions lie near a true box, some anywhere."""
    generator = torch.Generator().manual_seed(seed)
    true = random_boxes(boxes, generator)
    predicted = ANCHORS + torch.randn(ANCHORS.shape, generator=generator)
    if boxes:
        near = true[torch.randint(0, boxes, (len(ANCHORS),), generator=generator)]
        middle = (near[:, :2] + near[:, 2:]) / 2
        close = (middle - CENTRES).abs().amax(dim=1) < 24
        predicted = torch.where(close[:, None], near + torch.randn(near.shape, generator=generator) * 1.5, predicted)
    predicted[:, 2:] = torch.maximum(predicted[:, 2:], predicted[:, :2] + 0.5)
    scores = torch.rand(len(ANCHORS), classes, generator=generator)
    return scores, predicted, true, torch.randint(0, classes, (boxes,), generator=generator)


def as_dict(aligned: Alignment) -> dict[int, tuple[int, float]]:
    rows = zip(aligned.positive.tolist(), aligned.owner.tolist(), aligned.quality.tolist(), strict=True)
    return {anchor: (box, quality) for anchor, box, quality in rows}


def check_sound(aligned: Alignment, boxes: int, most: int) -> None:
    assert len(aligned.positive) == len(aligned.owner) == len(aligned.quality)
    assert len(aligned.positive.unique()) == len(aligned.positive), "an anchor has one owner"
    assert bool((aligned.quality >= 0).all() and (aligned.quality <= 1 + 1e-6).all())
    assert bool((torch.bincount(aligned.owner, minlength=boxes) <= most).all()) if boxes else not len(aligned.owner)


@given(SEEDS, st.integers(1, 6))
def test_it_is_what_the_paper_says(seed: int, boxes: int) -> None:
    scores, predicted, true, labels = case(seed, boxes)
    expected = slow_align(scores, predicted, CENTRES, true, labels)
    aligned = align(scores, predicted, CENTRES, true, labels)
    assert {a: box for a, (box, _) in as_dict(aligned).items()} == {a: box for a, (box, _) in expected.items()}
    for anchor, (_, quality) in as_dict(aligned).items():
        assert quality == pytest.approx(expected[anchor][1], rel=1e-3, abs=1e-5)
    check_sound(aligned, boxes, MOST_PER_BOX)


@given(SEEDS, st.integers(1, 6))
def test_at_first_it_goes_by_where_the_anchors_stand(seed: int, boxes: int) -> None:
    _, predicted, true, _ = case(seed, boxes)
    overlap = [[iou(box, anchor) for anchor in ANCHORS.tolist()] for box in true.tolist()]
    wishes = [{i: overlap[n][i] for i in allowed_for(box, CENTRES.tolist())} for n, box in enumerate(true.tolist())]
    expected = share_out(wishes, overlap, MOST_AT_FIRST)
    aligned = align_at_first(predicted, ANCHORS, true)
    assert {a: box for a, (box, _) in as_dict(aligned).items()} == expected
    for anchor, (box, quality) in as_dict(aligned).items():
        assert quality == pytest.approx(iou(true[box].tolist(), predicted[anchor].tolist()), abs=1e-5)
    check_sound(aligned, boxes, MOST_AT_FIRST)


@given(SEEDS, st.integers(1, 40), st.sampled_from([0.0, 1.0]))
def test_every_box_gets_an_anchor_however_crowded_it_is(seed: int, boxes: int, score: float) -> None:
    """With scores of 0, as before anything is learned, too; 40 boxes ask for a third of all anchors."""
    generator = torch.Generator().manual_seed(seed)
    scores, predicted, _, _ = case(seed, 0)
    true = random_boxes(boxes, generator, smallest=9.0)  # from 9 pixels on there is a cell of the finest level in it
    labels = torch.zeros(boxes, dtype=torch.int64)
    for aligned in (align(scores * score, predicted, CENTRES, true, labels), align_at_first(predicted, ANCHORS, true)):
        check_sound(aligned, boxes, max(MOST_PER_BOX, MOST_AT_FIRST))
        assert set(aligned.owner.tolist()) == set(range(boxes))


def test_boxes_in_the_same_place_share_its_anchors() -> None:
    true = torch.tensor([[20.0, 20, 44, 44]]).repeat(3, 1)
    labels = torch.tensor([0, 1, 2])
    for aligned in (
        align(torch.full((len(ANCHORS), 3), 0.1), ANCHORS, CENTRES, true, labels),
        align_at_first(ANCHORS, ANCHORS, true),
    ):
        assert set(aligned.owner.tolist()) == {0, 1, 2}
        assert bool((aligned.quality[aligned.owner != 0] > 0).all())


@pytest.mark.parametrize("box", [(50.1, 50.3, 51, 51), (3.0, 3, 3.5, 3.2), (126.9, 94.5, 128, 96), (48.0, 0, 49, 96)])
def test_a_tiny_or_thin_box_gets_the_nearest_anchors(box: Row) -> None:
    true, labels = torch.tensor([box]), torch.tensor([0])
    for aligned in (
        align(torch.ones(len(ANCHORS), 1), ANCHORS, CENTRES, true, labels),
        align_at_first(ANCHORS, ANCHORS, true),
    ):
        assert 0 < len(aligned.positive) <= MOST_PER_BOX
        assert set(aligned.positive.tolist()) <= set(allowed_for(box, CENTRES.tolist()))


@pytest.mark.parametrize("box", [(9000.0, 9000, 9010, 9010), (-500.0, -500, 800, 800), (-50.0, 10, -20, 40)])
def test_a_stray_box_cannot_make_everything_positive_nor_take_another_ones_anchors(box: Row) -> None:
    """Whatever comes, a box has a few anchors; one that nothing predicted overlaps asks them to say nothing new."""
    real = torch.tensor([[20.0, 20, 44, 44]])
    scores, both = torch.full((len(ANCHORS), 1), 0.3), torch.cat([real, torch.tensor([box])])
    alone = align(scores, ANCHORS, CENTRES, real, torch.tensor([0]))
    aligned = align(scores, ANCHORS, CENTRES, both, torch.tensor([0, 0]))
    at_first = align_at_first(ANCHORS, ANCHORS, both)
    for found in (aligned, at_first):
        assert len(found.positive) <= 2 * MOST_PER_BOX
        assert int((found.owner == 0).sum()) >= 0.5 * len(alone.positive)
    if box[0] != -500.0:
        assert float(aligned.quality[aligned.owner == 1].sum()) == 0.0
        assert int((at_first.owner == 1).sum()) == 0


def test_without_boxes_nothing_is_positive() -> None:
    none, labels = torch.zeros(0, 4), torch.zeros(0, dtype=torch.int64)
    for aligned in (
        align(torch.ones(len(ANCHORS), 1), ANCHORS, CENTRES, none, labels),
        align_at_first(ANCHORS, ANCHORS, none),
    ):
        check_sound(aligned, 0, 0)
        assert aligned.positive.dtype == aligned.owner.dtype == torch.int64
        assert aligned.quality.dtype == torch.float32


def test_the_surer_and_the_closer_win() -> None:
    """Two anchors see the box equally well, one is surer; a third one is surest and far off."""
    true = torch.tensor([[20.0, 20, 44, 44]])
    inside = allowed_for((20.0, 20, 44, 44), CENTRES.tolist())[:3]
    predicted, scores = torch.zeros(len(ANCHORS), 4), torch.zeros(len(ANCHORS), 1)
    predicted[inside[0]] = predicted[inside[1]] = torch.tensor([20.0, 20, 44, 41])
    predicted[inside[2]] = torch.tensor([20.0, 20, 32, 32])
    scores[inside, 0] = torch.tensor([0.4, 0.2, 0.9])
    quality = {a: q for a, (_, q) in as_dict(align(scores, predicted, CENTRES, true, torch.tensor([0]))).items()}
    assert quality[inside[0]] == pytest.approx(21 / 24, abs=1e-4)  # its IoU, as it is the best
    assert quality[inside[1]] == pytest.approx(21 / 24 / 2, abs=1e-4)
    assert quality[inside[2]] < 0.01
