"""Thresholds that follow what people corrected."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from detector.domain import Box
from gui.queues.advising import FEWEST, learned_from
from storage.corrections import Finished
from storage.records import ImageState, StoredPrediction
from tests.gui.labelled_project import LabelledProject, add_model, labelled_project
from tests.gui.web import Web
from tests.storage.samples import a_box, save

PLACE = Box(10, 10, 30, 30)
ELSEWHERE = Box(60, 60, 80, 80)


def finished(number: int, right: float, wrong: float) -> Finished:
    found = (StoredPrediction(7, PLACE, right), StoredPrediction(7, ELSEWHERE, wrong))
    return Finished(number, ((7, PLACE),), found)


def test_the_threshold_falls_where_boxes_had_to_be_added_and_rises_where_they_were_rejected() -> None:
    shy = learned_from([finished(n, 0.3, 0.05) for n in range(FEWEST)])
    bold = learned_from([finished(n, 0.9, 0.7) for n in range(FEWEST)])
    assert shy is not None
    assert bold is not None
    assert 0.05 < shy.by_label[7] <= 0.3
    assert 0.7 < bold.by_label[7] <= 0.9


def test_a_few_images_are_not_enough() -> None:
    assert learned_from([finished(n, 0.3, 0.05) for n in range(FEWEST - 1)]) is None


def test_a_model_of_whose_boxes_none_is_right_teaches_nothing() -> None:
    wrong = [Finished(n, ((7, PLACE),), (StoredPrediction(7, ELSEWHERE, 0.4),)) for n in range(FEWEST)]
    assert learned_from(wrong) is None


def test_the_page_gets_what_was_learnt_and_the_next_image_counts_as_well(web: Web) -> None:
    made = labelled_project(web.store, labelled=0, unlabelled=FEWEST + 1)
    model = add_model(web.store, made.project_id, active=True)
    for image in made.images:
        found = [StoredPrediction(made.class_ids[0], a_box(1).box, 0.3)]
        web.store.predictions.put(model.id, image.id, found, False)
    finish(made, range(FEWEST - 1))
    assert advice(web, made) is None
    finish(made, [FEWEST - 1])
    learned = advice(web, made)
    assert learned["all"] == learned["by_class"][str(made.class_ids[0])] == pytest.approx(0.15, abs=0.02)


def finish(made: LabelledProject, which: Iterator[int] | range | list[int]) -> None:
    for index in which:
        save(made.store, made.images[index].id, [a_box(made.class_ids[0])], ImageState.DONE)


def advice(web: Web, made: LabelledProject) -> dict[str, dict[str, float]]:
    answer = web.client.get(f"/api/projects/{made.project_id}/advice")
    assert answer.status_code == 200, answer.text
    return answer.json()["learned"]
