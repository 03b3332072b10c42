"""Images, their boxes and their files over HTTP."""

from __future__ import annotations

import json
import uuid
from typing import Any

import pytest

from detector.domain import Box
from storage.records import ModelVersion, StoredPrediction
from tests.gui.labelled_project import LabelledProject, add_model, labelled_project
from tests.gui.web import Web


@pytest.fixture
def labelled(web: Web) -> LabelledProject:
    return labelled_project(web.store, labelled=4, unlabelled=3)


@pytest.fixture
def model(web: Web, labelled: LabelledProject) -> ModelVersion:
    made = add_model(web.store, labelled.project_id, active=True)
    found = [StoredPrediction(labelled.class_ids[0], Box(60, 60, 80, 90), 0.9)]
    web.store.predictions.put(made.id, labelled.images[0].id, found, False)
    return made


def box(class_id: int, **changes: Any) -> dict[str, Any]:
    return {"id": str(uuid.uuid4()), "class_id": class_id, "x1": 1.5, "y1": 2, "x2": 30.25, "y2": 40, **changes}


def save(web: Web, image_id: int, boxes: list[dict[str, Any]], **changes: Any) -> Any:
    body = {"revision": 0, "boxes": boxes, "state": None, "key": uuid.uuid4().hex, **changes}
    return web.client.put(f"/api/images/{image_id}/annotations", json=body)


def test_pages_of_images_follow_each_other_to_the_end(web: Web, labelled: LabelledProject) -> None:
    address, seen, cursor = f"/api/projects/{labelled.project_id}/images", [], ""
    while cursor is not None:
        page = web.client.get(address, params={"limit": 3, "after": cursor}).json()
        seen += [image["id"] for image in page["items"]]
        assert page["total"] == 7
        cursor = page["next"]
    assert seen == [image.id for image in labelled.images]


@pytest.mark.parametrize(
    ("query", "count"),
    [("state=done", 4), ("state=new", 3), ("state=new&state=done", 7), ("q=SHAPE 5", 1), ("split=test", 0)],
)
def test_images_are_filtered(web: Web, labelled: LabelledProject, query: str, count: int) -> None:
    page = web.client.get(f"/api/projects/{labelled.project_id}/images?{query}").json()
    assert page["total"] == len(page["items"]) == count


@pytest.mark.parametrize(
    "query", ["state=odd", "limit=0", "limit=1001", "after=x", "split=odd", "class_id=x", f"class_id={2**64}"]
)
def test_a_filter_that_means_nothing_is_told(web: Web, labelled: LabelledProject, query: str) -> None:
    answer = web.client.get(f"/api/projects/{labelled.project_id}/images?{query}")
    assert answer.status_code == 422
    assert answer.json()["error"]


def test_a_page_carries_boxes_and_predictions_where_asked(
    web: Web, labelled: LabelledProject, model: ModelVersion
) -> None:
    address = f"/api/projects/{labelled.project_id}/images"
    plain = web.client.get(address).json()["items"][0]
    assert "annotations" not in plain
    assert "predictions" not in plain
    full = web.client.get(f"{address}?boxes=1&model={model.id}").json()["items"]
    assert len(full[0]["annotations"]) == 2
    assert full[0]["predictions"] == [
        {"class_id": labelled.class_ids[0], "x1": 60, "y1": 60, "x2": 80, "y2": 90, "score": pytest.approx(0.9)}
    ]
    assert full[1]["predictions"] is None


def test_an_opened_image_has_its_boxes_its_neighbours_and_the_models_boxes(
    web: Web, labelled: LabelledProject, model: ModelVersion
) -> None:
    first, second = labelled.images[0].id, labelled.images[1].id
    opened = web.client.get(f"/api/images/{first}?model=active").json()
    assert opened["image"]["id"] == first
    assert (opened["revision"], opened["state"], len(opened["annotations"])) == (1, "done", 2)
    assert (opened["previous_id"], opened["next_id"], opened["position"], opened["total"]) == (None, second, 1, 7)
    assert opened["model_version_id"] == model.id
    assert len(opened["predictions"]) == 1
    assert web.client.get(f"/api/images/{first}").json()["predictions"] is None
    unlabelled = web.client.get(f"/api/images/{first}?unlabelled=1").json()
    assert unlabelled["next_id"] == labelled.images[4].id


