"""What somebody looks at is noted where a worker can read it, and seldom enough to cost nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from gui.looking import Looking
from storage.workspace import Workspace


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    made = Workspace(tmp_path)
    made.create()
    return made


@pytest.fixture
def clock() -> Clock:
    return Clock()


def test_a_worker_reads_which_image_is_open_in_each_project(workspace: Workspace, clock: Clock) -> None:
    server, worker = Looking(workspace, clock), Looking(workspace, clock)
    assert worker.at(1) is None
    server.note(1, 7)
    server.note(2)
    assert worker.image(1) == 7
    look = worker.at(2)
    assert look is not None and look.image_id is None


def test_a_page_without_an_image_leaves_the_one_that_was_open(workspace: Workspace, clock: Clock) -> None:
    server = Looking(workspace, clock)
    server.note(1, 7)
    clock.now += 30
    server.note(1)
    assert Looking(workspace, clock).image(1) == 7
    restarted = Looking(workspace, clock)
    clock.now += 30
    restarted.note(1)
    assert restarted.image(1) == 7


def test_a_walk_through_the_images_is_noted_once_a_second_and_at_its_end(workspace: Workspace, clock: Clock) -> None:
    server, seen = Looking(workspace, clock), []
    for image in range(10):
        server.note(1, image)
        seen.append(server.image(1))
        clock.now += 0.25
    assert seen == [0, 0, 0, 0, 4, 4, 4, 4, 8, 8]
    clock.now += 1
    server.note(1)  # what every open page says now and then
    assert server.image(1) == 9


def test_who_has_left_looks_at_nothing(workspace: Workspace, clock: Clock) -> None:
    server = Looking(workspace, clock)
    server.note(1, 7)
    clock.now += 80
    assert server.image(1) == 7
    clock.now += 20
    assert server.at(1) is None
    clock.now -= 500  # a clock that was set back
    assert server.at(1) is None


@pytest.mark.parametrize("content", ["", "{", "[]", '{"image_id": "x", "at": 1}', '{"at": 1000}', "null"])
def test_a_damaged_note_is_none(workspace: Workspace, clock: Clock, content: str) -> None:
    workspace.looking(1).write_text(content, "utf-8")
    assert Looking(workspace, clock).at(1) is None


def test_without_a_place_to_write_nothing_is_noted_and_nothing_breaks(tmp_path: Path, clock: Clock) -> None:
    nowhere = Looking(Workspace(tmp_path / "gone"), clock)
    nowhere.note(1, 7)
    assert nowhere.at(1) is None
