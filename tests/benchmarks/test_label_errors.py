from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from benchmarks.label_errors import completed, control, plant, score
from detector.advising.label_errors import suspects_of
from detector.domain import Annotation, Box, ImageSize, Prediction
from detector.geometry import iou
from detector.measuring.box_columns import Found, Truths
from detector.pictures.dataset import Example

SIZE = ImageSize(640, 480)


def examples() -> list[Example]:
    made = []
    for number in range(20):
        boxes = [Box(x, y, x + 40, y + 40 + number) for x in range(5, 600, 90) for y in range(5, 400, 90)]
        annotations = tuple(Annotation(box, place % 3) for place, box in enumerate(boxes))
        made.append(Example(Path("x"), SIZE, annotations, str(number)))
    return made


def test_the_share_of_each_kind_of_error_is_planted_and_the_rest_stays() -> None:
    before = examples()
    total = sum(len(example.annotations) for example in before)
    planted = plant(before, 3, seed=1)
    assert len(planted.dropped) == round(0.05 * total)
    assert planted.wrong.count("shifted") == planted.wrong.count("swapped") == round(0.05 * total)
    kept = [annotation for example in planted.examples for annotation in example.annotations]
    assert len(kept) == len(planted.wrong) == total - len(planted.dropped)
    whole = {example.key: {a.box for a in example.annotations} for example in before}
    for example in planted.examples:
        for annotation in example.annotations:
            annotation.box.must_lie_in(SIZE)
    for place, kind in enumerate(planted.wrong):
        if kind == "swapped":
            assert any(kept[place].box in boxes for boxes in whole.values())
    shifted = [kept[place].box for place, kind in enumerate(planted.wrong) if kind == "shifted"]
    every = [a.box for a in before[0].annotations]
    assert all(max(iou(box, one) for one in every) < 0.6 for box in shifted)
    assert plant(before, 3, seed=1).wrong == planted.wrong != plant(before, 3, seed=2).wrong


def test_a_model_that_is_always_right_finds_all_of_it_and_chance_does_not() -> None:
    before = examples()
    planted = plant(before, 3, seed=0)
    found = Found.of([[Prediction(a.box, a.label, 0.95) for a in example.annotations] for example in before])
    truths = Truths.of([example.annotations for example in planted.examples])
    figures = score(planted, truths, found, suspects_of(truths, found))
    assert figures["found"] == {"dropped": 1.0, "shifted": 1.0, "swapped": 1.0}
    assert figures["precision"] > 0.95
    chance = control(planted, truths, found)
    assert all(0.05 < share < 0.3 for share in chance.values())
    assert figures["places"] == int(np.ceil(0.15 * (len(truths) + len(planted.dropped))))


def test_a_set_that_was_gone_through_has_the_boxes_that_it_lacked_and_none_of_them_is_planted_with_errors() -> None:
    whole = examples()
    lacking = [replace(example, annotations=example.annotations[2:]) for example in whole]
    wrong = [Prediction(Box(x, 440, x + 40, 480), 0, 0.1) for x in range(5, 600, 90)]
    found = Found.of([[Prediction(a.box, a.label, 0.95) for a in example.annotations] + wrong for example in whole])
    made, own = completed(lacking, Truths.of([example.annotations for example in lacking]), found)
    assert [set(example.annotations) for example in made] == [set(example.annotations) for example in whole]
    assert (~own).sum() == 2 * len(whole)
    planted = plant(made, 3, seed=0, own=own)
    assert planted.boxes == own.sum()
    added = [(place, example.annotations[-1]) for place, example in enumerate(made)]
    assert all(annotation in planted.examples[place].annotations for place, annotation in added)
