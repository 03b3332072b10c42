from __future__ import annotations

import pytest

from detector.domain import Box, ImageSize
from storage.errors import NotFound, StorageError
from storage.records import ImageState, NewImage, Project, Split, StoredBox
from storage.store import Store
from tests.storage.samples import a_box, add_image, add_images, new_image, save, sha


def named(store: Store, project: Project, *names: str) -> list[int]:
    images = [NewImage(sha(name), name, ImageSize(10, 10), "PNG", 1, False, 5) for name in names]
    return [image.id for image, _ in store.images.add_many(project.id, images)]


def all_pages(store: Store, project: Project, limit: int, **filters: object) -> list[int]:
    seen: list[int] = []
    after: str | None = None
    while True:
        page = store.images.page(project.id, after=after, limit=limit, **filters)  # type: ignore[arg-type]
        seen += [image.id for image in page.items]
        if page.next_cursor is None:
            return seen
        after = page.next_cursor


def test_what_is_known_of_a_picture_comes_back(store: Store, project: Project) -> None:
    image, created = store.images.add(
        project.id,
        sha256=sha("a"),
        name="Zoë 細胞.heic",
        size=ImageSize(3024, 4032),
        format="HEIF",
        exif_orientation=6,
        has_view=True,
        bytes=123456,
        split=Split.TEST,
    )
    assert created
    assert store.images.get(image.id) == image
    assert (image.name, image.size, image.format) == ("Zoë 細胞.heic", ImageSize(3024, 4032), "HEIF")
    assert (image.exif_orientation, image.has_view, image.bytes) == (6, True, 123456)
    assert (image.state, image.split, image.revision, image.boxes) == (ImageState.NEW, Split.TEST, 0, 0)
    assert store.images.find_by_sha(project.id, sha("a")) == image
    assert store.images.find_by_name(project.id, "Zoë 細胞.heic") == image


def test_the_same_picture_twice_is_told_and_stored_once(store: Store, project: Project) -> None:
    first = add_image(store, project.id, 1)
    (again, created), (new, is_new), (twice, not_new) = store.images.add_many(
        project.id, [new_image(1), new_image(2), new_image(2)]
    )
    assert (again.id, created) == (first.id, False)
    assert (is_new, not_new) == (True, False)
    assert new.id == twice.id
    assert store.images.ids(project.id) == [first.id, new.id]


def test_two_projects_may_hold_the_same_picture(store: Store, project: Project) -> None:
    other = store.projects.create("Other")
    assert add_image(store, project.id).id != add_image(store, other.id).id


def test_a_picture_added_again_comes_out_of_the_bin_with_its_boxes(store: Store, project: Project) -> None:
    cell = store.classes.add(project.id, "cell")
    image = add_image(store, project.id)
    saved = save(store, image.id, [a_box(cell.id)])
    store.images.delete([image.id])

    [(back, created)] = store.images.add_many(project.id, [new_image(0, Split.VAL)])

    assert (back.id, created, back.deleted_at, back.split) == (image.id, False, None, Split.VAL)
    assert store.annotations.get(image.id) == saved


def test_adding_again_never_changes_a_given_split(store: Store, project: Project) -> None:
    add_image(store, project.id, 0, Split.TRAIN)
    assert add_image(store, project.id, 0, Split.TEST).split is Split.TRAIN


def test_many_pictures_added_at_once_get_ids_in_their_order(store: Store, project: Project) -> None:
    images = add_images(store, project.id, 1200)  # more than go into one statement
    assert [image.id for image in images] == list(range(1, 1201))
    assert images[77].name == "cell 77.jpg"


def test_pages_show_each_image_once(store: Store, project: Project) -> None:
    ids = [image.id for image in add_images(store, project.id, 25)]
    store.images.delete([ids[3]])
    left = [i for i in ids if i != ids[3]]
    assert all_pages(store, project, 10) == left
    assert all_pages(store, project, 24) == left  # no empty page at the end
    assert store.images.page(project.id, limit=10).total == 24
    assert store.images.page(project.id, after=str(ids[9]), limit=10).total == 24
    assert [image.id for image in store.images.page(project.id, deleted=True).items] == [ids[3]]


def test_an_image_added_meanwhile_does_not_shift_the_pages(store: Store, project: Project) -> None:
    first_ten = add_images(store, project.id, 20)[:10]
    page = store.images.page(project.id, limit=10)
    store.images.delete([first_ten[0].id])
    add_image(store, project.id, "late")
    rest = store.images.page(project.id, after=page.next_cursor, limit=100)
    assert len(rest.items) == 11 and rest.items[0].id == first_ten[-1].id + 1


