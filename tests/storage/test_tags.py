from __future__ import annotations

import pytest

from storage.errors import InvalidValue, NameTaken, NotFound
from storage.image_filter import ImageFilter
from storage.records import Project
from storage.store import Store
from tests.storage.samples import add_image, add_images


def test_a_tag_goes_on_images_and_comes_off(store: Store, project: Project) -> None:
    a, b, c = (image.id for image in add_images(store, project.id, 3))
    foreign = add_image(store, store.projects.create("Other").id, "x").id
    night, rain = store.tags.ensure(project.id, " night "), store.tags.ensure(project.id, "Rain")
    assert store.tags.ensure(project.id, "NIGHT").id == night.id
    assert store.tags.put_on(night.id, [a, b, foreign, 999]) == [a, b]
    assert store.tags.put_on(night.id, [b, c]) == [c]
    store.tags.put_on(rain.id, [a])
    assert store.tags.take_off(night.id, [b, 999]) == [b]
    assert store.tags.of_images([a, b, c]) == {a: (night.id, rain.id), c: (night.id,)}
    assert [(tag.name, tag.images) for tag in store.tags.list(project.id)] == [("night", 2), ("Rain", 1)]
    store.images.delete([c])
    assert [tag.images for tag in store.tags.list(project.id)] == [1, 1]


def test_a_tag_is_renamed_and_deleted(store: Store, project: Project) -> None:
    a, b = (image.id for image in add_images(store, project.id, 2))
    night, rain = store.tags.ensure(project.id, "night"), store.tags.ensure(project.id, "rain")
    store.tags.put_on(night.id, [a, b])
    assert store.tags.rename(night.id, "Night").name == "Night"
    with pytest.raises(NameTaken, match="rain"):
        store.tags.rename(night.id, "RAIN")
    with pytest.raises(InvalidValue):
        store.tags.ensure(project.id, " \t")
    assert store.tags.delete(night.id) == [a, b]
    assert store.tags.of_images([a, b]) == {}
    assert [tag.id for tag in store.tags.list(project.id)] == [rain.id]
    with pytest.raises(NotFound):
        store.tags.put_on(night.id, [a])
    assert [entry.kind for entry in store.activity.list(project.id).items][:2] == ["tag_deleted", "tag_renamed"]


def test_lists_of_tagged_images_are_made_anew_when_tags_change(store: Store, project: Project) -> None:
    a, b = (image.id for image in add_images(store, project.id, 2))
    night = store.tags.ensure(project.id, "night").id
    tagged, without = ImageFilter(tag_ids=frozenset({night})), ImageFilter(untagged=True)
    assert store.pages.count(project.id, tagged) == 0
    store.tags.put_on(night, [a])
    assert [image and image.id for image in store.pages.listed(project.id, tagged).items] == [a]
    assert [image and image.id for image in store.pages.listed(project.id, without).items] == [b]
    store.tags.take_off(night, [a])
    assert store.pages.count(project.id, tagged) == 0 and store.pages.count(project.id, without) == 2
