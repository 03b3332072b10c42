from __future__ import annotations

import threading

import pytest

from detector.domain import Box
from detector.errors import InvalidBox
from storage.annotations import state_after
from storage.errors import NotFound, StaleRevision, StorageError
from storage.records import ImageState, Project, Source, StoredBox
from storage.store import Store
from tests.storage.samples import a_box, add_image, add_images, add_model, save

NEW, BEGUN, DONE, SKIPPED = ImageState.NEW, ImageState.IN_PROGRESS, ImageState.DONE, ImageState.SKIPPED


def test_boxes_come_back_exactly_and_in_order(store: Store, project: Project) -> None:
    cell = store.classes.add(project.id, "cell")
    model = add_model(store, project.id)
    image = add_image(store, project.id)
    boxes = (
        StoredBox("z", cell.id, Box(0.1, 1 / 3, 640, 480)),
        StoredBox("a", cell.id, Box(0, 0, 1e-9, 5e-9), Source.IMPORT),
        StoredBox("m", cell.id, Box(5, 5, 9, 9), Source.MODEL, model.id, 0.123456789),
    )

    saved = store.annotations.save(image.id, revision=0, boxes=boxes, state=None, key="k")

    assert (saved.revision, saved.state, saved.boxes) == (1, BEGUN, boxes)
    assert store.annotations.get(image.id) == saved
    assert store.annotations.boxes_of([image.id]) == {image.id: boxes}
    assert store.annotations.history(image.id)[0].boxes == boxes
    assert store.images.get(image.id).boxes == 3


def test_an_image_that_nobody_saved_has_no_boxes_and_no_date(store: Store, project: Project) -> None:
    image = add_image(store, project.id)
    standing = store.annotations.get(image.id)
    assert (standing.revision, standing.state, standing.boxes, standing.saved_at) == (0, NEW, (), None)
    assert store.annotations.boxes_of([image.id]) == {image.id: ()}


def test_a_save_replaces_all_boxes(store: Store, project: Project) -> None:
    cell = store.classes.add(project.id, "cell")
    image, other = add_images(store, project.id, 2)
    untouched = save(store, other.id, [a_box(cell.id)])
    first, second, third = a_box(cell.id), a_box(cell.id, 50), a_box(cell.id, 90)
    save(store, image.id, [first, second])

    save(store, image.id, [second, third])

    assert store.annotations.get(image.id).boxes == (second, third)
    assert store.annotations.get(other.id) == untouched


def test_the_same_key_again_changes_nothing_and_tells_the_earlier_result(store: Store, project: Project) -> None:
    cell = store.classes.add(project.id, "cell")
    image = add_image(store, project.id)
    box = a_box(cell.id)
    first = store.annotations.save(image.id, revision=0, boxes=[box], state=DONE, key="one")
    later = store.annotations.save(image.id, revision=1, boxes=[], state=None, key="two")

    repeated = store.annotations.save(image.id, revision=0, boxes=[a_box(cell.id)], state=None, key="one")

    assert repeated == first
    assert store.annotations.get(image.id) == later
    assert [entry.revision for entry in store.annotations.history(image.id)] == [1, 2]


def test_the_same_key_on_another_image_is_another_save(store: Store, project: Project) -> None:
    one, two = add_images(store, project.id, 2)
    for image in (one, two):
        assert store.annotations.save(image.id, revision=0, boxes=[], state=DONE, key="k").image_id == image.id
    assert store.annotations.get(two.id).state is DONE


def test_a_stale_revision_is_refused_and_changes_nothing(store: Store, project: Project) -> None:
    cell = store.classes.add(project.id, "cell")
    image = add_image(store, project.id)
    theirs = save(store, image.id, [a_box(cell.id)], author="Ada")

    with pytest.raises(StaleRevision) as refused:
        store.annotations.save(image.id, revision=0, boxes=[], state=DONE, key="mine")

    assert refused.value.current == 1
    assert store.annotations.get(image.id) == theirs
    assert len(store.annotations.history(image.id)) == 1


