"""The front door: how it starts, what it refuses, what it loads, and how it ends."""

from __future__ import annotations

import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from detector.runs import JobKind, Optimizer, RunState, Schedule, Scope, TrainConfig
from storage.store import Store
from storage.workspace import Workspace
from tests.command_line import ROOT, TrainedWorkspace, boxloop, command, environment
from tests.gui.labelled_project import labelled_project


@contextmanager
def started(workspace: Path, *words: str | Path, **variables: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A server that answers, and its address; ended by SIGTERM."""
    line = command(*words, "--workspace", workspace, "--json", "--no-browser")
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen(line, cwd=ROOT, env=environment(**variables), text=True, **pipes) as server:
        assert server.stdout is not None
        first = server.stdout.readline()
        try:
            assert first, server.communicate(timeout=60)
            yield server, json.loads(first)["address"]
        finally:
            if server.poll() is None:
                server.send_signal(signal.SIGTERM)
            server.communicate(timeout=60)


@pytest.fixture
def taken_port() -> Iterator[int]:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        yield int(other.getsockname()[1])


def test_without_a_command_the_pages_are_served(tmp_path: Path) -> None:
    with started(tmp_path, "--port", "0") as (server, address):
        assert address.startswith("http://127.0.0.1:")
        page = httpx.get(address, headers={"accept": "text/html"})
        assert page.status_code == 200
        assert "<title>Boxloop</title>" in page.text
        assert httpx.get(f"{address}/api/projects").json() == []
        server.send_signal(signal.SIGINT)
        assert server.wait(60) == 130
    assert not (tmp_path / "server.json").exists()


def test_a_second_server_is_told_the_address_of_the_first(tmp_path: Path) -> None:
    with started(tmp_path, "serve", "--port", "0") as (_, address):
        second = boxloop("serve", "--workspace", tmp_path, "--port", "0", "--json")
        assert second.code == 1
        assert address in second.answer["error"]
        assert httpx.get(f"{address}/api/projects").status_code == 200


def test_a_port_that_was_asked_for_and_is_taken_is_refused(tmp_path: Path, taken_port: int) -> None:
    ended = boxloop("serve", "--workspace", tmp_path, "--port", str(taken_port))
    assert ended.code == 1
    assert str(taken_port) in ended.err
    assert "--port" in ended.err


@pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.1", "::"])
def test_a_server_for_other_machines_without_a_login_ends_at_once_and_says_how_to_make_one(
    tmp_path: Path, host: str
) -> None:
    ended = boxloop("serve", "--workspace", tmp_path / "w", "--host", host)
    assert ended.code == 2
    assert "launch.py user add NAME --auth-file FILE" in ended.err
    assert not (tmp_path / "w").exists()


def test_with_a_login_the_pages_and_gradio_ask_for_it(tmp_path: Path) -> None:
    users = tmp_path / "users.json"
    secret = tmp_path / "password"
    secret.write_text("correct horse\n", "utf-8")
    assert boxloop("user", "add", "ada", "--auth-file", users, "--password-file", secret).code == 0
    words = ("serve", "--port", "0", "--host", "0.0.0.0", "--auth-file", users)
    with started(tmp_path / "w", *words) as (_, printed):
        address = printed.replace("0.0.0.0", "127.0.0.1")
        for path in ("/api/projects", "/config", "/gradio_api/info", "/ui-assets/shared/api.js", "/ui-theme.css"):
            assert httpx.get(address + path).status_code == 401, path
        page = httpx.get(address, headers={"accept": "text/html"})
        assert (page.status_code, page.headers["location"]) == (303, "/login?next=%2F")
        with httpx.Client(base_url=address) as client:
            answer = client.post("/login", data={"name": "ada", "password": "correct horse"})
            assert answer.status_code == 303
            assert client.get("/", headers={"accept": "text/html"}).status_code == 200
            assert client.get("/gradio_api/info").status_code == 200


def test_an_auth_file_that_is_missing_is_told(tmp_path: Path) -> None:
    ended = boxloop("serve", "--workspace", tmp_path, "--auth-file", tmp_path / "none.json")
    assert ended.code == 1
    assert "user add" in ended.err


def test_a_password_is_never_an_argument(tmp_path: Path) -> None:
    assert boxloop("user", "add", "ada", "secret word", "--auth-file", tmp_path / "u.json").code == 2
    assert boxloop("user", "add", "ada", "--password", "secret word", "--auth-file", tmp_path / "u.json").code == 2
    unasked = boxloop("user", "add", "ada", "--auth-file", tmp_path / "u.json")
    assert unasked.code == 2
    assert "BOXLOOP_PASSWORD" in unasked.err


@pytest.mark.parametrize(
    "words",
    [
        ("fly",),
        ("train",),
        ("train", "--project", "a", "--preset", "yolo"),
        ("train", "--project", "a", "--max-minutes", "0"),
        ("train", "--project", "a", "--image-size", "384"),
        ("train", "--project", "a", "--image-size", "100x96"),
        ("train", "--project", "a", "--learning-rate", "0"),
        ("train", "--project", "a", "--optimizer", "adam"),
        ("import", "--project", "a"),
        ("import", "--project", "a", "--format", "odd", "."),
        ("predict", "--project", "a", "--threshold", "2", "--all"),
        ("predict", "--project", "a", "--threshold", "good", "--all"),
        ("predict", "--project", "a"),
        ("predict", "--project", "a", "--all", "x.png"),
        ("evaluate", "--project", "a", "--split", "odd"),
        ("export", "--project", "a", "--format", "images", "out"),
        ("serve", "--port", "70000"),
        ("user", "add"),
    ],
    ids=" ".join,
)
def test_wrong_use_ends_with_2_and_no_traceback(tmp_path: Path, words: tuple[str, ...]) -> None:
    ended = boxloop(*words, BOXLOOP_WORKSPACE=str(tmp_path / "w"))
    assert ended.code == 2
    assert ended.out == ""
    assert ended.err
    assert "Traceback" not in ended.err


@pytest.mark.parametrize(
    "words", [("fly",), ("train",), ("evaluate", "--project", "a", "--split", "odd")], ids=" ".join
)
def test_wrong_use_is_one_json_object_too(tmp_path: Path, words: tuple[str, ...]) -> None:
    ended = boxloop(*words, "--json", BOXLOOP_WORKSPACE=str(tmp_path / "w"))
    assert ended.code == 2
    assert set(ended.answer) == {"error"}
    assert "Traceback" not in ended.err


def test_an_import_from_nowhere_makes_no_project(tmp_path: Path) -> None:
    ended = boxloop("import", "--workspace", tmp_path / "w", "--project", "a", "--json", tmp_path / "none")
    assert ended.code == 2
    assert "none" in ended.answer["error"]
    assert not (tmp_path / "w").exists()


@pytest.mark.parametrize(
    "words",
    [
        ("train", "--project", "a"),
        ("predict", "--project", "a", "--all"),
        ("predict", "--project", "a", "--out", "found.json", "."),
        ("evaluate", "--project", "a"),
        ("report", "--project", "a", "--out", "report.html"),
        ("export", "--project", "a", "out"),
        ("status",),
    ],
    ids=" ".join,
)
def test_a_workspace_with_a_mistyped_name_is_not_made_but_told(tmp_path: Path, words: tuple[str, ...]) -> None:
    ended = boxloop(*words, "--workspace", tmp_path / "wrokspace", "--json")
    assert ended.code == 2
    assert str(tmp_path / "wrokspace") in ended.answer["error"]
    assert "--workspace" in ended.answer["error"]
    assert list(tmp_path.iterdir()) == []


def test_a_command_that_makes_a_workspace_says_so_once(tmp_path: Path) -> None:
    (tmp_path / "set").mkdir()
    words = ("import", "--workspace", tmp_path / "w", "--project", "a", tmp_path / "set")
    assert f"Made a new workspace in {tmp_path / 'w'}." in boxloop(*words).err
    assert "new workspace" not in boxloop(*words).err


@pytest.mark.training
def test_a_new_model_is_told_to_be_active(trained: TrainedWorkspace) -> None:
    assert trained.trained.answer["model"]["active"] is True


@pytest.mark.parametrize("words", [("train",), ("predict", "--all"), ("evaluate",), ("export", "out")], ids=" ".join)
def test_a_project_that_is_not_there_is_told_with_those_that_are(tmp_path: Path, words: tuple[str, ...]) -> None:
    with Store(Workspace(tmp_path)) as store:
        store.projects.create("Cells")
    ended = boxloop(*words, "--workspace", tmp_path, "--project", "Sells", "--json")
    assert ended.code == 1
    assert "Cells" in ended.answer["error"]
    assert "Traceback" not in ended.err


def test_a_split_without_images_is_wrong_use(tmp_path: Path) -> None:
    with Store(Workspace(tmp_path)) as store:
        labelled_project(store)
    ended = boxloop("evaluate", "--workspace", tmp_path, "--project", "shapes", "--split", "test", "--json")
    assert ended.code == 2
    assert "test" in ended.answer["error"]


def test_skipped_rows_are_a_failure_only_for_who_asks(tmp_path: Path) -> None:
    (tmp_path / "set").mkdir()
    (tmp_path / "set" / "bad.png").write_bytes(b"no picture")
    words = ("import", "--workspace", tmp_path / "w", "--project", "a", "--format", "images", tmp_path / "set")
    plain = boxloop(*words)
    assert plain.code == 0
    assert "bad.png" in plain.err
    assert boxloop(*words, "--strict").code == 1


def test_a_workspace_of_a_newer_program_is_told(tmp_path: Path) -> None:
    with Store(Workspace(tmp_path)) as store:
        store.projects.create("a")
    with sqlite3.connect(tmp_path / "boxloop.sqlite3") as database:
        database.execute("UPDATE alembic_version SET version_num = 'from_the_future'")
    database.close()
    ended = boxloop("status", "--workspace", tmp_path, "--json")
    assert ended.code == 1
    assert "newer" in ended.answer["error"]


LOADED = """
import json, sys
sys.argv = ["launch.py", *json.loads(sys.argv[1])]
import launch
try:
    launch.main()
except SystemExit as ended:
    code = ended.code
print("LOADED", code, *sorted({name.partition(".")[0] for name in sys.modules}), file=sys.stderr)
"""


def loaded_by(*words: str | Path) -> tuple[int, set[str]]:
    """The exit code of a command, and the top-level modules in its process at its end."""
    line = [sys.executable, "-c", LOADED, json.dumps([str(word) for word in words])]
    run = subprocess.run(line, cwd=ROOT, env=environment(), capture_output=True, text=True, timeout=200, check=False)
    [last] = [one for one in run.stderr.splitlines() if one.startswith("LOADED")]
    _, code, *names = last.split()
    return int(code), set(names)


@pytest.mark.training
def test_predict_loads_torch_and_no_gradio(trained: TrainedWorkspace, tmp_path: Path) -> None:
    words = ("predict", "--workspace", trained.root, "--project", trained.project, trained.pictures / "0.png")
    code, names = loaded_by(*words, "--out", tmp_path / "out.json")
    assert code == 0
    assert "torch" in names
    assert not names & {"gradio", "fastapi", "uvicorn"}


def test_commands_that_need_no_network_load_no_torch_and_no_gradio(tmp_path: Path) -> None:
    (tmp_path / "set").mkdir()
    for words in (
        ("import", "--workspace", tmp_path / "w", "--project", "a", tmp_path / "set"),
        ("export", "--workspace", tmp_path / "w", "--project", "a", tmp_path / "out"),
        ("predict", "--all", "--workspace", tmp_path / "w", "--project", "a"),
        ("evaluate", "--workspace", tmp_path / "w", "--project", "a"),
        ("status", "--workspace", tmp_path / "w"),
        ("--help",),
    ):
        _, names = loaded_by(*words)
        assert not names & {"torch", "gradio", "fastapi"}, words


def wait_for_line(process: subprocess.Popen[str], text: str) -> None:
    assert process.stderr is not None
    for line in process.stderr:
        if text in line:
            return
    raise AssertionError(f"it ended without saying {text!r}")


@pytest.mark.training
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_stops_a_run_and_keeps_its_best_model(tmp_path: Path, number: signal.Signals) -> None:
    with Store(Workspace(tmp_path)) as store:
        labelled_project(store)
    line = command("train", "--workspace", tmp_path, "--project", "shapes", "--epochs", "5000", "--json")
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen(line, cwd=ROOT, env=environment(), text=True, **pipes) as run:
        wait_for_line(run, "mAP")
        run.send_signal(number)
        out, err = run.communicate(timeout=120)
    assert run.returncode == 130, err
    answer = json.loads(out)
    assert answer["job"]["state"] == "cancelled"
    assert (tmp_path / "models").is_dir()
    assert answer["model"]["job_id"] == answer["job"]["id"]


@pytest.mark.training
def test_max_minutes_is_wall_clock_from_the_start_of_the_command(tmp_path: Path) -> None:
    with Store(Workspace(tmp_path)) as store:
        labelled_project(store)
    began = time.monotonic()
    words = ("--workspace", tmp_path, "--project", "shapes", "--json", "--epochs", "100000", "--max-minutes", "0.5")
    ended = boxloop("train", *words)
    took = time.monotonic() - began
    assert ended.code == 0, ended.err
    assert ended.answer["job"]["state"] == "succeeded"
    assert ended.answer["model"] is not None
    assert 15 < took < 30 + 20


def test_a_run_that_has_no_turn_within_its_minutes_is_given_up(tmp_path: Path) -> None:
    with Store(Workspace(tmp_path)) as store:
        project = labelled_project(store).project_id
        other = store.jobs.enqueue(project, JobKind.TRAIN, {})
        store.jobs.claim(other.id, os.getpid())  # a run that goes on for longer than this one may wait
        words = ("--workspace", tmp_path, "--project", "shapes", "--json", "--max-minutes", "0.05")
        ended = boxloop("train", *words)
        assert ended.code == 1
        assert ended.answer["job"]["state"] == "cancelled"
        assert store.jobs.get(other.id).state is RunState.RUNNING


def test_every_override_reaches_the_run_and_what_is_not_given_is_left_open(tmp_path: Path) -> None:
    given = ["--from-scratch", "--scope", "deep", "--image-size", "128x96", "--batch-size", "3", "--patience", "4"]
    given += ["--learning-rate", "0.01", "--optimizer", "sgd", "--schedule", "step", "--weight-decay", "0.001"]
    given += ["--focal-alpha", "0.5", "--focal-gamma", "1", "--no-augment", "--epochs", "7", "--seed", "9"]
    expected = TrainConfig(
        from_scratch=True, scope=Scope.DEEP, image_size=(128, 96), batch_size=3, patience=4, learning_rate=0.01,
        optimizer=Optimizer.SGD, schedule=Schedule.STEP, weight_decay=0.001, focal_alpha=0.5, focal_gamma=1.0,
        augment=False, epochs=7, seed=9,
    )  # fmt: skip
    with Store(Workspace(tmp_path)) as store:
        project = labelled_project(store).project_id
        store.jobs.claim(store.jobs.enqueue(project, JobKind.TRAIN, {}).id, os.getpid())  # so that none is trained
        words = ("--workspace", tmp_path, "--project", "shapes", "--json", "--max-minutes", "0.02")
        for options, config in (given, expected), ([], TrainConfig()):
            ended = boxloop("train", *words, *options)
            assert "starting from ImageNet weights" in ended.err
            assert "Only 2 images to check on" in ended.err
            queued = store.jobs.get(ended.answer["job"]["id"])
            assert TrainConfig.from_json(queued.params["config"]) == config
