"""Thresholds by a wish: what they come to, choosing and undoing them, and where they are used then."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from detector.domain import Box, ImageSize, LabelSet, Prediction
from detector.measuring.wishes import Wish, WishKind
from detector.models.model_folder import replace_description
from detector.models.predictor import ImagePredictions
from detector.runs import JobKind, RunState
from gui.commands.predict_files import coco_json
from gui.figures import thresholding
from gui.figures.thresholding import Thresholding, Thresholds, advised
from storage.records import ModelVersion, Split, StoredPrediction
from tests.gui.doing import do
from tests.gui.labelled_project import LabelledProject, add_model, labelled_project
from tests.gui.test_jobs import claimed, stored_model
from tests.gui.web import Web

ELSEWHERE = Box(100, 80, 120, 95)  # where no object is
MISSES, FALSE_ALARMS = "misses", "false_alarms"


@pytest.fixture
def made(web: Web) -> LabelledProject:
    """Ten done images, one of each class on each: five to choose by, and five to test on."""
    made = labelled_project(web.store, labelled=10, unlabelled=1)
    for number, image in enumerate(made.images[:10]):
        web.store.images.set_split([image.id], Split.VAL if number < 5 else Split.TEST)
    return made


def seen(made: LabelledProject, folder: str = "m1", *, job_id: int | None = None, lower: float = 0.0) -> ModelVersion:
    """A model that finds every object, the dark one of image n with the score 0.9 - n / 20, the red one with 0.5, and
    something that is none with 0.45 - n / 20; all of them by so much `lower`."""
    store = made.store
    model = add_model(store, made.project_id, folder, active=True, job_id=job_id)
    dark, red = made.class_ids
    for number, image in enumerate(made.images[:10]):
        boxes = {box.class_id: box.box for box in store.annotations.get(image.id).boxes}
        fall = number % 5 / 20
        found = [(dark, boxes[dark], 0.9 - fall), (red, boxes[red], 0.5), (dark, ELSEWHERE, 0.45 - fall)]
        store.predictions.put(model.id, image.id, [StoredPrediction(c, b, s - lower) for c, b, s in found], False)
    return model


def look(web: Web, model: ModelVersion, kind: str = "balance", value: float | None = None) -> dict[str, Any]:
    given = {"kind": kind} | ({} if value is None else {"value": str(value)})
    answer = web.client.get(f"/api/models/{model.id}/thresholds", params=given)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def choose(web: Web, model: ModelVersion, **body: object) -> dict[str, Any]:
    answer = web.client.put(f"/api/models/{model.id}/thresholds", json=body)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def test_a_wish_is_kept_on_the_validation_images_and_priced_on_the_test_images(web: Web, made: LabelledProject) -> None:
    found = look(web, seen(made), FALSE_ALARMS, 5)
    assert found["nearest"] is None
    assert found["chosen_on"] == {"images": 5, "boxes": 10}
    assert (found["split"], found["images"]) == ("test", 5)
    assert found["one"] == {
        "threshold": 0.41,
        "boxes": 10,
        "found": 10,
        "missed": 0,
        "wrong": 1,
        "images_with_wrong": 1,
    }
    assert [(row["name"], row["chosen_on_boxes"], row["few"]) for row in found["classes"]] == [
        ("dark", 5, True),
        ("red", 5, True),
    ]
    assert sum(row["each"]["wrong"] for row in found["classes"]) == found["each"]["wrong"] <= 1


def test_a_wish_that_cannot_be_had_is_answered_with_the_nearest(web: Web, made: LabelledProject) -> None:
    model = seen(made)
    for image in made.images[:5]:
        predicted = web.store.predictions.get(model.id, image.id)
        assert predicted is not None
        some = [p for p in predicted.predictions if p.class_id == made.class_ids[0]]
        web.store.predictions.put(model.id, image.id, some, False)
    found = look(web, model, MISSES, 5)
    assert found["nearest"] == pytest.approx(50)
    assert found["one"]["threshold"] == 0.01


def test_without_test_images_the_costs_are_those_where_it_was_chosen_and_say_so(
    web: Web, made: LabelledProject
) -> None:
    web.store.images.set_split([image.id for image in made.images[5:10]], Split.TRAIN)
    found = look(web, seen(made))
    assert (found["split"], found["images"]) == ("val", 5)


@pytest.mark.parametrize(("kind", "value"), [("misses", None), ("misses", 100), ("false_alarms", 0), ("luck", 1)])
def test_a_wish_that_means_nothing_is_refused(web: Web, made: LabelledProject, kind: str, value: float | None) -> None:
    model = seen(made)
    answer = web.client.put(f"/api/models/{model.id}/thresholds", json={"kind": kind, "value": value})
    assert answer.status_code == 422
    assert web.store.models.get(model.id).thresholds is None


def test_where_nothing_can_be_chosen_by_it_is_said_what_to_do(web: Web, made: LabelledProject) -> None:
    model = add_model(web.store, made.project_id)
    answer = web.client.get(f"/api/models/{model.id}/thresholds")
    assert answer.status_code == 409
    assert "Predict first" in answer.json()["error"]
    for image in made.images[:5]:
        web.store.predictions.put(model.id, image.id, [], False)
    answer = web.client.get(f"/api/models/{model.id}/thresholds")
    assert answer.status_code == 409
    assert "finds too little" in answer.json()["error"]


def test_what_was_chosen_stands_with_the_model_and_in_its_folder_and_can_be_undone(
    web: Web, made: LabelledProject
) -> None:
    model = seen(made)
    folder = web.store.workspace.model(model.folder)
    folder.mkdir(parents=True)
    (folder / "meta.json").write_text('{"format": 2, "metrics": {"ap": 0.5}}', "utf-8")

    chosen = choose(web, model, kind=FALSE_ALARMS, value=5)

    thresholds = chosen["thresholds"]
    assert thresholds["wish"] == {"kind": FALSE_ALARMS, "value": 5}
    assert thresholds["all"] == 0.41
    assert thresholds["by_class"].keys() == {str(one) for one in made.class_ids}
    assert look(web, model)["kept"] == thresholds
    [shown] = web.client.get(f"/api/projects/{made.project_id}/models").json()
    assert shown["chosen_thresholds"] == thresholds
    assert json.loads((folder / "meta.json").read_text("utf-8")) == {
        "format": 2,
        "metrics": {"ap": 0.5},
        "chosen_thresholds": thresholds,
    }
    undone = web.client.post(f"/api/activity/{chosen['activity_id']}/undo")
    assert undone.status_code == 200, undone.text
    assert undone.json()["thresholds"] is None
    assert json.loads((folder / "meta.json").read_text("utf-8"))["chosen_thresholds"] is None


def test_the_folder_says_the_newest_choice_where_two_processes_choose_at_once(
    web: Web, made: LabelledProject, monkeypatch: pytest.MonkeyPatch
) -> None:
    model, store = seen(made), web.store
    folder = store.workspace.model(model.folder)
    folder.mkdir(parents=True)
    (folder / "meta.json").write_text("{}", "utf-8")
    of_the_worker = [Wish(WishKind.MISSES, 10)]

    def replace(folder: Path, values: dict[str, Any]) -> None:
        if of_the_worker:
            Thresholding(store).choose(model.id, of_the_worker.pop())
        replace_description(folder, values)

    monkeypatch.setattr(thresholding, "replace_description", replace)
    Thresholding(store).choose(model.id, Wish(WishKind.BALANCE))
    newest = store.models.get(model.id).thresholds
    assert newest is not None and newest["wish"] == {"kind": "misses", "value": 10}
    assert json.loads((folder / "meta.json").read_text("utf-8"))["chosen_thresholds"] == newest


def test_one_threshold_for_all_classes_can_be_chosen_and_forgotten(web: Web, made: LabelledProject) -> None:
    model = seen(made)
    assert choose(web, model, kind=MISSES, value=10, by_class=False)["thresholds"]["by_class"] == {}
    assert advised(web.store.models.get(model.id)).by_class == {}
    answer = web.client.delete(f"/api/models/{model.id}/thresholds")
    assert answer.json()["thresholds"] is None
    entries = web.client.get(f"/api/projects/{made.project_id}/activity").json()["items"]
    assert [entry["undoable"] for entry in entries if entry["kind"] == "model_thresholds"] == [True, True]


def test_a_new_version_is_used_by_the_same_wish_but_never_against_a_choice(web: Web, made: LabelledProject) -> None:
    first = seen(made)
    carry_on = web.services.thresholding.carry_on
    second = seen(made, "m2")
    assert carry_on(second.id) is None, "nobody wished anything"
    choose(web, first, kind=MISSES, value=10, by_class=False)
    kept = carry_on(second.id)
    assert kept is not None
    assert kept.model.thresholds == web.store.models.get(first.id).thresholds
    choose(web, second, kind="balance")
    assert carry_on(second.id) is None
    unseen = add_model(web.store, made.project_id, "m3")
    assert carry_on(unseen.id) is None, "it has looked at no image yet"


def test_a_wish_for_a_model_that_its_run_gave_out_earlier_goes_to_the_one_that_stands_in_for_it(
    web: Web, made: LabelledProject
) -> None:
    store, run = web.store, web.store.jobs.enqueue(made.project_id, JobKind.TRAIN, {}).id
    carry_on = web.services.thresholding.carry_on
    choose(web, seen(made, "older"), kind="balance")
    first = seen(made, "m1", job_id=run)
    choose(web, first, kind=MISSES, value=10, by_class=False)
    chosen = store.models.get(first.id).thresholds
    assert chosen is not None
    second = seen(made, "m2", job_id=run, lower=0.1)
    assert store.models.supersede(first.id, second.id).thresholds == chosen, "until it has looked at the images"
    kept = carry_on(second.id)
    assert kept is not None and kept.model.thresholds is not None
    assert kept.model.thresholds["wish"] == chosen["wish"]
    assert kept.model.thresholds["all"] == pytest.approx(chosen["all"] - 0.1, abs=0.011), "on its own scores"
    third = seen(made, "m3", job_id=run)
    choose(web, third, kind="balance")
    own = store.models.get(third.id).thresholds
    assert store.models.supersede(second.id, third.id).thresholds == own
    assert carry_on(third.id) is None


def test_a_wish_that_was_taken_back_does_not_come_again_with_the_next_model_of_the_run(
    web: Web, made: LabelledProject
) -> None:
    store, run = web.store, web.store.jobs.enqueue(made.project_id, JobKind.TRAIN, {}).id
    first, second, third = (seen(made, name, job_id=run) for name in ("m1", "m2", "m3"))
    choose(web, first, kind="balance")
    store.models.supersede(first.id, second.id)
    web.services.thresholding.forget(second.id)
    store.models.supersede(second.id, third.id)
    assert web.services.thresholding.carry_on(third.id) is None
    assert store.models.get(third.id).thresholds is None


def test_the_look_that_ends_a_run_carries_the_wish_on(made: LabelledProject, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []
    monkeypatch.setattr("gui.jobs.predict.Thresholding.carry_on", lambda _, model_id: asked.append(model_id))
    model, _ = stored_model(made)
    job = made.store.jobs.claim_next(0)
    assert job is not None
    assert do(made.store, job).state is RunState.SUCCEEDED
    do(made.store, claimed(made.store, made.project_id, JobKind.PREDICT, {"model_version_id": model.id}))
    assert asked == [model.id], "once, and not again when new images are looked at"


def test_boxes_below_the_threshold_of_their_class_are_left_out_of_a_file() -> None:
    box = Box(1, 1, 5, 5)
    found = tuple(Prediction(box, label, score) for label, score in ((0, 0.5), (0, 0.4), (1, 0.4), (1, 0.2)))
    labels = LabelSet((7, 9), ("a", "b"))
    content = coco_json([("x.png", ImagePredictions(found, False, ImageSize(9, 9)))], labels, Thresholds(0.5, {9: 0.3}))
    assert [(one["category_id"], one["score"]) for one in content["annotations"]] == [(7, 0.5), (9, 0.4)]


def test_a_chosen_threshold_goes_before_what_the_model_advises_and_that_before_the_usual(
    web: Web, made: LabelledProject
) -> None:
    bare = add_model(web.store, made.project_id)
    assert advised(bare) == Thresholds(0.5, {})
    figures = {"ap": 0.5, "ap50": 0.7, "threshold": 0.4}
    learned = add_model(web.store, made.project_id, "m2", metrics=figures, meta={"thresholds": {"7": 0.3}})
    assert advised(learned) == Thresholds(0.4, {7: 0.3})
    own = {"wish": {"kind": "balance", "value": None}, "all": 0.2, "by_class": {"8": 0.1}}
    chosen, _ = web.store.models.set_thresholds(learned.id, own)
    assert advised(chosen) == Thresholds(0.2, {8: 0.1})


def test_advice_that_an_earlier_release_kept_for_a_model_that_finds_nothing_is_none(
    web: Web, made: LabelledProject
) -> None:
    meta = {"thresholds": {"7": 0.01}, "classes": [{"id": 7}, {"id": 8}]}
    figures = {"ap": 0.001, "ap50": 0.0049, "threshold": 0.01}
    model = add_model(web.store, made.project_id, metrics=figures, meta=meta)
    assert advised(model) == Thresholds(0.5, {})
    [told] = web.client.get(f"/api/projects/{made.project_id}/models").json()
    assert told["metrics"] == {"ap": 0.001, "ap50": 0.0049}
    assert told["thresholds"] == {}

    may_be_useful = add_model(web.store, made.project_id, "m2", metrics=figures | {"ap50": 0.0051}, meta=meta)
    assert advised(may_be_useful) == Thresholds(0.01, {7: 0.01}), "one of the two classes may be found now and then"
