"""Figures of a model come from stored boxes, with what to know before trusting them."""

from __future__ import annotations

import uuid
from dataclasses import replace

import pytest

from detector.domain import Box
from gui.commands.console import Console
from gui.commands.figures import evaluate
from gui.figures import evaluating
from gui.figures.evaluating import ModelEvaluation
from gui.figures.examining import of_split
from gui.figures.figure_notes import notes
from gui.image_params import from_text, wanted_of
from gui.messages import NotYet
from gui.services import Services
from storage.image_filter import ImageFilter
from storage.records import ImageState, ModelVersion, Source, Split, StoredBox, StoredPrediction
from tests.gui.labelled_project import LabelledProject, labelled_project, model_of
from tests.gui.web import Web

EVERY = ImageFilter(states=frozenset({ImageState.DONE}))


def perfect(made: LabelledProject, images: int = 8, kinds: int = 2) -> ModelVersion:
    """A model that found the first of the done images' boxes where they stand."""
    model = model_of(made)
    for image in made.images[:images]:
        right = [StoredPrediction(b.class_id, b.box, 0.6) for b in made.store.annotations.get(image.id).boxes]
        made.store.predictions.put(model.id, image.id, right[:kinds], False)
    return model


def said(found: ModelEvaluation) -> str:
    return " ".join(note.text for note in found.notes)


def test_figures_are_those_of_the_images_that_the_filter_lets_through(
    services: Services, made: LabelledProject
) -> None:
    model = perfect(made, kinds=1)
    chosen = made.images[3]
    services.store.images.set_split([chosen.id], Split.TEST)

    test, every = services.evaluating.of(model.id, of_split(Split.TEST)), services.evaluating.of(model.id, EVERY)

    assert (test.split, test.figures.images, every.split, every.figures.images) == (Split.TEST, 1, None, 8)
    assert [c.ap for c in every.figures.per_class] == pytest.approx([1.0, 0.0])
    assert every.seen.labels.ids == made.class_ids
    with pytest.raises(NotYet, match="no done image in the validation split"):
        services.evaluating.of(model.id, of_split(Split.VAL))


def test_images_that_the_model_has_not_seen_are_left_out_and_said(services: Services, made: LabelledProject) -> None:
    model = perfect(made, images=3)
    assert services.evaluating.missing(model, EVERY) == [image.id for image in made.images[3:8]]

    found = services.evaluating.of(model.id, EVERY)

    assert (found.figures.images, found.seen.unseen, found.figures.ap) == (3, 5, pytest.approx(1.0))
    assert "3 images only: these figures can be off" in said(found)
    assert "5 more done images are left out" in said(found)
    assert [note.remedy for note in found.notes if note.remedy] == ["predict"]


def test_a_version_that_found_too_little_for_a_threshold_says_where_its_boxes_are_shown_from(
    services: Services, made: LabelledProject
) -> None:
    model = perfect(made)
    found = services.evaluating.of(model.id, EVERY)
    for metrics, is_said in (({"ap": 0.01}, True), ({"ap": 0.01, "threshold": 0.4}, False), ({}, False)):
        checked = replace(model, metrics=metrics)
        told = " ".join(note.text for note in notes(replace(found.seen, model=checked), found.figures))
        assert ("too little" in told, "shown from 0.50 up" in told) == (is_said, is_said)


def test_labels_that_a_model_drew_are_said_to_flatter(services: Services, made: LabelledProject) -> None:
    model = perfect(made)
    first = made.images[0]
    drawn = [
        StoredBox(str(uuid.uuid4()), one.class_id, one.box, Source.MODEL, model.id)
        for one in services.store.annotations.get(first.id).boxes
    ]
    services.save(first.id, revision=1, boxes=drawn, state=ImageState.DONE, key="taken over")

    found = services.evaluating.of(model.id, EVERY)

    assert found.seen.by_models == 2
    assert "A model drew 12 % of the true boxes" in said(found)


def test_crowds_and_classes_that_are_not_there_are_said(services: Services, made: LabelledProject) -> None:
    model = perfect(made)
    blank = services.store.classes.ensure(made.project_id, ["blue"])["blue"].id
    crowd = [StoredPrediction(blank, Box(n, 0, n + 9, 9), 0.3) for n in range(110)]
    services.store.predictions.put(model.id, made.images[0].id, crowd, False)

    advice = said(services.evaluating.of(model.id, EVERY))

    assert "1 image has more than 100 boxes of one class" in advice
    assert "pass over 10 boxes" in advice
    assert "No true box of blue is in these images" in advice
    assert "110 boxes found of that kind do not count in AP." in advice


def test_images_that_the_model_learnt_from_or_was_chosen_by_are_said(services: Services, made: LabelledProject) -> None:
    model = perfect(made)
    ids = [image.id for image in made.images[:8]]
    services.store.images.set_split(ids[:2], Split.TRAIN)
    services.store.images.set_split(ids[2:], Split.VAL)

    every = said(services.evaluating.of(model.id, EVERY))
    assert "2 of these are training images" in every
    assert "figures on them flatter a little" in every
    assert "These are training images" in said(services.evaluating.of(model.id, of_split(Split.TRAIN)))
    services.store.images.set_split(ids, Split.TEST)
    assert "training" not in said(services.evaluating.of(model.id, of_split(Split.TEST)))


def test_every_class_is_shown_from_its_own_threshold_up(services: Services, made: LabelledProject) -> None:
    model = perfect(made)
    kept = {"wish": {"kind": "f1"}, "all": 0.5, "by_class": {str(made.class_ids[0]): 0.7}}
    services.store.models.set_thresholds(model.id, kept)

    shown = services.evaluating.of(model.id, EVERY).figures.at_threshold

    assert shown.all.threshold is None
    assert [(one.threshold, one.shown) for one in shown.per_class] == [(0.7, 0), (0.5, 8)]


