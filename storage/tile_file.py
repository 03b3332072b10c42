"""All tiles of a picture in one file, so that a pyramid is there whole or not at all, and is one file to move or copy.

The tiles stand one after the other; behind them an index of where each begins, facts about the picture as JSON, and
the lengths of both. Files are written once and never changed.
"""

from __future__ import annotations

import json
import os
import struct
from array import array
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from storage.errors import NotFound, StorageError
from storage.workspace import file_errors

MAGIC = b"BOXLOOPT"
TAIL = struct.Struct("<II8s")  # tiles, bytes of the facts, MAGIC
KEPT_OPEN = 64  # indexes in memory; of a picture of 80 megapixels 3 KB


@dataclass(frozen=True, slots=True)
class TileFile:
    """A file of tiles.   facts: as they were written.   starts: of each tile, and of what follows the last one."""

    path: Path
    facts: dict[str, Any]
    starts: array[int]

    def read(self, number: int) -> bytes:
        """A tile, from 0. Raises NotFound where there is none of this number, StorageError for a damaged file."""
        if not 0 <= number < len(self.starts) - 1:
            raise NotFound("there is no such tile")
        start, end = self.starts[number], self.starts[number + 1]
        with file_errors(self.path), self.path.open("rb") as file:
            file.seek(start)
            data = file.read(end - start)
        if len(data) != end - start:
            raise StorageError(f"{self.path} is cut short; remove it and open the image again")
        return data


def write_tiles(path: Path, facts: dict[str, Any], tiles: Iterable[bytes]) -> None:
    """Write a file of tiles and force it to disk; the caller moves it into place.

    Raises:
        DiskFull, StorageError: it cannot be written.
    """
    starts = array("Q", [0])
    with file_errors(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("xb") as file:
            for tile in tiles:
                file.write(tile)
                starts.append(starts[-1] + len(tile))
            said = json.dumps(facts).encode()
            file.write(starts.tobytes() + said + TAIL.pack(len(starts) - 1, len(said), MAGIC))
            file.flush()
            os.fsync(file.fileno())


def open_tiles(path: Path) -> TileFile | None:
    """The file of tiles at this place, or None where there is none yet.

    Raises:
        StorageError: what lies there is no whole file of tiles.
    """
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    return _opened(path, found.st_mtime_ns, found.st_size)


@lru_cache(KEPT_OPEN)
def _opened(path: Path, _changed: int, size: int) -> TileFile:
    with file_errors(path), path.open("rb") as file:
        file.seek(max(0, size - TAIL.size))
        tail = file.read(TAIL.size)
        if len(tail) < TAIL.size or tail[-len(MAGIC) :] != MAGIC:
            raise StorageError(f"{path} is damaged; remove it, and its tiles are made again")
        tiles, said, _ = TAIL.unpack(tail)
        starts = array("Q")
        file.seek(size - TAIL.size - said - 8 * (tiles + 1))
        starts.frombytes(file.read(8 * (tiles + 1)))
        facts = json.loads(file.read(said))
    return TileFile(path, facts, starts)
