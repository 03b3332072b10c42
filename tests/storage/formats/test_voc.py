"""Pascal VOC in and out."""

from __future__ import annotations

from pathlib import Path

import pytest

from detector.domain import Box, ImageSize
from storage.errors import InvalidDataset
from storage.formats import voc
from storage.records import Split
from tests.storage.formats.dataset_files import box, by_name, hard_dataset, picture, told, written


def an_object(corners: tuple[object, ...], name: str = "cat") -> str:
    tags = zip(("xmin", "ymin", "xmax", "ymax"), corners, strict=True)
    return f"<object><name>{name}</name><bndbox>{''.join(f'<{t}>{v}</{t}>' for t, v in tags)}</bndbox></object>\n"


def xml(folder: Path, stem: str, *objects: str, filename: str | None = None, size: tuple[int, int] = (100, 80)) -> Path:
    stated = f"<size><width>{size[0]}</width><height>{size[1]}</height></size>"
    head = f"<filename>{filename or stem + '.jpg'}</filename>{stated}"
    return written(folder / "Annotations" / f"{stem}.xml", f"<annotation>{head}\n{''.join(objects)}</annotation>")


def test_what_is_written_reads_back_exactly(tmp_path: Path) -> None:
    exported = hard_dataset(tmp_path / "in")
    voc.write(tmp_path / "out", exported)
    read = voc.read(tmp_path / "out")
    assert read.skipped == ()
    found = by_name(read)
    for image in exported.images:
        assert found[image.name].boxes == image.boxes
        assert found[image.name].split == image.split
        assert found[image.name].labelled
        assert found[image.name].path.read_bytes() == image.path.read_bytes()
    assert len(found) == len(exported.images)


def test_coordinates_are_taken_without_minus_one(tmp_path: Path) -> None:
    picture(tmp_path / "JPEGImages" / "a.jpg")
    xml(tmp_path, "a", an_object((1, 1, 100, 80)))
    assert by_name(voc.read(tmp_path))["a.jpg"].boxes == (box("cat", 1, 1, 100, 80),)


def test_bad_boxes_are_reported_by_file_and_line_and_cost_only_themselves(tmp_path: Path) -> None:
    picture(tmp_path / "JPEGImages" / "a.jpg")
    objects = [
        an_object((10, 10, 20, 20)),
        an_object((5, 5, 5, 5)),
        an_object(("x", 1, 2, 3)),
        an_object((-3, 0, 50, 90)),
        an_object((1, 1, 9, 9), name=" "),
        "<object><name>cat</name></object>\n",
        an_object(("nan", 1, 2, 3)),
    ]
    xml(tmp_path, "a", *objects)
    read = voc.read(tmp_path)
    assert by_name(read)["a.jpg"].boxes == (box("cat", 10, 10, 20, 20), box("cat", 0, 0, 50, 80))
    assert [(one.file, one.line) for one in read.skipped] == [
        ("Annotations/a.xml", line) for line in (3, 4, 5, 6, 7, 8)
    ]
    wanted = ["no area", "four numbers", "clipped", "no class name", "no <bndbox>", "finite"]
    assert all(text in one for text, one in zip(wanted, told(read), strict=True))


def test_an_image_of_which_every_box_was_refused_is_not_nothing_here(tmp_path: Path) -> None:
    picture(tmp_path / "JPEGImages" / "a.jpg")
    picture(tmp_path / "JPEGImages" / "empty.jpg")
    xml(tmp_path, "a", an_object((5, 5, 5, 5)))
    xml(tmp_path, "empty")
    found = by_name(voc.read(tmp_path))
    assert (found["a.jpg"].labelled, found["empty.jpg"].labelled) == (False, True)


@pytest.mark.parametrize(
    ("lists", "expected"),
    [
        (
            {"train": "a", "val": "b", "test": "c", "trainval": "a\nb\nd"},
            {"a": Split.TRAIN, "b": Split.VAL, "c": Split.TEST, "d": None},
        ),
        ({"trainval": "a\nb", "test": "c"}, {"a": Split.TRAIN, "b": Split.TRAIN, "c": Split.TEST, "d": None}),
        ({"train": "a", "trainval": "a\nb"}, {"a": Split.TRAIN, "b": Split.VAL, "c": None, "d": None}),
        ({"train": "a  1\nb -1", "val": "c.jpg"}, {"a": Split.TRAIN, "b": Split.TRAIN, "c": Split.VAL, "d": None}),
    ],
    ids=["all lists", "no train and val", "no val", "flags and endings"],
)
def test_lists_give_the_splits(tmp_path: Path, lists: dict[str, str], expected: dict[str, Split | None]) -> None:
    for stem in expected:
        picture(tmp_path / "JPEGImages" / f"{stem}.jpg")
        xml(tmp_path, stem, an_object((1, 1, 9, 9)))
    for name, text in lists.items():
        written(tmp_path / "ImageSets" / "Main" / f"{name}.txt", text + "\n")
    read = voc.read(tmp_path)
    assert {image.path.stem: image.split for image in read.images} == expected
    assert read.skipped == ()
    assert {image.split for image in voc.read(tmp_path, split=Split.TEST).images} == {Split.TEST}


def test_a_list_that_names_nothing_is_reported_by_line(tmp_path: Path) -> None:
    picture(tmp_path / "JPEGImages" / "a.jpg")
    xml(tmp_path, "a")
    written(tmp_path / "ImageSets" / "Main" / "train.txt", "a\nghost\n")
    assert [one for one in told(voc.read(tmp_path)) if "ImageSets/Main/train.txt, line 2" in one and "ghost" in one]


