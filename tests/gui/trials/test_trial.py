"""The process that looks at pictures: real processes, a real network, and what they answer."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import psutil
import pytest
from PIL import Image

from detector import pixels
from detector.models.predictor import Predictor
from gui.trials.framing import read_message, write_message
from gui.trials.trial import VIEW_SIDE, Looker, serve
from gui.trials.trial_process import TrialProcess, trial_command
from tests.gui.labelled_project import draw
from tests.gui.model_folder import write_model
from tests.gui.picture_files import picture, turned_picture
from tests.gui.waiting import until

ROOT = Path(__file__).parents[3]
CLASSES = (11, 7)
PATIENCE = 120.0
Message = tuple[dict[str, object], bytes]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("models") / "m"
    write_model(path, CLASSES)
    return path


@pytest.fixture(scope="module")
def predictor(folder: Path) -> Predictor:
    return Predictor(folder, device="cpu", threads=1)


@pytest.fixture
def looker(predictor: Predictor) -> Looker:
    return Looker(lambda _: predictor)


def deep_grey() -> bytes:
    """A 16-bit PNG whose values fill a small part of the range: black in a browser."""
    values = np.linspace(100, 900, 60 * 90).reshape(60, 90).astype(np.uint16)
    held = io.BytesIO()
    Image.fromarray(values).save(held, "PNG")
    return held.getvalue()


def test_the_boxes_are_those_that_the_same_file_gets_in_a_project(
    looker: Looker, predictor: Predictor, folder: Path, tmp_path: Path
) -> None:
    data, _ = draw(3)
    path = tmp_path / "shape.png"
    path.write_bytes(data)
    [wanted] = predictor.predict([path])

    head, view = looker.answer({"folder": str(folder)}, data)

    assert wanted.predictions
    assert head["boxes"] == [[CLASSES[p.label], *p.box.as_tuple(), p.score] for p in wanted.predictions]
    assert (head["width"], head["height"], head["limit_reached"]) == (128, 96, wanted.limit_reached)
    assert view == b"", "the browser shows the file itself"


def test_a_photo_is_looked_at_the_way_up_that_a_person_sees_it(looker: Looker, folder: Path) -> None:
    head, view = looker.answer({"folder": str(folder)}, turned_picture(6, size=(40, 30)))
    assert (head["width"], head["height"]) == (30, 40)
    assert view == b""


@pytest.mark.parametrize("kind", ["16-bit grey", "HEIC", "TIFF"])
def test_what_a_browser_cannot_show_comes_back_as_the_model_sees_it(looker: Looker, folder: Path, kind: str) -> None:
    data = {
        "16-bit grey": deep_grey(),
        "HEIC": picture(40, size=(90, 60), format="HEIF"),
        "TIFF": picture(40, size=(90, 60), format="TIFF"),
    }[kind]
    head, view = looker.answer({"folder": str(folder)}, data)
    assert (head["width"], head["height"]) == (90, 60)
    shown, meant = pixels.load(view), pixels.load(data)
    assert shown.size == meant.size
    assert np.abs(np.asarray(shown, dtype=float) - np.asarray(meant, dtype=float)).mean() < 6


def test_the_copy_for_the_browser_of_a_large_picture_is_smaller_and_its_boxes_are_not(
    looker: Looker, folder: Path
) -> None:
    data = picture(40, size=(2 * VIEW_SIDE, 300), format="TIFF")
    head, view = looker.answer({"folder": str(folder)}, data)
    assert (head["width"], head["height"]) == (2 * VIEW_SIDE, 300)
    assert pixels.inspect(view).size.width == VIEW_SIDE


def test_refusals_are_the_loaders_own_words_and_the_next_picture_is_looked_at(looker: Looker, folder: Path) -> None:
    short = draw(1)[0][:400]
    with pytest.raises(pixels.UnreadableImage) as told:
        pixels.load(short)
    assert looker.answer({"folder": str(folder)}, short) == ({"refused": str(told.value)}, b"")
    assert "boxes" in looker.answer({"folder": str(folder)}, draw(1)[0])[0]


def test_two_models_are_kept_and_a_third_takes_the_place_of_the_one_used_least_lately(predictor: Predictor) -> None:
    loaded: list[str] = []

    def load(folder: Path) -> Predictor:
        loaded.append(folder.name)
        return predictor

    looker = Looker(load)
    for name in ("a", "b", "a", "c", "a", "b"):
        assert looker.answer({"folder": name}, b"") == ({}, b"")
    assert loaded == ["a", "b", "c", "b"]


def test_a_model_folder_that_is_damaged_is_told_in_a_sentence(tmp_path: Path) -> None:
    head, _ = Looker(Predictor).answer({"folder": str(tmp_path)}, picture())
    assert "holds no model" in str(head["failed"])


def test_it_ends_when_nobody_reads_its_answers() -> None:
    asked, unread = io.BytesIO(), Unread()
    for _ in range(2):
        write_message(asked, {})
    asked.seek(0)
    serve(asked, unread, lambda head, body: (head, body))
    assert read_message(asked) is not None, "the second message was not taken any more"


class Unread(io.BytesIO):
    def flush(self) -> None:
        raise BrokenPipeError


@pytest.fixture
def process() -> Iterator[TrialProcess]:
    started = TrialProcess(trial_command(1))
    yield started
    started.end()


def test_a_process_answers_picture_after_picture(process: TrialProcess, folder: Path) -> None:
    head = {"folder": str(folder)}
    assert process.ask(head, b"", PATIENCE) == ({}, b"")
    first = process.ask(head, draw(3)[0], PATIENCE)
    assert first[0]["boxes"]
    assert process.ask(head, b"no picture", PATIENCE)[0]["refused"].startswith("not a picture")
    assert process.ask(head, draw(3)[0], PATIENCE) == first
    assert process.runs


SERVER = """
import sys
from gui.trials.trial_process import TrialProcess, trial_command
child = TrialProcess(trial_command(1))
print(child.pid, flush=True)
child.ask({"folder": sys.argv[1]}, b"", 120)
print("ready", flush=True)
input()
"""


@pytest.mark.skipif(os.name == "nt", reason="Windows ends a process in one way only")
def test_no_process_outlives_a_server_that_was_killed(folder: Path) -> None:
    command = [sys.executable, "-c", SERVER, str(folder)]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        child = int(server.stdout.readline())
        assert server.stdout.readline() == "ready\n"
        server.kill()
    until(lambda: not alive(child), "the process has ended with its server")


def test_it_ends_with_its_server_even_where_its_pipe_stays_open() -> None:
    with subprocess.Popen([sys.executable, "-c", "pass"]) as server:
        server.wait()
    command = [sys.executable, "-m", "gui.trials.trial", "--server", str(server.pid)]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        assert child.wait(PATIENCE) == 0


def alive(pid: int) -> bool:
    """Who is dead and not buried yet is not: in a container there may be no init to do it."""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
