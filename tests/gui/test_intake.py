"""Pictures come in whole, once, under safe names, or are refused by name."""

from __future__ import annotations

import hashlib
import io
from pathlib import Path

import pytest
from PIL import Image

from detector.domain import ImageSize
from gui.intake import Intake, plain_name
from storage.errors import NotFound
from storage.records import Project
from storage.store import Store
from tests.gui.picture_files import picture, turned_picture


@pytest.fixture
def intake(store: Store) -> Intake:
    return Intake(store)


@pytest.fixture
def project(store: Store) -> Project:
    return store.projects.create("Cells")


def files_below(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def test_a_picture_is_kept_byte_for_byte_with_a_thumbnail(intake: Intake, project: Project) -> None:
    data = picture(size=(800, 400))
    result = intake.add_file(project.id, "cell.png", data)
    assert (result.status, result.name, result.size) == ("added", "cell.png", ImageSize(800, 400))
    assert result.image_id is not None
    stored = intake.store.images.get(result.image_id)
    assert (stored.format, stored.has_view, stored.bytes) == ("PNG", False, len(data))
    assert stored.sha256 == hashlib.sha256(data).hexdigest()
    workspace = intake.store.workspace
    assert workspace.original(stored.sha256).read_bytes() == data
    assert Image.open(io.BytesIO(workspace.thumb(stored.sha256).read_bytes())).size == (320, 160)
    assert workspace.find_view(stored.sha256) is None
    assert files_below(workspace.tmp) == []


def test_a_file_is_copied_and_may_go_away(intake: Intake, project: Project, tmp_path: Path) -> None:
    source = tmp_path / "source.png"
    source.write_bytes(picture())
    result = intake.add_file(project.id, source.name, source)
    assert source.exists()
    source.unlink()
    assert result.image_id is not None
    stored = intake.store.images.get(result.image_id)
    assert intake.store.workspace.original(stored.sha256).read_bytes() == picture()


def test_what_browsers_show_otherwise_gets_a_view(intake: Intake, project: Project) -> None:
    result = intake.add_file(project.id, "scan.tif", picture(format="TIFF"))
    assert result.image_id is not None
    stored = intake.store.images.get(result.image_id)
    view = intake.store.workspace.find_view(stored.sha256)
    assert stored.has_view and view is not None and view.suffix == ".png"
    assert Image.open(io.BytesIO(view.read_bytes())).size == (40, 30)


def test_a_turned_picture_is_as_large_as_it_is_seen(intake: Intake, project: Project) -> None:
    result = intake.add_file(project.id, "phone.jpg", turned_picture(6))
    assert result.image_id is not None and result.size == ImageSize(30, 40)
    assert intake.store.images.get(result.image_id).exif_orientation == 6


def test_the_same_picture_twice_is_told_and_stored_once(intake: Intake, project: Project) -> None:
    first = intake.add_file(project.id, "one.png", picture())
    again = intake.add_file(project.id, "two.png", picture())
    assert (again.status, again.image_id) == ("duplicate", first.image_id)
    assert again.reason is not None and "one.png" in again.reason
    assert len(intake.store.images.ids(project.id)) == 1


def test_a_picture_out_of_the_bin_comes_back(intake: Intake, project: Project) -> None:
    first = intake.add_file(project.id, "one.png", picture())
    assert first.image_id is not None
    intake.store.images.delete([first.image_id])
    again = intake.add_file(project.id, "one.png", picture())
    assert (again.status, again.image_id) == ("duplicate", first.image_id)
    assert again.reason is not None and "bin" in again.reason
    assert intake.store.images.ids(project.id) == [first.image_id]


def test_two_projects_share_the_files_of_a_picture(intake: Intake, project: Project) -> None:
    other = intake.store.projects.create("Others")
    results = [intake.add_file(one.id, "a.png", picture()) for one in (project, other)]
    assert [result.status for result in results] == ["added", "added"]
    assert len(files_below(intake.store.workspace.root / "images")) == 1


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "empty"),
        (b"<html><script>alert(1)</script></html>", "web page"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "SVG"),
        (picture(size=(90, 90), format="BMP")[:-400], "cut short"),
        (b"text", "not a picture"),
    ],
    ids=["empty", "html", "svg", "cut short", "text"],
)
def test_a_bad_file_is_refused_by_name_and_leaves_nothing(
    intake: Intake, project: Project, data: bytes, said: str
) -> None:
    result = intake.add_file(project.id, "holiday.jpg", data)
    assert (result.status, result.name, result.image_id) == ("failed", "holiday.jpg", None)
    assert result.reason is not None and said in result.reason
    workspace = intake.store.workspace
    assert all(not files_below(workspace.root / kind) for kind in ("images", "views", "thumbs", "tmp"))
    assert intake.store.images.ids(project.id) == []


def test_a_file_that_cannot_be_read_is_reported(intake: Intake, project: Project, tmp_path: Path) -> None:
    result = intake.add_file(project.id, "gone.png", tmp_path / "gone.png")
    assert result.status == "failed"
    assert result.reason is not None and "cannot be read" in result.reason


def test_a_missing_project_is_said_before_anything_is_written(intake: Intake) -> None:
    with pytest.raises(NotFound):
        intake.add_file(99, "a.png", picture())
    assert not files_below(intake.store.workspace.root / "images")


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("../../x.jpg", "x.jpg"),
        ("C:\\Users\\me\\x.jpg", "x.jpg"),
        ("/etc/passwd", "passwd"),
        ("..", "unnamed"),
        ("", "unnamed"),
        ("a\0b\nc.jpg", "a\ufffdb\ufffdc.jpg"),
        ("\udce4.jpg", "\\udce4.jpg"),
        ("<img src=x onerror=alert(1)>.jpg", "<img src=x onerror=alert(1)>.jpg"),
        ("写真 — ñ 🙂.jpg", "写真 — ñ 🙂.jpg"),
        ("é" * 400 + ".jpg", "é" * 400 + ".jpg"),
    ],
    ids=lambda text: ascii(text)[:30],
)
def test_names_are_reduced_to_text_and_kept(intake: Intake, project: Project, name: str, expected: str) -> None:
    assert plain_name(name) == expected
    result = intake.add_file(project.id, name, picture())
    assert result.image_id is not None
    assert intake.store.images.get(result.image_id).name == expected
