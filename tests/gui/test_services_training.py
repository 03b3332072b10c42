"""What a run is planned and queued with: from where it starts, what it may read, and what is missing for it."""

from __future__ import annotations

import uuid
from pathlib import Path

import pytest

from detector.runs import Preset, TrainConfig
from gui.messages import BadRequest, NotAllowed, NotYet
from gui.services import Services
from gui.settings import Settings
from storage.errors import NotFound
from storage.records import ImageState
from storage.store import Store
from tests.gui.labelled_project import LabelledProject, add_model, labelled_project, model_of
from tests.gui.stand_ins import Bench, OnCpu


def test_the_plan_says_in_a_sentence_what_will_happen(services: Services, made: LabelledProject) -> None:
    plan = services.plan(made.project_id)
    assert plan.can_train
    assert plan.sentence.startswith("8 images, 16 boxes in 2 classes; starting from ImageNet weights; on CPU, about ")
    assert (plan.images, plan.train + plan.val, plan.left_out) == (8, 8, 2)
    assert [(c.name, c.boxes) for c in plan.boxes_by_class] == [("dark", 8), ("red", 8)]
    assert plan.device == "Test CPU, 2 cores"
    assert plan.seconds is not None


def test_the_plan_warns_of_rare_and_unused_classes_with_the_remedy(services: Services, made: LabelledProject) -> None:
    services.classes.add(made.project_id, "never drawn")
    warnings = services.plan(made.project_id).warnings
    assert "dark has 8 boxes: expect little from so few. Label more images that show it." in warnings
    assert any("never drawn has no box" in text for text in warnings)
    assert any("Only 2 images to check on" in text for text in warnings)


def test_too_little_to_train_on_says_what_is_missing(services: Services, store: Store) -> None:
    two = labelled_project(store, labelled=2, unlabelled=1)
    plan = services.plan(two.project_id)
    assert not plan.can_train
    assert plan.reasons == ("Mark 1 more image as done; training needs at least 3.",)
    with pytest.raises(NotYet, match="1 more image"):
        services.train(two.project_id)
    assert services.jobs(two.project_id) == []


def test_images_with_nothing_on_them_cannot_be_learned_from_alone(services: Services, store: Store) -> None:
    made = labelled_project(store, labelled=0, unlabelled=5)
    for image in made.images:
        services.save(image.id, revision=0, boxes=[], state=ImageState.DONE, key=uuid.uuid4().hex)
    plan = services.plan(made.project_id)
    assert not plan.can_train
    assert any("at least one box" in reason for reason in plan.reasons)


def test_the_plan_of_the_other_preset_names_its_weights_and_takes_longer(
    services: Services, made: LabelledProject
) -> None:
    plan = services.plan(made.project_id, TrainConfig(preset=Preset.R50_V2))
    assert "starting from COCO weights" in plan.sentence
    lite = services.plan(made.project_id)
    assert plan.seconds is not None
    assert lite.seconds is not None
    assert plan.seconds > lite.seconds


@pytest.fixture
def behind_login(store: Store, tmp_path: Path) -> Services:
    (tmp_path / "allowed").mkdir()
    settings = Settings(
        workspace=store.workspace.root, auth_file=tmp_path / "users", import_roots=(tmp_path / "allowed",)
    )
    return Services(store, settings, Bench(store), OnCpu())


def test_with_a_login_weights_come_only_from_the_named_folders(
    behind_login: Services, made: LabelledProject, tmp_path: Path
) -> None:
    outside, inside = tmp_path / "secret.pth", tmp_path / "allowed" / "weights.pth"
    outside.write_bytes(b"x")
    inside.write_bytes(b"x")
    (tmp_path / "allowed" / "link.pth").symlink_to(outside)
    for name in (outside, tmp_path / "allowed" / ".." / "secret.pth", tmp_path / "allowed" / "link.pth", "/not/there"):
        with pytest.raises(NotAllowed):
            behind_login.train(made.project_id, TrainConfig(weights_file=str(name)))
    assert behind_login.jobs() == []
    job = behind_login.train(made.project_id, TrainConfig(weights_file=str(inside)))
    assert job.params["config"]["weights_file"] == str(inside.resolve())


def test_weights_that_are_no_file_are_refused_before_the_run_is_queued(
    services: Services, made: LabelledProject, tmp_path: Path
) -> None:
    for name in (str(tmp_path), str(tmp_path / "none.pth"), "zero\0byte", "~nobody-of-that-name/x", "x" * 5000):
        with pytest.raises(BadRequest):
            services.train(made.project_id, TrainConfig(weights_file=name))
    assert services.jobs() == []


def test_a_run_starts_only_from_a_model_of_its_own_project(
    services: Services, made: LabelledProject, store: Store
) -> None:
    add_model(store, services.create_project("another").id, "theirs")
    add_model(store, made.project_id, "ours")
    for name in ("theirs", "../models/theirs", "../../etc", "nowhere"):
        with pytest.raises(NotFound):
            services.train(made.project_id, TrainConfig(start_from=name))
    assert services.jobs() == []
    assert services.train(made.project_id, TrainConfig(start_from="ours")).params["config"]["start_from"] == "ours"


def config_of(job_params: dict[str, object]) -> TrainConfig:
    return TrainConfig.from_json(job_params["config"])  # type: ignore[arg-type]


def test_a_run_starts_from_the_active_model_unless_something_else_was_asked(
    services: Services, made: LabelledProject
) -> None:
    model = model_of(made)
    services.versions.activate(model.id)

    usual = services.train(made.project_id)
    assert config_of(usual.params).start_from == model.folder
    assert usual.params["warm_start"]

    for asked in (TrainConfig(from_scratch=True), TrainConfig(preset=Preset.R50_V2)):
        job = services.train(made.project_id, asked)
        assert config_of(job.params).start_from is None
        assert "warm_start" not in job.params
    named = services.train(made.project_id, TrainConfig(start_from=model.folder))
    assert "warm_start" not in named.params


def test_without_an_active_model_a_run_starts_from_pretrained_weights(
    services: Services, made: LabelledProject
) -> None:
    model_of(made)
    assert config_of(services.train(made.project_id).params).start_from is None
