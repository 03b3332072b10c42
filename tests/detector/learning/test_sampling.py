"""A plan of many pictures looks at some of them, always the same ones, and knows how many there are."""

from __future__ import annotations

from dataclasses import replace

from detector.domain import Annotation, Box, ImageSize, LabelSet
from detector.learning.planning import Plan, plan
from detector.learning.sampling import MOST, RARE, Picture, Sample, places, sample
from detector.learning.tile_fitting import tile_sample
from detector.pictures.tiling import Tiling
from detector.runs import TrainConfig

LABELS = LabelSet((1, 2), ("cell", "dust"))


def picture(number: int, *, label: int = 0, side: float | None = None) -> Picture:
    """Of 1600x1200 pixels, with two boxes; their size varies with the number where it is not given."""
    side = 200.0 + 40 * (number * 37 % 10) if side is None else side
    boxes = (Box(0, 0, side, side), Box(0, 0, side, side * 0.8))
    return Picture(ImageSize(1600, 1200), tuple(Annotation(box, label) for box in boxes))


def pictures(count: int) -> list[Picture]:
    return [picture(number) for number in range(count)]


def planned(train: list[Picture] | Sample, config: TrainConfig | None = None, val: int = 100) -> Plan:
    return plan(train, pictures(val), LABELS, config or TrainConfig(), memory=64e9)


def test_of_few_pictures_all_are_looked_at() -> None:
    assert list(places(MOST)) == list(range(MOST))
    few = sample(pictures(MOST))
    assert few.is_all
    assert few.boxes == {0: 2 * MOST}
    assert few.of_all(17) == 17


def test_of_many_a_fixed_number_is_chosen_by_their_places_alone() -> None:
    chosen = places(10 * MOST)
    assert len(chosen) == MOST
    assert sorted(set(chosen)) == list(chosen) == list(places(10 * MOST))
    assert (
        sum(place < 5 * MOST for place in chosen) / MOST == 0.5 or 0.4 < sum(p < 5 * MOST for p in chosen) / MOST < 0.6
    )
    many = sample(pictures(2 * MOST))
    assert (len(many.pictures), many.total, many.boxes) == (MOST, 2 * MOST, {0: 4 * MOST})
    assert many.of_all(100) == 200


def test_pictures_with_a_rare_class_are_all_looked_at() -> None:
    data = pictures(2 * MOST)
    left_out = sorted(set(range(len(data))) - set(places(len(data))))
    for place in left_out[: RARE // 2]:
        data[place] = picture(place, label=1, side=12)
    found = sample(data)
    assert sum(p.annotations[0].label == 1 for p in found.pictures) == RARE // 2
    assert len(found.pictures) == MOST + RARE // 2
    data[left_out[-1]] = picture(0, label=1)
    assert len(sample(data).pictures) == MOST  # more than a few: those that were chosen anyway say enough


def test_the_plan_of_a_sample_is_that_of_all_its_pictures() -> None:
    data = pictures(3 * MOST)
    assert planned(sample(data)) == planned(data)


def test_a_plan_of_many_pictures_counts_all_and_chooses_as_from_all() -> None:
    many = planned(pictures(3 * MOST), TrainConfig(batch_size=4, epochs=12))
    few = planned(pictures(MOST), TrainConfig(batch_size=4, epochs=12))
    assert (many.image_size, many.smallest_anchor) == (few.image_size, few.smallest_anchor)
    assert many.stages[0].seconds > 1.5 * few.stages[0].seconds


def test_too_small_boxes_are_counted_on_all_pictures() -> None:
    data = [*pictures(MOST), *(replace(one) for one in pictures(MOST))]
    for place in range(0, len(data), 4):
        data[place] = picture(place, side=6)
    small = planned(data, TrainConfig(image_size=(384, 288))).warnings
    of_all = [text for text in small if text.startswith("cell: about")]
    assert len(of_all) == 1
    number = int(of_all[0].removeprefix("cell: about ").split(" ")[0].replace(",", ""))
    assert 0.9 * MOST < number < 1.1 * MOST  # two on each fourth picture
    assert f"of {4 * MOST:,} boxes" in of_all[0]


def test_tiles_of_a_sample_stand_for_the_tiles_of_all() -> None:
    tiling = Tiling(800, 600, 100)
    some = sample(pictures(2 * MOST))
    tiles = tile_sample(some, tiling, learn=False)
    a_picture = len(tiling.tiles(ImageSize(1600, 1200)))
    assert (len(tiles.pictures), tiles.total) == (a_picture * MOST, a_picture * 2 * MOST)
    assert tiles.boxes == {0: 2 * sum(len(tile.annotations) for tile in tiles.pictures)}
