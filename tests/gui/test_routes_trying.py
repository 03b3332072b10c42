"""The route that looks at a picture: what it answers, refuses and who may ask, and that nothing is kept."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Iterator, MutableMapping
from pathlib import Path
from typing import Any

import pytest

import gui.routes.trying as room
from detector import pixels
from gui.auth_file import AuthFile, add_user
from gui.login import Login
from gui.roles import Role
from tests.gui.labelled_project import LabelledProject, draw, labelled_project
from tests.gui.model_folder import add_working_model
from tests.gui.picture_files import picture
from tests.gui.web import PORT, Web, serving

PASSWORD = "correct horse"


@pytest.fixture
def web(tmp_path: Path) -> Iterator[Web]:
    with serving(tmp_path / "workspace", threads=1) as opened:
        yield opened


@pytest.fixture
def made(web: Web) -> LabelledProject:
    return labelled_project(web.store)


def ask(web: Web, made: LabelledProject, model_id: int, data: bytes, rest: str = "") -> tuple[int, dict[str, object]]:
    answer = web.client.post(f"/api/projects/{made.project_id}/try?model={model_id}{rest}", content=data)
    return answer.status_code, answer.json()


def files_of(web: Web) -> set[str]:
    root = web.store.workspace.root
    return {str(path.relative_to(root)) for path in root.rglob("*") if not path.name.startswith("boxloop.sqlite3")}


def test_a_picture_is_looked_at_and_nothing_of_it_is_kept(web: Web, made: LabelledProject) -> None:
    model = add_working_model(web.store, made.project_id, made.class_ids)
    before, counts = files_of(web), web.store.projects.counts(made.project_id)
    status, shown = ask(web, made, model.id, draw(20)[0], "&source=camera")
    assert status == 200, shown
    assert (shown["width"], shown["height"], shown["model_version_id"], shown["view"]) == (128, 96, model.id, None)
    found = shown["predictions"]
    assert isinstance(found, list)
    assert {one["class_id"] for one in found} <= set(made.class_ids)
    assert found == sorted(found, key=lambda one: -one["score"])
    status, shown = ask(web, made, model.id, picture(40, size=(90, 60), format="TIFF"))
    assert status == 200, shown
    kind, _, encoded = str(shown["view"]).partition(",")
    assert kind == "data:image/jpeg;base64"
    assert pixels.inspect(base64.b64decode(encoded)).size.width == 90
    assert files_of(web) == before
    assert web.store.projects.counts(made.project_id) == counts


def test_what_is_no_picture_is_refused_in_the_words_of_an_upload(web: Web, made: LabelledProject) -> None:
    model = add_working_model(web.store, made.project_id, made.class_ids)
    for data in (b"%PDF-1.7 not a picture", b"<svg xmlns='http://www.w3.org/2000/svg'/>", draw(1)[0][:300]):
        upload = web.client.post(f"/api/projects/{made.project_id}/upload", files={"file": ("a.png", data)})
        [told] = upload.json()["results"]
        status, shown = ask(web, made, model.id, data)
        assert status == 415
        assert str(shown["error"]).lower().rstrip(".") == told["reason"].lower().rstrip(".")


def test_a_picture_has_to_be_there_and_not_too_large(
    web: Web, made: LabelledProject, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = add_working_model(web.store, made.project_id, made.class_ids)
    assert ask(web, made, model.id, b"")[0] == 422
    monkeypatch.setattr(room, "LARGEST_PICTURE", 2**20)
    status, shown = ask(web, made, model.id, b"x" * (2**20 + 1))
    assert status == 413
    assert "larger than the 1 MB" in str(shown["error"])
    unstated = web.client.post(
        f"/api/projects/{made.project_id}/try?model={model.id}", content=(b"x" * 2**16 for _ in range(17))
    )
    assert unstated.status_code == 413


def test_a_picture_that_stops_coming_gives_its_place_back(
    web: Web, made: LabelledProject, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = add_working_model(web.store, made.project_id, made.class_ids)
    monkeypatch.setattr("gui.trials.trying.MOST_AT_ONCE", 1)
    half = iter([draw(20)[0][:300]])
    sent: list[MutableMapping[str, Any]] = []

    async def receive() -> MutableMapping[str, Any]:
        if (part := next(half, None)) is None:
            await asyncio.Event().wait()
        return {"type": "http.request", "body": part, "more_body": True}

    async def send(message: MutableMapping[str, Any]) -> None:
        sent.append(message)

    place = {"scheme": "http", "server": ("127.0.0.1", PORT), "client": ("127.0.0.1", 1), "root_path": ""}
    asked = {"path": f"/api/projects/{made.project_id}/try", "query_string": f"model={model.id}".encode()}
    headers = [(b"host", f"127.0.0.1:{PORT}".encode())]
    scope = {"type": "http", "http_version": "1.1", "method": "POST", "headers": headers, **place, **asked}
    assert web.client.portal is not None
    with monkeypatch.context() as patch:
        patch.setattr(room, "STALLED_SECONDS", 0.05)
        web.client.portal.call(web.app, scope, receive, send)
    assert sent[0]["status"] == 422
    assert b"did not come in whole" in sent[1]["body"]
    assert ask(web, made, model.id, draw(20)[0])[0] == 200


def test_a_model_that_looks_at_nothing_any_more_is_told_before_the_picture_is_taken(
    web: Web, made: LabelledProject
) -> None:
    model = add_working_model(web.store, made.project_id, made.class_ids)
    newer = add_working_model(web.store, made.project_id, made.class_ids, "newer")
    web.store.models.delete(model.id)
    status, shown = ask(web, made, model.id, picture())
    assert (status, "lies in the bin" in str(shown["error"])) == (409, True)
    assert ask(web, made, newer.id + 1, picture())[0] == 404
    assert web.client.post(f"/api/projects/{made.project_id}/try", content=picture()).status_code == 422


def test_a_viewer_may_try_and_what_looked_ends_with_the_server(tmp_path: Path) -> None:
    users = tmp_path / "users.json"
    for role in reversed(Role):
        add_user(users, role.value, PASSWORD, role)
    login = Login(AuthFile(users), b"k" * 32, "boxloop-7860")
    with serving(tmp_path / "workspace", login, threads=1) as web:
        made = labelled_project(web.store)
        model = add_working_model(web.store, made.project_id, made.class_ids)
        assert ask(web, made, model.id, picture())[0] == 401
        web.client.post("/login", data={"name": "viewer", "password": PASSWORD})
        assert web.client.post(f"/api/projects/{made.project_id}/try/ready?model={model.id}").status_code == 200
        assert ask(web, made, model.id, picture())[0] == 200
        looked = web.services.trying._process
        assert looked is not None
        assert looked.runs
    assert not looked.runs
