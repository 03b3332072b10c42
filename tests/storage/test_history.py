from __future__ import annotations

from dataclasses import replace

import pytest

from detector.domain import Box
from storage import history
from storage.errors import InvalidValue, NotFound
from storage.history import Way
from storage.past import Changes, Step
from storage.records import (
    ImageState,
    Project,
    Rejection,
    Source,
    StoredBox,
    StoredImage,
)
from storage.store import Store
from tests.storage.samples import a_box, add_image, add_model, save


@pytest.fixture
def image(store: Store, project: Project) -> StoredImage:
    return add_image(store, project.id)


@pytest.fixture
def cell(store: Store, project: Project) -> int:
    return store.classes.add(project.id, "cell").id


def leads_to(store: Store, image: StoredImage, revision: int, way: Way = "undo", author: str = "") -> int | str:
    found = store.history.step_from(image.id, revision, way, author)
    return found.why if found.revision is None else found.revision


def test_the_list_says_what_each_save_changed(store: Store, project: Project, image: StoredImage, cell: int) -> None:
    model = add_model(store, project.id)
    drawn, other = a_box(cell), a_box(cell, 200)
    found = replace(a_box(cell, 300), source=Source.MODEL, model_version_id=model.id, score=0.5)
    turned_down = Rejection(cell, Box(1, 2, 3, 4), 0.5, model.id)
    save(store, image.id, [drawn, other], author="Ada")
    moved = replace(drawn, box=Box(0, 0, 5, 5))
    save(store, image.id, [moved, found], ImageState.DONE, author="Bob", rejected=[turned_down])
    save(store, image.id, [moved, found], ImageState.DONE, author="Bob")
    page = store.history.list(image.id)
    assert [(one.revision, one.author, one.boxes) for one in page.items] == [
        (3, "Bob", 2),
        (2, "Bob", 2),
        (1, "Ada", 2),
    ]
    assert page.items[0].changes == Changes()
    assert page.items[1].changes == Changes(added=1, removed=1, moved=1, rejected=1, accepted={model.id: 1})
    assert (page.items[1].state_before, page.items[1].state) == (ImageState.IN_PROGRESS, ImageState.DONE)
    assert (page.items[2].changes, page.items[2].state_before) == (Changes(added=2), ImageState.NEW)
    assert (page.models, page.more) == ({model.id: model.number}, False)
    assert store.annotations.at(image.id, 2).boxes == (moved, found)


def test_the_list_comes_in_pages(store: Store, image: StoredImage, cell: int, monkeypatch: pytest.MonkeyPatch) -> None:
    boxes = [a_box(cell, x) for x in range(25)]
    for n in range(25):
        save(store, image.id, boxes[: n + 1])
    seen: list[int] = []
    before: int | None = None
    while True:
        page = store.history.list(image.id, before=before, limit=7)
        assert all(one.changes == Changes(added=1) for one in page.items)
        seen += [one.revision for one in page.items]
        before = seen[-1]
        if not page.more:
            break
    assert seen == list(range(25, 0, -1))
    monkeypatch.setattr(history, "MOST_BYTES", 1)
    assert [one.revision for one in store.history.list(image.id).items] == [25]
    assert store.history.list(image.id, before=1).items == ()


def test_an_image_at_a_revision_is_as_it_was_then(store: Store, image: StoredImage, cell: int) -> None:
    boxes = (a_box(cell),)
    save(store, image.id, list(boxes))
    save(store, image.id, [], ImageState.DONE)
    assert store.annotations.at(image.id, 1).boxes == boxes
    untouched = store.annotations.at(image.id, 0)
    assert (untouched.boxes, untouched.state) == ((), ImageState.NEW)
    with pytest.raises(NotFound, match="no revision 3"):
        store.annotations.at(image.id, 3)


def test_undo_and_redo_lead_along_the_revisions_as_on_a_page_that_stayed_open(
    store: Store, image: StoredImage, cell: int
) -> None:
    contents: list[list[StoredBox]] = [[], [a_box(cell)], [a_box(cell), a_box(cell, 90)]]
    save(store, image.id, contents[1])
    save(store, image.id, contents[2])
    assert [leads_to(store, image, 2), leads_to(store, image, 2, "redo")] == [1, "nothing"]
    save(store, image.id, contents[1], step=Step(same=1, redo=2))  # 3, by undo
    assert [leads_to(store, image, 3), leads_to(store, image, 3, "redo")] == [0, 2]
    save(store, image.id, contents[0], step=Step(same=0, redo=3))  # 4, as it came in
    assert [leads_to(store, image, 4), leads_to(store, image, 4, "redo")] == ["nothing", 3]
    save(store, image.id, contents[1], step=Step(same=3))  # 5, by redo
    assert [leads_to(store, image, 5), leads_to(store, image, 5, "redo")] == [0, 2]
    save(store, image.id, contents[2], step=Step(same=2))  # 6
    assert [leads_to(store, image, 6), leads_to(store, image, 6, "redo")] == [1, "nothing"]
    save(store, image.id, contents[0], step=Step(restored=0))  # 7: an edit, taken back by undo
    assert [leads_to(store, image, 7), leads_to(store, image, 7, "redo")] == [6, "nothing"]
    assert [one.step.restored for one in store.history.list(image.id).items][:2] == [0, None]


def test_a_step_back_to_what_was_never_saved_by_itself_leads_on_in_both_directions(
    store: Store, image: StoredImage, cell: int
) -> None:
    """Two quick edits reach the server as one save; undo goes back to between them."""
    save(store, image.id, [a_box(cell)])
    save(store, image.id, [a_box(cell), a_box(cell, 90), a_box(cell, 190)])
    save(store, image.id, [a_box(cell), a_box(cell, 90)], step=Step(undo=1, redo=2))
    assert [leads_to(store, image, 3), leads_to(store, image, 3, "redo")] == [1, 2]
    save(store, image.id, [a_box(cell)], step=Step(same=1, redo=3))
    save(store, image.id, [a_box(cell)], step=Step(same=3))
    assert [leads_to(store, image, 5), leads_to(store, image, 5, "redo")] == [1, 2]


def test_only_ones_own_steps_are_taken_back(store: Store, project: Project, image: StoredImage, cell: int) -> None:
    store.annotations.save_imported(project.id, [(image.id, [(cell, Box(1, 2, 3, 4))])], author="Ada")
    save(store, image.id, [], author="Bob")
    save(store, image.id, [a_box(cell)], author="Ada")
    assert leads_to(store, image, 3, author="Ada") == 2
    assert leads_to(store, image, 3, author="Bob") == "theirs"
    save(store, image.id, [], author="Ada", step=Step(same=2, redo=3))
    assert leads_to(store, image, 4, author="Ada") == "theirs", "what stands there again was done by Bob"
    assert leads_to(store, image, 4, "redo", author="Bob") == "theirs"
    back = store.history.step_from(image.id, 1, "undo", "Ada")
    assert (back.revision, back.why, back.author) == (None, "import", "Ada")


def test_a_step_to_a_revision_that_is_not_there_is_refused(store: Store, image: StoredImage) -> None:
    save(store, image.id, [], ImageState.DONE)
    for step in (Step(same=2), Step(redo=-1), Step(undo=9)):
        with pytest.raises(InvalidValue, match="0 to 1"):
            save(store, image.id, [], step=step)
    with pytest.raises(NotFound):
        store.history.step_from(image.id, 2, "undo", "")
    assert store.annotations.get(image.id).revision == 1
