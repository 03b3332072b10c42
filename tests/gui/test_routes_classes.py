"""Classes over HTTP: each change with the entry that undoes it."""

from __future__ import annotations

import io
import uuid
from typing import Any

import pytest
from PIL import Image

from storage.records import StoredPrediction
from tests.gui.labelled_project import LabelledProject, labelled_project, model_of
from tests.gui.web import Web


@pytest.fixture
def made(web: Web) -> LabelledProject:
    return labelled_project(web.store)


def undo(web: Web, answer: Any) -> Any:
    undone = web.client.post(f"/api/activity/{answer['activity_id']}/undo")
    assert undone.status_code == 200, undone.text
    return undone.json()


def names(web: Web, made: LabelledProject) -> list[str]:
    return [one["name"] for one in web.client.get(f"/api/projects/{made.project_id}").json()["classes"]]


def boxes_on(web: Web, image_id: int) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = web.client.get(f"/api/images/{image_id}").json()["annotations"]
    return found


def test_classes_are_added_changed_and_deleted_when_unused_and_each_is_undone(web: Web, made: LabelledProject) -> None:
    url = f"/api/projects/{made.project_id}/classes"
    added = web.client.post(url, json={"name": "blue", "color": "#0000ff"})
    assert added.status_code == 201
    address = f"/api/classes/{added.json()['id']}"
    changes = [
        web.client.patch(address, json=wish).json()
        for wish in ({"name": "Blau"}, {"color": "#00ffff"}, {"hotkey": "B"}, {"archived": True})
    ]
    changed = changes[-1]["classes"][0]
    assert [changed[key] for key in ("name", "color", "hotkey", "archived")] == ["Blau", "#00ffff", "b", True]
    order = [one["id"] for one in web.client.get(url).json()][::-1]
    changes.append(web.client.put(f"{url}/order", json={"ids": order}).json())
    assert names(web, made) == ["Blau", "red", "dark"]
    changes.append(web.client.delete(address).json())
    assert web.client.delete(address).status_code == 404
    for change in reversed(changes):
        undo(web, change)
    assert web.client.get(url).json()[2] == added.json()
    again = web.client.post(f"/api/activity/{changes[0]['activity_id']}/undo")
    assert again.status_code == 409
    assert "changed again since" in again.json()["error"]


def test_what_cannot_be_is_said_and_changes_nothing(web: Web, made: LabelledProject) -> None:
    dark, red = made.class_ids
    refused = [
        (web.client.patch(f"/api/classes/{dark}", json={"name": "red"}), 409, "named 'red'"),
        (web.client.patch(f"/api/classes/{dark}", json={"name": "a", "color": "#112233"}), 422, "one of name"),
        (web.client.patch(f"/api/classes/{dark}", json={"hotkey": "F5"}), 422, "one letter"),
        (web.client.delete(f"/api/classes/{dark}"), 409, "on 8 boxes"),
        (web.client.post("/api/classes/merge", json={"ids": [dark], "into": dark}), 422, "two different classes"),
        (web.client.post("/api/classes/merge", json={"ids": [dark], "into": 999}), 404, "no class 999"),
        (web.client.get(f"/api/classes/{red}/doubts"), 409, "No model is active"),
    ]
    for answer, status, said in refused:
        assert answer.status_code == status, answer.text
        assert said in answer.json()["error"]
    assert [one["position"] for one in web.client.get(f"/api/projects/{made.project_id}/classes").json()] == [0, 1]
    web.client.patch(f"/api/classes/{dark}", json={"hotkey": "q"})
    taken = web.client.patch(f"/api/classes/{red}", json={"hotkey": "q"})
    assert (taken.status_code, "'dark'" in taken.json()["error"]) == (409, True)
    moved = web.client.patch(f"/api/classes/{red}", json={"hotkey": "q", "take": True}).json()
    assert [(one["name"], one["hotkey"]) for one in moved["classes"]] == [("red", "q"), ("dark", None)]


def test_a_merge_is_shown_before_it_is_done_and_undone_exactly(web: Web, made: LabelledProject) -> None:
    dark, red = made.class_ids
    model_of(made)
    before = web.client.get(f"/api/projects/{made.project_id}").json()
    preview = web.client.get("/api/classes/merge", params={"ids": [red], "into": dark}).json()
    assert (preview["boxes"], preview["images"], preview["models"]) == (8, 8, 1)
    assert {one["class_id"] for one in preview["examples"]} == {red}
    assert len({one["image_id"] for one in preview["examples"]}) == 8
    assert web.client.get(f"/api/projects/{made.project_id}").json() == before
    merged = web.client.post("/api/classes/merge", json={"ids": [red], "into": dark}).json()
    assert names(web, made) == ["dark"]
    assert {box["class_id"] for box in boxes_on(web, made.images[0].id)} == {dark}
    undo(web, merged)
    assert web.client.get(f"/api/projects/{made.project_id}").json() == before


