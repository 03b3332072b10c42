"""All tiles of a picture lie in one file, and come out of it as they went in."""

from __future__ import annotations

from pathlib import Path

import pytest

from storage.errors import NotFound, StorageError
from storage.tile_file import open_tiles, write_tiles

TILES = [b"first", b"", b"x" * 1000]


def test_tiles_and_facts_come_out_as_they_went_in(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "a.tiles"
    assert open_tiles(path) is None
    write_tiles(path, {"levels": [[3, 4]], "deep": None}, iter(TILES))
    found = open_tiles(path)
    assert found is not None
    assert found.facts == {"levels": [[3, 4]], "deep": None}
    assert [found.read(number) for number in range(3)] == TILES
    for number in (-1, 3):
        with pytest.raises(NotFound):
            found.read(number)


def test_a_file_cut_short_is_told_by_its_name(tmp_path: Path) -> None:
    path = tmp_path / "a.tiles"
    write_tiles(path, {}, TILES)
    path.write_bytes(path.read_bytes()[:-5])
    with pytest.raises(StorageError, match=r"a\.tiles is damaged"):
        open_tiles(path)
