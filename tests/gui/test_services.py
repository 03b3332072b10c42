"""The use cases on a real store: what they do, what they refuse, and what they say then."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from threading import Event, Thread

import pytest
from filelock import FileLock

from detector.domain import Box
from detector.runs import JobKind, Preset, RunState, TrainConfig
from gui.device_lookup import DeviceLookup, FoundDevice
from gui.messages import BadRequest, NotAllowed, NotYet
from gui.process import WorkerLauncher
from gui.services import LOG_TAIL_BYTES, Services
from gui.settings import Settings
from storage.errors import IllegalTransition, NotFound
from storage.records import ImageState, ModelVersion, Source, Split, StoredBox, StoredPrediction
from storage.store import Store
from tests.gui.labelled_project import LabelledProject, labelled_project, open_store


class Bench(WorkerLauncher):
    """Writes down which workers would be started, and starts none."""

    def __init__(self, store: Store) -> None:
        super().__init__(store.workspace)
        self.started: list[int | None] = []
        self.pids: set[int] = set()
        self.gone: set[int] = set()

    def start(self, job_id: int | None = None) -> int:
        self.started.append(job_id)
        return 0

    def alive(self) -> set[int]:
        return self.pids

    def dead(self) -> set[int]:
        return self.gone


class OnCpu(DeviceLookup):
    def get(self, wait: float = 0.0) -> FoundDevice:
        return FoundDevice("cpu", "Test CPU, 2 cores")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with open_store(tmp_path / "workspace") as opened:
        yield opened


@pytest.fixture
def bench(store: Store) -> Bench:
    return Bench(store)


@pytest.fixture
def services(store: Store, bench: Bench) -> Services:
    return Services(store, Settings(workspace=store.workspace.root, threads=2), bench, OnCpu())


@pytest.fixture
def made(store: Store) -> LabelledProject:
    return labelled_project(store)


def model_of(made: LabelledProject, folder: str = "m1") -> ModelVersion:
    return made.store.models.add(
        made.project_id,
        folder=folder,
        preset="retinanet-lite",
        parent_id=None,
        job_id=None,
        snapshot_digest="0" * 64,
        metrics={"ap": 0.5},
        meta={},
    )


# The plan


def test_the_plan_says_in_a_sentence_what_will_happen(services: Services, made: LabelledProject) -> None:
    plan = services.plan(made.project_id)
    assert plan.can_train
    assert plan.sentence.startswith("8 images, 16 boxes in 2 classes; starting from ImageNet weights; on CPU, about ")
    assert (plan.images, plan.train + plan.val, plan.left_out) == (8, 8, 2)
    assert [(c.name, c.boxes) for c in plan.boxes_by_class] == [("dark", 8), ("red", 8)]
    assert plan.device == "Test CPU, 2 cores"
    assert plan.seconds is not None


def test_the_plan_warns_of_rare_and_unused_classes_with_the_remedy(services: Services, made: LabelledProject) -> None:
    services.add_class(made.project_id, "never drawn")
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


# The queue


def test_train_queues_a_run_with_its_config_and_starts_a_worker_for_it(
    services: Services, made: LabelledProject, bench: Bench
) -> None:
    job = services.train(made.project_id, TrainConfig(epochs=3), deadline=123.0)
    assert job.state is RunState.QUEUED
    assert TrainConfig.from_json(job.params["config"]) == TrainConfig(epochs=3)
    assert job.params["deadline"] == 123.0
    assert bench.started == [job.id]


def test_no_second_worker_is_started_while_one_is_starting(
    services: Services, made: LabelledProject, bench: Bench
) -> None:
    bench.pids = {4242}
    services.export(made.project_id, "voc")
    assert bench.started == []


def test_a_run_does_not_hold_up_an_export_but_a_second_run_waits(
    services: Services, made: LabelledProject, bench: Bench, store: Store
) -> None:
    run = services.train(made.project_id)
    store.jobs.claim(run.id, os.getpid())
    waiting = services.train(made.project_id)
    assert bench.started == [run.id]
    export = services.export(made.project_id, "coco")
    assert bench.started == [run.id, export.id]
    store.jobs.claim(export.id, os.getpid())
    services.tend()
    assert bench.started == [run.id, export.id]
    assert services.job(waiting.id).state is RunState.QUEUED


def test_a_job_whose_worker_was_seen_to_end_is_interrupted_at_once_and_can_be_resumed(
    services: Services, made: LabelledProject, bench: Bench, store: Store
) -> None:
    job = services.train(made.project_id)
    store.jobs.claim(job.id, 4242)
    bench.gone = {4242}
    services.tend()
    assert services.job(job.id).state is RunState.INTERRUPTED
    assert services.resume(job.id).state is RunState.QUEUED
    assert bench.started == [job.id, job.id]


def test_a_job_that_was_being_stopped_when_its_worker_ended_is_cancelled(
    services: Services, made: LabelledProject, bench: Bench, store: Store
) -> None:
    job = services.train(made.project_id)
    store.jobs.claim(job.id, 4242)
    assert services.cancel(job.id).state is RunState.CANCELLING
    bench.gone = {4242}
    services.tend()
    assert services.job(job.id).state is RunState.CANCELLED
    with pytest.raises(IllegalTransition):
        services.resume(job.id)


def test_waiting_follows_a_job_to_its_end_and_cancels_it_on_a_signal(services: Services, made: LabelledProject) -> None:
    job = services.train(made.project_id)
    seen: list[RunState] = []
    interrupted = Event()
    interrupted.set()
    ended = services.wait(job.id, lambda now: seen.append(now.state), interrupted)
    assert ended.state is RunState.CANCELLED
    assert seen == [RunState.QUEUED, RunState.CANCELLED]


def test_the_top_bar_shows_a_run_before_other_work(services: Services, made: LabelledProject, store: Store) -> None:
    assert services.running_job(made.project_id) is None
    export = services.export(made.project_id, "voc")
    assert services.running_job(made.project_id) == export
    run = services.train(made.project_id)
    shown = services.running_job(made.project_id)
    assert shown is not None
    assert shown.id == run.id
    store.jobs.claim(export.id, 1)
    shown = services.running_job(made.project_id)
    assert shown is not None
    assert shown.id == export.id, "what runs comes before what waits"


def test_deleting_a_project_stops_its_jobs(services: Services, made: LabelledProject) -> None:
    job = services.train(made.project_id)
    services.delete_project(made.project_id)
    assert services.job(job.id).state is RunState.CANCELLED


def test_the_tail_of_a_log_is_its_end_from_the_start_of_a_line(services: Services, store: Store) -> None:
    assert services.log_tail(7) == ""
    text = "".join(f"line {number}\n" for number in range(10_000))
    store.workspace.log(7).write_text(text, "utf-8")
    tail = services.log_tail(7)
    assert tail.startswith("line ")
    assert tail.endswith("line 9999\n")
    assert text.endswith(tail)
    assert LOG_TAIL_BYTES - 20 < len(tail) <= LOG_TAIL_BYTES


# Models and predictions


def test_without_a_model_predicting_says_to_train_first(services: Services, made: LabelledProject) -> None:
    with pytest.raises(NotYet, match="Train one first"):
        services.predict(made.project_id)


def test_the_active_model_is_meant_where_none_is_named(services: Services, made: LabelledProject) -> None:
    first, second = model_of(made, "m1"), model_of(made, "m2")
    assert services.model(made.project_id) == second
    services.activate(first.id)
    assert services.model(made.project_id) == first
    assert services.model_numbered(made.project_id, 2) == second
    with pytest.raises(NotFound, match="v1, v2"):
        services.model_numbered(made.project_id, 9)


def test_asking_twice_for_predictions_queues_them_once(services: Services, made: LabelledProject) -> None:
    model = model_of(made)
    job = services.predict(made.project_id, model.id, first_image_id=made.images[3].id)
    assert services.predict(made.project_id) == job
    assert job.params == {"model_version_id": model.id, "first_image_id": made.images[3].id}


def test_a_model_of_another_project_is_not_found(services: Services, made: LabelledProject, store: Store) -> None:
    other = labelled_project(store, labelled=0, unlabelled=0, name="other")
    with pytest.raises(NotFound):
        services.model(other.project_id, model_of(made).id)


def put(made: LabelledProject, model: ModelVersion, index: int, *found: tuple[int, Box, float]) -> None:
    predictions = [StoredPrediction(made.class_ids[kind], box, score) for kind, box, score in found]
    made.store.predictions.put(model.id, made.images[index].id, predictions, False)


def test_accepting_copies_boxes_over_the_threshold_and_names_their_model(
    services: Services, made: LabelledProject
) -> None:
    model = model_of(made)
    put(made, model, 8, (0, Box(1, 1, 30, 30), 0.9), (1, Box(60, 1, 90, 30), 0.4), (1, Box(60, 50, 90, 80), 0.2))

    done = services.accept(
        made.project_id, model_id=model.id, threshold=0.3, image_ids=[made.images[8].id], mark_done=True
    )

    assert (done.accepted, done.images, done.conflicts) == (2, 1, ())
    standing = made.store.annotations.get(made.images[8].id)
    assert standing.state is ImageState.DONE
    assert [(b.class_id, b.box, b.source, b.model_version_id) for b in standing.boxes] == [
        (made.class_ids[0], Box(1, 1, 30, 30), Source.MODEL, model.id),
        (made.class_ids[1], Box(60, 1, 90, 30), Source.MODEL, model.id),
    ]
    assert [b.score for b in standing.boxes] == pytest.approx([0.9, 0.4])


def test_a_box_on_an_object_that_stands_there_is_passed_over(services: Services, made: LabelledProject) -> None:
    model = model_of(made)
    [dark, _] = made.store.annotations.get(made.images[0].id).boxes
    near = replace(dark.box, x2=dark.box.x2 + 2)
    put(made, model, 0, (0, near, 0.9), (1, near, 0.8))

    done = services.accept(made.project_id, model_id=model.id, threshold=0.1, image_ids=[made.images[0].id])

    assert done.accepted == 1, "the one of the other class is another object"
    again = services.accept(made.project_id, model_id=model.id, threshold=0.1, image_ids=[made.images[0].id])
    assert again.accepted == 0
    assert dark in made.store.annotations.get(made.images[0].id).boxes


def test_only_the_wanted_classes_are_accepted(services: Services, made: LabelledProject) -> None:
    model = model_of(made)
    put(made, model, 9, (0, Box(1, 1, 30, 30), 0.9), (1, Box(60, 1, 90, 30), 0.9))
    done = services.accept(
        made.project_id,
        model_id=model.id,
        threshold=0.0,
        image_ids=[made.images[9].id],
        class_ids=[made.class_ids[1]],
    )
    assert done.accepted == 1
    [box] = made.store.annotations.get(made.images[9].id).boxes
    assert box.class_id == made.class_ids[1]


def test_accepting_while_somebody_saves_loses_nothing_of_theirs(services: Services, made: LabelledProject) -> None:
    model = model_of(made)
    image = made.images[8]
    boxes = [Box(4 * i, 0, 4 * i + 3, 3) for i in range(25)]
    put(made, model, 8, *((0, box, 0.9) for box in boxes))
    mine = StoredBox("mine", made.class_ids[1], Box(50, 50, 90, 90))
    conflicts: list[int] = []

    def accept() -> None:
        done = services.accept(made.project_id, model_id=model.id, threshold=0.5, image_ids=[image.id])
        conflicts.extend(done.conflicts)

    thread = Thread(target=accept)
    thread.start()
    saved = False
    while not saved:
        standing = made.store.annotations.get(image.id)
        try:
            services.save(
                image.id, revision=standing.revision, boxes=[*standing.boxes, mine], state=None, key=uuid.uuid4().hex
            )
            saved = True
        except Exception as error:  # noqa: BLE001
            assert type(error).__name__ == "StaleRevision"
    thread.join()

    standing = made.store.annotations.get(image.id)
    assert mine in standing.boxes
    assert len(standing.boxes) == (1 if conflicts else 26)


def test_a_threshold_outside_0_to_1_is_refused(services: Services, made: LabelledProject) -> None:
    with pytest.raises(BadRequest, match=r"1\.5"):
        services.accept(made.project_id, model_id=model_of(made).id, threshold=1.5, image_ids=[])


def test_evaluation_waits_for_predictions_and_then_gives_figures(services: Services, made: LabelledProject) -> None:
    made.store.images.fix_splits(made.project_id)
    model = model_of(made)
    val = services.images(made.project_id, split=Split.VAL).items
    assert services.missing_predictions(made.project_id, Split.VAL) == [image.id for image in val]
    with pytest.raises(NotYet, match="2 images of the split val not predicted"):
        services.evaluate(made.project_id, Split.VAL)
    for image in val:
        right = [StoredPrediction(b.class_id, b.box, 0.9) for b in made.store.annotations.get(image.id).boxes]
        made.store.predictions.put(model.id, image.id, right[:1], False)  # dark ones only

    found = services.evaluate(made.project_id, Split.VAL)

    assert [c.ap for c in found.figures.per_class] == pytest.approx([1.0, 0.0])
    assert found.figures.ap == pytest.approx(0.5)
    assert found.class_ids == made.class_ids
    assert found.advice is not None
    assert "2 images" in found.advice


def test_a_split_without_images_says_so(services: Services, made: LabelledProject) -> None:
    model_of(made)
    with pytest.raises(NotYet, match="no done image in the split test"):
        services.evaluate(made.project_id, Split.TEST)


# Moving data


def test_a_folder_of_this_machine_may_be_imported_by_who_sits_at_it(
    services: Services, made: LabelledProject, tmp_path: Path
) -> None:
    job = services.import_folder(made.project_id, tmp_path, "images", Split.TEST)
    assert job.kind is JobKind.IMPORT
    assert job.params == {"path": str(tmp_path.resolve()), "format": "images", "split": "test"}
    with pytest.raises(BadRequest, match="no folder"):
        services.import_folder(made.project_id, tmp_path / "nothing", "images")
    with pytest.raises(BadRequest, match="Choose one of"):
        services.import_folder(made.project_id, tmp_path, "papyrus")
    with pytest.raises(BadRequest, match="Choose one of"):
        services.export(made.project_id, "papyrus")


def test_with_a_login_in_force_only_named_roots_may_be_imported(
    store: Store, bench: Bench, made: LabelledProject, tmp_path: Path
) -> None:
    root = tmp_path / "data"
    (root / "set").mkdir(parents=True)
    (root / "way-out").symlink_to(tmp_path)
    settings = Settings(workspace=store.workspace.root, auth_file=tmp_path / "users", import_roots=(root,))
    services = Services(store, settings, bench, OnCpu())
    services.import_folder(made.project_id, root / "set", "images")
    for outside in (tmp_path, root / "set" / ".." / "..", root / "way-out", Path("/")):
        with pytest.raises(NotAllowed, match="--import-root"):
            services.import_folder(made.project_id, outside, "images")


# Projects


def test_a_project_that_is_not_there_is_answered_with_those_that_are(services: Services, made: LabelledProject) -> None:
    assert services.project_named("shapes").id == made.project_id
    with pytest.raises(NotFound, match="there are: shapes"):
        services.project_named("shpaes")
    assert services.find_or_create_project("shapes").id == made.project_id
    assert services.find_or_create_project("new").name == "new"


def test_a_class_can_be_renamed_and_recoloured_in_one_go(services: Services, made: LabelledProject) -> None:
    changed = services.change_class(made.class_ids[0], name="Dunkel", color="#123456")
    assert (changed.id, changed.name, changed.color) == (made.class_ids[0], "Dunkel", "#123456")


# What a run may start from


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
    def model(project_id: int, folder: str) -> None:
        store.models.add(
            project_id,
            folder=folder,
            preset="retinanet-lite",
            parent_id=None,
            job_id=None,
            snapshot_digest="0" * 64,
            metrics={},
            meta={},
        )

    model(services.create_project("another").id, "theirs")
    model(made.project_id, "ours")
    for name in ("theirs", "../models/theirs", "../../etc", "nowhere"):
        with pytest.raises(NotFound):
            services.train(made.project_id, TrainConfig(start_from=name))
    assert services.jobs() == []
    assert services.train(made.project_id, TrainConfig(start_from="ours")).params["config"]["start_from"] == "ours"


@pytest.mark.parametrize("path", ["zero\0byte", "~nobody-of-that-name/x", "x" * 5000, "\ud800"])
def test_a_folder_that_cannot_even_be_looked_for_is_a_bad_request(
    services: Services, made: LabelledProject, path: str
) -> None:
    with pytest.raises(BadRequest):
        services.import_folder(made.project_id, Path(path), "images")


# What a run starts from


def config_of(job_params: dict[str, object]) -> TrainConfig:
    return TrainConfig.from_json(job_params["config"])  # type: ignore[arg-type]


def test_a_run_starts_from_the_active_model_unless_something_else_was_asked(
    services: Services, made: LabelledProject
) -> None:
    model = model_of(made)
    services.activate(model.id)

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


# The background


def test_features_are_built_unseen(services: Services, made: LabelledProject) -> None:
    services.store.jobs.enqueue(made.project_id, JobKind.FEATURES, {})
    assert services.running_job(made.project_id) is None
    run = services.store.jobs.enqueue(made.project_id, JobKind.TRAIN, {})
    assert services.running_job(made.project_id) == run


def test_a_worker_of_another_process_that_waits_takes_the_job(
    services: Services, bench: Bench, made: LabelledProject
) -> None:
    with FileLock(services.store.workspace.waiting_lock):
        job = services.predict(made.project_id, model_of(made).id)
    assert bench.started == []
    services.queue.tend()
    assert bench.started == [None]
    assert services.job(job.id).state is RunState.QUEUED


def test_a_worker_that_waits_is_not_doubled_and_one_that_is_busy_is_not_waited_for(
    services: Services, bench: Bench, made: LabelledProject
) -> None:
    bench.pids = {11}
    run = services.train(made.project_id)
    assert bench.started == [], "the one that waits takes it"
    assert services.store.jobs.claim(run.id, 11) is not None
    services.export(made.project_id, "voc")
    assert len(bench.started) == 1, "an export does not wait for the run"


def test_boxes_of_a_version_that_its_run_has_replaced_can_still_be_accepted(
    services: Services, made: LabelledProject
) -> None:
    model = model_of(made)
    image = made.images[-1]
    found = [StoredPrediction(made.class_ids[0], Box(5, 5, 30, 30), 0.9)]
    services.store.predictions.put(model.id, image.id, found, limit_reached=False)
    services.delete_model(model.id)
    taken = services.accept(made.project_id, model_id=model.id, threshold=0.5, image_ids=[image.id])
    assert taken.accepted == 1
    with pytest.raises(NotFound):
        services.model(made.project_id, model.id)


def test_what_kept_features_take_is_told_and_nothing_is_nothing(services: Services) -> None:
    folder = services.store.workspace.features / "ab"
    folder.mkdir(parents=True)
    (folder / "one.features").write_bytes(b"12345")
    assert services.features_bytes() == 5
    (folder / "two.features").write_bytes(b"12345")
    assert services.features_bytes() == 5, "not counted again within a minute"
