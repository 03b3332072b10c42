"""What is said before the click: what a run would start from, what it would do, and who chose it."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from detector.runs import JobKind, Preset, Scope, TrainConfig
from gui import run_plans
from gui.device_lookup import FoundDevice
from gui.training_plan import TrainingPlan, lineage_of, make_plan, parent_of
from storage.errors import NotFound
from storage.records import ModelVersion
from storage.store import Store
from tests.gui.labelled_project import LabelledProject, add_model, labelled_project

CPU = FoundDevice("cpu", "Test CPU, 2 cores")
META: dict[str, Any] = {"input_size": [128, 96], "anchor_size": 20.0}


@pytest.fixture
def shapes(store: Store) -> LabelledProject:
    return labelled_project(store)


def trained(
    shapes: LabelledProject, folder: str = "m1", *, meta: dict[str, Any] = META, active: bool = True
) -> ModelVersion:
    return add_model(shapes.store, shapes.project_id, folder, meta=meta, active=active)


def plan_for(shapes: LabelledProject, **settings: object) -> TrainingPlan:
    config = replace(TrainConfig(), **settings)  # type: ignore[arg-type]
    return make_plan(shapes.store, shapes.project_id, config, CPU, threads=2)


def test_without_a_model_a_run_starts_from_pretrained_weights(shapes: LabelledProject) -> None:
    assert parent_of(shapes.store, shapes.project_id, TrainConfig()) is None
    plan = plan_for(shapes)
    assert plan.start.text == "starting from ImageNet weights"
    assert (plan.start.kind, plan.start.model_number, plan.start.warm_number) == ("pretrained", None, None)
    assert plan_for(shapes, preset=Preset.R50_V2).start.text == "starting from COCO weights"


def test_a_run_starts_from_the_active_model_whichever_is_newest(shapes: LabelledProject) -> None:
    first = trained(shapes)
    trained(shapes, "m2", active=False)
    assert parent_of(shapes.store, shapes.project_id, TrainConfig()) == first
    plan = plan_for(shapes)
    assert "starting from v1; on CPU, about" in plan.sentence
    assert (plan.start.kind, plan.start.model_number) == ("model", 1)
    assert plan.config is not None
    assert plan.config.start_from == "m1"


def test_from_scratch_is_a_choice_and_the_page_still_knows_what_else_there_is(shapes: LabelledProject) -> None:
    trained(shapes)
    plan = plan_for(shapes, from_scratch=True)
    assert (plan.start.kind, plan.start.warm_number) == ("pretrained", 1)
    assert "starting from ImageNet weights;" in plan.sentence


def test_a_model_that_is_named_is_taken_and_one_of_another_project_is_not(shapes: LabelledProject) -> None:
    trained(shapes)
    named = trained(shapes, "m2", active=False)
    assert parent_of(shapes.store, shapes.project_id, TrainConfig(start_from="m2")) == named
    other = labelled_project(shapes.store, 3, 0, "others")
    with pytest.raises(NotFound, match="m2"):
        parent_of(shapes.store, other.project_id, TrainConfig(start_from="m2"))


@pytest.mark.parametrize(
    ("settings", "text"),
    [
        ({"preset": Preset.R50_V2}, "starting from COCO weights"),
        ({"weights_file": "/w.pth"}, "starting from the weights file that was named"),
        ({"image_size": (64, 64)}, "starting from ImageNet weights, as v1 has another input size"),
    ],
)
def test_what_the_active_model_cannot_give_is_started_afresh(
    shapes: LabelledProject, settings: dict[str, object], text: str
) -> None:
    trained(shapes)
    plan = plan_for(shapes, **settings)
    assert (plan.start.kind, plan.start.text) == ("pretrained", text)


def test_its_own_input_size_is_no_reason_to_start_afresh(shapes: LabelledProject) -> None:
    model = trained(shapes)
    assert parent_of(shapes.store, shapes.project_id, TrainConfig(image_size=(128, 96))) == model


def test_with_a_parent_size_and_anchors_are_its_own(shapes: LabelledProject) -> None:
    trained(shapes)
    plan = plan_for(shapes)
    assert plan.config is not None
    assert plan.config.image_size == (128, 96)
    assert {c.name: c.by for c in plan.choices if c.by == "lineage"} == {"image_size": "lineage", "anchor": "lineage"}
    assert plan.outgrown is None


def test_boxes_that_outgrow_the_model_are_told_and_a_fresh_start_ends_that(shapes: LabelledProject) -> None:
    trained(shapes, meta={"input_size": [64, 64], "anchor_size": 32.0})
    plan = plan_for(shapes)
    assert plan.outgrown is not None
    assert plan.outgrown.startswith("Your boxes have outgrown v1's input size of 64x64")
    assert any("Start from scratch" in warning for warning in plan.warnings)
    fresh = plan_for(shapes, from_scratch=True)
    assert fresh.outgrown is None
    assert not any("too small" in warning for warning in fresh.warnings)


def test_a_description_without_a_size_hands_nothing_down(shapes: LabelledProject) -> None:
    assert lineage_of(trained(shapes, meta={})) is None
    assert plan_for(shapes).can_train


def test_the_stages_and_an_experts_choices_are_in_the_plan(shapes: LabelledProject) -> None:
    plan = plan_for(shapes, scope=Scope.ALL, epochs=20, batch_size=2)
    assert [stage.name for stage in plan.stages] == ["head", "all"]
    assert sum(stage.epochs for stage in plan.stages) == 20
    assert {c.name for c in plan.choices if c.by == "you"} == {"scope", "epochs", "batch_size"}


def test_where_nothing_can_be_trained_it_is_said_what_is_missing(store: Store) -> None:
    plan = make_plan(store, labelled_project(store, 1, 1).project_id, TrainConfig(), CPU)
    assert not plan.can_train
    assert "Mark 2 more images as done" in plan.reasons[0]
    assert (plan.choices, plan.stages, plan.config) == ((), (), None)


def test_the_plan_of_a_run_is_kept_as_it_began(shapes: LabelledProject) -> None:
    store, model = shapes.store, trained(shapes)
    job = store.jobs.enqueue(shapes.project_id, JobKind.TRAIN, {})
    assert run_plans.kept(store.workspace, job.id) is None
    snapshot = store.snapshots.take(shapes.project_id)
    store.models.delete(trained(shapes, "m2", active=False).id)
    run_plans.keep(store, job, snapshot, TrainConfig(start_from=model.folder), "cpu", 2)
    kept = run_plans.kept(store.workspace, job.id)
    assert kept is not None
    assert kept["start"] == "v1"
    assert [stage["name"] for stage in kept["stages"]] == ["head", "deep"]
    assert {"name", "label", "value", "reason", "by"} <= set(kept["choices"][0])
    run_plans.keep(store, job, snapshot, TrainConfig(epochs=1), "cpu", 2)
    assert run_plans.kept(store.workspace, job.id) == kept


def test_a_plan_file_that_is_damaged_is_as_good_as_none(shapes: LabelledProject) -> None:
    job = shapes.store.jobs.enqueue(shapes.project_id, JobKind.TRAIN, {})
    run_plans.keep(shapes.store, job, shapes.store.snapshots.take(shapes.project_id), TrainConfig(), "cpu", 2)
    [place] = shapes.store.workspace.logs.glob("*.plan.json")
    for damaged in ("{", json.dumps([1])):
        place.write_text(damaged, "utf-8")
        assert run_plans.kept(shapes.store.workspace, job.id) is None
