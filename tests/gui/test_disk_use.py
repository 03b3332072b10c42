from __future__ import annotations

import pytest

from gui.disk_use import COUNTED_FOR, DiskUse
from storage.errors import NotFound
from storage.store import Store


def test_sizes_are_counted_again_after_a_minute_and_not_before(store: Store) -> None:
    seconds = [0.0]
    used = DiskUse(store, lambda: seconds[0])
    folder = store.workspace.features / "ab"
    folder.mkdir(parents=True)
    (folder / "one.features").write_bytes(b"12345")
    assert used.of_features() == 5
    (folder / "two.features").write_bytes(b"12345")
    assert used.of_features() == 5
    seconds[0] = COUNTED_FOR
    assert used.of_features() == 10


def test_a_project_without_pictures_takes_nothing_and_one_that_is_not_there_is_said_so(store: Store) -> None:
    used = DiskUse(store)
    assert used.of_project(store.projects.create("empty").id) == 0
    with pytest.raises(NotFound):
        used.of_project(99)
