"""What each role may do: every route of the application stands in the table, and the doors keep to it."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from gui.auth_file import AuthFile, add_user, set_role
from gui.login import Login
from gui.roles import READING, Role, least_role, rule_for
from tests.gui.labelled_project import labelled_project
from tests.gui.web import Web, serving

PASSWORD = "correct horse"
CATCH_ALL = "/api/{rest:path}"


@pytest.fixture
def users(tmp_path: Path) -> Path:
    path = tmp_path / "users.json"
    for role in reversed(Role):  # the owner first: a file without one is refused
        add_user(path, role.value, PASSWORD, role)
    return path


@pytest.fixture
def web(users: Path, tmp_path: Path) -> Iterator[Web]:
    login = Login(AuthFile(users), b"k" * 32, "boxloop-7860")
    with serving(tmp_path / "workspace", login) as opened:
        yield opened


def log_in(web: Web, role: Role) -> TestClient:
    assert web.client.post("/login", data={"name": role.value, "password": PASSWORD}).status_code == 303
    return web.client


def changing_routes(web: Web) -> list[tuple[str, str]]:
    """Method and a path of every route that changes something."""
    found = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the route that catches all has one name for five methods
        paths = web.app.openapi()["paths"]
    for path, methods in paths.items():
        for method in methods:
            if method.upper() not in READING and path != CATCH_ALL.replace(":path", ""):
                found.append((method.upper(), re.sub(r"\{[^}]*\}", "1", path)))
    return found


def test_every_route_that_changes_something_has_a_line_in_the_table(web: Web) -> None:
    routes = changing_routes(web)
    assert ("PUT", "/api/images/1/annotations") in routes
    assert [route for route in routes if rule_for(*route) is None] == []


def test_what_no_line_names_is_an_owners(web: Web) -> None:
    assert least_role("POST", "/api/something/new") is Role.OWNER
    assert least_role("DELETE", "/gradio_api/upload") is Role.OWNER
    assert log_in(web, Role.LABELLER).post("/api/something/new").status_code == 403


def test_a_viewer_reads_everything_and_changes_nothing(web: Web) -> None:
    made = labelled_project(web.store)
    client = log_in(web, Role.VIEWER)
    assert client.get("/api/session").json()["role"] == "viewer"
    assert client.get(f"/api/projects/{made.project_id}/images").status_code == 200
    assert client.post(f"/api/projects/{made.project_id}/plan", json={}).status_code == 200
    for method, path in changing_routes(web):
        if least_role(method, path) is not Role.VIEWER:
            refused = client.request(method, path, json={})
            assert refused.status_code == 403, (method, path)
            assert "Ask" in refused.json()["error"]


def test_a_labeller_labels_and_deletes_no_project(web: Web) -> None:
    made = labelled_project(web.store)
    client = log_in(web, Role.LABELLER)
    project = f"/api/projects/{made.project_id}"
    assert client.post(f"{project}/classes", json={"name": "new"}).status_code == 201
    for refused in (
        client.delete(project),
        client.post("/api/projects", json={"name": "mine"}),
        client.post(f"{project}/import", json={"path": "/", "format": "images"}),
        client.delete("/api/models/1"),
    ):
        assert refused.status_code == 403
        assert "Only an owner" in refused.json()["error"]


def test_a_role_that_was_taken_away_counts_at_once(web: Web, users: Path) -> None:
    client = log_in(web, Role.LABELLER)
    set_role(users, "labeller", Role.VIEWER)
    assert client.put("/api/images/1/annotations", json={}).status_code == 403


def test_where_nobody_logs_in_everybody_is_an_owner(tmp_path: Path) -> None:
    with serving(tmp_path / "open") as open_web:
        assert open_web.client.post("/api/projects", json={"name": "mine"}).status_code == 201
