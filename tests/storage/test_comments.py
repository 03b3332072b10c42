from __future__ import annotations

import pytest

from storage.errors import InvalidValue, NotFound, NotYours
from storage.image_filter import ImageFilter
from storage.records import Project, StoredImage
from storage.store import Store
from tests.storage.samples import add_image, add_images


@pytest.fixture
def image(store: Store, project: Project) -> StoredImage:
    return add_image(store, project.id)


def test_what_is_said_is_kept_with_who_said_it_and_when(store: Store, image: StoredImage) -> None:
    first = store.comments.add(image.id, "  Is this\r\none cell or two?\x00 ", "Ada")
    store.comments.add(image.id, "Two, @Ada.", "Bob")
    texts = [(one.author, one.text) for one in store.comments.list(image.id)]
    assert texts == [("Ada", "Is this\none cell or two?"), ("Bob", "Two, @Ada.")]
    changed = store.comments.edit(first.id, "One cell or two?", "Ada")
    assert changed.edited_at is not None and changed.created_at == first.created_at
    for text in ("", " \n ", "x" * 2001):
        with pytest.raises(InvalidValue):
            store.comments.add(image.id, text, "Ada")


def test_only_its_author_changes_or_deletes_a_comment_but_anybody_resolves_it(store: Store, image: StoredImage) -> None:
    said = store.comments.add(image.id, "Look again", "Ada")
    with pytest.raises(NotYours, match="Ada"):
        store.comments.edit(said.id, "Never mind", "Bob")
    with pytest.raises(NotYours):
        store.comments.delete(said.id, "Bob")
    assert store.comments.resolve(said.id, True, "Bob").resolved_at is not None
    assert store.comments.resolve(said.id, False, "Bob").resolved_at is None
    store.comments.delete(said.id, "Ada")
    assert store.comments.list(image.id) == []
    with pytest.raises(NotFound):
        store.comments.resolve(said.id, True, "Ada")
    assert store.comments.restore(said.id, "Ada").text == "Look again"
    assert [one.id for one in store.comments.list(image.id)] == [said.id]


def test_open_comments_are_counted_by_image(store: Store, project: Project) -> None:
    one, two, three = add_images(store, project.id, 3)
    for text in ("a", "b", "c"):
        store.comments.add(one.id, text)
    store.comments.resolve(store.comments.list(one.id)[0].id, True)
    store.comments.delete(store.comments.list(one.id)[1].id)
    store.comments.delete(store.comments.add(two.id, "d").id)
    assert store.comments.open_counts([one.id, two.id, three.id]) == {one.id: 1}


def test_images_are_found_by_comments_that_wait_to_be_dealt_with(store: Store, project: Project) -> None:
    one, two = add_images(store, project.id, 2)
    wanted = ImageFilter(open_comments=True)

    def found() -> list[int]:
        return [image.id for image in store.pages.listed(project.id, wanted).items if image is not None]

    assert found() == []
    first, second = store.comments.add(two.id, "a", "Ada"), store.comments.add(two.id, "b", "Ada")
    assert found() == [two.id]
    store.comments.resolve(first.id, True)
    store.comments.add(one.id, "c")
    assert found() == [one.id, two.id]
    store.comments.delete(second.id, "Ada")
    assert found() == [one.id]
    store.comments.restore(second.id, "Ada")
    store.images.delete([one.id])
    assert found() == [two.id]
    assert store.pages.count(project.id, wanted) == 1


def test_saying_something_is_activity_without_the_words(store: Store, project: Project, image: StoredImage) -> None:
    store.comments.resolve(store.comments.add(image.id, "secret", "Ada").id, True, "Bob")
    resolved, added, _ = store.activity.list(project.id).items
    assert [(one.kind, one.author) for one in (added, resolved)] == [
        ("comment_added", "Ada"),
        ("comment_resolved", "Bob"),
    ]
    assert added.details == {"image": image.id, "name": image.name}
    store.images.delete([image.id])
    with pytest.raises(NotFound):
        store.comments.list(image.id)
