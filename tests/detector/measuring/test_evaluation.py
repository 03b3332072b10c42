"""Our figures are COCO's figures: held against pycocotools, and against cases that can be worked out by hand."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detector.domain import Annotation, Box, ImageSize, Prediction
from detector.measuring.box_columns import Found, Truths
from detector.measuring.evaluation import ClassResult, Evaluation, evaluate
from gui.demo_pictures import CLASS_NAMES, PICTURE_SIZE, draw
from storage.formats import voc
from tests.detector.coco_reference import columns, guesses, labels_of, plain, reference, scene

SIZE = ImageSize(640, 480)
SQUARE = Box(10, 10, 50, 50)
CLOSE = 1e-6


def judged(
    truths: Sequence[Sequence[tuple[int, Box]]], found: Sequence[Sequence[tuple[int, Box, float]]], classes: int = 2
) -> Evaluation:
    drawn = Truths.of([[Annotation(box, label) for label, box in one] for one in truths])
    seen = Found.of([[Prediction(box, label, score) for label, box, score in one] for one in found])
    return evaluate(drawn, seen, [SIZE] * len(truths), labels_of(classes))


def assert_equal_to_pycocotools(truths: Truths, found: Found, sizes: Sequence[ImageSize], classes: int) -> Evaluation:
    ours = evaluate(truths, found, sizes, labels_of(classes))
    whole, by_class, _ = reference(truths, found, sizes, classes)
    assert plain(ours) == pytest.approx(whole, abs=CLOSE)
    for result, theirs in zip(ours.per_class, by_class, strict=True):
        assert plain(result) == pytest.approx(theirs, abs=CLOSE)
    return ours


@settings(max_examples=200)
@given(
    seed=st.integers(0, 2**32 - 2),
    images=st.integers(0, 9),
    most=st.integers(1, 14),
    classes=st.integers(1, 4),
    noise=st.sampled_from([0.0, 0.05, 0.15, 0.4]),
)
def test_all_twelve_figures_equal_pycocotools_whatever_lies_there(
    seed: int, images: int, most: int, classes: int, noise: float
) -> None:
    truths, found = scene(seed, images, most, classes, noise)
    assert_equal_to_pycocotools(truths, found, [SIZE] * images, classes)


@pytest.mark.dataset
def test_all_twelve_figures_equal_pycocotools_on_real_blood_cells(bccd: Path) -> None:
    names = ["RBC", "WBC", "Platelets"]
    read = [image for image in voc.read(bccd).images if image.stated_size]
    truths = Truths.of([[Annotation(b.box, names.index(b.class_name)) for b in image.boxes] for image in read])
    found = guesses(truths, len(names), seed=7)
    ours = assert_equal_to_pycocotools(truths, found, [i.stated_size for i in read if i.stated_size], len(names))
    assert ours.boxes > 4000
    assert ours.ap is not None
    assert 0.05 < ours.ap < 0.95


def test_all_twelve_figures_equal_pycocotools_on_the_demo_set() -> None:
    truths = Truths.of(
        [[Annotation(one.box, CLASS_NAMES.index(one.class_name)) for one in draw(index).truth] for index in range(12)]
    )
    found = guesses(truths, len(CLASS_NAMES), seed=8)
    ours = assert_equal_to_pycocotools(truths, found, [PICTURE_SIZE] * 12, len(CLASS_NAMES))
    assert None not in plain(ours)


def test_crowded_images_equal_pycocotools_and_say_what_its_limit_passed_over() -> None:
    grid = [(12.0 * (i % 50), 40.0 * (i // 50), 12.0 * (i % 50) + 10, 40.0 * (i // 50) + 30) for i in range(300)]
    truths = Truths(np.array([0] * 150 + [1], np.int32), np.zeros(151, np.int32), np.array([*grid[:150], grid[0]]))
    found = columns([(0, 0, box, round(0.9 - 0.002 * n, 3)) for n, box in enumerate(grid)] + [(1, 0, grid[0], 0.9)])

    ours = assert_equal_to_pycocotools(truths, found, [SIZE, SIZE], 1)

    assert (ours.crowded.images, ours.crowded.passed_over, ours.crowded.out_of_reach) == (1, 200, 50)
    assert ours.ar100 == pytest.approx(101 / 151)
    # nobody sees that limit on a page: all 300 boxes count there
    assert (ours.at_threshold.all.shown, ours.at_threshold.all.right) == (202, 151)


def test_no_predictions_give_zero_not_an_error() -> None:
    ours = judged([[(0, SQUARE)], []], [[], []])

    assert (ours.ap, ours.ap50, ours.ar100) == (0.0, 0.0, 0.0)
    assert ours.per_class[0].curve == ()
    assert ours.at_threshold.all.precision is None
    assert (ours.at_threshold.all.recall, ours.at_threshold.all.f1) == (0.0, 0.0)
    assert ours.at_threshold.confusion == ((0, 0, 1), (0, 0, 0), (0, 0, 0))
    assert ours.calibration.error is None


def test_images_without_any_box_leave_the_figures_undefined_rather_than_zero() -> None:
    ours = judged([[]], [[(1, SQUARE, 0.5)]])

    assert plain(ours) == [-1.0] * 12
    assert [c.predicted for c in ours.per_class] == [0, 1]
    assert (ours.images, ours.empty_images, ours.boxes, ours.predicted) == (1, 1, 0, 1)
    assert (ours.at_threshold.all.precision, ours.at_threshold.all.recall, ours.at_threshold.all.f1) == (0, None, None)
    assert ours.at_threshold.confusion == ((0, 0, 0), (0, 0, 0), (0, 1, 0))


def test_no_image_and_no_class_are_nothing_rather_than_an_error() -> None:
    ours = evaluate(Truths.of([]), Found.of([]), [], labels_of(0))

    assert ours.per_class == ()
    assert ours.at_threshold.all.count is None
    assert json.loads(json.dumps(ours.to_json()))["ap"] is None


def test_a_class_without_true_boxes_has_no_figures_and_says_how_many_boxes_were_found_of_it() -> None:
    ours = judged([[(0, SQUARE)]], [[(0, SQUARE, 0.9), (1, Box(100, 100, 150, 150), 0.8)]])

    assert plain(ours.per_class[1]) == [-1.0] * 12
    assert (ours.per_class[1].boxes, ours.per_class[1].predicted) == (0, 1)
    assert ours.ap == pytest.approx(1.0)  # over classes with true boxes, as in COCO
    assert ours.at_threshold.all.precision == pytest.approx(0.5)


def test_a_box_invented_on_an_empty_image_costs_precision() -> None:
    right = [(0, SQUARE, 0.6)]
    clean = judged([[(0, SQUARE)], []], [right, []])
    spoilt = judged([[(0, SQUARE)], []], [right, [(0, SQUARE, 0.9)]])

    assert clean.ap == pytest.approx(1.0)
    assert spoilt.ap == pytest.approx(0.5)


def test_counts_by_class_are_those_of_the_data() -> None:
    truths, found = scene(seed=3, images=12, most=6, classes=3)

    ours = evaluate(truths, found, [SIZE] * 12, labels_of(4))

    for result in ours.per_class:
        theirs = truths.label == result.label
        assert result.boxes == theirs.sum()
        assert result.images == len(set(truths.image[theirs].tolist()))
        assert result.predicted == (found.label == result.label).sum()
    assert ours.empty_images == 3
    assert [c.name for c in ours.per_class] == [f"class {k}" for k in range(4)]


def curves_of(result: ClassResult) -> dict[float, tuple[float, float]]:
    return {round(p.recall, 2): (p.precision, p.score) for p in result.curve}


def test_the_curve_gives_precision_and_the_threshold_that_brings_it() -> None:
    boxes = [Box(60.0 * i, 0, 60.0 * i + 50, 50) for i in range(3)]
    found = [[(0, boxes[0], 0.9), (0, boxes[2], 0.8), (0, boxes[1], 0.4)]]

    ours = judged([[(0, boxes[0]), (0, boxes[1])]], found)

    at = curves_of(ours.per_class[0])
    assert at[0.5] == pytest.approx((1.0, 0.9))
    assert at[1.0] == pytest.approx((2 / 3, 0.4))
    assert list(at) == sorted(at)


def test_each_label_can_have_a_threshold_of_its_own() -> None:
    truths = Truths.of([[Annotation(SQUARE, 0), Annotation(Box(100, 100, 150, 150), 1)]])
    found = Found.of([[Prediction(SQUARE, 0, 0.4), Prediction(Box(100, 100, 150, 150), 1, 0.4)]])

    ours = evaluate(truths, found, [SIZE], labels_of(2), (0.3, 0.5)).at_threshold

    assert [(one.threshold, one.shown) for one in (ours.all, *ours.per_class)] == [(None, 1), (0.3, 1), (0.5, 0)]
    with pytest.raises(ValueError, match="1 thresholds but 2 classes"):
        evaluate(truths, found, [SIZE], labels_of(2), (0.3,))


def test_a_picture_or_label_that_is_not_there_is_refused() -> None:
    truths = Truths.of([[], [Annotation(SQUARE, 4)]])
    with pytest.raises(ValueError, match="label 4 is not one of 4 classes"):
        evaluate(truths, Found.of([]), [SIZE] * 2, labels_of(4))
    with pytest.raises(ValueError, match="boxes of picture 1, but there are 1 pictures"):
        evaluate(truths, Found.of([]), [SIZE], labels_of(5))


def test_all_of_it_can_be_written_as_json() -> None:
    truths, found = scene(seed=5, images=8, most=6, classes=3)

    written = json.loads(json.dumps(evaluate(truths, found, [SIZE] * 8, labels_of(3)).to_json()))

    assert {"ap", "ap50", "ap75", "ar100", "images", "boxes", "per_class", "at_threshold", "crowded"} <= written.keys()
    assert len(written["confidence"]["f1"]) == len(written["confidence"]["thresholds"]) == 99
    assert written["per_class"][0]["curve"][0].keys() == {"recall", "precision", "score"}
