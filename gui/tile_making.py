"""Makes the tiles of one picture: `python -m gui.tile_making --workspace DIR --sha256 DIGEST [--band N]`.

A process of its own, because a picture of 500 million pixels takes gigabytes while it is cut, which the system has
back at its end, and because a picture that ends it badly must not take the server along. It may be killed at any
moment: tiles are written beside and moved into place. It needs no database.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import psutil

from detector import pixels
from detector.domain import ImageSize
from detector.errors import DetectorError
from detector.pictures.deep_grey import DeepGrey, load_deep, window_of
from detector.pictures.pyramid import TILE, deep_tiles_of, levels_of, tiles_of
from gui.intake import OVERVIEW_SIDE
from gui.messages import explain
from storage.errors import StorageError
from storage.tile_file import write_tiles
from storage.workspace import Workspace

FORMAT = 1  # part of the tiles' addresses, which browsers keep for good: raise it when tiles come out otherwise
NICENESS = 5  # after the page, before training: somebody waits to see


def make_tiles(workspace: Workspace, sha256: str, band: int = 0, big_pixels: int = pixels.BIG_PIXELS) -> None:
    """Make the tiles of a picture, and its overview where it is big and has none.

    Raises:
        UnreadableImage: it cannot be decoded, or not with the memory that is free.
        DiskFull, StorageError: there is no room for the tiles.
    """
    source = workspace.original(sha256)
    picture = pixels.inspect(source)
    overview = workspace.overview(sha256)
    if picture.size.area > big_pixels and not overview.exists():
        workspace.write(overview, pixels.thumbnail(source, OVERVIEW_SIDE))
    if picture.grey_bands:
        grey = load_deep(source, band)
        _write(workspace, sha256, band, picture.size, deep_tiles_of(grey), _facts(grey, picture.grey_bands))
    else:
        _write(workspace, sha256, band, picture.size, tiles_of(pixels.load_lean(source)), None)


def _facts(grey: DeepGrey, bands: int) -> dict[str, Any]:
    return {"bands": bands, "offset": grey.offset, "step": grey.step, "bits": grey.bits, **asdict(window_of(grey))}


def _write(
    workspace: Workspace, sha256: str, band: int, size: ImageSize, tiles: Iterable[bytes], deep: dict[str, Any] | None
) -> None:
    levels = [[level.size.width, level.size.height] for level in levels_of(size)]
    beside = workspace.temporary(".tiles")
    try:
        write_tiles(beside, {"format": FORMAT, "tile": TILE, "levels": levels, "deep": deep}, tiles)
        workspace.adopt(beside, workspace.tiles(sha256, band))
    finally:
        beside.unlink(missing_ok=True)


def main(arguments: list[str] | None = None) -> int:
    """Returns 1, after saying why on stdout, where no tiles can be made."""
    parser = argparse.ArgumentParser(prog="python -m gui.tile_making", description=__doc__)
    parser.add_argument("--workspace", type=Path, required=True)
    parser.add_argument("--sha256", required=True)
    parser.add_argument("--band", type=int, default=0)
    parser.add_argument("--big-pixels", type=int, default=pixels.BIG_PIXELS)
    given = parser.parse_args(arguments)
    process = psutil.Process()
    if sys.platform == "win32":
        process.nice(psutil.BELOW_NORMAL_PRIORITY_CLASS)
    else:
        process.nice(max(NICENESS, process.nice()))
    try:
        make_tiles(Workspace(given.workspace), given.sha256, given.band, given.big_pixels)
    except (DetectorError, StorageError, OSError, MemoryError) as error:
        sys.stdout.write(explain(error))
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