def test_the_images_that_follow_come_as_if_each_were_opened(
    web: Web, labelled: LabelledProject, model: ModelVersion
) -> None:
    ids = [image.id for image in labelled.images]

    def opened(image: int, way: str) -> dict[str, Any]:
        answer: dict[str, Any] = web.client.get(f"/api/images/{image}?model=active{way}").json()
        answer["image"].pop("tiles")
        answer.pop("list", None)
        return answer

    def following(image: int, more: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = web.client.get(f"/api/images/{image}/following?model=active{more}").json()[
            "images"
        ]
        for answer in found:
            answer["image"].pop("tiles")
            answer.pop("list", None)
        return found

    assert following(ids[1], "&count=3") == [opened(image, "") for image in ids[2:5]]
    assert following(ids[2], "&back=1") == [opened(image, "") for image in (ids[1], ids[0])]
    assert following(ids[-1], "") == []
    assert following(ids[0], "&unlabelled=1&count=1") == [opened(ids[4], "&unlabelled=1")]
    names = "&walk=sort%3D-name"
    first = web.client.get(f"/api/images/{ids[3]}?model=active{names}").json()["next_id"]
    assert following(ids[3], f"{names}&count=1") == [opened(first, names)]


@pytest.mark.parametrize("model", ["x", "-1", "٣", "9" * 5000], ids=["x", "-1", "arabic", "long"])
def test_a_model_that_is_no_number_is_told(web: Web, labelled: LabelledProject, model: str) -> None:
    assert web.client.get(f"/api/images/{labelled.images[0].id}", params={"model": model}).status_code == 422


def test_boxes_are_saved_and_come_back_exactly(web: Web, labelled: LabelledProject) -> None:
    image, drawn = labelled.images[5].id, box(labelled.class_ids[1])
    answer = save(web, image, [drawn], state="done")
    assert answer.status_code == 200
    assert answer.json() == {"revision": 1, "state": "done", "boxes": 1, "saved_at": answer.json()["saved_at"]}
    stored = web.client.get(f"/api/images/{image}").json()["annotations"]
    assert stored == [{**drawn, "source": "person", "model_version_id": None, "score": None}]


def test_rejections_come_back_with_the_boxes_and_with_whose_count(
    web: Web, labelled: LabelledProject, model: ModelVersion
) -> None:
    image = labelled.images[5].id
    turned_down = {"class_id": labelled.class_ids[0], "x1": 1, "y1": 2, "x2": 30, "y2": 40}
    turned_down |= {"score": 0.5, "model_version_id": model.id}
    assert save(web, image, [], rejected=[turned_down]).status_code == 200
    opened = web.client.get(f"/api/images/{image}?model=active").json()
    assert (opened["rejected"], opened["lineage"]) == ([turned_down], [model.id])
    save(web, image, [box(labelled.class_ids[0])], revision=1)
    assert [web.client.get(f"/api/images/{image}/history/{n}").json()["rejected"] for n in (1, 2)] == [
        [turned_down]
    ] * 2
    assert save(web, image, [], revision=2, rejected=[{**turned_down, "x1": 99}]).status_code == 422


def test_the_same_save_again_changes_nothing(web: Web, labelled: LabelledProject) -> None:
    image, boxes = labelled.images[5].id, [box(labelled.class_ids[1])]
    first, again = (save(web, image, boxes, key="k") for _ in range(2))
    assert first.json() == again.json()
    assert len(web.client.get(f"/api/images/{image}/history").json()["items"]) == 1


def test_a_stale_save_gets_the_others_boxes_and_overwrites_nothing(web: Web, labelled: LabelledProject) -> None:
    image, theirs = labelled.images[5].id, box(labelled.class_ids[0])
    save(web, image, [theirs])
    answer = save(web, image, [])
    assert answer.status_code == 409
    assert answer.json()["error"]
    assert answer.json()["current"]["revision"] == 1
    assert [b["id"] for b in answer.json()["current"]["annotations"]] == [theirs["id"]]
    assert len(web.client.get(f"/api/images/{image}").json()["annotations"]) == 1


@pytest.mark.parametrize(
    "changes",
    [
        {"x2": 129},
        {"x1": -1},
        {"x1": 50, "x2": 50},
        {"y1": 41},
        {"x1": "nan"},
        {"x2": 1e400},
        {"class_id": 999},
        {"class_id": 2**64},
        {"model_version_id": 999},
        {"score": 1.5},
        {"id": ""},
        {"source": "nobody"},
        {"colour": "red"},
    ],
    ids=str,
)
def test_a_box_that_is_none_is_refused_and_nothing_is_saved(
    web: Web, labelled: LabelledProject, changes: dict[str, Any]
) -> None:
    image = labelled.images[5].id
    body = {"revision": 0, "boxes": [{**box(labelled.class_ids[0]), **changes}], "state": None, "key": "k"}
    text = json.dumps(body)  # writes Infinity, which the client's own encoder refuses
    answer = web.client.put(
        f"/api/images/{image}/annotations", content=text, headers={"content-type": "application/json"}
    )
    assert answer.status_code in (404, 422), answer.text
    assert answer.json()["error"]
    assert web.client.get(f"/api/images/{image}").json()["revision"] == 0


def test_half_a_character_in_an_id_is_refused_and_is_no_error_of_ours(web: Web, labelled: LabelledProject) -> None:
    image = labelled.images[-1]
    body = {"revision": 0, "boxes": [box(labelled.class_ids[0], id="\ud800")], "key": "k"}
    answer = web.client.put(
        f"/api/images/{image.id}/annotations", content=json.dumps(body), headers={"Content-Type": "application/json"}
    )
    assert answer.status_code == 422
    assert "boxes.0.id" in answer.json()["error"]
    assert web.store.annotations.get(image.id).revision == 0


def test_images_go_to_the_bin_and_come_back(web: Web, labelled: LabelledProject) -> None:
    ids = [image.id for image in labelled.images[:2]]
    assert web.client.post("/api/images/delete", json={"ids": ids}).json() == {"deleted": 2}
    assert web.client.get(f"/api/images/{ids[0]}").status_code == 404
    found = web.client.get(f"/api/projects/{labelled.project_id}/bin").json()["images"]
    assert [image["id"] for image in found] == ids
    assert web.client.get(f"/files/images/{ids[0]}/view").status_code == 200
    assert web.client.post("/api/images/restore", json={"ids": ids}).json() == {"restored": 2}
    assert len(web.client.get(f"/api/images/{ids[0]}").json()["annotations"]) == 2


def test_a_picture_comes_byte_for_byte_for_ever_and_never_as_a_document(web: Web, labelled: LabelledProject) -> None:
    image = labelled.images[0]
    answer = web.client.get(f"/files/images/{image.id}/view")
    assert answer.content == web.store.workspace.original(image.sha256).read_bytes()
    assert answer.headers["content-type"] == "image/png"
    assert answer.headers["etag"] == f'"{image.sha256}"'
    assert "immutable" in answer.headers["cache-control"]
    assert answer.headers["content-security-policy"] == "default-src 'none'; sandbox"
    assert answer.headers["x-content-type-options"] == "nosniff"
    again = web.client.get(f"/files/images/{image.id}/view", headers={"if-none-match": answer.headers["etag"]})
    assert again.status_code == 304
    assert again.content == b""


def test_a_picture_that_is_missing_is_told(web: Web, labelled: LabelledProject) -> None:
    assert web.client.get(f"/files/images/{labelled.images[0].id}/thumb").status_code == 404
    assert web.client.get("/files/images/999/view").json() == {"error": "There is no image 999."}


def test_the_image_that_is_open_is_noted_and_one_fetched_ahead_is_not(web: Web) -> None:
    made = labelled_project(web.store)
    first, second = made.images[0].id, made.images[1].id
    web.client.get(f"/api/images/{first}?model=active")
    web.client.get(f"/api/images/{second}?model=active&ahead=1")
    assert web.services.looking.image(made.project_id) == first


def test_the_boxes_of_a_version_that_its_run_has_replaced_can_still_be_paged_through(web: Web) -> None:
    made = labelled_project(web.store)
    model = add_model(web.store, made.project_id)
    web.store.predictions.put(model.id, made.images[0].id, [], limit_reached=False)
    web.store.models.delete(model.id)
    items = web.client.get(f"/api/projects/{made.project_id}/images?model={model.id}").json()["items"]
    assert items[0]["predictions"] == []
    assert web.client.get(f"/api/images/{made.images[0].id}?model={model.id}").status_code == 404
