"""What may be exported, and the formats by name."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

import pytest

from detector.domain import ImageSize
from storage.errors import InvalidDataset
from storage.formats import coco, folder, registry, voc
from storage.formats.dataset import ExportedDataset, ExportedImage, Skipped
from storage.formats.reading import split_named, split_of_folders
from storage.records import Split
from tests.storage.formats.dataset_files import box


def exported(name: str, *classes: str) -> ExportedImage:
    boxes = tuple(box(one, 0, 0, 1, 1) for one in classes)
    return ExportedImage(Path("x"), name, ImageSize(2, 2), None, boxes)


@pytest.mark.parametrize("name", ["", ".", "..", "../a.jpg", "a/b.jpg", "a\\b.jpg", "a\0.jpg"])
def test_a_name_that_leads_elsewhere_cannot_be_exported(name: str) -> None:
    with pytest.raises(ValueError, match="plain file name"):
        exported(name)


def test_names_that_share_an_annotation_file_cannot_be_exported() -> None:
    with pytest.raises(ValueError, match="same name"):
        ExportedDataset((exported("a.jpg"), exported("a.png")), ())


def test_a_box_of_an_unlisted_class_cannot_be_exported() -> None:
    with pytest.raises(ValueError, match="unlisted class 'cat'"):
        ExportedDataset((exported("a.jpg", "cat"),), ("dog",))


def test_what_was_skipped_is_told_with_its_place() -> None:
    assert str(Skipped("a.txt", 3, "why")) == "a.txt, line 3: why"
    assert str(Skipped("a.jpg", None, "why")) == "a.jpg: why"


@pytest.mark.parametrize(
    ("text", "split"),
    [
        ("instances_train2017", Split.TRAIN),
        ("Validation", Split.VAL),
        ("my-valid-set", Split.VAL),
        ("test", Split.TEST),
        ("trains", None),
        ("trainval", None),
        ("train_and_test", None),
        ("latest", None),
    ],
)
def test_names_speak_of_splits_by_whole_words(text: str, split: Split | None) -> None:
    assert split_named(text) == split


def test_the_innermost_folder_counts() -> None:
    assert split_of_folders(PurePosixPath("train/old/test/a.jpg")) is Split.TEST
    assert split_of_folders(PurePosixPath("data/train.jpg")) is None


def test_formats_are_found_by_name() -> None:
    assert (registry.reader("images"), registry.reader("voc"), registry.writer("coco")) == (
        folder.read,
        voc.read,
        coco.write,
    )
    for find, name in ((registry.reader, "csv"), (registry.writer, "images")):
        with pytest.raises(InvalidDataset, match="choose one of"):
            find(name)
