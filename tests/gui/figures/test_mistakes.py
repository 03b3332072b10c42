"""A model's mistakes as a page gets them: columns that a browser can read, of the images that were asked for."""

from __future__ import annotations

import gzip
import json
import uuid
from typing import Any

import numpy as np
import pytest

from detector.domain import Box
from detector.measuring.error_kinds import MistakeKind
from gui.figures.examining import examine
from gui.figures.mistakes import mistakes
from gui.packed_columns import packed
from storage.image_filter import ImageFilter
from storage.records import ImageState, Split, StoredBox, StoredPrediction
from tests.gui.labelled_project import add_model, labelled_project
from tests.gui.web import Web


def unpacked(body: bytes) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """What a browser makes of it."""
    length = int.from_bytes(body[:4], "little")
    head = json.loads(body[4 : 4 + length])
    at, columns = 4 + length, {}
    for column in head["columns"]:
        assert at % 8 == 0
        kind = np.dtype(f"<{column['type']}")
        columns[column["name"]] = np.frombuffer(body, kind, column["length"], at)
        at += -(-kind.itemsize * column["length"] // 8) * 8
    assert at == len(body)
    return head, columns


def test_columns_are_read_back_as_they_were_written() -> None:
    given = {
        "a": np.array([1, 2, 3], np.uint8),
        "b": np.array([[0.5, -1]], np.float32),
        "none": np.zeros(0, np.int32),
        "c": np.array([7], np.uint16),
    }
    head, columns = unpacked(packed({"of": "Zürich"}, given))
    assert head["of"] == "Zürich"
    assert [columns[name].tolist() for name in given] == [[1, 2, 3], [0.5, -1], [], [7]]
    with pytest.raises(ValueError, match="column d has the type float64"):
        packed({}, {"d": np.zeros(1)})


def test_an_answer_holds_what_is_needed_at_every_threshold_and_iou(web: Web) -> None:
    made = labelled_project(web.store)
    _, red = made.class_ids
    model = add_model(web.store, made.project_id, active=True)
    first, second = made.images[:2]
    web.store.images.set_split([first.id, second.id], Split.VAL)
    there, other = (one.box for one in web.store.annotations.get(first.id).boxes)
    found = [
        StoredPrediction(red, there, 0.9),
        StoredPrediction(red, Box(other.x1 + 6, other.y1, other.x2, other.y2), 0.4),
    ]
    web.store.predictions.put(model.id, first.id, found, False)

    answer = web.client.get(f"/api/projects/{made.project_id}/mistakes?split=val")

    assert answer.status_code == 200
    head, columns = unpacked(answer.content)
    assert (head["model"], head["classes"], head["unseen"], head["least"]) == (model.id, list(made.class_ids), 1, 0)
    assert head["images"] == {"id": [first.id], "name": [first.name], "width": [128], "height": [96]}
    assert (columns["first"].tolist(), columns["truth_first"].tolist()) == ([0, 2], [0, 2])
    assert columns["box"][:4] == pytest.approx(there.as_tuple())
    kinds = columns["kind"].reshape(len(head["ious"]), 2)
    assert kinds[0].tolist() == [MistakeKind.WRONG_CLASS, MistakeKind.RIGHT]
    assert kinds[-1].tolist() == [MistakeKind.WRONG_CLASS, MistakeKind.BADLY_PLACED]
    assert columns["cross_truth"].tolist() == [0, -1]
    assert columns["found_by"].reshape(-1, 2)[0].tolist() == [-1, 1]
    assert columns["covered_by"].reshape(-1, 2)[0].tolist() == [0, -1]
    assert len(head["costs"]) == len(head["ious"])
    assert head["costs"][0]["by_kind"][str(int(MistakeKind.WRONG_CLASS))] > 0


def test_a_browser_that_takes_it_gets_it_compressed(web: Web) -> None:
    made = labelled_project(web.store)
    model = add_model(web.store, made.project_id, active=True)
    for image in made.images:
        found = [StoredPrediction(made.class_ids[0], Box(n, 0, n + 20, 20), 0.5) for n in range(60)]
        web.store.predictions.put(model.id, image.id, found, False)
    url = f"/api/projects/{made.project_id}/mistakes?state=done"
    plain = web.client.get(url, headers={"Accept-Encoding": "identity"})
    assert "content-encoding" not in plain.headers
    with web.client.stream("GET", url, headers={"Accept-Encoding": "gzip"}) as answer:
        assert answer.headers["content-encoding"] == "gzip"
        raw = b"".join(answer.iter_raw())
    assert len(raw) < len(plain.content) / 2
    assert gzip.decompress(raw) == plain.content


def test_what_cannot_be_shown_is_said_with_what_to_do(web: Web) -> None:
    made = labelled_project(web.store)
    model = add_model(web.store, made.project_id, active=True)
    answer = web.client.get(f"/api/projects/{made.project_id}/mistakes?split=test&model={model.id}")
    assert answer.status_code == 409
    assert "Mark images as done" in answer.json()["error"]


def test_of_too_many_predictions_the_weakest_are_left_out_and_the_others_stay_what_they_were(web: Web) -> None:
    made = labelled_project(web.store, labelled=0)
    model = add_model(web.store, made.project_id)
    image = made.images[0]
    dark, _ = made.class_ids
    truth = StoredBox(str(uuid.uuid4()), dark, Box(0, 0, 20, 20))
    web.store.annotations.save(image.id, revision=0, boxes=[truth], state=ImageState.DONE, key="k")
    found = [
        StoredPrediction(dark, Box(shift, 0, 20 + shift, 20), score) for shift, score in ((0, 0.9), (1, 0.5), (2, 0.5))
    ]
    web.store.predictions.put(model.id, image.id, found, False)
    examined = examine(web.store, model.id, ImageFilter())
    whole = unpacked(mistakes(examined, most=3))
    head, columns = unpacked(mistakes(examined, most=2))
    assert (len(whole[1]["score"]), whole[0]["least"]) == (3, 0)
    assert columns["score"] == pytest.approx([0.9])  # two at once would be more than 2
    assert 0.5 < head["least"] <= 0.9
    assert columns["kind"][0] == MistakeKind.RIGHT
    assert head["costs"] == whole[0]["costs"]
