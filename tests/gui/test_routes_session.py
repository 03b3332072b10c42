"""The login page: who gets in, where to, and what happens to who guesses."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from gui.auth_file import AuthFile, add_user
from gui.login import Login
from gui.routes.session import local_path
from tests.gui.labelled_project import labelled_project
from tests.gui.web import ADDRESS, serving

PASSWORD = "correct horse"
ADA = {"name": "ada", "password": PASSWORD}


@pytest.fixture
def client(tmp_path: Path) -> Iterator[TestClient]:
    add_user(tmp_path / "users.json", "ada", PASSWORD)
    login = Login(AuthFile(tmp_path / "users.json"), b"k" * 32, "boxloop-7860")
    with serving(tmp_path / "workspace", login) as web:
        yield web.client


def test_the_page_and_its_styles_are_open_to_strangers_and_run_no_script(client: TestClient) -> None:
    page = client.get("/login")
    assert page.status_code == 200
    assert 'action="/login"' in page.text
    assert "script" not in page.text
    assert "default-src 'none'" in page.headers["content-security-policy"]
    for style in ("/login/page.css", "/login/theme.css"):
        assert client.get(style).headers["content-type"].startswith("text/css")


def test_the_right_password_opens_the_page_that_was_asked_for(client: TestClient) -> None:
    answer = client.post("/login", data={**ADA, "next": "/label?project=1"})
    assert answer.status_code == 303
    assert answer.headers["location"] == "/label?project=1"
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith("boxloop-7860=")
    for part in ("HttpOnly", "SameSite=strict", "Path=/"):
        assert part in cookie
    assert client.get("/api/projects").status_code == 200


def test_the_page_is_dark_where_the_system_is(client: TestClient) -> None:
    dark = client.get("/login/theme.css").text.partition("@media (prefers-color-scheme: dark)")[2]
    assert "color-scheme: dark;" in dark
    assert "--bl-bg:" in dark


@pytest.mark.parametrize("name", ["ada", "nobody"])
def test_a_wrong_password_and_an_unknown_name_get_the_same_answer(client: TestClient, name: str) -> None:
    answer = client.post("/login", data={"name": name, "password": "wrong"})
    assert answer.status_code == 401
    assert "Name or password is wrong." in answer.text
    assert "set-cookie" not in answer.headers
    assert client.get("/api/projects").status_code == 401


def test_what_was_typed_comes_back_as_text_and_the_password_does_not(client: TestClient) -> None:
    name = '"><img src=x onerror=alert(1)>'
    answer = client.post("/login", data={"name": name, "password": "hunter2222", "next": '/"><b>'})
    assert "<img" not in answer.text
    assert "<b>" not in answer.text
    assert "&lt;img" in answer.text
    assert "hunter2222" not in answer.text


def test_a_page_learns_who_is_logged_in(client: TestClient, tmp_path: Path) -> None:
    client.post("/login", data=ADA)
    told = client.get("/api/session").json()
    assert (told["user"], told["role"]) == ("ada", "owner")
    assert len(told["workspace"]) == 32
    with serving(tmp_path / "open") as web:
        other = web.client.get("/api/session").json()
        assert (other["user"], other["role"]) == (None, "owner")
        assert other["workspace"] != told["workspace"]


def test_a_page_that_stays_open_logs_in_again_in_place(client: TestClient) -> None:
    as_script = {"accept": "application/json"}
    wrong = client.post("/login", data={**ADA, "password": "wrong"}, headers=as_script)
    assert (wrong.status_code, wrong.json()) == (401, {"error": "Name or password is wrong."})
    right = client.post("/login", data=ADA, headers=as_script)
    assert (right.status_code, right.json()) == (200, {"user": "ada"})
    assert client.get("/api/projects").status_code == 200


def test_a_page_of_one_person_saves_nothing_in_the_name_of_another(client: TestClient) -> None:
    client.post("/login", data=ADA)
    body = {"revision": 0, "boxes": [], "key": "k", "author": "grace"}
    answer = client.put("/api/images/1/annotations", json=body)
    assert answer.status_code == 401
    assert "logged in as ada now. Log in as grace" in answer.json()["error"]


def test_guessing_is_stopped_even_with_the_right_password(client: TestClient) -> None:
    for _ in range(5):
        assert client.post("/login", data={"name": "ada", "password": "wrong"}).status_code == 401
    answer = client.post("/login", data=ADA)
    assert answer.status_code == 429
    assert int(answer.headers["retry-after"]) > 200
    assert "about 5 min" in answer.text


def test_a_login_from_another_site_is_refused(client: TestClient) -> None:
    answer = client.post("/login", data=ADA, headers={"origin": "http://evil.example"})
    assert answer.status_code == 403
    assert client.post("/login", data=ADA, headers={"origin": ADDRESS}).status_code == 303


def test_logging_out_ends_the_session_for_whoever_kept_the_cookie(client: TestClient) -> None:
    client.post("/login", data=ADA)
    kept = f"boxloop-7860={client.cookies['boxloop-7860']}"
    answer = client.post("/logout")
    assert answer.headers["location"] == "/login"
    client.cookies.clear()
    assert client.get("/api/projects", headers={"cookie": kept}).status_code == 401


def test_a_save_carries_the_name_of_who_is_logged_in(tmp_path: Path) -> None:
    add_user(tmp_path / "users.json", "ada", PASSWORD)
    login = Login(AuthFile(tmp_path / "users.json"), b"k" * 32, "boxloop-7860")
    with serving(tmp_path / "workspace", login) as web:
        image = labelled_project(web.store, labelled=0, unlabelled=1).images[0]
        web.client.post("/login", data=ADA)
        body = {"revision": 0, "boxes": [], "state": "done", "key": "a"}
        assert web.client.put(f"/api/images/{image.id}/annotations", json=body).status_code == 200
        assert web.client.get(f"/api/images/{image.id}/history").json()["items"][0]["author"] == "ada"


@pytest.mark.parametrize("wanted", ["/", "/label?project=1&image=2", "/images#x"])
def test_a_path_of_ours_is_gone_back_to(wanted: str) -> None:
    assert local_path(wanted) == wanted


@pytest.mark.parametrize(
    "wanted", ["", "//evil.example", "/\\evil.example", "http://evil.example", "javascript:alert(1)", "/a\r\nb", "a\\b"]
)
def test_any_other_place_is_not(wanted: str) -> None:
    assert local_path(wanted) == "/"
