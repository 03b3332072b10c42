"""Data sets come in by copy, classes by name, and a second time they change nothing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from detector.domain import Box
from gui.dataset_intake import import_dataset
from gui.intake import Intake
from storage.formats.dataset import DatasetImage, NamedBox, ReadDataset, Skipped, class_names_of
from storage.records import ImageState, Project, Source, Split, StoredBox
from storage.store import Store
from storage.workspace import Workspace
from tests.gui.picture_files import picture

CAT = NamedBox("cat", Box(1, 2, 10.5, 20.25))
DOG = NamedBox("dog", Box(0, 0, 40, 30))


@pytest.fixture
def intake(tmp_path: Path) -> Iterator[Intake]:
    with Store(Workspace(tmp_path / "workspace")) as opened:
        yield Intake(opened)


@pytest.fixture
def project(intake: Intake) -> Project:
    return intake.store.projects.create("Pets")


def on_disk(
    folder: Path, name: str, shade: int, split: Split | None, *boxes: NamedBox, labelled: bool = True
) -> DatasetImage:
    path = folder / name
    path.write_bytes(picture(shade))
    return DatasetImage(path, name, split, boxes, labelled=labelled)


def dataset(*images: DatasetImage, skipped: tuple[Skipped, ...] = ()) -> ReadDataset:
    return ReadDataset(images, class_names_of(images), skipped)


def test_boxes_classes_splits_and_states_arrive(intake: Intake, project: Project, tmp_path: Path) -> None:
    known = intake.store.classes.add(project.id, "dog")
    row = Skipped("a.xml", 3, "no area")
    report = import_dataset(
        intake,
        project.id,
        dataset(
            on_disk(tmp_path, "a.png", 1, Split.TRAIN, CAT, DOG),
            on_disk(tmp_path, "empty.png", 2, Split.TEST),
            on_disk(tmp_path, "unseen.png", 3, None, labelled=False),
            skipped=(row,),
        ),
    )
    assert (report.total, report.added, report.labelled, report.boxes, report.failed) == (3, 3, 2, 2, 0)
    assert report.by_split == {"train": 1, "test": 1, "none": 1}
    assert report.skipped == [row]
    store = intake.store
    classes = {one.id: one.name for one in store.classes.list(project.id)}
    assert (classes[known.id], sorted(classes.values())) == ("dog", ["cat", "dog"])
    images = {image.name: image for image in store.images.page(project.id).items}
    assert [images[name].state for name in ("a.png", "empty.png", "unseen.png")] == [
        ImageState.DONE,
        ImageState.DONE,
        ImageState.NEW,
    ]
    assert [images[name].split for name in ("a.png", "empty.png", "unseen.png")] == [Split.TRAIN, Split.TEST, None]
    boxes = store.annotations.get(images["a.png"].id).boxes
    assert [(classes[one.class_id], one.box, one.source) for one in boxes] == [
        ("cat", CAT.box, Source.IMPORT),
        ("dog", DOG.box, Source.IMPORT),
    ]


def test_a_second_time_nothing_changes(intake: Intake, project: Project, tmp_path: Path) -> None:
    given = dataset(on_disk(tmp_path, "a.png", 1, Split.TRAIN, CAT), on_disk(tmp_path, "b.png", 2, None))
    import_dataset(intake, project.id, given)
    report = import_dataset(intake, project.id, given)
    assert (report.added, report.duplicates, report.kept, report.labelled, report.skipped) == (0, 2, 2, 0, [])
    assert all(image.revision == 1 for image in intake.store.images.page(project.id).items)


def test_labels_of_a_person_are_kept_and_that_is_said(intake: Intake, project: Project, tmp_path: Path) -> None:
    given = on_disk(tmp_path, "a.png", 1, None, CAT)
    uploaded = intake.add_file(project.id, "a.png", given.path)
    assert uploaded.image_id is not None
    one = intake.store.classes.add(project.id, "cat")
    mine = StoredBox("mine", one.id, Box(5, 5, 9, 9))
    intake.store.annotations.save(uploaded.image_id, revision=0, boxes=[mine], state=None, key="k")
    report = import_dataset(intake, project.id, dataset(given))
    assert (report.kept, report.labelled) == (1, 0)
    assert "those labels were kept" in report.skipped[0].reason
    assert [stored.box for stored in intake.store.annotations.get(uploaded.image_id).boxes] == [mine.box]


def test_pictures_uploaded_before_get_the_boxes_of_the_data_set(
    intake: Intake, project: Project, tmp_path: Path
) -> None:
    given = on_disk(tmp_path, "a.png", 1, Split.VAL, CAT)
    uploaded = intake.add_file(project.id, "first.png", given.path)
    assert uploaded.image_id is not None
    report = import_dataset(intake, project.id, dataset(given))
    assert (report.added, report.duplicates, report.labelled) == (0, 1, 1)
    image = intake.store.images.get(uploaded.image_id)
    assert (image.name, image.state, image.split) == ("first.png", ImageState.DONE, Split.VAL)


def test_a_bad_picture_and_a_second_copy_stop_nothing(intake: Intake, project: Project, tmp_path: Path) -> None:
    broken = on_disk(tmp_path, "broken.png", 1, None, CAT)
    broken.path.write_bytes(broken.path.read_bytes()[:-30])
    gone = on_disk(tmp_path, "gone.png", 2, None)
    gone.path.unlink()
    rest = [on_disk(tmp_path, name, 5, None, CAT) for name in ("a.png", "copy.png")]
    report = import_dataset(intake, project.id, dataset(broken, gone, *rest))
    assert (report.added, report.failed, report.duplicates, report.boxes) == (1, 2, 1, 1)
    assert [one.file for one in report.skipped] == ["broken.png", "gone.png", "copy.png"]
    assert "same picture as a.png" in report.skipped[2].reason


def test_a_name_that_no_class_can_have_costs_only_its_boxes(intake: Intake, project: Project, tmp_path: Path) -> None:
    odd = NamedBox("x" * 300, Box(1, 1, 2, 2))
    given = dataset(on_disk(tmp_path, "a.png", 1, None, odd, CAT), on_disk(tmp_path, "b.png", 2, None, odd))
    report = import_dataset(intake, project.id, given)
    images = {image.name: image.state for image in intake.store.images.page(project.id).items}
    assert images == {"a.png": ImageState.DONE, "b.png": ImageState.NEW}
    assert report.boxes == 1
    assert [one.file for one in report.skipped] == ["class names", "a.png", "b.png"]


def test_progress_is_told_and_a_stop_keeps_what_is_through(intake: Intake, project: Project, tmp_path: Path) -> None:
    given = dataset(*(on_disk(tmp_path, f"{shade}.png", shade, None) for shade in range(60)))
    steps: list[tuple[int, int]] = []
    report = import_dataset(intake, project.id, given, lambda *step: steps.append(step), lambda: len(steps) > 53)
    assert steps == [(done, 60) for done in range(54)]
    assert (report.stopped, report.added) == (True, 53)
    assert len(intake.store.images.ids(project.id)) == 53
    assert report.as_json()["stopped"] is True
