"""The drawn pictures are the same each time, and their truth is where the cells are."""

from __future__ import annotations

import numpy as np
import pytest

from detector.domain import ImageSize
from gui.demo_pictures import CLASS_NAMES, PICTURE_SIZE, draw


def test_the_same_index_and_seed_give_the_same_picture_and_truth() -> None:
    one, again = draw(3, seed=7), draw(3, seed=7)
    assert one.image.tobytes() == again.image.tobytes()
    assert one.truth == again.truth


def test_another_index_or_seed_gives_another_picture() -> None:
    pictures = {draw(index, seed).image.tobytes() for index, seed in [(0, 0), (1, 0), (0, 1)]}
    assert len(pictures) == 3


def test_boxes_are_whole_pixels_inside_the_picture() -> None:
    for index in range(8):
        for found in draw(index).truth:
            found.box.must_lie_in(PICTURE_SIZE)
            assert all(value == round(value) for value in found.box.as_tuple())


def test_all_kinds_of_cells_come_up_and_every_picture_has_some() -> None:
    pictures = [draw(index) for index in range(12)]
    assert {found.class_name for picture in pictures for found in picture.truth} == set(CLASS_NAMES)
    assert all(picture.truth for picture in pictures)


def test_what_is_boxed_is_darker_than_the_slide_around_it() -> None:
    picture = draw(2)
    light = np.asarray(picture.image.convert("L"), np.float32)
    slide = np.median(light)
    for found in picture.truth:
        x1, y1, x2, y2 = (int(v) for v in found.box.as_tuple())
        assert light[y1:y2, x1:x2].mean() < slide - 8, found


@pytest.mark.parametrize("size", [ImageSize(128, 96), ImageSize(320, 240)], ids=str)
def test_smaller_pictures_can_be_drawn_for_quick_tests(size: ImageSize) -> None:
    picture = draw(0, size=size)
    assert picture.image.size == (size.width, size.height)
    assert picture.truth
