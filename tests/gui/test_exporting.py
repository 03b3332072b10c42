"""Done images go out complete, under safe names, in a folder or archive that appears only when finished."""

from __future__ import annotations

import zipfile
from collections.abc import Iterable
from pathlib import Path

import pytest
from PIL import Image

from detector.domain import Box
from gui.exporting import ExportStopped, export_folder, export_zip
from gui.intake import Intake
from storage.annotations import AnnotationStore
from storage.errors import InvalidDataset
from storage.formats.registry import READERS
from storage.records import ImageState, Project, Split, StoredBox
from storage.store import Store
from tests.gui.picture_files import picture, turned_picture


@pytest.fixture
def project(store: Store) -> Project:
    return store.projects.create("Cells")


def done(store: Store, project: Project, name: str, data: bytes, *boxes: Box, split: Split | None = None) -> int:
    added = Intake(store).add_file(project.id, name, data, split=split)
    assert added.image_id is not None
    class_id = store.classes.ensure(project.id, ["cat"])["cat"].id
    stored = [StoredBox(str(number), class_id, one) for number, one in enumerate(boxes)]
    store.annotations.save(added.image_id, revision=0, boxes=stored, state=ImageState.DONE, key="k")
    return added.image_id


@pytest.mark.parametrize("format", ["voc", "coco", "yolo"])
def test_done_images_go_out_with_boxes_and_splits_and_come_back(
    store: Store, project: Project, tmp_path: Path, format: str
) -> None:
    done(store, project, "a.png", picture(1), Box(1, 2, 10.5, 20.25), split=Split.TRAIN)
    done(store, project, "empty.png", picture(2), split=Split.VAL)
    done(store, project, "free.png", picture(3), Box(0, 0, 40, 30))
    Intake(store).add_file(project.id, "new.png", picture(4))
    report = export_folder(store, project.id, format, tmp_path / "deep" / "out")
    assert (report.images, report.boxes) == (3, 2)
    read = READERS[format](tmp_path / "deep" / "out")
    assert read.skipped == ()
    found = {image.name: (image.split, len(image.boxes), image.labelled) for image in read.images}
    assert found == {
        "a.png": (Split.TRAIN, 1, True),
        "empty.png": (Split.VAL, 0, True),
        "free.png": (None, 1, True),
    }
    (box,) = next(image.boxes for image in read.images if image.name == "a.png")
    assert box.box.as_tuple() == pytest.approx((1, 2, 10.5, 20.25))
    assert next(image.path for image in read.images if image.name == "a.png").read_bytes() == picture(1)
    assert [path.name for path in (tmp_path / "deep").iterdir()] == ["out"]
    assert list(store.workspace.tmp.iterdir()) == []


def test_a_zip_holds_the_same(store: Store, project: Project, tmp_path: Path) -> None:
    done(store, project, "a.png", picture(1), Box(1, 2, 3, 4), split=Split.TRAIN)
    report = export_zip(store, project.id, "voc", tmp_path / "out.zip")
    assert report.images == 1
    with zipfile.ZipFile(tmp_path / "out.zip") as archive:
        assert archive.testzip() is None
        assert set(archive.namelist()) == {"Annotations/a.xml", "JPEGImages/a.png", "ImageSets/Main/train.txt"}
        assert archive.read("JPEGImages/a.png") == picture(1)
    assert list(store.workspace.tmp.iterdir()) == []


def test_turned_and_unusual_pictures_go_out_upright_and_plain(store: Store, project: Project, tmp_path: Path) -> None:
    done(store, project, "phone.jpg", turned_picture(6), Box(0, 0, 30, 40))
    done(store, project, "scan.tif", picture(7, format="TIFF"), Box(0, 0, 40, 30))
    export_folder(store, project.id, "coco", tmp_path / "out")
    sizes = {}
    for path in (tmp_path / "out" / "images").iterdir():
        with Image.open(path) as image:
            sizes[path.name] = (image.size, image.getexif().get(0x0112))
    assert sizes == {"phone.jpg": ((30, 40), None), "scan.png": ((40, 30), None)}
    assert READERS["coco"](tmp_path / "out").skipped == ()


