"""A plain folder of pictures, and staying inside it."""

from __future__ import annotations

from pathlib import Path

from storage.formats import folder
from storage.records import Split
from tests.storage.formats.dataset_files import by_name, picture, told, written


def test_pictures_of_all_folders_come_in_unlabelled(tmp_path: Path) -> None:
    for name in ("a.jpg", "deep/er/B.PNG", "写真/ö.webp"):
        picture(tmp_path / name)
    written(tmp_path / "notes.txt", "no picture")
    read = folder.read(tmp_path, split=Split.TEST)
    assert set(by_name(read)) == {"a.jpg", "B.PNG", "ö.webp"}
    assert {(image.split, image.labelled, image.boxes) for image in read.images} == {(Split.TEST, False, ())}
    assert read.skipped == ()


def test_what_systems_leave_behind_is_passed_over(tmp_path: Path) -> None:
    picture(tmp_path / "a.jpg")
    for name in ("__MACOSX/a.jpg", "._a.jpg", ".thumbs/a.jpg"):
        picture(tmp_path / name)
    written(tmp_path / ".DS_Store", "x")
    read = folder.read(tmp_path)
    assert (list(by_name(read)), read.skipped) == (["a.jpg"], ())


def test_links_to_the_outside_are_reported_and_not_followed(tmp_path: Path) -> None:
    outside = picture(tmp_path / "outside" / "secret.jpg")
    inside = picture(tmp_path / "set" / "a.jpg")
    (tmp_path / "set" / "file.jpg").symlink_to(outside)
    (tmp_path / "set" / "folder").symlink_to(outside.parent)
    (tmp_path / "set" / "ring.jpg").symlink_to("ring.jpg")
    (tmp_path / "set" / "again.jpg").symlink_to(inside)
    read = folder.read(tmp_path / "set")
    assert {image.name for image in read.images} == {"a.jpg", "again.jpg"}
    assert {one.file for one in read.skipped} == {"file.jpg", "folder", "ring.jpg"}
    assert all("not followed" in one for one in told(read))
