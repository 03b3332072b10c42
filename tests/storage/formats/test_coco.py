"""COCO in and out."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.errors import InvalidDataset
from storage.formats import coco
from storage.records import Split
from tests.storage.formats.dataset_files import box, by_name, hard_dataset, picture, told, written


def described(path: Path, images: list[Any], annotations: list[Any], categories: list[Any] | None = None) -> Path:
    named = [{"id": 7, "name": "cat"}, {"id": 900, "name": "dog"}] if categories is None else categories
    return written(path, json.dumps({"images": images, "annotations": annotations, "categories": named}))


def entry(number: object, name: str, **more: object) -> dict[str, object]:
    return {"id": number, "file_name": name, "width": 100, "height": 80, **more}


def marked(image: object, bbox: object, category: object = 7, number: int = 1, **more: object) -> dict[str, object]:
    return {"id": number, "image_id": image, "category_id": category, "bbox": bbox, **more}


def test_what_is_written_reads_back_exactly(tmp_path: Path) -> None:
    exported = hard_dataset(tmp_path / "in")
    coco.write(tmp_path / "out", exported)
    read = coco.read(tmp_path / "out")
    assert read.skipped == ()
    assert read.class_names == exported.class_names
    found = by_name(read)
    for image in exported.images:
        assert (found[image.name].boxes, found[image.name].split) == (image.boxes, image.split)
        assert found[image.name].labelled
    assert len(found) == len(exported.images)


@given(st.floats(0, 30_000, width=32), st.floats(0, 30_000, width=32))
def test_a_width_added_to_its_start_gives_the_end_to_the_last_bit(one: float, other: float) -> None:
    start, end = sorted((one, other))
    assert start + coco.side(start, end) == end


def test_written_ids_are_unique_over_all_files(tmp_path: Path) -> None:
    coco.write(tmp_path / "out", hard_dataset(tmp_path / "in"))
    files = [json.loads(path.read_text("utf-8")) for path in (tmp_path / "out" / "annotations").iterdir()]
    for key, count in (("images", 6), ("annotations", 6)):
        ids = [one["id"] for file in files for one in file[key]]
        assert sorted(ids) == list(range(1, count + 1))


def test_ids_with_gaps_and_of_text_are_followed(tmp_path: Path) -> None:
    picture(tmp_path / "a.jpg")
    picture(tmp_path / "b.jpg")
    rows = [marked("x-9", [1, 2, 3, 4], 900), marked(5_000_000_000, [10, 10, 20.5, 30.25])]
    described(tmp_path / "labels.json", [entry("x-9", "a.jpg"), entry(5_000_000_000, "b.jpg")], rows)
    found = by_name(coco.read(tmp_path))
    assert found["a.jpg"].boxes == (box("dog", 1, 2, 4, 6),)
    assert found["b.jpg"].boxes == (box("cat", 10, 10, 30.5, 40.25),)


def test_a_shape_without_a_box_is_reported_with_its_annotation(tmp_path: Path) -> None:
    picture(tmp_path / "a.jpg")
    rows = [
        marked(1, [1, 1, 5, 5], number=1),
        marked(1, [], number=2, segmentation=[[1, 1, 5, 1, 5, 5]]),
        marked(1, None, number=3, segmentation={"counts": "abc", "size": [80, 100]}),
        marked(1, [1, 2, 3], number=4),
        marked(1, [1, 1, 5, 5], category=8, number=5),
        marked(1, [1, 1, 0, 5], number=6),
        marked(1, ["1", 1, 5, 5], number=7),
        marked(99, [1, 1, 5, 5], number=8),
        marked(1, [90, 70, 50, 50], number=9),
        marked(1, [1e999, 1, 5, 5], number=10),
    ]
    described(tmp_path / "labels.json", [entry(1, "a.jpg")], rows)
    read = coco.read(tmp_path)
    assert by_name(read)["a.jpg"].boxes == (box("cat", 1, 1, 6, 6), box("cat", 90, 70, 100, 80))
    wanted = [
        ("annotation 2 of a.jpg", "a polygon but no bbox"),
        ("annotation 3 of a.jpg", "an RLE mask but no bbox"),
        ("annotation 4 of a.jpg", "four numbers"),
        ("annotation 5 of a.jpg", "category 8 is not listed"),
        ("annotation 6 of a.jpg", "no area"),
        ("annotation 7 of a.jpg", "four numbers"),
        ("annotation 9 of a.jpg", "clipped"),
        ("annotation 10 of a.jpg", "finite"),
        ("image 99", "not listed"),
    ]
    assert len(read.skipped) == len(wanted)
    for (where, why), one in zip(wanted, told(read), strict=True):
        assert one.startswith("labels.json: ") and where in one and why in one


def test_files_per_split_with_pictures_in_folders_of_their_own(tmp_path: Path) -> None:
    for name, folder in (("train2017", "train2017"), ("val2017", "images/val2017")):
        picture(tmp_path / folder / f"{name}.jpg")
        described(tmp_path / "annotations" / f"instances_{name}.json", [entry(1, f"{name}.jpg")], [])
    described(tmp_path / "annotations" / "captions_train2017.json", [entry(1, "train2017.jpg")], [])
    read = coco.read(tmp_path)
    found = by_name(read)
    splits = {name: image.split for name, image in found.items()}
    assert splits == {"train2017.jpg": Split.TRAIN, "val2017.jpg": Split.VAL}
    assert read.skipped == ()
    assert all(image.labelled for image in found.values())


def test_a_file_in_each_folder_of_a_split(tmp_path: Path) -> None:
    for folder in ("train", "valid", "test"):
        picture(tmp_path / folder / f"{folder}.jpg")
        described(tmp_path / folder / "_annotations.coco.json", [entry(0, f"{folder}.jpg")], [marked(0, [1, 1, 2, 2])])
    splits = {name: image.split for name, image in by_name(coco.read(tmp_path)).items()}
    assert splits == {"train.jpg": Split.TRAIN, "valid.jpg": Split.VAL, "test.jpg": Split.TEST}


def test_names_with_folders_are_found(tmp_path: Path) -> None:
    picture(tmp_path / "images" / "ward 3" / "a.jpg")
    picture(tmp_path / "images" / "ward 4" / "a.jpg")
    described(tmp_path / "labels.json", [entry(1, "ward 3/a.jpg"), entry(2, "ward 4\\a.jpg")], [])
    paths = [image.path.parent.name for image in coco.read(tmp_path).images]
    assert paths == ["ward 3", "ward 4"]


def test_one_file_can_be_named_itself(tmp_path: Path) -> None:
    picture(tmp_path / "images" / "a.jpg")
    path = described(tmp_path / "annotations" / "mine.json", [entry(1, "a.jpg")], [])
    described(tmp_path / "annotations" / "other.json", [entry(1, "b.jpg")], [])
    read = coco.read(path, split=Split.TEST)
    assert [(image.name, image.split) for image in read.images] == [("a.jpg", Split.TEST)]
    assert read.skipped == ()


def test_missing_twice_named_and_outside_pictures_are_reported(tmp_path: Path) -> None:
    picture(tmp_path / "secret.jpg")
    picture(tmp_path / "set" / "a.jpg")
    images = [entry(1, "a.jpg"), entry(2, "a.jpg"), entry(3, "gone.jpg"), entry(4, "../secret.jpg"), {"id": 5}]
    described(tmp_path / "set" / "labels.json", images, [])
    read = coco.read(tmp_path / "set")
    assert list(by_name(read)) == ["a.jpg"]
    for text, one in zip(["named twice", "'gone.jpg' is missing", "outside", "file_name"], told(read), strict=True):
        assert text in one


def test_boxes_of_the_unturned_picture_are_turned_with_it(tmp_path: Path) -> None:
    picture(tmp_path / "a.jpg", orientation=8)
    described(tmp_path / "labels.json", [entry(1, "a.jpg")], [marked(1, [0, 0, 10, 20])])
    assert by_name(coco.read(tmp_path))["a.jpg"].boxes == (box("cat", 0, 90, 20, 100),)


@pytest.mark.parametrize("text", ["{", "[1, 2]", '{"images": 3}', "\x00\x01", "[" * 100_000])
def test_a_folder_without_a_coco_file_is_refused(tmp_path: Path, text: str) -> None:
    written(tmp_path / "labels.json", text)
    with pytest.raises(InvalidDataset, match="no COCO file"):
        coco.read(tmp_path)
