"""Canvas and anchors follow from the data: little margin, no box too small without being counted."""

import math

import pytest

from detector.architectures.anchors import base_anchors
from detector.domain import Annotation, Box, ImageSize, LabelSet
from detector.learning.fitting import fit_anchor, fit_canvas, outgrown, scale_on, small_box_warnings, small_boxes
from detector.learning.sampling import Picture

BASE = 384 * 288


def picture(size: tuple[int, int], *boxes: tuple[float, float], label: int = 0) -> Picture:
    return Picture(ImageSize(*size), tuple(Annotation(Box(0, 0, w, h), label) for w, h in boxes))


def resolution(pictures: list[Picture], size: tuple[int, int]) -> float:
    return sum(scale_on(p, size) for p in pictures) / len(pictures)


@pytest.mark.parametrize("size", [(640, 480), (1920, 1080), (512, 512), (3000, 4000), (1000, 1999)])
def test_pictures_of_one_shape_get_a_canvas_of_about_that_shape(size: tuple[int, int]) -> None:
    width, height = fit_canvas([picture(size)], BASE)
    assert abs(math.log(width / height) - math.log(size[0] / size[1])) < 0.12
    assert abs(math.log(width * height / BASE)) < 0.15


def test_the_canvas_lies_or_stands_as_most_pictures_do_and_is_turned_for_the_others() -> None:
    upright, lying = [picture((1200, 1600))], [picture((1600, 1200))]
    assert fit_canvas(upright * 10 + lying * 90, BASE) == (384, 288)
    assert fit_canvas(upright * 90 + lying * 10, BASE) == (288, 384)
    assert fit_canvas(upright * 50 + lying * 50, BASE) == (384, 288)
    assert resolution(upright, (384, 288)) == resolution(lying, (384, 288)) == 384 / 1600


def test_pictures_of_several_shapes_get_a_canvas_between_them() -> None:
    width, height = fit_canvas([picture((1000, 1000))] * 50 + [picture((1000, 2000))] * 50, BASE)
    assert 1.2 < height / width < 1.7


def test_many_different_sizes_are_no_trouble() -> None:
    width, height = fit_canvas([picture((600 + n % 700, 500 + n % 400)) for n in range(20_000)], 4 * BASE)
    assert width % 32 == height % 32 == 0


@pytest.mark.parametrize(("side", "matched"), [(22.0, False), (23.0, True)])
def test_a_square_is_matched_from_an_iou_of_one_half_with_the_smallest_anchor(side: float, matched: bool) -> None:
    # an anchor of 32 pixels: (22.6 / 32) ** 2 = 0.5
    found = small_boxes([picture((384, 288), (side, side))], (384, 288), 32.0)
    assert found == ({} if matched else {0: 1})


def test_boxes_are_measured_on_the_canvas_and_counted_by_label() -> None:
    many = [picture((768, 576), (40, 40), (90, 90), label=1)] * 3 + [picture((384, 288), (40, 40), label=2)]
    assert small_boxes(many, (384, 288), 32.0) == {1: 3}


def test_a_flat_box_is_matched_by_a_flat_anchor() -> None:
    assert small_boxes([picture((384, 288), (36, 18))], (384, 288), 32.0) == {}
    assert small_boxes([picture((384, 288), (18, 12))], (384, 288), 32.0) == {0: 1}


def test_a_box_that_no_size_would_help_is_not_called_small() -> None:
    assert small_boxes([picture((384, 288), (100, 4))], (384, 288), 32.0) == {}


@pytest.mark.parametrize(("width", "height"), [(20, 20), (24, 24), (31, 14), (12, 26), (45, 23), (9, 9)])
def test_what_is_called_small_is_what_the_networks_anchors_miss(width: int, height: int) -> None:
    best = 0.0
    for left, top, right, bottom in base_anchors(32.0)[0].tolist():
        shared = min(width, right - left) * min(height, bottom - top)
        best = max(best, shared / (width * height + (right - left) * (bottom - top) - shared))
    assert (small_boxes([picture((384, 288), (width, height))], (384, 288), 32.0) == {0: 1}) == (best < 0.5)


def test_a_warning_names_class_number_and_size() -> None:
    labels = LabelSet((1, 2), ("cell", "dust"))
    data = [picture((384, 288), (30, 30), (10, 10)), picture((384, 288), (9, 9), label=1)]
    assert small_box_warnings(data, {0: 2, 1: 1}, labels, (384, 288), 32.0) == [
        "cell: 1 of 2 boxes is smaller than about 23 pixels at the input size 384x288, too small to be found reliably.",
        "dust: 1 of 1 box is smaller than about 23 pixels at the input size 384x288, too small to be found reliably.",
    ]


def test_the_anchor_is_a_multiple_of_4_between_8_and_32_that_finds_the_usual_box() -> None:
    for side in (4, 12, 20, 33, 50, 200):
        data = [picture((384, 288), (side, side))]
        anchor = fit_anchor(data, (384, 288))
        assert 8 <= anchor <= 32
        assert anchor % 4 == 0
        if side >= 6:
            assert small_boxes(data, (384, 288), anchor) == {}


def test_a_little_drift_of_the_boxes_outgrows_nothing() -> None:
    for side in range(11, 60):
        data = [picture((384, 288), (side, side))]
        later = [picture((384, 288), (side * 1.1, side * 1.1))]
        assert outgrown(later, (384, 288), fit_anchor(data, (384, 288)), (384, 288), "v2") is None
