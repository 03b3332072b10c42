"""What the stores hand out becomes the JSON of the routes, field by field."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from detector.domain import Annotation, Box, ImageSize, LabelSet
from detector.learning.planning import Choice
from detector.learning.staging import Stage
from detector.measuring.box_columns import Found, Truths
from detector.measuring.evaluation import evaluate
from detector.runs import EpochReport, JobKind, RunState, Scope, TrainConfig
from gui import view_models
from gui.accepting import Accepted
from gui.figures.evaluating import ModelEvaluation
from gui.figures.examining import Examined
from gui.training_plan import ClassBoxes, Start, TrainingPlan
from storage.past import HistoryEntry
from storage.records import (
    ImagePage,
    ImageState,
    Job,
    ModelVersion,
    Neighbours,
    ObjectClass,
    PredictedImage,
    Project,
    ProjectCounts,
    SavedAnnotations,
    Source,
    Split,
    StoredBox,
    StoredImage,
    StoredPrediction,
)

NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
IMAGE = StoredImage(
    id=5,
    project_id=1,
    sha256="a" * 64,
    name="<b>größe</b>.jpg",
    size=ImageSize(640, 480),
    format="JPEG",
    exif_orientation=6,
    has_view=True,
    bytes=1234,
    state=ImageState.DONE,
    split=None,
    revision=3,
    boxes=1,
    created_at=NOON,
    updated_at=NOON,
    deleted_at=None,
)
BOX = StoredBox("u1", 2, Box(1.5, 2, 30, 40.25), Source.MODEL, 4, 0.93)
FOUND = PredictedImage(5, 4, (StoredPrediction(2, Box(0, 0, 10, 10), 0.5),), limit_reached=True)
SAVED = SavedAnnotations(5, 3, ImageState.DONE, (BOX,), NOON)
MODEL = ModelVersion(
    id=4,
    project_id=1,
    number=2,
    folder="p1-run9",
    preset="retinanet-lite",
    parent_id=None,
    job_id=9,
    snapshot_digest="d",
    metrics={"ap": 0.61},
    meta={"classes": [{"id": 2, "name": "RBC"}], "input_size": [384, 288]},
    note="",
    created_at=NOON,
    deleted_at=None,
)
JOB = Job(
    id=7,
    project_id=1,
    kind=JobKind.TRAIN,
    state=RunState.RUNNING,
    params={},
    progress={},
    message="Training.",
    result={},
    attempts=1,
    created_at=NOON,
    started_at=NOON,
    finished_at=None,
    beat_at=NOON,
    pid=1,
)


def keys(shown: dict[str, Any]) -> set[str]:
    json.dumps(shown, allow_nan=False)  # whatever leaves here must be JSON
    return set(shown)


def test_a_box_tells_corners_source_and_model() -> None:
    assert view_models.box(BOX) == {
        "id": "u1",
        "class_id": 2,
        "x1": 1.5,
        "y1": 2,
        "x2": 30,
        "y2": 40.25,
        "source": "model",
        "model_version_id": 4,
        "score": 0.93,
    }


def test_an_image_carries_boxes_and_predictions_only_where_asked() -> None:
    plain = view_models.image(IMAGE)
    assert not {"annotations", "predictions"} & keys(plain)
    assert (plain["name"], plain["state"], plain["split"], plain["boxes"]) == ("<b>größe</b>.jpg", "done", None, 1)
    assert plain["created_at"] == "2026-11-21T12:00:00+00:00"
    assert plain["thumb_url"] == "/files/images/5/thumb"
    full = view_models.image(IMAGE, annotations=[BOX], predictions=FOUND, with_predictions=True)
    assert (len(full["annotations"]), full["predictions"][0]["score"], full["limit_reached"]) == (1, 0.5, True)


def test_not_predicted_is_told_from_nothing_found() -> None:
    assert view_models.predicted(None) is None
    assert view_models.predicted(replace(FOUND, predictions=())) == []
    assert view_models.image(IMAGE, with_predictions=True)["predictions"] is None


def test_an_opened_image_has_what_the_label_page_needs() -> None:
    shown = view_models.opened_image(IMAGE, SAVED, Neighbours(None, 6, 1, 9), 4, FOUND)
    assert keys(shown) == {
        "image",
        "annotations",
        "rejected",
        "revision",
        "state",
        "saved_at",
        "redo",
        "predictions",
        "limit_reached",
        "model_version_id",
        "lineage",
        "previous_id",
        "next_id",
        "position",
        "total",
    }
    assert (shown["previous_id"], shown["next_id"], shown["position"], shown["total"]) == (None, 6, 1, 9)


def test_the_answer_to_a_save_counts_the_boxes() -> None:
    assert view_models.saved_answer(SAVED) == {
        "revision": 3,
        "state": "done",
        "boxes": 1,
        "saved_at": "2026-11-21T12:00:00+00:00",
    }
    entry = HistoryEntry(3, ImageState.DONE, (BOX,), "me", NOON)
    assert view_models.history_entry(entry)["annotations"] == [view_models.box(BOX)]


def test_a_project_counts_its_images_by_state() -> None:
    counts = ProjectCounts(9, {ImageState.DONE: 4, ImageState.NEW: 5}, {None: 9}, 31)
    project = Project(1, "cells", NOON, None, 4)
    shown = view_models.project(project, counts, [ObjectClass(2, 1, "RBC", "#ff0000", 0, 31)], [MODEL])
    assert shown["counts"] == {
        "images": 9,
        "new": 5,
        "in_progress": 0,
        "done": 4,
        "skipped": 0,
        "in_doubt": 0,
        "boxes": 31,
    }
    assert shown["classes"][0]["boxes"] == 31
    assert shown["models"][0]["active"]
    assert "disk_bytes" not in keys(shown)
    assert view_models.project(project, counts, [], [], disk_bytes=10)["disk_bytes"] == 10


def test_a_page_of_images_says_where_it_goes_on() -> None:
    shown = view_models.image_page(ImagePage((IMAGE,), "5", 12))
    assert (shown["next"], shown["total"], shown["items"][0]["id"]) == ("5", 12, 5)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"progress": {"epoch": 12, "ap": 0.61, "seconds_left": 118.0}}, "run 7: epoch 12, mAP 0.61, about 2 min"),
        ({"progress": {"epoch": 1, "ap": None, "seconds_left": None}}, "run 7: epoch 1"),
        ({"progress": {"epoch": 0, "stage": "Preparing"}}, "run 7: preparing"),
        ({"progress": {}}, "run 7: starting"),
        ({"state": RunState.QUEUED}, "run 7: waiting"),
        ({"state": RunState.CANCELLING}, "run 7: stopping"),
        ({"state": RunState.FAILED}, "run 7: failed"),
        (
            {"kind": JobKind.PREDICT, "progress": {"done": 1200, "total": 4000}},
            "predicting 7: 1,200 of 4,000 images",
        ),
        ({"kind": JobKind.IMPORT, "progress": {"done": 0, "total": 1}}, "import 7: 0 of 1 image"),
    ],
)
def test_the_top_bar_says_how_a_job_stands(change: dict[str, Any], said: str) -> None:
    assert view_models.job_label(replace(JOB, **change)) == said


def test_a_job_carries_epochs_and_log_only_where_asked() -> None:
    report = EpochReport(1, 2, 10, 3.0, None, 0.5, 0.25, 0.1, 0.2, 0.001)
    assert not {"epochs", "log"} & keys(view_models.job(JOB))
    full = view_models.job(JOB, epochs=[report], log="text")
    assert keys(full) > {"id", "kind", "state", "progress", "message", "result", "params", "epochs", "log"}
    assert full["epochs"][0]["ap"] == 0.1


def test_the_pulse_is_quiet_where_nothing_runs() -> None:
    assert view_models.pulse(None, 4, NOON) == {
        "job": None,
        "active_model_id": 4,
        "server_time": "2026-11-21T12:00:00+00:00",
    }
    assert view_models.pulse(JOB, None, NOON)["job"]["label"] == "run 7: starting"


def test_the_plan_has_the_agreed_fields() -> None:
    plan = TrainingPlan(
        sentence="s",
        images=3,
        train=1,
        val=2,
        boxes_by_class=(ClassBoxes(2, "RBC", 4),),
        left_out=1,
        device="CPU",
        seconds=20.0,
        warnings=("w",),
        can_train=True,
        reasons=("r",),
        config=TrainConfig(epochs=3, image_size=(64, 96)),
        start=Start("model", 2, "starting from v2", 2),
        choices=(Choice("epochs", "3", "Your choice.", "you"),),
        stages=(Stage("head", Scope.HEAD, 3, 2e-3, "First."),),
    )
    shown = view_models.plan(plan)
    assert keys(shown) >= {"sentence", "images", "train", "val", "left_out", "device", "seconds", "can_train"}
    assert shown["start"]["text"] == "starting from v2"
    assert shown["choices"] == [
        {"name": "epochs", "label": "Epochs, at most", "value": "3", "reason": "Your choice.", "by": "you"}
    ]
    assert json.loads(json.dumps(shown["stages"]))[0]["scope"] == "head"
    assert shown["boxes_by_class"] == [{"class_id": 2, "name": "RBC", "boxes": 4}]
    assert TrainConfig.from_json(json.loads(json.dumps(shown["config"]))) == plan.config


def test_figures_name_the_class_by_its_id() -> None:
    truths = Truths.of([[Annotation(Box(0, 0, 9, 9), 0)]])
    labels, found = LabelSet((2,), ("RBC",)), Found.of([[]])
    figures = evaluate(truths, found, [ImageSize(20, 20)], labels)
    seen = Examined(MODEL, (IMAGE,), labels, truths, found, unseen=4, by_models=1)
    shown = view_models.evaluation(ModelEvaluation(seen, Split.VAL, (0.5,), figures))
    assert keys(shown) >= {"split", "images", "ap", "ap50", "ap75", "ar100", "per_class", "advice", "trained_on"}
    assert shown["per_class"][0]["class_id"] == 2
    assert (shown["model"], shown["unseen"], shown["by_models"]) == ("v2", 4, 1)


def test_what_was_accepted_is_counted() -> None:
    assert view_models.accepted(Accepted(3, 2, (8,))) == {"accepted": 3, "images": 2, "conflicts": [8]}