def test_boxes_of_the_unturned_picture_are_turned_with_it(tmp_path: Path) -> None:
    """Stored 100 x 80, shown 80 x 100: a quarter turn clockwise sends the stored upper left to the upper right."""
    picture(tmp_path / "JPEGImages" / "a.jpg", orientation=6)
    picture(tmp_path / "JPEGImages" / "b.jpg", orientation=6)
    xml(tmp_path, "a", an_object((0, 0, 10, 20)), size=(100, 80))
    xml(tmp_path, "b", an_object((0, 0, 10, 20)), size=(80, 100))
    found = by_name(voc.read(tmp_path))
    assert found["a.jpg"].boxes == (box("cat", 60, 0, 80, 10),)
    assert found["b.jpg"].boxes == (box("cat", 0, 0, 10, 20),)
    assert found["a.jpg"].stated_size == ImageSize(100, 80)


@pytest.mark.parametrize(
    ("orientation", "expected"),
    [(5, (2, 1, 20, 10)), (6, (60, 1, 78, 10)), (7, (60, 90, 78, 99)), (8, (2, 90, 20, 99))],
)
def test_each_turn_moves_a_box_as_it_moves_the_picture(
    tmp_path: Path, orientation: int, expected: tuple[float, ...]
) -> None:
    picture(tmp_path / "JPEGImages" / "a.jpg", orientation=orientation)
    xml(tmp_path, "a", an_object((1, 2, 10, 20)))
    assert by_name(voc.read(tmp_path))["a.jpg"].boxes[0].box == Box(*expected)


def test_a_size_that_fits_neither_way_is_reported(tmp_path: Path) -> None:
    picture(tmp_path / "JPEGImages" / "a.jpg")
    xml(tmp_path, "a", an_object((1, 1, 9, 9)), size=(640, 480))
    read = voc.read(tmp_path)
    assert "states 640 x 480" in told(read)[0]
    assert by_name(read)["a.jpg"].boxes == (box("cat", 1, 1, 9, 9),)


def test_missing_and_damaged_pictures_and_files_are_reported_by_name(tmp_path: Path) -> None:
    picture(tmp_path / "JPEGImages" / "good.jpg")
    written(tmp_path / "JPEGImages" / "broken.jpg", "no picture")
    for stem in ("good", "broken", "gone"):
        xml(tmp_path, stem, an_object((1, 1, 9, 9)))
    written(tmp_path / "Annotations" / "torn.xml", "<annotation><object>")
    written(tmp_path / "Annotations" / "other.xml", "<html/>")
    read = voc.read(tmp_path)
    assert list(by_name(read)) == ["good.jpg"]
    files = {one.file for one in read.skipped}
    assert files == {"JPEGImages/broken.jpg", "Annotations/gone.xml", "Annotations/torn.xml", "Annotations/other.xml"}


@pytest.mark.parametrize("name", ["../../secret.jpg", "/etc/secret.jpg"])
def test_a_picture_outside_the_folder_is_refused(tmp_path: Path, name: str) -> None:
    picture(tmp_path / "secret.jpg")
    xml(tmp_path / "set", "a", filename=name)
    read = voc.read(tmp_path / "set")
    assert read.images == ()
    assert "outside the data set" in told(read)[0]


def test_entities_are_not_expanded(tmp_path: Path) -> None:
    picture(tmp_path / "JPEGImages" / "a.jpg")
    bomb = '<!DOCTYPE a [<!ENTITY x "y"><!ENTITY z "&x;&x;">]><annotation><filename>&z;</filename></annotation>'
    written(tmp_path / "Annotations" / "a.xml", bomb)
    assert "no XML that can be read" in told(voc.read(tmp_path))[0]


def test_xml_beside_its_picture_in_folders_of_splits_is_found(tmp_path: Path) -> None:
    for place in ("train", "valid"):
        picture(tmp_path / place / f"{place}.jpg")
        written(tmp_path / place / f"{place}.xml", f"<annotation>{an_object((1, 1, 9, 9))}</annotation>")
    found = by_name(voc.read(tmp_path))
    assert {name: image.split for name, image in found.items()} == {"train.jpg": Split.TRAIN, "valid.jpg": Split.VAL}


def test_a_picture_without_a_file_is_taken_as_not_labelled(tmp_path: Path) -> None:
    picture(tmp_path / "JPEGImages" / "a.jpg")
    picture(tmp_path / "JPEGImages" / "b.jpg")
    xml(tmp_path, "a")
    found = by_name(voc.read(tmp_path))
    assert (found["a.jpg"].labelled, found["b.jpg"].labelled) == (True, False)


def test_a_folder_without_xml_is_no_voc(tmp_path: Path) -> None:
    picture(tmp_path / "a.jpg")
    with pytest.raises(InvalidDataset, match=r"no \.xml file"):
        voc.read(tmp_path)
    with pytest.raises(InvalidDataset, match="not a folder"):
        voc.read(tmp_path / "nowhere")


@pytest.mark.dataset
def test_bccd_loses_exactly_its_two_boxes_without_an_area(bccd: Path) -> None:
    read = voc.read(bccd)
    splits = [image.split for image in read.images]
    assert [splits.count(split) for split in Split] == [205, 87, 72]
    assert sum(len(image.boxes) for image in read.images) == 4886
    assert [one.file for one in read.skipped] == [f"Annotations/BloodImage_00{number}.xml" for number in (338, 343)]
