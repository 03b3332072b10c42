"""Trying pictures: turns, limits, what is said, and processes started anew; those here load no torch."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from threading import Event, Thread

import pytest

from detector.errors import UnreadableImage
from detector.runs import JobKind
from gui.settings import Settings
from gui.trials.trial_process import TrialProcess
from gui.trials.trying import IDLE_SECONDS, MOST_AT_ONCE, CannotTry, NoAnswer, Overtaken, TooBusy, Tried, Trying
from storage.errors import NotFound
from storage.records import ModelVersion
from storage.store import Store
from tests.gui.labelled_project import LabelledProject, add_model
from tests.gui.picture_files import picture
from tests.gui.waiting import until

# Finds one box in every picture; what stands behind a picture's bytes says how to behave. A file is waited for where
# the process shall hang, so that the test decides until when.
CHILD = """
import sys, time, pathlib
from gui.trials.framing import read_message, write_message
go_on = pathlib.Path(sys.argv[1])
while (message := read_message(sys.stdin.buffer)) is not None:
    head, body = message
    if body.endswith(b"die"):
        sys.exit(1)
    if body.endswith(b"print"):
        print("not a message at all", flush=True)
    if body.endswith(b"hang"):
        (go_on.parent / "hangs").touch()
        while not go_on.exists():
            time.sleep(0.01)
    if body.endswith(b"damaged"):
        write_message(sys.stdout.buffer, {"refused": "cut short or damaged"})
    elif body.endswith(b"fail"):
        write_message(sys.stdout.buffer, {"failed": "Something happened."})
    else:
        box = [int(head["folder"].rpartition("-")[2]), 1.0, 2.0, 11.0, 22.0, 0.75]
        found = {"width": 40, "height": 30, "boxes": [box] if body else [], "limit_reached": False}
        write_message(sys.stdout.buffer, found, b"view" if body.endswith(b"view") else b"")