def test_names_are_made_safe_and_different(store: Store, project: Project, tmp_path: Path) -> None:
    names = ["a.png", "A.jpg", "a.png", "CON.png", 'we"ird: <name>?.png', "é" * 300 + ".png", ".hidden.png", "v1.5"]
    for shade, name in enumerate(names):
        done(store, project, name, picture(shade))
    export_folder(store, project.id, "yolo", tmp_path / "out")
    found = sorted(path.name for path in (tmp_path / "out" / "images" / "unassigned").iterdir())
    wanted = ["_CON.png", "A-2.png", "a-3.png", "a.png", "hidden.png", "v1.5.png", "we_ird_ _name__.png"]
    assert found == sorted([*wanted, "é" * 60 + ".png"])
    assert len(READERS["yolo"](tmp_path / "out").images) == len(names)


def test_a_folder_that_holds_something_is_left_alone(store: Store, project: Project, tmp_path: Path) -> None:
    done(store, project, "a.png", picture())
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "thesis.txt").write_text("years of work")
    with pytest.raises(InvalidDataset, match="not an empty folder"):
        export_folder(store, project.id, "voc", mine)
    assert [path.name for path in mine.iterdir()] == ["thesis.txt"]
    empty = tmp_path / "empty"
    empty.mkdir()
    assert export_folder(store, project.id, "voc", empty).path == empty


def test_nothing_done_and_unknown_formats_are_refused(store: Store, project: Project, tmp_path: Path) -> None:
    Intake(store).add_file(project.id, "new.png", picture())
    with pytest.raises(InvalidDataset, match="no image is done"):
        export_folder(store, project.id, "voc", tmp_path / "out")
    with pytest.raises(InvalidDataset, match="no format 'csv'"):
        export_folder(store, project.id, "csv", tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_stopped_export_leaves_nothing(store: Store, project: Project, tmp_path: Path) -> None:
    for shade in range(3):
        done(store, project, f"{shade}.png", picture(shade))
    steps: list[tuple[int, int]] = []
    for export, name in ((export_folder, "out"), (export_zip, "out.zip")):
        steps.clear()
        with pytest.raises(ExportStopped):
            export(store, project.id, "voc", tmp_path / name, lambda *s: steps.append(s), lambda: len(steps) >= 2)
        assert steps == [(1, 3), (2, 3)]
    assert [path.name for path in tmp_path.iterdir()] == ["workspace"]
    assert list(store.workspace.tmp.iterdir()) == []


class LabelledMeanwhile(AnnotationStore):
    """Somebody makes a class and draws a box of it while the export is under way."""

    def __init__(self, store: Store, image_id: int) -> None:
        super().__init__(store.database)
        self._store, self._image_id = store, image_id

    def boxes_of(self, image_ids: Iterable[int]) -> dict[int, tuple[StoredBox, ...]]:
        image = self._store.images.get(self._image_id)
        dog = self._store.classes.ensure(image.project_id, ["dog"])["dog"]
        boxes = [StoredBox("new", dog.id, Box(0, 0, 5, 5))]
        self.save(image.id, revision=image.revision, boxes=boxes, state=ImageState.DONE, key="meanwhile")
        return super().boxes_of(image_ids)


def test_a_class_that_is_made_during_an_export_is_in_it(store: Store, project: Project, tmp_path: Path) -> None:
    image_id = done(store, project, "a.png", picture(1), Box(1, 2, 10.5, 20.25))
    store.annotations = LabelledMeanwhile(store, image_id)
    assert export_folder(store, project.id, "coco", tmp_path / "out").boxes == 1
    read = READERS["coco"](tmp_path / "out")
    assert read.class_names == ("cat", "dog")
    assert [box.class_name for box in read.images[0].boxes] == ["dog"]
