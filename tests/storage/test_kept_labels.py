from __future__ import annotations

import pytest

from detector.domain import Box
from detector.errors import InvalidBox
from storage.errors import NotFound
from storage.records import Project
from storage.store import Store
from tests.storage.samples import add_images

PLACE = Box(10, 20.5, 40, 60)


@pytest.fixture
def cell(store: Store, project: Project) -> int:
    return store.classes.ensure(project.id, ["cell"])["cell"].id


def test_what_was_kept_is_found_by_its_image_until_it_is_taken_back(store: Store, project: Project, cell: int) -> None:
    first, second, other = (image.id for image in add_images(store, project.id, 3))
    kept = store.kept_labels.add(first, "class", cell, PLACE, drawn=True, author="ann")
    store.kept_labels.add(second, "missing", cell, PLACE, drawn=False)
    found = store.kept_labels.of_images([first, second, other])
    assert found[first] == (kept,)
    assert (kept.kind, kept.class_id, kept.box, kept.drawn, kept.author) == ("class", cell, PLACE, True, "ann")
    assert not found[second][0].drawn and other not in found
    store.kept_labels.remove(kept.id)
    assert store.kept_labels.of_images([first]) == {}
    with pytest.raises(NotFound, match="no kept label"):
        store.kept_labels.remove(kept.id)


def test_a_merged_class_is_seen_as_the_other_one(store: Store, project: Project, cell: int) -> None:
    [image] = add_images(store, project.id, 1)
    ghost = store.classes.ensure(project.id, ["ghost"])["ghost"].id
    store.kept_labels.add(image.id, "size", ghost, PLACE, drawn=True)
    store.classes.merge([ghost], cell)
    assert store.kept_labels.of_images([image.id])[image.id][0].class_id == cell


def test_only_what_lies_on_an_image_that_is_there_is_kept(store: Store, project: Project, cell: int) -> None:
    [image] = add_images(store, project.id, 1)
    with pytest.raises(InvalidBox):
        store.kept_labels.add(image.id, "size", cell, Box(1, 2, 10_000, 20), drawn=True)
    store.images.delete([image.id])
    with pytest.raises(NotFound):
        store.kept_labels.add(image.id, "size", cell, PLACE, drawn=True)
