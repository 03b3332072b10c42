"""Uploads: real multipart requests with real pictures, good and bad."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from tests.gui.labelled_project import draw
from tests.gui.web import Web, serving


@pytest.fixture
def web(tmp_path: Path) -> Iterator[Web]:
    with serving(tmp_path) as opened:
        opened.client.post("/api/projects", json={"name": "a"})
        yield opened


def left_behind(web: Web) -> list[Path]:
    return list(web.store.workspace.tmp.iterdir())


def test_a_picture_comes_in_byte_for_byte_and_is_shown(web: Web) -> None:
    data, _ = draw(1)
    answer = web.client.post("/api/projects/1/upload", files={"file": ("Füße/猫.png", data, "image/png")})
    [result] = answer.json()["results"]
    assert result == {"name": "猫.png", "status": "added", "image_id": 1, "reason": None, "width": 128, "height": 96}
    assert web.client.get("/files/images/1/view").content == data
    assert web.client.get("/files/images/1/thumb").headers["content-type"] == "image/jpeg"
    assert left_behind(web) == []


def test_what_no_browser_shows_comes_with_a_copy_that_it_does(web: Web) -> None:
    picture = io.BytesIO()
    Image.new("CMYK", (40, 30), (0, 200, 200, 0)).save(picture, "TIFF")
    web.client.post("/api/projects/1/upload", files={"file": ("scan.tif", picture.getvalue())})
    answer = web.client.get("/files/images/1/view")
    assert answer.headers["content-type"] in ("image/png", "image/jpeg")
    assert Image.open(io.BytesIO(answer.content)).size == (40, 30)


def test_the_same_picture_twice_is_told(web: Web) -> None:
    data, _ = draw(1)
    for status in ("added", "duplicate"):
        [result] = web.client.post("/api/projects/1/upload", files={"file": ("a.png", data)}).json()["results"]
        assert (result["status"], result["image_id"]) == (status, 1)


@pytest.mark.parametrize("data", [b"", b"no picture", draw(1)[0][:300]], ids=["empty", "text", "cut short"])
def test_a_bad_file_is_reported_by_name_and_reason(web: Web, data: bytes) -> None:
    answer = web.client.post("/api/projects/1/upload", files={"file": ("bad.png", data)})
    assert answer.status_code == 200
    [result] = answer.json()["results"]
    assert (result["name"], result["status"], result["image_id"]) == ("bad.png", "failed", None)
    assert result["reason"]
    assert left_behind(web) == []


def test_an_archive_is_expanded_and_its_bad_file_stops_nothing(web: Web) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("one/a.png", draw(1)[0])
        archive.writestr("../../b.png", draw(2)[0])
        archive.writestr("c.png", b"broken")
    answer = web.client.post("/api/projects/1/upload", files={"file": ("All.ZIP", packed.getvalue())})
    found = {result["name"]: result["status"] for result in answer.json()["results"]}
    assert found == {"a.png": "added", "b.png": "added", "c.png": "failed"}


def test_several_files_in_one_request_are_all_taken(web: Web) -> None:
    files = [("file", (f"{n}.png", draw(n)[0])) for n in range(3)]
    results = web.client.post("/api/projects/1/upload", files=files).json()["results"]
    assert [result["status"] for result in results] == ["added"] * 3


def test_other_fields_of_the_form_are_passed_over(web: Web) -> None:
    answer = web.client.post("/api/projects/1/upload", data={"note": "x"}, files={"file": ("a.png", draw(1)[0])})
    assert [result["status"] for result in answer.json()["results"]] == ["added"]


BODY = b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.png"\r\n\r\nx'


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("application/json", b"{}"),
        ("multipart/form-data", BODY),
        ("multipart/form-data; boundary=b", b""),
        ("multipart/form-data; boundary=b", BODY),
        ("multipart/form-data; boundary=b", b"no multipart at all"),
        (
            "multipart/form-data; boundary=b",
            b'--b\r\nContent-Disposition: form-data; name="note"\r\n\r\nx\r\n--b--\r\n',
        ),
        (
            "multipart/form-data; boundary=b",
            b"--b\r\nContent-Disposition: " + b"x" * 70_000 + b"\r\n\r\nx\r\n--b--\r\n",
        ),
    ],
    ids=["json", "no boundary", "empty", "cut short", "noise", "no file", "endless header"],
)
def test_what_is_no_upload_is_refused_with_a_sentence_and_leaves_nothing(
    web: Web, content_type: str, body: bytes
) -> None:
    answer = web.client.post("/api/projects/1/upload", content=body, headers={"content-type": content_type})
    assert answer.status_code == 422
    assert answer.json()["error"]
    assert left_behind(web) == []


def test_an_upload_into_a_project_that_is_not_there_is_refused(web: Web) -> None:
    assert web.client.post("/api/projects/9/upload", files={"file": ("a.png", b"x")}).status_code == 404
