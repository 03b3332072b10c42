"""Merged and archived classes where the pages and the command line use them: figures, exports, plans, old models."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from detector.domain import Box, LabelSet, Prediction
from detector.models.predictor import ImagePredictions
from detector.runs import TrainConfig
from gui.accepting import accept
from gui.commands.predict_files import in_classes_of_today
from gui.device_lookup import FoundDevice
from gui.exporting import export_folder
from gui.figures.evaluating import Evaluating
from gui.figures.examining import of_split
from gui.figures.together import Together
from gui.training_plan import make_plan
from storage.records import Split, StoredPrediction
from storage.store import Store
from tests.gui.labelled_project import SIZE, LabelledProject, labelled_project, model_of


@pytest.fixture
def shapes(store: Store) -> LabelledProject:
    made = labelled_project(store)
    store.images.fix_splits(made.project_id)
    return made


def perfect_model(shapes: LabelledProject) -> int:
    """It finds each box where it stands, under the class that it had when it was trained, and the dark ones as both."""
    store, (dark, red) = shapes.store, shapes.class_ids
    model = model_of(shapes)
    for image in shapes.images:
        boxes = store.annotations.get(image.id).boxes
        found = [StoredPrediction(box.class_id, box.box, 0.9) for box in boxes]
        found += [StoredPrediction(red, box.box, 0.4) for box in boxes if box.class_id == dark]
        store.predictions.put(model.id, image.id, found, False)
    return model.id


def test_a_model_of_two_classes_is_evaluated_by_the_one_that_they_became(shapes: LabelledProject) -> None:
    model = perfect_model(shapes)
    dark, red = shapes.class_ids
    shapes.store.classes.merge([red], dark)
    found = Evaluating(shapes.store, Together(shapes.store)).of(model, of_split(Split.VAL))
    assert found.seen.labels.ids == (dark,)
    assert found.figures.ap == pytest.approx(1.0)


def test_an_archived_class_is_neither_counted_nor_accepted_nor_exported(
    shapes: LabelledProject, tmp_path: Path
) -> None:
    store, (dark, red) = shapes.store, shapes.class_ids
    model = perfect_model(shapes)
    store.classes.set_archived(red, True)
    assert Evaluating(store, Together(store)).of(model, of_split(Split.VAL)).seen.labels.ids == (dark,)
    blank = shapes.images[-1].id
    store.predictions.put(model, blank, [StoredPrediction(red, Box(0, 0, 9, 9), 0.9)], False)
    assert accept(store, model_id=model, image_ids=[blank], threshold=0.1).accepted == 0
    report = export_folder(store, shapes.project_id, "coco", tmp_path / "out")
    assert report.boxes == 8
    written = [json.loads(path.read_text("utf-8")) for path in (tmp_path / "out").rglob("*.json")]
    assert {category["name"] for one in written for category in one["categories"]} == {"dark"}


def test_the_plan_says_what_is_archived_and_counts_merged_classes_as_one(shapes: LabelledProject) -> None:
    store, (dark, red) = shapes.store, shapes.class_ids
    cpu = FoundDevice("cpu", "Test CPU, 2 cores")
    archived = store.classes.set_archived(red, True)
    plan = make_plan(store, shapes.project_id, TrainConfig(), cpu, threads=2)
    assert [(c.name, c.boxes) for c in plan.boxes_by_class] == [("dark", 8)]
    assert "red is archived: 8 boxes on done images will not be learned." in plan.warnings
    assert archived.activity_id is not None
    store.classes.undo(archived.activity_id)
    store.classes.merge([red], dark)
    plan = make_plan(store, shapes.project_id, TrainConfig(), cpu, threads=2)
    assert [(c.name, c.boxes) for c in plan.boxes_by_class] == [("dark", 16)]
    assert not any("archived" in warning for warning in plan.warnings)


def test_predicting_files_speaks_of_the_classes_of_today(shapes: LabelledProject) -> None:
    store, (dark, red) = shapes.store, shapes.class_ids
    store.classes.merge([red], dark)
    store.classes.rename(dark, "shape")
    labels = LabelSet((red, dark, 77), ("red", "dark", "deleted since"))
    here = Box(1, 1, 20, 20)
    found = tuple(Prediction(here, label, score) for label, score in ((0, 0.9), (1, 0.8), (2, 0.7)))
    today, [(name, seen)] = in_classes_of_today(
        store, shapes.project_id, labels, [("a.png", ImagePredictions(found, False, SIZE))]
    )
    assert today == LabelSet((dark, 77), ("shape", "deleted since"))
    assert name == "a.png"
    assert [(p.label, p.score) for p in seen.predictions] == [(0, 0.9), (1, 0.7)]