def test_a_crop_shows_the_box_with_some_of_what_is_round_it(web: Web, made: LabelledProject) -> None:
    [first, *_] = web.client.get(f"/api/classes/{made.class_ids[1]}/boxes").json()["items"]
    answer = web.client.get(first["crop_url"])
    assert answer.headers["content-type"] == "image/jpeg"
    picture = Image.open(io.BytesIO(answer.content))
    assert 24 < picture.width <= 24 + 2 * 6 + 2
    red, green, _ = picture.getpixel((picture.width // 2, picture.height // 2))  # type: ignore[misc]
    assert red > 150 > green
    outside = web.client.get(f"/files/images/{first['image_id']}/crop?x1=0&y1=0&x2=9999&y2=10")
    assert outside.status_code == 422


def test_a_sheet_lays_boxes_out_in_parts_and_by_size(web: Web, made: LabelledProject) -> None:
    url = f"/api/classes/{made.class_ids[0]}/boxes"
    whole = web.client.get(url).json()
    parts = [web.client.get(url, params={"start": start, "limit": 3}).json() for start in (0, 3, 6)]
    assert whole["total"] == 8
    assert [one["id"] for part in parts for one in part["items"]] == [one["id"] for one in whole["items"]]
    sizes = [one["width"] * one["height"] for one in web.client.get(url, params={"order": "smallest"}).json()["items"]]
    assert sizes == sorted(sizes)
    assert web.client.get(url, params={"order": "score"}).json()["total"] == 0  # none came from a model


def test_chosen_boxes_get_a_new_class_and_one_undo_puts_back_what_was_not_saved_since(
    web: Web, made: LabelledProject
) -> None:
    dark = made.class_ids[0]
    sheet = web.client.get(f"/api/classes/{dark}/boxes").json()["items"][:3]
    chosen = [{"image_id": one["image_id"], "ids": [one["id"]]} for one in sheet]
    split = web.client.post(f"/api/classes/{dark}/split", json={"boxes": chosen, "name": "darker"}).json()
    assert (split["boxes"], split["images"], split["left"]) == (3, 3, [])
    first, second, _ = (one["image_id"] for one in sheet)
    assert [box["class_id"] for box in boxes_on(web, first)] == [split["into"]["id"], made.class_ids[1]]
    assert [entry.revision for entry in web.store.annotations.history(first)] == [1, 2]
    assert web.client.get(f"/api/images/{first}").json()["state"] == "done"

    body = {"revision": 2, "boxes": [], "key": uuid.uuid4().hex}
    assert web.client.put(f"/api/images/{second}/annotations", json=body).status_code == 200
    undone = undo(web, split)
    assert (undone["boxes"], undone["images"]) == (2, 2)
    assert undone["left"] == [made.store.images.get(second).name]
    assert [box["class_id"] for box in boxes_on(web, first)] == list(made.class_ids)
    assert "darker" not in names(web, made)  # it was made for these boxes, and nothing else has it
    again = web.client.post(f"/api/activity/{split['activity_id']}/undo")
    assert again.status_code in (404, 409)
    listed = web.client.get(f"/api/projects/{made.project_id}/activity").json()["items"]
    acts = [one["kind"] for one in listed if one["kind"].startswith("class_")]
    assert acts[:4] == ["class_deleted", "class_split", "class_split", "class_added"]
    assert not any("saves" in (one["details"] or {}) for one in listed)


def test_a_split_gives_merged_boxes_back_the_class_that_they_were_given(web: Web, made: LabelledProject) -> None:
    dark, red = made.class_ids
    merged = web.client.post("/api/classes/merge", json={"ids": [red], "into": dark}).json()
    other = web.client.post(f"/api/projects/{made.project_id}/classes", json={"name": "other"}).json()["id"]
    [image, *_] = made.images
    ids = [box["id"] for box in boxes_on(web, image.id)]
    chosen = {"boxes": [{"image_id": image.id, "ids": ids}], "into": other}
    split = web.client.post(f"/api/classes/{dark}/split", json=chosen).json()
    undo(web, split)
    undo(web, merged)
    assert [box["class_id"] for box in boxes_on(web, image.id)] == [dark, red]


def test_boxes_that_the_model_takes_for_another_class_are_found(web: Web, made: LabelledProject) -> None:
    dark, red = made.class_ids
    model = model_of(made)
    web.store.projects.set_active_model(made.project_id, model.id)
    wrong = made.images[3].id
    for image in made.images:
        boxes = web.store.annotations.get(image.id).boxes
        found = [StoredPrediction(red if image.id == wrong else box.class_id, box.box, 0.8) for box in boxes]
        web.store.predictions.put(model.id, image.id, found, False)
    doubts = web.client.get(f"/api/classes/{dark}/doubts").json()
    assert [(one["image_id"], one["says"]["class_id"]) for one in doubts["items"]] == [(wrong, red)]
    assert doubts["next_image"] is None
