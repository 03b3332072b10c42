from __future__ import annotations

import numpy as np

from detector.domain import Box
from detector.geometry import iou
from detector.measuring.pairing import one_to_one, overlapping


def boxes(dice: np.random.Generator, many: int) -> np.ndarray:  # type: ignore[type-arg]
    corner = dice.uniform(0, 60, (many, 2))
    return np.concatenate([corner, corner + dice.uniform(5, 40, (many, 2))], axis=1)


def test_pairs_are_those_of_one_image_that_overlap_enough() -> None:
    dice = np.random.default_rng(0)
    images = np.sort(dice.integers(0, 5, 40)).astype(np.int32), np.sort(dice.integers(0, 6, 30)).astype(np.int32)
    both = boxes(dice, 40), boxes(dice, 30)
    pairs = overlapping(images, both, 0.1)
    expected = {
        (a, b): iou(Box(*both[0][a]), Box(*both[1][b]))
        for a in range(40)
        for b in range(30)
        if images[0][a] == images[1][b] and iou(Box(*both[0][a]), Box(*both[1][b])) >= 0.1
    }
    assert dict.fromkeys(zip(pairs.first.tolist(), pairs.second.tolist(), strict=True)).keys() == expected.keys()
    np.testing.assert_allclose(pairs.iou, list(expected.values()))


def test_one_to_one_takes_the_heaviest_first() -> None:
    dice = np.random.default_rng(1)
    images = np.zeros(30, np.int32), np.zeros(25, np.int32)
    pairs = overlapping(images, (boxes(dice, 30), boxes(dice, 25)), 0.05)
    weight = dice.random(len(pairs))
    taken: set[tuple[str, int]] = set()
    expected = set()
    for row in np.argsort(-weight):
        ends = {("first", int(pairs.first[row])), ("second", int(pairs.second[row]))}
        if not ends & taken:
            taken |= ends
            expected.add((int(pairs.first[row]), int(pairs.second[row])))
    found = one_to_one(pairs, weight)
    assert set(zip(found.first.tolist(), found.second.tolist(), strict=True)) == expected


def test_nothing_pairs_with_nothing() -> None:
    none = np.zeros(0, np.int32), np.zeros(0, np.int32)
    pairs = overlapping(none, (np.zeros((0, 4)), np.zeros((0, 4))), 0.1)
    assert len(pairs) == 0 == len(one_to_one(pairs, pairs.iou))
