"""The revisions of an image over HTTP."""

from __future__ import annotations

import pytest

from storage.past import Step
from storage.records import (
    ImageState,
)
from tests.gui.labelled_project import LabelledProject, labelled_project
from tests.gui.web import Web


@pytest.fixture
def labelled(web: Web) -> LabelledProject:
    return labelled_project(web.store, labelled=1, unlabelled=0)


def test_revisions_are_listed_looked_at_and_gone_back_to(web: Web, labelled: LabelledProject) -> None:
    image = labelled.images[0].id
    drawn = web.client.get(f"/api/images/{image}").json()["annotations"]
    body = {"revision": 1, "boxes": drawn[:1], "state": "done", "key": "a"}
    assert web.client.put(f"/api/images/{image}/annotations", json=body).status_code == 200
    listed = web.client.get(f"/api/images/{image}/history").json()
    assert [(one["revision"], one["changes"]["removed"]) for one in listed["items"]] == [(2, 1), (1, 0)]
    assert listed["more"] is False
    assert "annotations" not in listed["items"][0]
    before = web.client.get(f"/api/images/{image}/history/1").json()
    assert (before["annotations"], before["state"]) == (drawn, "done")
    back = web.client.get(f"/api/images/{image}/history/2/undo").json()
    assert (back["entry"], back["why"]) == (before, "")
    body = {"revision": 2, "boxes": drawn, "state": "done", "key": "b", "step": {"same": 1, "redo": 2}}
    assert web.client.put(f"/api/images/{image}/annotations", json=body).status_code == 200
    assert web.client.get(f"/api/images/{image}/history/3/redo").json()["entry"]["revision"] == 2
    newest = web.client.get(f"/api/images/{image}/history?limit=1").json()
    assert newest["items"][0]["step"] == {"same": 1, "redo": 2, "undo": None, "restored": None}
    assert newest["more"] is True


def test_where_there_is_nothing_the_answer_says_so(web: Web, labelled: LabelledProject) -> None:
    image = labelled.images[0].id
    assert web.client.get(f"/api/images/{image}/history/0/undo").json()["why"] == "nothing"
    assert web.client.get(f"/api/images/{image}/history/1/redo").json()["why"] == "nothing"
    for path in ("history/9", "history/9/undo", "history/-1", "history/1/away"):
        answer = web.client.get(f"/api/images/{image}/{path}")
        assert 400 <= answer.status_code < 500 and answer.json()["error"]
    web.store.annotations.save(image, revision=1, boxes=[], state=ImageState.DONE, key="k", author="Bob", step=Step())
    theirs = web.client.get(f"/api/images/{image}/history/2/undo").json()
    assert (theirs["why"], theirs["author"], theirs["entry"]) == ("theirs", "Bob", None)


def test_comments_are_said_changed_resolved_and_taken_back(web: Web, labelled: LabelledProject) -> None:
    client, image = web.client, labelled.images[0].id
    said = client.post(f"/api/images/{image}/comments", json={"text": "<b>One or two?</b>"}).json()
    assert (said["text"], said["own"], said["resolved_at"]) == ("<b>One or two?</b>", True, None)
    theirs = web.store.comments.add(image, "Two", "Bob")
    assert client.patch(f"/api/comments/{said['id']}", json={"text": "Two."}).json()["edited_at"]
    assert client.patch(f"/api/comments/{theirs.id}", json={"resolved": True}).json()["resolved_at"]
    refused = client.patch(f"/api/comments/{theirs.id}", json={"text": "Three"})
    assert (refused.status_code, "Bob" in refused.json()["error"]) == (403, True)
    assert client.delete(f"/api/comments/{said['id']}").json() == {"deleted": said["id"]}
    assert [one["own"] for one in client.get(f"/api/images/{image}/comments").json()["items"]] == [False]
    assert client.post(f"/api/comments/{said['id']}/restore").json()["text"] == "Two."
    assert client.post(f"/api/images/{image}/comments", json={"text": " "}).status_code == 422
    items = client.get(f"/api/projects/{labelled.project_id}/grid").json()["items"]
    assert [one["comments"] for one in items] == [1]