def test_boxes_are_shown_from_half_a_score_unless_a_threshold_is_named(
    services: Services, made: LabelledProject
) -> None:
    model = perfect(made)
    usual, high = services.evaluating.of(model.id, EVERY), services.evaluating.of(model.id, EVERY, 0.7)
    assert (usual.figures.at_threshold.all.threshold, usual.figures.at_threshold.all.shown) == (0.5, 16)
    assert (high.figures.at_threshold.all.threshold, high.figures.at_threshold.all.shown) == (0.7, 0)


def test_each_class_is_shown_from_the_threshold_that_is_kept_with_the_model(
    services: Services, made: LabelledProject
) -> None:
    model = perfect(made)
    kept = {"wish": {"kind": "balance"}, "all": 0.5, "by_class": {str(made.class_ids[0]): 0.65}}
    services.store.models.set_thresholds(model.id, kept)
    shown = services.evaluating.of(model.id, EVERY).figures.at_threshold
    assert [(one.threshold, one.shown) for one in (shown.all, *shown.per_class)] == [(None, 8), (0.65, 0), (0.5, 8)]


def test_nothing_is_computed_twice_until_a_box_or_a_class_changes(
    services: Services, made: LabelledProject, monkeypatch: pytest.MonkeyPatch
) -> None:
    model, asked = perfect(made), []
    real = evaluating.evaluate
    monkeypatch.setattr(evaluating, "evaluate", lambda *given: (asked.append(1), real(*given))[1])

    for _ in range(2):
        services.evaluating.of(model.id, EVERY)
    assert len(asked) == 1
    services.evaluating.of(model.id, EVERY, 0.7)
    assert len(asked) == 2
    boxes = services.store.annotations.get(made.images[0].id).boxes
    services.save(made.images[0].id, revision=1, boxes=boxes[:1], state=ImageState.DONE, key="one box less")
    assert services.evaluating.of(model.id, EVERY).figures.boxes == 15
    services.store.classes.set_archived(made.class_ids[1], True)
    assert services.evaluating.of(model.id, EVERY).figures.boxes == 8


def test_intervals_come_with_the_classes_that_they_are_of(services: Services, made: LabelledProject) -> None:
    model = perfect(made, kinds=1)
    found, class_ids = services.evaluating.intervals(model.id, EVERY)
    assert class_ids == made.class_ids
    assert found.images == 8
    assert [one.ap50 and one.ap50.value for one in found.per_class] == pytest.approx([1.0, 0.0])


def test_an_address_chooses_the_images_and_the_model_that_it_names_is_none_of_their_filter() -> None:
    done = frozenset({ImageState.DONE})
    assert wanted_of(from_text("model=3")) == of_split(Split.VAL)
    assert wanted_of(from_text("split=test&model=3&view=figures")) == of_split(Split.TEST)
    assert wanted_of(from_text("class=5")) == ImageFilter(states=done, class_ids=frozenset({5}))
    assert wanted_of(from_text("state=nothing")) == ImageFilter(nothing_here=True)
    assert wanted_of(from_text("model=3&score=0.3-0.6")) == ImageFilter(
        states=done, model_id=3, score_from=0.3, score_to=0.6
    )


def test_a_report_is_handed_out_as_a_file_and_never_as_a_page_of_ours(web: Web) -> None:
    labelled = labelled_project(web.store, name='Röte "1"/2')
    perfect(labelled)
    answer = web.client.get(f"/api/projects/{labelled.project_id}/report?class={labelled.class_ids[0]}")
    assert answer.headers["content-disposition"] == "attachment; filename*=UTF-8''R%C3%B6te%20%221%22%2F2%20v1.html"
    assert answer.headers["content-security-policy"] == "sandbox"
    assert "8 images with 16 true boxes" in answer.text
    assert web.client.get(f"/api/projects/{labelled.project_id}/report").status_code == 409


def test_the_routes_answer_for_any_choice_of_images(web: Web) -> None:
    labelled = labelled_project(web.store)
    model = perfect(labelled)
    address, chosen = f"/api/projects/{labelled.project_id}/evaluation", f"class={labelled.class_ids[0]}"

    shown = web.client.get(f"{address}?{chosen}&threshold=0.7").json()
    sure = web.client.get(f"{address}/intervals?{chosen}&model={model.id}").json()

    assert (shown["split"], shown["images"], shown["unseen"]) == (None, 8, 0)
    assert shown["at_threshold"]["all"]["shown"] == 0
    assert shown["trained_on"]["snapshot_digest"] == model.snapshot_digest
    assert sure["ap"] == {"value": 1.0, "low": 1.0, "high": 1.0}
    assert [row["class_id"] for row in sure["per_class"]] == list(labelled.class_ids)
    assert web.client.get(address).status_code == 409
    assert web.client.get(f"{address}?threshold=2").status_code == 422
    assert web.client.get(f"{address}?split=nowhere").status_code == 422


@pytest.mark.parametrize(
    "given", ["clas=3", "class=&split=test", "split=test&class", "class=red", "junk", "sort=name&wide=1", "boxes=9-1"]
)
def test_a_filter_with_a_slip_is_refused_and_never_means_all_images(
    made: LabelledProject, given: str, capsys: pytest.CaptureFixture[str]
) -> None:
    perfect(made)
    made.store.images.set_split([made.images[0].id], Split.VAL)
    root, name = made.store.workspace.root, made.store.projects.get(made.project_id).name
    with pytest.raises(SystemExit) as ended:
        evaluate(Console(as_json=True), root, name, Split.TEST, None, images=given)
    assert ended.value.code == 2
    assert capsys.readouterr().out.startswith('{"error": ')