def test_pages_filter_by_state_split_class_and_name(store: Store, project: Project) -> None:
    red, white = store.classes.add(project.id, "red"), store.classes.add(project.id, "white")
    a, b, c, d = named(store, project, "Äpfel_1.png", "äpfel%2.png", "Birne.png", "birne 100%.png")
    save(store, a, [a_small_box(red.id)], ImageState.DONE)
    save(store, b, [a_small_box(white.id)])
    save(store, c, [], ImageState.DONE)
    store.images.set_split([a, d], Split.TEST)

    def page(**filters: object) -> list[int]:
        found = store.images.page(project.id, **filters)  # type: ignore[arg-type]
        assert found.total == len(found.items)
        return [image.id for image in found.items]

    assert page(states=[ImageState.DONE]) == [a, c]
    assert page(states=[ImageState.NEW, ImageState.IN_PROGRESS]) == [b, d]
    assert page(split=Split.TEST) == [a, d]
    assert page(class_id=red.id) == [a]
    assert page(query="ÄPFEL") == [a, b]
    assert page(query="%") == [b, d]  # a sign, not a wildcard
    assert page(query="_") == [a]
    assert page(query="birne", states=[ImageState.DONE]) == [c]
    assert page(class_id=white.id, split=Split.TEST) == []


def a_small_box(class_id: int) -> StoredBox:
    return StoredBox(f"box of {class_id}", class_id, Box(1, 1, 5, 5))


@pytest.mark.parametrize("cursor", ["abc", "-1", "1.5", "", "9" * 30, "٣"])
def test_a_made_up_cursor_is_refused(store: Store, project: Project, cursor: str) -> None:
    with pytest.raises(StorageError, match="load the list anew"):
        store.images.page(project.id, after=cursor)


def test_neighbours_pass_over_the_bin_and_if_wanted_over_what_is_labelled(store: Store, project: Project) -> None:
    a, b, c, d, e = (image.id for image in add_images(store, project.id, 5))
    add_images(store, store.projects.create("Other").id, 3)
    store.images.delete([b])
    save(store, c, [], ImageState.DONE)
    save(store, d, [], ImageState.SKIPPED)
    assert store.images.neighbours(a) == (None, c, 1, 4)
    assert store.images.neighbours(c) == (a, d, 2, 4)
    assert store.images.neighbours(c, unlabelled_only=True) == (a, e, 2, 4)
    assert store.images.neighbours(e) == (d, None, 4, 4)
    with pytest.raises(NotFound):
        store.images.neighbours(b)


def test_the_bin_takes_and_gives_back(store: Store, project: Project) -> None:
    cell = store.classes.add(project.id, "cell")
    keep, gone = (image.id for image in add_images(store, project.id, 2))
    saved = save(store, gone, [a_box(cell.id)], ImageState.DONE)

    assert store.images.delete([gone, 999]) == 1
    assert store.images.delete([gone]) == 0
    with pytest.raises(NotFound, match="bin"):
        store.images.get(gone)
    assert store.images.get(gone, deleted=True).deleted_at is not None
    assert store.images.ids(project.id) == [keep]
    assert store.images.find_by_name(project.id, "cell 1.jpg") is None
    assert store.images.get_many([keep, gone]).keys() == {keep}
    counts = store.projects.counts(project.id)
    assert (counts.images, counts.boxes) == (1, 0)
    assert store.classes.get(cell.id).boxes == 0
    assert store.snapshots.take(project.id).images == ()

    assert store.images.restore([gone]) == 1
    assert store.annotations.get(gone) == saved
    assert store.projects.counts(project.id).boxes == 1


def test_splits_are_fixed_for_done_images_and_then_stay(store: Store, project: Project) -> None:
    ids = [image.id for image in add_images(store, project.id, 12)]
    for image_id in ids[:10]:
        save(store, image_id, [], ImageState.DONE)

    store.images.fix_splits(project.id)

    first = {i: store.images.get(i).split for i in ids}
    assert [first[i] for i in ids[10:]] == [None, None]
    assert sorted(str(first[i]) for i in ids[:10]) == ["train"] * 8 + ["val"] * 2
    for image_id in ids[10:]:
        save(store, image_id, [], ImageState.DONE)
    store.images.fix_splits(project.id)
    second = {i: store.images.get(i).split for i in ids}
    assert {i: second[i] for i in ids[:10]} == {i: first[i] for i in ids[:10]}
    assert None not in second.values()


def test_a_file_name_that_is_no_unicode_is_kept_as_text(store: Store, project: Project) -> None:
    [image_id] = named(store, project, "bad\udcff.jpg")
    assert store.images.get(image_id).name == "bad\\udcff.jpg"
    assert store.images.find_by_name(project.id, "bad\udcff.jpg") is not None


def test_how_the_images_of_a_project_stand_is_told_at_once(store: Store, project: Project) -> None:
    nothing = store.images.standing(project.id)
    assert (nothing.images, nothing.newest_id, nothing.newest_at, nothing.done) == (0, None, None, 0)
    first, second, third, fourth = add_images(store, project.id, 4)
    save(store, first.id, [], ImageState.DONE)
    save(store, second.id, [], ImageState.DONE)
    save(store, third.id, [], ImageState.SKIPPED)
    store.images.delete([fourth.id])

    standing = store.images.standing(project.id)

    assert (standing.images, standing.newest_id, standing.done) == (3, third.id, 2)
    assert standing.newest_at == third.created_at
