"""YOLO in and out."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from storage.errors import InvalidDataset
from storage.formats import yolo
from storage.records import Split
from tests.storage.formats.dataset_files import by_name, hard_dataset, picture, told, written


def test_what_is_written_reads_back_to_a_millionth(tmp_path: Path) -> None:
    exported = hard_dataset(tmp_path / "in")
    yolo.write(tmp_path / "out", exported)
    read = yolo.read(tmp_path / "out")
    assert read.skipped == ()
    assert read.class_names == exported.class_names
    found = by_name(read)
    for image in exported.images:
        back = found[image.name]
        assert back.split == image.split and back.labelled
        assert [one.class_name for one in back.boxes] == [one.class_name for one in image.boxes]
        for one, other in zip(back.boxes, image.boxes, strict=True):
            assert one.box.as_tuple() == pytest.approx(other.box.as_tuple(), rel=1e-6, abs=1e-9)
    assert len(found) == len(exported.images)


def test_written_labels_are_plain_rows_and_an_empty_image_has_an_empty_file(tmp_path: Path) -> None:
    yolo.write(tmp_path, hard_dataset(tmp_path / "in"))
    assert (tmp_path / "labels" / "val" / "nothing here.txt").read_text() == ""
    rows = (tmp_path / "labels" / "train" / "plain.txt").read_text().splitlines()
    assert [float(word) for word in rows[0].split()] == pytest.approx([0, 0.155, 0.2625, 0.29, 0.475])


@pytest.mark.parametrize("names", [["cat", "dog"], {0: "cat", 1: "dog"}, {"0": "cat", "1": "dog"}], ids=str)
def test_names_may_be_a_list_or_a_mapping(tmp_path: Path, names: object) -> None:
    picture(tmp_path / "images" / "a.jpg")
    written(tmp_path / "labels" / "a.txt", "1 0.5 0.5 0.2 0.5\n0 0.1 0.1 0.1 0.1\n")
    written(tmp_path / "data.yaml", yaml.safe_dump({"names": names, "train": "images"}))
    read = yolo.read(tmp_path)
    image = by_name(read)["a.jpg"]
    assert [one.class_name for one in image.boxes] == ["dog", "cat"]
    assert image.boxes[0].box.as_tuple() == pytest.approx((40, 20, 60, 60))
    assert (read.class_names, image.split) == (("cat", "dog"), Split.TRAIN)


def test_splits_may_be_a_folder_a_list_or_a_text_file(tmp_path: Path) -> None:
    for place in ("one", "two", "three", "four", "five"):
        picture(tmp_path / "images" / place / f"{place}.jpg")
        written(tmp_path / "labels" / place / f"{place}.txt", "")
    written(tmp_path / "held out.txt", "./images/four/four.jpg\n\nimages/ghost.jpg\n../../etc/passwd\n")
    content = {"names": ["cat"], "train": ["images/one", "images/two"], "val": "images/three", "test": "held out.txt"}
    written(tmp_path / "data.yaml", yaml.safe_dump({"path": "/data/of/another/machine", **content}))
    read = yolo.read(tmp_path)
    assert {image.path.stem: image.split for image in read.images} == {
        "one": Split.TRAIN,
        "two": Split.TRAIN,
        "three": Split.VAL,
        "four": Split.TEST,
        "five": None,
    }
    assert [(one.file, one.line) for one in read.skipped] == [("held out.txt", 3), ("held out.txt", 4)]


@pytest.mark.parametrize("entry", ["../train/images", "train/images", "./train/images"])
def test_ways_out_that_mean_a_folder_beside_are_understood(tmp_path: Path, entry: str) -> None:
    picture(tmp_path / "set" / "train" / "images" / "a.jpg")
    written(tmp_path / "set" / "train" / "labels" / "a.txt", "0 0.5 0.5 0.5 0.5")
    written(tmp_path / "set" / "data.yaml", yaml.safe_dump({"names": ["cat"], "train": entry}))
    image = by_name(yolo.read(tmp_path / "set"))["a.jpg"]
    assert (image.split, len(image.boxes)) == (Split.TRAIN, 1)


def test_a_split_outside_the_folder_is_refused(tmp_path: Path) -> None:
    picture(tmp_path / "elsewhere" / "secret.jpg")
    picture(tmp_path / "set" / "images" / "a.jpg")
    content = {"names": ["cat"], "train": "../elsewhere", "val": str(tmp_path / "elsewhere")}
    written(tmp_path / "set" / "data.yaml", yaml.safe_dump(content))
    read = yolo.read(tmp_path / "set")
    assert list(by_name(read)) == ["a.jpg"]
    assert [one.file for one in read.skipped] == ["data.yaml", "data.yaml"]


@pytest.mark.parametrize("place", ["classes.txt", "labels/classes.txt"])
def test_without_data_yaml_classes_txt_and_folders_count(tmp_path: Path, place: str) -> None:
    written(tmp_path / place, "cat\nbig dog\n")
    for split in ("train", "valid"):
        picture(tmp_path / "images" / split / f"{split}.jpg")
        written(tmp_path / "labels" / split / f"{split}.txt", "1 0.5 0.5 0.5 0.5")
    read = yolo.read(tmp_path)
    found = by_name(read)
    assert read.class_names == ("cat", "big dog")
    assert {name: image.split for name, image in found.items()} == {"train.jpg": Split.TRAIN, "valid.jpg": Split.VAL}
    assert found["train.jpg"].boxes[0].class_name == "big dog"


def test_without_any_names_classes_are_called_by_their_numbers(tmp_path: Path) -> None:
    picture(tmp_path / "a.jpg")
    written(tmp_path / "a.txt", "3 0.5 0.5 0.5 0.5")
    assert by_name(yolo.read(tmp_path))["a.jpg"].boxes[0].class_name == "class 3"


def test_bad_rows_are_reported_by_file_and_line(tmp_path: Path) -> None:
    picture(tmp_path / "images" / "a.jpg")
    rows = [
        "0 0.5 0.5 0.2 0.2",
        "",
        "0 0.5 0.5 0.2",
        "0 0.5 0.5 zero 0.2",
        "7 0.5 0.5 0.2 0.2",
        "0.5 0.5 0.5 0.2 0.2",
        "-1 0.5 0.5 0.2 0.2",
        "0 0.1 0.1 0.2 0.1 0.3 0.3",
        "0 0.5 0.5 0 0.2",
        "0 0.95 0.5 0.2 0.2",
        "0 nan 0.5 0.2 0.2",
        "0 0.3 0.3 0.1 0.1 0.87",
        "nan 0.5 0.5 0.2 0.2",
    ]
    written(tmp_path / "labels" / "a.txt", "\n".join(rows))
    written(tmp_path / "data.yaml", "names: [cat]")
    read = yolo.read(tmp_path)
    boxes = [one.box.as_tuple() for one in by_name(read)["a.jpg"].boxes]
    assert boxes == [pytest.approx((40, 32, 60, 48)), pytest.approx((85, 32, 100, 48)), pytest.approx((25, 20, 35, 28))]
    assert {one.file for one in read.skipped} == {"labels/a.txt"}
    assert [one.line for one in read.skipped] == [3, 4, 5, 6, 7, 8, 9, 10, 11, 13]
    assert "polygon" in told(read)[5]


def test_rounding_of_other_tools_is_not_reported_as_sticking_out(tmp_path: Path) -> None:
    picture(tmp_path / "a.png", size=(3000, 700))
    written(tmp_path / "a.txt", "0 0.500001 0.500000 1.000000 1.000000")
    read = yolo.read(tmp_path)
    assert read.skipped == ()
    assert by_name(read)["a.png"].boxes[0].box.x2 == 3000


def test_a_picture_without_a_label_file_is_not_nothing_here(tmp_path: Path) -> None:
    for stem in ("seen", "unseen"):
        picture(tmp_path / "images" / f"{stem}.jpg")
    written(tmp_path / "labels" / "seen.txt", "\n")
    found = by_name(yolo.read(tmp_path))
    assert (found["seen.jpg"].labelled, found["unseen.jpg"].labelled) == (True, False)


@pytest.mark.parametrize("text", ["names: [cat", "- just\n- a list", "names: !!python/object/apply:os.system ['true']"])
def test_a_data_yaml_that_cannot_be_read_is_refused(tmp_path: Path, text: str) -> None:
    picture(tmp_path / "a.jpg")
    written(tmp_path / "data.yaml", text)
    with pytest.raises(InvalidDataset, match=r"data\.yaml"):
        yolo.read(tmp_path)


def test_a_folder_without_pictures_is_refused(tmp_path: Path) -> None:
    written(tmp_path / "data.yaml", "names: [cat]")
    with pytest.raises(InvalidDataset, match="no picture"):
        yolo.read(tmp_path)
