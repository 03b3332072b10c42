"""Tiles cover a picture, show objects whole somewhere, and what is cut from them teaches nothing."""

from __future__ import annotations

import random
from itertools import pairwise

import pytest

from detector.domain import Annotation, Box, ImageSize, LabelSet, Prediction
from detector.learning.fitting import fit_canvas
from detector.learning.planning import Lineage, plan
from detector.learning.sampling import Picture
from detector.learning.tile_fitting import fit_tiling
from detector.pictures.merging import limit_of, merge
from detector.pictures.tiling import Tile, Tiling, shown_on, some_to_learn_from
from detector.runs import TrainConfig

TILING = Tiling(400, 300, 60)
LABELS = LabelSet((1, 2), ("a", "b"))


@pytest.mark.parametrize("size", [(1000, 700), (401, 300), (399, 5000), (400, 300), (60, 40)])
def test_tiles_cover_the_picture_and_share_what_they_should(size: tuple[int, int]) -> None:
    picture = ImageSize(*size)
    tiles = TILING.tiles(picture)
    for starts, ends, length in (
        (sorted({t.left for t in tiles}), sorted({t.right for t in tiles}), picture.width),
        (sorted({t.top for t in tiles}), sorted({t.bottom for t in tiles}), picture.height),
    ):
        assert (starts[0], ends[-1]) == (0, length)
        assert all(end - start >= TILING.overlap for end, start in zip(ends, starts[1:], strict=False))
        assert all(a < b for a, b in pairwise(starts))
    assert all(t.size.width == min(400, picture.width) and t.size.height == min(300, picture.height) for t in tiles)


def test_a_box_is_learned_where_half_of_it_is_seen_and_painted_over_elsewhere() -> None:
    tile = Tile(100, 100, 500, 400)
    whole, half, less, away = (
        Box(150, 150, 190, 200),
        Box(80, 300, 120, 340),
        Box(490, 110, 530, 140),
        Box(0, 0, 90, 90),
    )
    shown = shown_on(tile, [Annotation(box, 1) for box in (whole, half, less, away)])
    assert [a.box for a in shown.annotations] == [Box(50, 50, 90, 100), Box(0, 200, 20, 240)]
    assert shown.hidden == (Box(390, 10, 400, 40),)


def test_a_cut_box_over_a_whole_one_is_not_painted_over() -> None:
    whole, over = Annotation(Box(10, 10, 50, 50), 0), Annotation(Box(-0.0, 0, 60, 300), 1)
    shown = shown_on(Tile(0, 0, 60, 60), [whole, over])
    assert shown.hidden == () and len(shown.annotations) == 2


def test_a_run_learns_from_all_tiles_with_objects_and_as_many_without() -> None:
    tiles = [(f"k{number}", number % 10 == 0) for number in range(100)]
    chosen = some_to_learn_from(tiles)
    assert len(chosen) == 20 and set(range(0, 100, 10)) <= set(chosen)
    assert chosen == some_to_learn_from(tiles)


def predicted(*box: float, score: float = 0.9, label: int = 0) -> Prediction:
    return Prediction(Box(*box), label, score)


def test_what_two_tiles_saw_is_one_box_in_pixels_of_the_picture() -> None:
    size, picture = ImageSize(200, 150), ImageSize(700, 300)  # tiles are looked at in half their size
    left, right = Tile(0, 0, 400, 300), Tile(300, 0, 700, 300)
    found = [
        (left, [predicted(160, 50, 180, 70), predicted(190, 100, 200, 120, score=0.8)], size),
        (
            right,
            [predicted(10.5, 50, 30, 70, score=0.7), predicted(40, 100, 60, 120), predicted(11, 50, 30, 70, label=1)],
            size,
        ),
    ]
    merged, more = merge(found, picture, 0.5, 100)
    assert [(p.box.as_tuple(), p.label) for p in merged] == [
        ((320, 100, 360, 140), 0),
        ((380, 200, 420, 240), 0),  # whole on the right tile, cut at 400 on the left one
        ((322, 100, 360, 140), 1),
    ]
    assert not more
    assert merge(found, picture, 0.5, 2) == (merged[:2], True)
    assert (limit_of(1, 300), limit_of(4, 300), limit_of(200, 300)) == (300, 1200, 3000)


def test_an_object_that_no_tile_shows_whole_stays() -> None:
    size, picture = ImageSize(400, 300), ImageSize(700, 300)
    found = [(Tile(0, 0, 400, 300), [predicted(200, 0, 400, 300)], size), (Tile(300, 0, 700, 300), [], size)]
    assert len(merge(found, picture, 0.5, 100)[0]) == 1


def pictures(width: int, height: int, side: float, count: int = 12) -> list[Picture]:
    rng = random.Random(0)
    made = []
    for _ in range(count):
        places = [(rng.uniform(0, width - 2 * side), rng.uniform(0, height - 2 * side)) for _ in range(20)]
        made.append(
            Picture(ImageSize(width, height), tuple(Annotation(Box(x, y, x + side, y + side), 0) for x, y in places))
        )
    return made


@pytest.mark.parametrize(
    ("width", "height", "side", "tiled"),
    [
        (4000, 3000, 40, True),
        (10_000, 8_000, 100, True),
        (640, 480, 80, False),
        (640, 480, 20, False),
        (4000, 3000, 300, False),
    ],
)
def test_small_objects_on_large_pictures_are_cut_into_tiles_and_others_not(
    width: int, height: int, side: float, tiled: bool
) -> None:
    train = pictures(width, height, side)
    tiling, why = fit_tiling(train, fit_canvas(train, 384 * 288), 384 * 288)
    assert (tiling is not None) is tiled, why
    if tiling is not None:
        assert 384 / tiling.width * side >= 20
        assert tiling.overlap >= side


def test_the_plan_proposes_tiles_and_makes_a_run_on_them_where_they_are_set() -> None:
    train, val = pictures(4000, 3000, 40), pictures(4000, 3000, 40, 4)
    whole = plan(train, val, LABELS, TrainConfig())
    choice = next(choice for choice in whole.choices if choice.name == "tile_size")
    assert (choice.value, choice.by, whole.tiling, whole.config.tile_size) == ("whole pictures", "boxloop", None, 0)
    assert "Tiles of 640 pixels" in choice.reason and choice.reason in whole.warnings
    mine = plan(train, val, LABELS, TrainConfig(tile_size=640))
    choice = next(choice for choice in mine.choices if choice.name == "tile_size")
    assert (choice.value, choice.by) == ("640x480 pixels each", "you")
    assert mine.tiling is not None and (mine.tiling.width, mine.tiling.height) == (640, 480)
    assert (mine.image_size, mine.config.tile_size, mine.warnings) == ((384, 288), 640, ())


def test_a_lineage_keeps_its_tiles() -> None:
    train, val = pictures(4000, 3000, 40), pictures(4000, 3000, 40, 4)
    tiled = plan(train, val, LABELS, TrainConfig(tile_size=0), lineage=Lineage((384, 288), 24.0, "v2", TILING))
    assert tiled.tiling == TILING
    assert plan(train, val, LABELS, TrainConfig(), lineage=Lineage((768, 576), 8.0, "v2")).tiling is None
