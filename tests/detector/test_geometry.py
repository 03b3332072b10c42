from __future__ import annotations

import pytest

from detector.domain import Box, ImageSize
from detector.geometry import Letterbox, canvas_for, iou, match

CANVAS = ImageSize(320, 320)


@pytest.mark.parametrize("size", [ImageSize(640, 480), ImageSize(480, 640), ImageSize(50, 40), ImageSize(3000, 10)])
def test_a_letterbox_scales_both_sides_alike_and_fits(size: ImageSize) -> None:
    scale = Letterbox.fit(size, CANVAS).scale
    assert max(size.width * scale, size.height * scale) == pytest.approx(320)


def test_a_box_comes_back_from_the_canvas_where_it_was() -> None:
    size = ImageSize(640, 480)
    letterbox = Letterbox(0.4, 13.0, 7.5)
    box = Box(100, 50, 300.5, 400)
    placed = letterbox.onto_canvas(box, CANVAS)
    assert placed is not None
    back = letterbox.onto_picture(*placed.as_tuple(), size)
    assert back is not None
    assert back.as_tuple() == pytest.approx(box.as_tuple())


def test_a_box_pushed_off_the_canvas_is_gone_and_a_cut_one_is_clipped() -> None:
    letterbox = Letterbox(1.0, 300.0, 0.0)
    assert letterbox.onto_canvas(Box(25, 0, 60, 40), CANVAS) is None
    cut = letterbox.onto_canvas(Box(10, 0, 60, 40), CANVAS)
    assert cut is not None
    assert cut.as_tuple() == (310, 0, 320, 40)
    assert letterbox.onto_canvas(Box(19.5, 0, 60, 40), CANVAS) is None  # half a pixel wide is no object


def test_what_lies_beside_the_picture_is_no_box_of_it() -> None:
    assert Letterbox(1.0).onto_picture(200, 0, 220, 20, ImageSize(100, 100)) is None


def test_iou_and_matching() -> None:
    a, b = Box(0, 0, 10, 10), Box(5, 0, 15, 10)
    assert iou(a, b) == pytest.approx(1 / 3)
    assert iou(a, Box(10, 0, 20, 10)) == 0.0
    assert match([a, b], [a, a, Box(5, 0, 15, 9)]) == [0, None, 1]
    assert match([], [a]) == [None]


@pytest.mark.parametrize(
    ("picture", "expected"),
    [((640, 480), (128, 96)), ((480, 640), (96, 128)), ((500, 500), (128, 96)), ((500, 501), (96, 128))],
)
def test_the_canvas_stands_as_the_picture_does(picture: tuple[int, int], expected: tuple[int, int]) -> None:
    assert canvas_for(ImageSize(*picture), ImageSize(128, 96)) == ImageSize(*expected)
    assert canvas_for(ImageSize(*picture[::-1]), ImageSize(96, 128)) == ImageSize(*expected).turned
    assert canvas_for(ImageSize(*picture), ImageSize(96, 96)) == ImageSize(96, 96)