"""
PICTURE = picture()


class Bed:
    """A `Trying` whose processes are started from CHILD, and a clock that stands still."""

    def __init__(self, store: Store, room: Path, seconds: float = 60.0) -> None:
        self.started: list[TrialProcess] = []
        self.now = 0.0
        self.room = room
        settings = Settings(workspace=store.workspace.root)
        self.trying = Trying(store, settings, self.start, lambda: self.now, seconds)

    def start(self) -> TrialProcess:
        process = TrialProcess([sys.executable, "-c", CHILD, str(self.room / "go_on")])
        self.started.append(process)
        return process

    def hangs(self) -> None:
        until((self.room / "hangs").exists, "the process hangs")

    def go_on(self) -> None:
        (self.room / "go_on").touch()


@pytest.fixture
def bed(store: Store, tmp_path: Path) -> Iterator[Bed]:
    made = Bed(store, tmp_path)
    yield made
    made.trying.close()


@pytest.fixture
def model(made: LabelledProject) -> ModelVersion:
    return add_model(made.store, made.project_id, f"finds-{made.class_ids[0]}", active=True)


def test_a_picture_is_looked_at_in_the_classes_of_today(bed: Bed, made: LabelledProject, model: ModelVersion) -> None:
    dark, red = made.class_ids
    tried = bed.trying.look(model, PICTURE)
    [found] = tried.predictions
    assert (found.class_id, found.box.as_tuple(), found.score) == (dark, (1.0, 2.0, 11.0, 22.0), 0.75)
    assert (tried.size.width, tried.size.height, tried.view, tried.limit_reached) == (40, 30, None, False)
    made.store.classes.merge([dark], red)
    assert [p.class_id for p in bed.trying.look(model, PICTURE).predictions] == [red]
    assert bed.trying.look(model, PICTURE + b"view").view == b"view"


def test_nothing_is_started_before_the_first_picture_nor_for_what_is_none(bed: Bed, model: ModelVersion) -> None:
    with pytest.raises(UnreadableImage, match="not a picture"):
        bed.trying.look(model, b"just some text")
    assert bed.started == []
    bed.trying.get_ready(model)
    bed.trying.look(model, PICTURE)
    bed.trying.look(model, PICTURE)
    assert len(bed.started) == 1


def test_a_process_that_ends_is_told_once_and_started_anew(bed: Bed, model: ModelVersion) -> None:
    with pytest.raises(NoAnswer, match="ended before it answered"):
        bed.trying.look(model, PICTURE + b"die")
    assert bed.trying.look(model, PICTURE).predictions
    bed.started[-1].end()  # by another's hand, while nobody asks it
    assert bed.trying.look(model, PICTURE).predictions
    with pytest.raises(NoAnswer, match="ended before it answered"):
        bed.trying.look(model, PICTURE + b"print")
    assert bed.trying.look(model, PICTURE).predictions
    assert [process.runs for process in bed.started] == [False, False, False, True]


def test_what_the_process_refuses_or_fails_at_is_told_and_it_stays(bed: Bed, model: ModelVersion) -> None:
    with pytest.raises(UnreadableImage, match=r"^cut short or damaged$"):
        bed.trying.look(model, PICTURE + b"damaged")
    with pytest.raises(NoAnswer, match=r"^Something happened\.$"):
        bed.trying.look(model, PICTURE + b"fail")
    assert bed.started[0].runs


def test_a_picture_that_takes_too_long_is_stopped(store: Store, tmp_path: Path, model: ModelVersion) -> None:
    bed = Bed(store, tmp_path, seconds=0.5)
    with pytest.raises(NoAnswer, match="took too long"):
        bed.trying.look(model, PICTURE + b"hang")
    assert not bed.started[0].runs
    bed.trying.close()


class Asking(Thread):
    """Looks at a picture in a thread and keeps what came of it."""

    def __init__(self, bed: Bed, model: ModelVersion, data: bytes, source: str = "") -> None:
        super().__init__()
        self.result: Tried | Exception | None = None
        self.began = Event()
        self._work = (bed, model, data, source)
        self.start()

    def run(self) -> None:
        bed, model, data, source = self._work
        self.began.set()
        try:
            self.result = bed.trying.look(model, data, source)
        except Exception as error:  # noqa: BLE001 - the test looks at it
            self.result = error


def test_of_the_frames_of_a_source_that_wait_only_the_newest_is_looked_at(bed: Bed, model: ModelVersion) -> None:
    first = Asking(bed, model, PICTURE + b"hang", "camera")
    bed.hangs()
    waiting = []
    for number in range(3):
        waiting.append(Asking(bed, model, PICTURE, "camera"))
        until(lambda wanted=number + 2: bed.trying._newest.get("camera") == wanted, "the frame waits")  # type: ignore[misc]
    other = Asking(bed, model, PICTURE)
    bed.go_on()
    for thread in (first, other, *waiting):
        thread.join()
    assert isinstance(first.result, Tried)
    assert isinstance(other.result, Tried), "single pictures are no frames of anything"
    assert [type(thread.result) for thread in waiting] == [Overtaken, Overtaken, Tried]
    assert bed.trying._newest == {}


def test_closing_ends_the_process_in_the_middle_of_a_picture_and_starts_no_other(bed: Bed, model: ModelVersion) -> None:
    asking = Asking(bed, model, PICTURE + b"hang")
    bed.hangs()
    bed.trying.close()
    asking.join()
    assert isinstance(asking.result, TooBusy)
    assert not bed.started[0].runs
    with pytest.raises(TooBusy, match="about to end"):
        bed.trying.look(model, PICTURE)
    assert len(bed.started) == 1


def test_a_process_that_nobody_needs_gives_its_memory_back(bed: Bed, model: ModelVersion) -> None:
    bed.trying.tend()
    bed.trying.look(model, PICTURE)
    bed.now += IDLE_SECONDS
    bed.trying.tend()
    assert bed.started[0].runs
    bed.now += 1
    bed.trying.tend()
    assert not bed.started[0].runs
    assert bed.trying.look(model, PICTURE).predictions


def test_only_so_many_wait_at_once(bed: Bed) -> None:
    places = [bed.trying.place() for _ in range(MOST_AT_ONCE)]
    for place in places:
        place.__enter__()
    with pytest.raises(TooBusy, match="Others are trying"), bed.trying.place():
        pass
    places.pop().__exit__(None, None, None)
    with bed.trying.place():
        pass


def test_a_model_in_the_bin_of_another_project_or_replaced_says_so(
    bed: Bed, made: LabelledProject, model: ModelVersion
) -> None:
    assert bed.trying.model(made.project_id, model.id).id == model.id
    other = made.store.projects.create("other")
    with pytest.raises(NotFound, match="no model"):
        bed.trying.model(other.id, model.id)
    early, late = given_out(made, "early"), given_out(made, "late")
    made.store.models.supersede(early.id, late.id)
    with pytest.raises(CannotTry, match=f"A better v{early.number} has taken"):
        bed.trying.model(made.project_id, early.id)
    made.store.models.delete(late.id)
    with pytest.raises(CannotTry, match=f"v{early.number} lies in the bin"):
        bed.trying.model(made.project_id, late.id)


def given_out(made: LabelledProject, folder: str) -> ModelVersion:
    """A model version of the project's one run."""
    runs = made.store.jobs.list(made.project_id, JobKind.TRAIN)
    run = runs[0] if runs else made.store.jobs.enqueue(made.project_id, JobKind.TRAIN, {})
    return made.store.models.add(
        made.project_id,
        folder=folder,
        preset="retinanet-lite",
        parent_id=None,
        job_id=run.id,
        snapshot_digest="0" * 64,
        metrics={},
        meta={},
    )