def test_of_many_who_save_from_the_same_revision_one_wins(store: Store, project: Project) -> None:
    cell = store.classes.add(project.id, "cell")
    image = add_image(store, project.id)
    gate = threading.Barrier(8)
    outcomes: list[str] = []

    def one(n: int) -> None:
        gate.wait()
        try:
            store.annotations.save(image.id, revision=0, boxes=[a_box(cell.id)] * 1, state=None, key=str(n))
            outcomes.append("saved")
        except StaleRevision:
            outcomes.append("stale")

    threads = [threading.Thread(target=one, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(outcomes) == ["saved"] + ["stale"] * 7
    assert store.annotations.get(image.id).revision == 1


@pytest.mark.parametrize(
    ("box", "error"),
    [
        (Box(600, 0, 640.001, 10), InvalidBox),
        (Box(0, 470, 10, 481), InvalidBox),
    ],
    ids=["right", "below"],
)
def test_a_box_that_sticks_out_is_refused(store: Store, project: Project, box: Box, error: type[Exception]) -> None:
    cell = store.classes.add(project.id, "cell")
    image = add_image(store, project.id)
    with pytest.raises(error, match="640x480"):
        save(store, image.id, [a_box(cell.id), StoredBox("b", cell.id, box)])
    assert store.annotations.get(image.id).boxes == ()


def test_a_class_or_a_model_of_another_project_is_refused(store: Store, project: Project) -> None:
    other = store.projects.create("Other")
    mine, theirs = store.classes.add(project.id, "cell"), store.classes.add(other.id, "cell")
    model = add_model(store, other.id)
    image = add_image(store, project.id)
    with pytest.raises(NotFound, match=f"no class {theirs.id}"):
        save(store, image.id, [a_box(theirs.id)])
    with pytest.raises(NotFound, match=f"no model {model.id}"):
        save(store, image.id, [a_box(mine.id, source=Source.MODEL, model_version_id=model.id, score=0.5)])
    assert store.annotations.get(image.id).revision == 0


def test_odd_ids_keys_and_scores_are_refused(store: Store, project: Project) -> None:
    cell = store.classes.add(project.id, "cell")
    image = add_image(store, project.id)
    twice = a_box(cell.id)
    with pytest.raises(InvalidBox, match="same id"):
        save(store, image.id, [twice, twice])
    with pytest.raises(StorageError, match="key"):
        save(store, image.id, [], key="")
    with pytest.raises(StorageError, match="id"):
        save(store, image.id, [StoredBox("x" * 201, cell.id, Box(0, 0, 1, 1))])
    with pytest.raises(StorageError, match="score"):
        save(store, image.id, [a_box(cell.id, score=1.5)])
    assert store.annotations.history(image.id) == []


def test_an_image_in_the_bin_cannot_be_saved(store: Store, project: Project) -> None:
    image = add_image(store, project.id)
    store.images.delete([image.id])
    with pytest.raises(NotFound, match="bin"):
        store.annotations.save(image.id, revision=0, boxes=[], state=DONE, key="k")


@pytest.mark.parametrize(
    ("before", "had", "has", "chosen", "after"),
    [
        pytest.param(NEW, 0, 1, None, BEGUN, id="drawing begins"),
        pytest.param(NEW, 0, 0, None, NEW, id="nothing drawn"),
        pytest.param(BEGUN, 1, 0, None, BEGUN, id="last box gone"),
        pytest.param(DONE, 2, 1, None, DONE, id="correcting a done one"),
        pytest.param(DONE, 1, 0, None, BEGUN, id="last box off a done one"),
        pytest.param(DONE, 0, 0, None, DONE, id="nothing here stays"),
        pytest.param(SKIPPED, 0, 1, None, BEGUN, id="drawing on a skipped one"),
        pytest.param(SKIPPED, 0, 0, None, SKIPPED, id="skipped stays"),
        pytest.param(NEW, 0, 0, DONE, DONE, id="nothing here"),
        pytest.param(DONE, 1, 1, NEW, BEGUN, id="boxes are not new"),
        pytest.param(BEGUN, 1, 0, NEW, NEW, id="undone to the start"),
    ],
)
def test_state_after_a_save(
    before: ImageState, had: int, has: int, chosen: ImageState | None, after: ImageState
) -> None:
    assert state_after(before, had, has, chosen) is after


def test_history_keeps_every_save_with_its_author(store: Store, project: Project) -> None:
    cell = store.classes.add(project.id, "cell")
    image = add_image(store, project.id)
    box = a_box(cell.id)
    saves = [save(store, image.id, boxes, author=author) for boxes, author in (([box], "Ada"), ([], "Bob"))]

    history = store.annotations.history(image.id)

    assert [(e.revision, e.boxes, e.author) for e in history] == [(1, (box,), "Ada"), (2, (), "Bob")]
    assert [e.saved_at for e in history] == [s.saved_at for s in saves]


def test_imported_boxes_make_images_done_and_spare_what_people_did(store: Store, project: Project) -> None:
    cell = store.classes.add(project.id, "cell")
    fresh, empty, touched = add_images(store, project.id, 3)
    standing = save(store, touched.id, [a_box(cell.id)])
    rows = [(image.id, [(cell.id, Box(1, 2, 3, 4))]) for image in (fresh, touched)] + [(empty.id, [])]

    left = store.annotations.save_imported(project.id, rows)

    assert left == [touched.id]
    got = store.annotations.get(fresh.id)
    assert (got.state, got.revision, got.boxes[0].box, got.boxes[0].source) == (DONE, 1, Box(1, 2, 3, 4), Source.IMPORT)
    assert store.annotations.get(empty.id).state is DONE
    assert store.annotations.get(touched.id) == standing
    assert store.images.get(fresh.id).boxes == 1
    assert len(store.annotations.history(fresh.id)) == 1
    assert store.annotations.save_imported(project.id, rows) == [fresh.id, touched.id, empty.id]


def test_an_import_with_one_bad_box_stores_nothing(store: Store, project: Project) -> None:
    cell = store.classes.add(project.id, "cell")
    good, bad = add_images(store, project.id, 2)
    with pytest.raises(InvalidBox):
        store.annotations.save_imported(
            project.id, [(good.id, [(cell.id, Box(1, 1, 2, 2))]), (bad.id, [(cell.id, Box(0, 0, 999, 2))])]
        )
    assert store.annotations.get(good.id).revision == 0


def test_an_import_into_an_image_of_another_project_is_refused(store: Store, project: Project) -> None:
    other = store.projects.create("Other")
    image = add_image(store, other.id)
    with pytest.raises(NotFound, match=f"no image {image.id}"):
        store.annotations.save_imported(project.id, [(image.id, [])])
