"""Kinds of mistakes: against a slow reference that is easy to follow, and against hotcoco's counts."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hotcoco import COCO, COCOeval
from hypothesis import given
from hypothesis import strategies as st

from detector.domain import Annotation, Box, Prediction
from detector.geometry import iou as iou_of
from detector.measuring.box_columns import Found, Truths
from detector.measuring.error_kinds import BACKGROUND_IOU, IOUS, ErrorKinds, MistakeKind, error_kinds
from tests.detector.kind_counts import TIDE, kind_counts

Scene = tuple[list[list[Annotation]], list[list[Prediction]]]


def box(x: float, y: float = 0, width: float = 10, height: float = 10) -> Box:
    return Box(x, y, x + width, y + height)


def sorted_into(truths: Sequence[Annotation], found: Sequence[Prediction]) -> tuple[ErrorKinds, Found]:
    """Kinds of one picture."""
    columns = Found.of([found])
    return error_kinds(Truths.of([truths]), columns), columns


def kinds_of(kinds: ErrorKinds, iou: float = 0.5) -> list[MistakeKind]:
    return [MistakeKind(number) for number in kinds.kind[kinds.ious.tolist().index(iou)]]


# Boxes in whole pixels, few of them and close together: all kinds turn up, and IoUs that are exactly a threshold.
sides = st.integers(1, 10)
places = st.builds(box, st.integers(0, 12), st.integers(0, 4), sides, sides)
labels = st.integers(0, 2)
annotations = st.builds(Annotation, places, labels)
scores = st.integers(1, 19).map(lambda n: n / 20)
predictions = st.builds(Prediction, places, labels, scores)
scenes = st.lists(st.tuples(st.lists(annotations, max_size=7), st.lists(predictions, max_size=9)), max_size=4).map(
    lambda pictures: ([truths for truths, _ in pictures], [found for _, found in pictures])
)


def slowly(scene: Scene, level: float) -> tuple[list[MistakeKind], list[int], list[tuple[float, float]]]:
    """Kind of each prediction and the truth it has taken, and of each truth the scores from which it is found, covered.

    Predictions by picture and best score first, truths by picture; -1 for none.
    """
    kinds: list[MistakeKind] = []
    taken_by_found: list[int] = []
    reached: list[tuple[float, float]] = []
    for truths, unsorted in zip(*scene, strict=True):
        found = sorted(unsorted, key=lambda one: -one.score)
        first = len(reached)
        finder: dict[int, float] = {}
        cover: dict[int, float] = {}
        for one in found:
            overlaps = [iou_of(one.box, truth.box) for truth in truths]
            same = [n for n, truth in enumerate(truths) if truth.label == one.label]
            other = [n for n, truth in enumerate(truths) if truth.label != one.label]
            free = [n for n in same if n not in finder and overlaps[n] >= level]
            if free:
                mine = max(free, key=lambda n: (overlaps[n], n))
                finder[mine] = one.score
                kinds.append(MistakeKind.RIGHT)
                taken_by_found.append(first + mine)
                continue
            taken_by_found.append(-1)
            best_same = max(same, key=lambda n: overlaps[n], default=None)
            best_other = max(other, key=lambda n: overlaps[n], default=None)
            on_same = 0.0 if best_same is None else overlaps[best_same]
            on_other = 0.0 if best_other is None else overlaps[best_other]
            if BACKGROUND_IOU <= on_same <= level:
                kinds.append(MistakeKind.BADLY_PLACED)
                cover[best_same] = max(one.score, cover.get(best_same, -1.0))
            elif on_other >= level:
                kinds.append(MistakeKind.WRONG_CLASS)
                cover[best_other] = max(one.score, cover.get(best_other, -1.0))
            elif on_same > level:
                kinds.append(MistakeKind.DUPLICATE)
            elif on_other <= BACKGROUND_IOU:
                kinds.append(MistakeKind.BACKGROUND)
            else:
                kinds.append(MistakeKind.BOTH)
        reached += [(finder.get(n, -1.0), cover.get(n, -1.0)) for n in range(len(truths))]
    return kinds, taken_by_found, reached


@given(scenes)
def test_every_box_is_sorted_as_the_slow_reference_sorts_it(scene: Scene) -> None:
    found = Found.of(scene[1])
    kinds = error_kinds(Truths.of(scene[0]), found)
    scores_of = np.append(found.score, -1.0)
    for row, level in enumerate(IOUS):
        expected, taken, reached = slowly(scene, level)
        assert kinds_of(kinds, level) == expected
        assert kinds.matched[row].tolist() == taken
        got = zip(scores_of[kinds.found_by[row]], scores_of[kinds.covered_by[row]], strict=True)
        assert list(got) == reached


@given(scenes, st.sampled_from(IOUS), st.sampled_from((0.0, 0.3, 0.6)))
def test_counts_are_hotcocos_from_any_threshold_up(scene: Scene, level: float, threshold: float) -> None:
    truths, found = Truths.of(scene[0]), Found.of(scene[1])
    counts = kind_counts(error_kinds(truths, found), IOUS.index(level), found, threshold)
    if not len(truths) or not (found.score >= threshold).any():
        return  # hotcoco evaluates nothing then
    run = COCOeval(*_as_coco(truths, found.where(found.score >= threshold), len(scene[0])), "bbox")
    run.evaluate()
    expected = run.tide_errors(level, BACKGROUND_IOU)["counts"]
    assert {name: counts[kind] for name, kind in TIDE.items()} == expected


def _as_coco(truths: Truths, found: Found, pictures: int) -> tuple[COCO, COCO]:
    def xywh(boxes: np.ndarray) -> np.ndarray:
        return np.concatenate([boxes[:, :2], boxes[:, 2:] - boxes[:, :2]], 1)

    images = [{"id": i + 1, "width": 40, "height": 40} for i in range(pictures)]
    classes = [{"id": k + 1, "name": str(k)} for k in range(3)]
    truth = COCO.from_arrays(images, classes, truths.image + 1, truths.label + 1, xywh(truths.box))
    rows = np.column_stack([found.image + 1.0, xywh(found.box), found.score, found.label + 1.0])
    return truth, truth.load_res(rows)


def test_a_better_box_takes_the_object_and_the_other_one_is_a_duplicate() -> None:
    kinds, found = sorted_into([Annotation(box(0), 0)], [Prediction(box(1), 0, 0.6), Prediction(box(2), 0, 0.9)])
    assert kinds_of(kinds) == [MistakeKind.RIGHT, MistakeKind.DUPLICATE]
    assert kinds.about(0).tolist() == [0, 0]
    assert kinds_of(kinds, 0.75) == [
        MistakeKind.BADLY_PLACED,
        MistakeKind.RIGHT,
    ]  # of 0.67 and 0.82: the better score is too far off
    assert kinds.missed(0, found).tolist() == [False]


def test_a_truth_is_missed_only_where_no_mistake_would_be_right_about_it() -> None:
    truths = [Annotation(box(0), 0), Annotation(box(40), 1), Annotation(box(80), 1)]
    kinds, found = sorted_into(truths, [Prediction(box(40), 0, 0.8), Prediction(box(5), 0, 0.4)])
    assert kinds_of(kinds) == [MistakeKind.WRONG_CLASS, MistakeKind.BADLY_PLACED]
    assert kinds.about(0).tolist() == [1, 0]
    assert kinds.missed(0, found).tolist() == [False, False, True]
    assert kinds.missed(0, found, 0.5).tolist() == [True, False, True]  # the badly placed one is not looked at
    assert kind_counts(kinds, 0, found, 0.5) == {
        **dict.fromkeys(MistakeKind, 0),
        MistakeKind.WRONG_CLASS: 1,
        MistakeKind.MISSED: 2,
    }


def test_nothing_at_all_is_no_mistake() -> None:
    kinds, found = sorted_into([], [])
    assert set(kind_counts(kinds, 0, found).values()) == {0}
    kinds, found = sorted_into([], [Prediction(box(0), 0, 0.5)])
    assert kinds_of(kinds) == [MistakeKind.BACKGROUND]
    kinds, found = sorted_into([Annotation(box(0), 0)], [])
    assert kinds.missed(0, found).tolist() == [True]


def test_ious_that_mean_nothing_are_refused() -> None:
    truths, found = Truths.of([]), Found.of([])
    for ious in ((), (0.5, 0.5), (0.05,), (1.0,)):
        with pytest.raises(ValueError, match="IoUs must ascend"):
            error_kinds(truths, found, ious)
