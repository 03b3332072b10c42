"""docs/cli.md is a contract: its schemas are held against what the commands really answer."""

from __future__ import annotations

import json
import re
import signal
import subprocess
from pathlib import Path
from typing import Any

import pytest
import typer
from jsonschema import Draft202012Validator

import launch
from tests.command_line import ROOT, TrainedWorkspace, boxloop, command, environment

DOCS = (ROOT / "docs" / "cli.md").read_text("utf-8")
SCHEMAS: dict[str, dict[str, Any]] = {
    schema["title"]: schema for schema in map(json.loads, re.findall(r"```json\n(.*?)\n```", DOCS, re.DOTALL))
}
SHARED = {"job", "model", "share", "shown", "confidence", "interval"}
SECTIONS = dict(re.findall(r"^## ([^\n]+)\n(.*?)(?=^## |\Z)", DOCS, re.DOTALL | re.MULTILINE))
FOR_ALL = {"--workspace", "--json", "--help", "--project"}
HOLDS: set[str] = set()


def holds(title: str, answer: object) -> None:
    """The answer fits the schema of that title."""
    schema = {**SCHEMAS[title], "$defs": {name: SCHEMAS[name] for name in SHARED}}
    Draft202012Validator.check_schema(schema)
    Draft202012Validator(schema).validate(answer)
    HOLDS.add(title)


def commands() -> dict[str, Any]:
    """Sub-commands by their words."""
    found: dict[str, Any] = {}
    for name, one in typer.main.get_command(launch.app).commands.items():  # type: ignore[attr-defined]
        inner = getattr(one, "commands", None)
        found |= {name: one} if inner is None else {f"{name} {word}": child for word, child in inner.items()}
    return found


@pytest.mark.parametrize("name", sorted(commands()))
def test_every_command_has_a_section_a_schema_and_all_its_options_there(name: str) -> None:
    assert name in SCHEMAS
    options = {o for p in commands()[name].params for o in p.opts if o.startswith("--")} - FOR_ALL
    assert {o for o in options if f"{o}" not in SECTIONS[name]} == set()


def test_every_section_is_a_command() -> None:
    assert set(SECTIONS) == {"What holds for every command", *commands()}


def test_no_schema_lets_everything_pass() -> None:
    for title in set(SCHEMAS) - SHARED:
        assert not Draft202012Validator(SCHEMAS[title]).is_valid({}), title


@pytest.mark.training
def test_import(trained: TrainedWorkspace) -> None:
    assert trained.imported.code == 0, trained.imported.err
    answer = trained.imported.answer
    holds("import", answer)
    assert (answer["added"], answer["boxes"], answer["by_split"]["train"]) == (10, 20, 10)
    [skipped] = answer["skipped"]
    assert skipped["reason"]
    assert skipped["reason"] in trained.imported.err


@pytest.mark.training
def test_train(trained: TrainedWorkspace) -> None:
    assert trained.trained.code == 0, trained.trained.err
    answer = trained.trained.answer
    holds("train", answer)
    holds("job", answer["job"])
    holds("model", answer["model"])
    assert answer["job"]["state"] == "succeeded"
    assert answer["model"]["name"] == f"v{answer['model']['number']}"
    assert answer["model"]["job_id"] == answer["job"]["id"]


@pytest.mark.training
def test_predict_files(trained: TrainedWorkspace, tmp_path: Path) -> None:
    out, picture, bad = tmp_path / "found.json", trained.pictures / "0.png", tmp_path / "bad.png"
    bad.write_bytes(b"no picture")
    words = ("predict", "--workspace", trained.root, "--project", trained.project, "--json", "--out", out)
    ended = boxloop(*words, picture, bad)
    assert ended.code == 0, ended.err
    holds("predict", ended.answer)
    assert [row["name"] for row in ended.answer["skipped"]] == [str(bad)]
    assert str(bad) in ended.err
    content = json.loads(out.read_text("utf-8"))
    holds("predictions file", content)
    assert [(i["file_name"], i["width"], i["height"]) for i in content["images"]] == [(str(picture), 128, 96)]
    assert {c["name"] for c in content["categories"]} == {"dark", "red"}
    assert len(content["annotations"]) == ended.answer["boxes"] > 0
    assert all(a["score"] >= 0.01 for a in content["annotations"])
    advised = boxloop(*words, picture, "--threshold", "advised")
    holds("predict", advised.answer)
    least, ids = advised.answer["threshold"], {c["id"] for c in content["categories"]}
    assert {int(class_id) for class_id in least["by_class"]} <= ids
    kept = json.loads(out.read_text("utf-8"))["annotations"]
    assert all(a["score"] >= least["by_class"].get(str(a["category_id"]), least["all"]) for a in kept)
    assert len(kept) < len(content["annotations"])
    few = boxloop(*words, picture, bad, "--threshold", "1", "--strict")
    assert few.code == 1
    assert json.loads(out.read_text("utf-8"))["annotations"] == []


@pytest.mark.training
def test_predict_all(trained: TrainedWorkspace) -> None:
    ended = boxloop("predict", "--workspace", trained.root, "--project", trained.project, "--all", "--json")
    assert ended.code == 0, ended.err
    holds("predict --all", ended.answer)
    assert ended.answer["job"]["state"] == "succeeded"


