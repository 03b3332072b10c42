"""Comparing versions, and the learning curve, over HTTP."""

from __future__ import annotations

import pytest

from storage.records import ModelVersion, Split
from tests.gui.figures.test_comparing import let_see
from tests.gui.labelled_project import LabelledProject, labelled_project, model_of
from tests.gui.web import Web


@pytest.fixture
def made(web: Web) -> LabelledProject:
    project = labelled_project(web.store)
    web.store.images.set_split([image.id for image in project.images[:6]], Split.VAL)
    return project


@pytest.fixture
def models(made: LabelledProject) -> list[ModelVersion]:
    """Two versions; v1 is wrong on one image, and has not seen the last of the validation images."""
    first, second = model_of(made, "m1"), model_of(made, "m2")
    let_see(made, first, range(5), wrong=[1])
    let_see(made, second, range(8))
    return [first, second]


def test_versions_are_compared_figure_by_figure_and_box_by_box(
    web: Web, made: LabelledProject, models: list[ModelVersion]
) -> None:
    first, second = models
    at, params = f"/api/projects/{made.project_id}/compare", {"model": second.id, "with": first.id, "split": "val"}

    figures = web.client.get(at, params=params).json()
    assert (figures["images"], figures["left_out"]) == (5, 1)
    assert [side["name"] for side in figures["models"]] == ["v2", "v1"]

    difference = web.client.get(f"{at}/difference", params=params).json()
    assert difference["ap50"]["value"] == pytest.approx(
        figures["models"][0]["quality"]["ap50"] - figures["models"][1]["quality"]["ap50"], abs=1e-6
    )
    assert difference["images"] == 5

    changes = web.client.get(f"{at}/changes", params=params).json()
    assert changes["counts"] == {"found": 2, "gone": 1, "lost": 0, "new": 0}
    crop = web.client.get(changes["changes"][0]["crop_url"])
    assert crop.headers["content-type"] == "image/jpeg"
    assert web.client.get(f"{at}/changes", params=params | {"threshold": 2}).status_code == 422

    curves = web.client.get(f"{at}/curves", params=params | {"class_id": made.class_ids[1]}).json()
    assert [chart["title"] for chart in curves["charts"]] == ["Found and right: red", "F1 by threshold: red"]
    assert [trace["name"] for trace in curves["charts"][0]["data"]] == ["v2", "v1"]
    assert web.client.get(curves["plotly"]).status_code == 200
    gone = web.client.get(f"{at}/curves", params=params | {"class_id": 999})
    assert gone.status_code == 422


def test_a_version_is_asked_to_look_at_the_rest_of_a_split(
    web: Web, made: LabelledProject, models: list[ModelVersion]
) -> None:
    at = f"/api/projects/{made.project_id}/compare/look"
    job = web.client.post(at, json={"model_id": models[0].id})
    assert (job.status_code, job.json()["params"]["only"]) == (202, str(made.images[5].id))
    others = web.client.post(at, json={"model_id": models[0].id, "images": "boxes=1-9"}).json()
    assert others["params"]["only"] == f"{made.images[5].id}-{made.images[7].id}", "another choice of images"
    assert web.client.post(at, json={"model_id": models[1].id}).status_code == 409
    assert web.client.post(at, json={"model_id": 99}).status_code == 404


def test_the_learning_curve_says_which_versions_have_no_dot_of_today(
    web: Web, made: LabelledProject, models: list[ModelVersion]
) -> None:
    web.client.patch(f"/api/models/{models[1].id}", json={"title": "night", "note": "<b>new</b> lamp"})
    at = f"/api/projects/{made.project_id}/learning-curve"
    stored = web.client.get(at).json()
    assert (stored["images"], stored["waiting"]) == (0, [])
    today = web.client.get(at, params={"today": True, "figure": "ap50"}).json()
    assert today["waiting"] == [{"id": models[0].id, "name": "v1", "unseen": 1, "job": None}]
    assert today["images"] == 6
    assert web.client.get(at, params={"size": "pixels"}).status_code == 422
