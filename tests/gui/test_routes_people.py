"""Several people on one project: who is at which image, and images that go to one of them only."""

from __future__ import annotations

from pathlib import Path

import pytest

from gui.auth_file import AuthFile, add_user
from gui.login import Login
from gui.presence import GONE_AFTER, Presence, Present
from tests.gui.labelled_project import labelled_project
from tests.gui.web import Web, serving

PASSWORD = "correct horse"


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def as_user(web: Web, name: str) -> None:
    assert web.client.post("/login", data={"name": name, "password": PASSWORD}).status_code == 303


def test_two_people_see_each_other_and_get_different_images(tmp_path: Path) -> None:
    users = tmp_path / "users.json"
    for name in ("ada", "grace"):
        add_user(users, name, PASSWORD)
    with serving(tmp_path / "workspace", Login(AuthFile(users), b"k" * 32, "boxloop-7860")) as web:
        made = labelled_project(web.store)
        project, pulse = f"/api/projects/{made.project_id}", f"/api/pulse?project={made.project_id}"
        as_user(web, "ada")
        first = web.client.post(f"{project}/next-free", json={"page": "a"}).json()["image_id"]
        web.client.get(f"{pulse}&image={first}&page=a")
        as_user(web, "grace")
        second = web.client.post(f"{project}/next-free", json={"page": "g"}).json()["image_id"]
        assert first != second
        told = web.client.get(f"{pulse}&image={first}&page=g").json()
        assert told["people"] == [{"name": "ada", "image_id": first}]
        assert told["image"] == {"id": first, "revision": 0, "claimed_by": "ada"}
        assert web.client.post("/api/claims/renew", json={"page": "g", "image_ids": [second]}).json() == {
            "image_ids": [second]
        }
        assert web.client.post("/api/claims/release?page=a").status_code == 204
        told = web.client.get(f"{pulse}&image={first}&page=g").json()
        assert (told["people"], told["image"]["claimed_by"]) == ([], None)


def test_the_next_free_image_follows_the_walk_of_the_page(tmp_path: Path) -> None:
    with serving(tmp_path / "workspace") as web:
        made = labelled_project(web.store, labelled=0, unlabelled=4)
        ids = [image.id for image in made.images]
        web.client.put(f"/api/images/{ids[1]}/tags", json={"names": ["night"]})
        (tag,) = web.client.put(f"/api/images/{ids[3]}/tags", json={"names": ["night"]}).json()
        address = f"/api/projects/{made.project_id}/next-free"
        asked = {"page": "a", "current": ids[1], "walk": f"tag={tag['id']}"}
        assert web.client.post(address, json=asked).json() == {"image_id": ids[3]}
        assert web.client.post(address, json={**asked, "walk": ""}).json() == {"image_id": ids[2]}
        assert web.client.post(address, json={**asked, "walk": "state=fast"}).status_code == 422


def test_an_image_that_somebody_opened_by_themselves_is_not_given_to_another(tmp_path: Path) -> None:
    users = tmp_path / "users.json"
    for name in ("ada", "grace"):
        add_user(users, name, PASSWORD)
    with serving(tmp_path / "workspace", Login(AuthFile(users), b"k" * 32, "boxloop-7860")) as web:
        made = labelled_project(web.store, labelled=1, unlabelled=2)
        at_work, free = (image.id for image in made.images[1:])
        as_user(web, "ada")
        web.client.get(f"/api/pulse?project={made.project_id}&image={at_work}&page=a")
        as_user(web, "grace")
        given = web.client.post(f"/api/projects/{made.project_id}/next-free", json={"page": "g"}).json()
        assert given == {"image_id": free}


def test_without_logins_there_is_one_person_and_nobody_to_show(tmp_path: Path) -> None:
    with serving(tmp_path / "workspace") as web:
        made = labelled_project(web.store)
        for page in ("a", "b"):
            told = web.client.get(f"/api/pulse?project={made.project_id}&image={made.images[0].id}&page={page}").json()
        assert told["people"] == []
        assert web.client.get(f"/api/pulse?project={made.project_id}&image=9999&page=a").json()["image"] is None


def test_who_gives_no_sign_is_gone() -> None:
    clock = Clock()
    presence = Presence(clock)
    presence.note("a", "ada", 1, 7)
    presence.note("b", "ada", 1, 7)  # a second tab is the same person
    presence.note("c", "grace", 2, 8)
    assert presence.others(1, "alan") == [Present("ada", 1, 7)]
    assert presence.others(1, "ada") == []
    clock.now = GONE_AFTER - 1
    presence.note("a", "ada", 1, None)
    clock.now = GONE_AFTER + 1
    assert presence.others(1, "alan") == [Present("ada", 1, None)]


@pytest.mark.parametrize("body", [{}, {"page": ""}, {"page": "p", "current": 0}])
def test_a_wish_without_a_page_is_refused(tmp_path: Path, body: dict[str, object]) -> None:
    with serving(tmp_path / "workspace") as web:
        made = labelled_project(web.store)
        assert web.client.post(f"/api/projects/{made.project_id}/next-free", json=body).status_code == 422