@pytest.mark.training
def test_evaluate(trained: TrainedWorkspace) -> None:
    ended = boxloop("evaluate", "--workspace", trained.root, "--project", trained.project, "--split", "test", "--json")
    assert ended.code == 0, ended.err
    holds("evaluate", ended.answer)
    holds("share", ended.answer["ap50"])
    assert (ended.answer["split"], ended.answer["images"], ended.answer["boxes"]) == ("test", 3, 6)
    assert [row["name"] for row in ended.answer["per_class"]] == ["dark", "red"]
    assert "intervals" not in ended.answer


@pytest.mark.training
def test_evaluate_on_images_that_are_chosen(trained: TrainedWorkspace) -> None:
    words = ("evaluate", "--workspace", trained.root, "--project", trained.project, "--json", "--intervals")
    ended = boxloop(*words, "--filter", "boxes=2-", "--threshold", "0.9")
    assert ended.code == 0, ended.err
    holds("evaluate", ended.answer)
    holds("interval", ended.answer["intervals"]["ap50"])
    assert (ended.answer["split"], ended.answer["images"]) == (None, 17)
    assert ended.answer["at_threshold"]["all"]["threshold"] == 0.9
    nowhere = boxloop(*words, "--filter", "boxes=99-")
    assert nowhere.code == 2
    holds("error", nowhere.answer)


@pytest.mark.training
def test_report(trained: TrainedWorkspace, tmp_path: Path) -> None:
    out = tmp_path / "new" / "report.html"
    words = ("report", "--workspace", trained.root, "--project", trained.project, "--out", out, "--json")
    ended = boxloop(*words)
    assert ended.code == 0, ended.err
    holds("report", ended.answer)
    assert (ended.answer["split"], ended.answer["images"], ended.answer["boxes"]) == ("test", 3, 6)
    assert ended.answer["bytes"] == out.stat().st_size
    html = out.read_text("utf-8")
    assert f"How good is {ended.answer['model']} of shapes?" in html
    assert "Boxes learnt from" in html
    assert not list(tmp_path.rglob("*.part"))


@pytest.mark.training
@pytest.mark.parametrize("form", ["coco", "voc", "yolo"])
def test_export(trained: TrainedWorkspace, tmp_path: Path, form: str) -> None:
    words = ("export", "--workspace", trained.root, "--project", trained.project, "--format", form, "--json")
    ended = boxloop(*words, tmp_path / "set")
    assert ended.code == 0, ended.err
    holds("export", ended.answer)
    assert (ended.answer["images"], ended.answer["boxes"]) == (17, 34)
    again = boxloop(*words, tmp_path / "set")
    assert again.code == 1
    holds("error", again.answer)


@pytest.mark.training
def test_status(trained: TrainedWorkspace) -> None:
    ended = boxloop("status", "--workspace", trained.root, "--json")
    assert ended.code == 0, ended.err
    holds("status", ended.answer)
    assert [p["name"] for p in ended.answer["projects"]] == [trained.project]
    assert {"import", "train"} <= {job["kind"] for job in ended.answer["jobs"]}
    assert [m["name"] for m in ended.answer["models"]] == [trained.trained.answer["model"]["name"]]


def test_user_add(tmp_path: Path) -> None:
    words = ("user", "add", "ada", "--auth-file", tmp_path / "users.json", "--json")
    for new in (True, False):
        ended = boxloop(*words, BOXLOOP_PASSWORD="correct horse")
        assert ended.code == 0, ended.err
        holds("user add", ended.answer)
        assert (ended.answer["new"], ended.answer["role"]) == (new, "owner")
    refused = boxloop(*words, BOXLOOP_PASSWORD="short")
    assert refused.code == 2
    holds("error", refused.answer)


def test_user_list_role_and_remove(tmp_path: Path) -> None:
    rest = ("--auth-file", tmp_path / "users.json", "--json")
    for name, role in (("ada", "owner"), ("grace", "viewer")):
        assert boxloop("user", "add", name, "--role", role, *rest, BOXLOOP_PASSWORD="correct horse").code == 0
    steps = (("list",), ("role", "grace", "labeller"), ("remove", "grace"))
    for words in steps:
        ended = boxloop("user", *words, *rest)
        assert ended.code == 0, ended.err
        holds(f"user {words[0]}", ended.answer)
    refused = boxloop("user", "remove", "ada", *rest)
    assert refused.code == 2
    assert "has to be an owner" in refused.answer["error"]


@pytest.mark.parametrize("name", ["serve", "demo"])
def test_serve_and_demo_say_the_address_and_end_with_130(name: str, tmp_path: Path) -> None:
    words = command(name, "--workspace", tmp_path, "--port", "0", "--no-browser", "--json")
    with subprocess.Popen(words, cwd=ROOT, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE) as server:
        assert server.stdout is not None
        first = server.stdout.readline()
        server.send_signal(signal.SIGTERM)
        rest, err = server.communicate(timeout=60)
    assert server.returncode == 130, err
    assert f"Made a new workspace in {tmp_path}.".encode() in err
    holds(name, json.loads(first))
    assert rest == b""
