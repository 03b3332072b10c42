"""The grid of images, acts on many of them, tags and the walk of the Label page over HTTP."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from detector.domain import Box
from storage.records import Split, StoredPrediction
from tests.gui.labelled_project import LabelledProject, add_model, labelled_project
from tests.gui.web import Web, serving


@pytest.fixture
def labelled(web: Web) -> LabelledProject:
    return labelled_project(web.store, labelled=4, unlabelled=3)


def grid(web: Web, project: int, query: str = "") -> Any:
    answer = web.client.get(f"/api/projects/{project}/grid?{query}")
    assert answer.status_code == 200, answer.text
    return answer.json()


def ids_of(page: Any) -> list[int]:
    return [item["id"] for item in page["items"]]


def act(web: Web, project: int, action: str, value: str = "", **chosen: Any) -> Any:
    answer = web.client.post(f"/api/projects/{project}/bulk", json={"action": action, "value": value, **chosen})
    assert answer.status_code == 200, answer.text
    return finished(web, answer.json())


def finished(web: Web, told: Any) -> Any:
    while not told["finished"]:
        told = web.client.get(f"/api/bulk/{told['id']}").json()
    assert told["error"] == ""
    return told


def test_any_part_of_the_grid_is_given_with_boxes_and_tags(web: Web, labelled: LabelledProject) -> None:
    project, images = labelled.project_id, labelled.images
    tag = web.store.tags.ensure(project, "night").id
    web.store.tags.put_on(tag, [images[1].id])
    model = add_model(web.store, project, active=True)
    found = [StoredPrediction(labelled.class_ids[0], Box(1, 2, 8.6, 9), 0.9)]
    web.store.predictions.put(
        model.id, images[1].id, [*found, StoredPrediction(labelled.class_ids[0], Box(0, 0, 5, 5), 0.01)], False
    )
    whole = grid(web, project)
    assert (whole["total"], whole["first"], ids_of(whole)) == (7, 0, [image.id for image in images])
    part = grid(web, project, f"first=1&limit=2&list={whole['list']}&found=1")
    assert ids_of(part) == [images[1].id, images[2].id] and part["list"] == whole["list"]
    item = part["items"][0]
    assert (item["state"], item["tags"], item["found"]) == ("done", [tag], [[labelled.class_ids[0], 1, 2, 9, 9, 0.9]])
    assert len(item["drawn"]) == item["boxes"] and "found" not in part["items"][1]
    assert ids_of(grid(web, project, "state=new&sort=-added")) == [image.id for image in images[:3:-1]]
    between = web.client.get(f"/api/projects/{project}/grid/ids?first=2&last=4&list={whole['list']}").json()
    assert between["ids"] == [image.id for image in images[2:5]]
    facts = web.client.get(f"/api/projects/{project}/grid/facts").json()
    assert facts["tags"] == [{"id": tag, "name": "night", "images": 1}]
    assert (facts["nothing"], facts["binned"], sum(facts["splits"].values())) == (0, 0, 7)


def test_the_beginning_of_a_long_grid_does_not_wait_for_its_length(web: Web, labelled: LabelledProject) -> None:
    address = f"/api/projects/{labelled.project_id}/grid"
    begun = web.client.get(f"{address}?begin=1&limit=2").json()
    assert (begun["first"], begun["total"], begun["list"]) == (0, None, None)
    whole = web.client.get(address).json()
    assert begun["items"] == whole["items"][:2]
    again = web.client.get(f"{address}?begin=1&limit=2").json()
    assert (again["total"], again["list"]) == (whole["total"], whole["list"])


@pytest.mark.parametrize("query", ["state=old", "sort=colour", "sort=score", "score=0.5-", "boxes=3-1", "limit=0"])
def test_a_grid_that_cannot_be_shown_says_why(web: Web, labelled: LabelledProject, query: str) -> None:
    answer = web.client.get(f"/api/projects/{labelled.project_id}/grid?{query}")
    assert 400 <= answer.status_code < 500 and answer.json()["error"]


def test_acts_on_a_selection_are_done_and_undone(web: Web, labelled: LabelledProject) -> None:
    project, ids = labelled.project_id, [image.id for image in labelled.images]

    def told(key: str) -> list[Any]:
        return [item.get(key) for item in grid(web, project)["items"]]

    split = act(web, project, "split", "test", filter="state=new", but=[ids[4]])
    assert split["changed"] == 2 and split["text"] == "2 images given to the test images."
    before = told("state")
    skipped = act(web, project, "state", "skipped", ids=ids[:5])
    assert skipped["changed"] == 5 and told("state")[:5] == ["skipped"] * 5
    tagged = act(web, project, "tag", "night", filter="")
    assert tagged["changed"] == 7 and None not in told("tags")
    gone = act(web, project, "delete", ids=ids[2:])
    assert len(told("id")) == 2 and grid(web, project, "deleted=true")["total"] == 5
    for one in (gone, tagged, skipped, split):
        assert one["undoable"]
        finished(web, web.client.post(f"/api/activity/{one['activity_id']}/undo").json())
    assert told("state") == before and told("tags") == [None] * 7 and told("split")[5:] == [None, None]
    assert web.client.post(f"/api/activity/{gone['activity_id']}/undo").status_code == 404, "only once"
    kinds = [entry.kind for entry in web.store.activity.list(project).items]
    assert {"images_split", "images_state", "images_tagged", "images_deleted", "images_undone"} <= set(kinds)


def undo(web: Web, activity_id: int) -> Any:
    """The act that undoes an entry, at its end."""
    told = web.client.post(f"/api/activity/{activity_id}/undo").json()
    while not told["finished"]:
        told = web.client.get(f"/api/bulk/{told['id']}").json()
    return told


def entries(web: Web, project: int) -> list[tuple[str, int, bool]]:
    """Of the activity: what was done, to how many images, and whether it can be undone."""
    listed = web.client.get(f"/api/projects/{project}/activity", params={"thing": "images"}).json()["items"]
    return [(entry["kind"], entry["details"]["images"], entry["undoable"]) for entry in listed]


def test_acts_on_many_images_are_undone_after_the_server_was_started_again(tmp_path: Path) -> None:
    with serving(tmp_path / "workspace") as web:
        made = labelled_project(web.store)
        ids = [image.id for image in made.images]
        before = {image.id: (image.state, image.split) for image in made.images}
        split = act(web, made.project_id, "split", "test", ids=ids[:4])["activity_id"]
        skipped = act(web, made.project_id, "state", "skipped", ids=ids)["activity_id"]
        tagged = act(web, made.project_id, "tag", "night", ids=ids[2:])["activity_id"]
        gone = act(web, made.project_id, "delete", ids=ids[5:])["activity_id"]
    with serving(tmp_path / "workspace") as web:
        assert entries(web, made.project_id) == [
            ("images_deleted", 5, True), ("images_tagged", 8, True), ("images_state", 10, True),
            ("images_split", 4, True),
        ]  # fmt: skip
        for activity_id, images in ((gone, 5), (tagged, 8), (skipped, 10), (split, 4)):
            told = undo(web, activity_id)
            assert (told["changed"], told["error"]) == (images, "")
        now = web.store.images.get_many(ids)
        assert {image.id: (image.state, image.split) for image in now.values()} == before
        assert web.store.tags.of_images(ids) == {}
        assert not any(undoable for _, _, undoable in entries(web, made.project_id))
        [last, *_] = web.client.get(f"/api/projects/{made.project_id}/activity").json()["items"]
        assert (last["kind"], last["details"]["undoes"]) == ("images_undone", split)


def test_what_was_changed_since_stays_and_where_that_is_everything_the_undo_is_refused(
    web: Web, labelled: LabelledProject
) -> None:
    project, ids = labelled.project_id, [image.id for image in labelled.images]
    split = act(web, project, "split", "test", ids=ids[:3])["activity_id"]
    web.store.images.set_split([ids[0]], Split.VAL)
    told = undo(web, split)
    assert (told["total"], told["changed"], told["error"]) == (3, 2, "")
    assert web.store.images.get(ids[0]).split is Split.VAL

    skipped = act(web, project, "state", "skipped", ids=ids[:2])["activity_id"]
    act(web, project, "state", "in_doubt", ids=ids[:2])
    assert "2 images changed again since, or gone" in undo(web, skipped)["error"]

    tagged = act(web, project, "tag", "rain", ids=ids[:2])["activity_id"]
    web.store.tags.delete(web.store.tags.ensure(project, "rain").id)
    assert "may have been deleted" in undo(web, tagged)["error"]


@pytest.mark.parametrize(
    "body",
    [
        {"action": "burn"},
        {"action": "state", "value": "done"},
        {"action": "tag", "value": " "},
        {"action": "untag", "value": "never"},
    ],
)
def test_an_act_that_means_nothing_is_refused(web: Web, labelled: LabelledProject, body: dict[str, str]) -> None:
    answer = web.client.post(f"/api/projects/{labelled.project_id}/bulk", json={**body, "ids": [1]})
    assert 400 <= answer.status_code < 500 and answer.json()["error"]


def test_an_emptied_bin_is_empty(web: Web, labelled: LabelledProject) -> None:
    gone = labelled.images[0].id
    act(web, labelled.project_id, "delete", ids=[gone])
    told = finished(web, web.client.post(f"/api/projects/{labelled.project_id}/bin/empty").json())
    assert (told["changed"], told["undoable"]) == (1, False)
    assert web.client.get(f"/files/images/{gone}/thumb").status_code == 404
    assert grid(web, labelled.project_id, "deleted=true")["total"] == 0


def test_a_selection_is_predicted_without_what_was_seen_already(web: Web, labelled: LabelledProject) -> None:
    ids = [image.id for image in labelled.images]
    address = f"/api/projects/{labelled.project_id}/bulk/predict"
    assert web.client.post(address, json={"ids": ids}).status_code == 409, "no model yet"
    model = add_model(web.store, labelled.project_id, active=True)
    web.store.predictions.put(model.id, ids[0], [], False)
    job = web.client.post(address, json={"ids": ids[:3]}).json()
    assert job["params"]["only"] == f"{ids[1]}-{ids[2]}"
    assert web.client.post(address, json={"ids": ids[:1]}).status_code == 409


def test_the_label_page_walks_along_the_list_of_the_grid(web: Web, labelled: LabelledProject) -> None:
    ids = [image.id for image in labelled.images]
    walk = "state=new&sort=-added"
    opened = web.client.get(f"/api/images/{ids[5]}", params={"walk": walk}).json()
    assert (opened["previous_id"], opened["next_id"], opened["position"], opened["total"]) == (ids[6], ids[4], 2, 3)
    web.client.put(f"/api/images/{ids[5]}/annotations", json={"revision": 0, "boxes": [], "state": "done", "key": "k"})
    again = web.client.get(f"/api/images/{ids[4]}", params={"walk": walk, "list": opened["list"]}).json()
    assert (again["previous_id"], again["next_id"], again["position"]) == (ids[5], None, 3)
    assert "list" not in web.client.get(f"/api/images/{ids[4]}").json()


def test_tags_of_an_image_are_set_renamed_and_deleted(web: Web, labelled: LabelledProject) -> None:
    image = labelled.images[0].id
    put = web.client.put(f"/api/images/{image}/tags", json={"names": ["rain", "Night", "night"]}).json()
    assert [tag["name"] for tag in put] == ["Night", "rain"] or [tag["name"] for tag in put] == ["rain", "Night"]
    tags = {tag["name"]: tag["id"] for tag in put}
    assert web.client.patch(f"/api/tags/{tags['rain']}", json={"name": "night"}).status_code == 409
    assert web.client.patch(f"/api/tags/{tags['rain']}", json={"name": "fog"}).json()["name"] == "fog"
    assert web.client.delete(f"/api/tags/{tags['Night']}").json() == {"images": 1}
    assert [tag["name"] for tag in web.client.get(f"/api/images/{image}/tags").json()] == ["fog"]
    assert web.client.put(f"/api/images/{image}/tags", json={"names": []}).json() == []
    assert [tag["images"] for tag in web.client.get(f"/api/projects/{labelled.project_id}/tags").json()] == [0]


def test_a_strip_of_the_grid_stands_round_an_image_and_stays_when_images_change(
    web: Web, labelled: LabelledProject
) -> None:
    project, ids = labelled.project_id, [image.id for image in labelled.images]
    strip = grid(web, project, f"around={ids[4]}&limit=3&plain=1")
    assert (ids_of(strip), strip["first"], strip["total"]) == (ids[3:6], 3, len(ids))
    assert "drawn" not in strip["items"][0]
    assert ids_of(grid(web, project, f"around={ids[0]}&limit=3&plain=1")) == ids[: 2 + 1]
    web.store.images.delete([ids[1]])
    later = grid(web, project, f"first=0&limit=3&plain=1&list={strip['list']}")
    assert [item and item["id"] for item in later["items"]] == [ids[0], None, ids[2]]
    assert grid(web, project, f"around={ids[4]}&limit=3&plain=1")["first"] == 2
    assert grid(web, project, "around=999999&limit=3")["first"] == 0
