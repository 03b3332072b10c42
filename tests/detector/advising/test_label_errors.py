"""Planted label errors in drawn scenes are found, ranked and named by their kind."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pytest

from detector.advising.label_errors import suspects_of
from detector.advising.suspects import KINDS, NONE, ErrorKind, Suspects
from detector.domain import Annotation, Box, Prediction
from detector.geometry import iou
from detector.measuring.box_columns import Found, Truths

IMAGES, A_ROW = 60, 6
SIDES = {0: 40.0, 1: 80.0}


@dataclass
class Scenes:
    """Objects on a grid, labelled rightly, and a good model's predictions; the tests plant errors."""

    truths: list[list[Annotation]] = field(default_factory=list)
    found: list[list[Prediction]] = field(default_factory=list)

    def suspects(self, twins: list[tuple[int, int]] | None = None, least: float = 0.05) -> Suspects:
        pairs = None if twins is None else np.array(twins, np.int64).reshape(-1, 2)
        return suspects_of(Truths.of(self.truths), Found.of(self.found), pairs, least)


def moved(box: Box, x: float, y: float = 0.0) -> Box:
    return Box(box.x1 + x, box.y1 + y, box.x2 + x, box.y2 + y)


@pytest.fixture
def scenes() -> Scenes:
    dice = np.random.default_rng(5)
    made = Scenes()
    for _ in range(IMAGES):
        labels, found = [], []
        for place in range(A_ROW * 4):
            label = int(dice.random() < 0.3)
            side = SIDES[label] * dice.uniform(0.9, 1.1)
            x, y = 20 + 130.0 * (place % A_ROW), 20 + 130.0 * (place // A_ROW)
            box = Box(x, y, x + side, y + side * dice.uniform(0.9, 1.1))
            labels.append(Annotation(box, label))
            score = float(np.clip(dice.beta(12, 1.5), 0.02, 0.99))
            found.append(Prediction(moved(box, *dice.uniform(0, 3, 2)), label, score))
            if dice.random() < 0.5:
                found.append(Prediction(moved(box, 1), 1 - label, 0.1 * score))
            if dice.random() < 0.5:  # something that is none
                found.append(Prediction(moved(box, 70, 70), label, float(dice.uniform(0.01, 0.5))))
        made.truths.append(labels)
        made.found.append(found)
    return made


def of_kind(suspects: Suspects, kind: ErrorKind) -> Suspects:
    return suspects.rows(suspects.kind == KINDS.index(kind))


def strong(scenes: Scenes, image: int, least: float = 0.85) -> int:
    """The place of a label in an image whose object the model is sure of."""
    for place, label in enumerate(scenes.truths[image]):
        if any(p.score > least and p.label == label.label and iou(p.box, label.box) > 0.8 for p in scenes.found[image]):
            return place
    raise AssertionError("nothing is sure here")


def test_right_labels_are_hardly_suspected(scenes: Scenes) -> None:
    suspects = scenes.suspects(least=0.5)
    assert len(suspects) == 0, [KINDS[kind] for kind in suspects.kind]


def test_labels_that_are_gone_are_found_first(scenes: Scenes) -> None:
    for image in range(0, 60, 2):
        del scenes.truths[image][strong(scenes, image)]
    missing = of_kind(scenes.suspects(), ErrorKind.MISSING)
    assert sorted(missing.image[:30].tolist()) == list(range(0, 60, 2))
    assert (missing.truth == NONE).all()
    assert missing.probability[:30].mean() > 0.7 > 0.4 > missing.probability[30:].max(initial=0.0)


def test_a_swapped_class_names_label_and_prediction(scenes: Scenes) -> None:
    for image in range(30):
        place = strong(scenes, image)
        label = scenes.truths[image][place]
        scenes.truths[image][place] = Annotation(label.box, 1 - label.label)
    suspects = scenes.suspects()
    top = suspects.rows(np.arange(30))
    assert {KINDS[kind] for kind in top.kind} == {ErrorKind.CLASS}
    truths, found = Truths.of(scenes.truths), Found.of(scenes.found)
    assert sorted(top.image.tolist()) == list(range(30))
    assert (truths.label[top.truth] != found.label[top.found]).all()
    assert (truths.image[top.truth] == top.image).all()


def test_a_box_that_lies_half_off_is_badly_placed_and_neither_spurious_nor_missing(scenes: Scenes) -> None:
    for image in range(30):
        place = strong(scenes, image)
        label = scenes.truths[image][place]
        scenes.truths[image][place] = Annotation(moved(label.box, label.box.width / 2), label.label)
    suspects = scenes.suspects(least=0.3)
    assert [KINDS[kind] for kind in suspects.kind] == [ErrorKind.PLACED] * 30
    assert sorted(suspects.image.tolist()) == list(range(30))


def test_a_label_of_nothing_is_found(scenes: Scenes) -> None:
    for image in range(30):
        scenes.truths[image].append(Annotation(Box(60, 680 + image, 100, 720 + image), 0))
    suspects = scenes.suspects()
    spurious = of_kind(suspects, ErrorKind.SPURIOUS)
    assert sorted(spurious.image[:30].tolist()) == list(range(30))
    assert spurious.probability[:30].min() > 0.5
    assert (spurious.found == NONE).all()


def test_two_labels_on_one_object_are_one_suspect(scenes: Scenes) -> None:
    label = scenes.truths[3][5]
    scenes.truths[3].append(Annotation(moved(label.box, 1), label.label))
    twice = of_kind(scenes.suspects(), ErrorKind.TWICE)
    first = sum(len(boxes) for boxes in scenes.truths[:3])
    assert {*twice.truth.tolist(), *twice.other.tolist()} == {first + 5, first + len(scenes.truths[3]) - 1}
    assert twice.probability[0] > 0.8


def test_a_box_of_an_absurd_size_is_found(scenes: Scenes) -> None:
    scenes.truths[7].append(Annotation(Box(5, 600, 785, 790), 0))
    size = of_kind(scenes.suspects(), ErrorKind.SIZE)
    assert size.image.tolist() == [7]
    assert size.probability[0] >= 0.8


def test_what_one_of_two_equal_pictures_lacks_is_asked_about_there(scenes: Scenes) -> None:
    scenes.truths[1] = list(scenes.truths[0])
    scenes.found[1] = scenes.found[0]
    extra = Annotation(Box(60, 680, 100, 720), 0)
    scenes.truths[0].append(extra)
    twin = of_kind(scenes.suspects([(0, 1)]), ErrorKind.TWIN)
    assert twin.image.tolist() == [1]
    assert twin.other.tolist() == [len(scenes.truths[0]) - 1]


def test_a_label_is_named_once(scenes: Scenes) -> None:
    dice = np.random.default_rng(0)
    for boxes in scenes.truths:
        for place, label in enumerate(boxes):
            if dice.random() < 0.1:
                boxes[place] = Annotation(moved(label.box, *dice.uniform(0, 60, 2)), int(dice.integers(2)))
    suspects = scenes.suspects(least=0.01)
    for rows in (suspects.truth, suspects.found):
        named = rows[rows != NONE]
        assert len(np.unique(named)) == len(named)
    assert (np.diff(suspects.probability) <= 0).all()


def test_as_many_are_wrong_as_the_probabilities_say(scenes: Scenes) -> None:
    dice = np.random.default_rng(1)
    gone = 0
    for boxes in scenes.truths:
        kept = [label for label in boxes if dice.random() >= 0.05]
        gone += len(boxes) - len(kept)
        boxes[:] = kept
    missing = of_kind(scenes.suspects(), ErrorKind.MISSING)
    assert 0.7 * gone < missing.probability.sum() < 1.3 * gone


def test_without_labels_or_predictions_there_is_nothing_to_say() -> None:
    nothing: list[list[Annotation]] = [[], []]
    assert len(Scenes(nothing, [[], []]).suspects()) == 0
    assert len(Scenes([[Annotation(Box(1, 2, 3, 4), 0)], []], [[], []]).suspects(least=0.5)) == 0
    assert len(Scenes(nothing, [[Prediction(Box(1, 2, 3, 4), 0, 0.9)], []]).suspects(least=0.5)) == 0
