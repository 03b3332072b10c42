"""Which images are shown from tiles, how their tiles stand, and who makes them: one at a time, in a child process.

Nothing about it is stored: tiles are there or not, and a server that starts looks for images that lack theirs. So
whatever is broken off is begun again, and tiles that somebody removed come back.
"""

from __future__ import annotations

import logging
import subprocess
import sys
from collections import OrderedDict
from collections.abc import Callable, Sequence
from threading import Lock
from typing import Any, Protocol

from detector import pixels
from detector.errors import UnreadableImage
from gui.process import SOURCES
from gui.settings import Settings
from storage.errors import NotFound
from storage.records import StoredImage
from storage.store import Store
from storage.tile_file import TileFile, open_tiles

log = logging.getLogger(__name__)

Key = tuple[str, int]  # sha256 and band
MAY_BE_DEEP = ("PNG", "TIFF")  # formats that hold grey of more than 8 bits, or in bands
KILLED = "Its tiles could not be made: the process was ended, probably for want of memory."


class Child(Protocol):
    """A process that makes tiles; `subprocess.Popen` is one."""

    @property
    def returncode(self) -> Any: ...
    def poll(self) -> Any: ...
    def communicate(self) -> tuple[Any, Any]: ...


Start = Callable[[Sequence[str]], Child]


def start_child(arguments: Sequence[str]) -> Child:
    return subprocess.Popen(
        [sys.executable, "-m", "gui.tile_making", *arguments],
        cwd=SOURCES,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )


class Tiles:
    """Tiles of a workspace. Threads may share it.

    Args:
        start: starts the child with these arguments; tests bring their own.
    """

    def __init__(self, store: Store, settings: Settings, start: Start = start_child) -> None:
        self._store = store
        self._big = settings.big_pixels
        self._start = start
        self._lock = Lock()
        self._queue: OrderedDict[Key, None] = OrderedDict()
        self._failed: dict[Key, str] = {}
        self._child: tuple[Key, Child] | None = None
        self._looked_to = 0  # id of the last image that was looked at for missing tiles
        self._bands: dict[str, int] = {}

    def is_big(self, image: StoredImage) -> bool:
        return image.size.area > self._big

    def state(self, image: StoredImage, band: int = 0) -> dict[str, Any] | None:
        """How the tiles of an image stand, as JSON, or None for one that is shown as it is.

        Where they are missing they are made next. `ready` is true with the facts of the tiles; else `reason` says why
        there will be none, where that is known.

        Raises:
            NotFound: the image has no such band.
        """
        if not self._has_tiles(image):
            return None
        if not 0 <= band < max(1, self._bands_of(image)):
            raise NotFound(f"there is no band {band} in this image")
        found = open_tiles(self._store.workspace.tiles(image.sha256, band))
        if found is not None:
            url = f"/files/images/{image.id}/tiles/{band}/{{level}}/{{column}}/{{row}}?v={found.facts['format']}"
            return {"ready": True, "band": band, "url": url, **found.facts}
        key = (image.sha256, band)
        with self._lock:
            reason = self._failed.get(key)
            if reason is None:
                self._queue[key] = None
                self._queue.move_to_end(key, last=False)
        self._next()
        return {"ready": False, "band": band, "reason": reason}

    def read(self, image: StoredImage, band: int, level: int, column: int, row: int) -> tuple[bytes, str]:
        """A tile and its media type. Raises NotFound where there is none."""
        found = open_tiles(self._store.workspace.tiles(image.sha256, band))
        if found is None:
            raise NotFound("the tiles of this image are not made yet")
        return found.read(number_of(found, level, column, row)), "image/png" if found.facts["deep"] else "image/jpeg"

    def tend(self) -> None:
        """Look for images that came without tiles, and have the next tiles made; called every few seconds."""
        for image in self._store.images.big_or_deep(self._looked_to, self._big):
            self._looked_to = image.id
            there = self._store.workspace.tiles(image.sha256).exists()
            if not there and self._has_tiles(image):
                with self._lock:
                    self._queue.setdefault((image.sha256, 0))
        self._next()

    def _has_tiles(self, image: StoredImage) -> bool:
        return self.is_big(image) or self._bands_of(image) > 0

    def _bands_of(self, image: StoredImage) -> int:
        """Bands of grey to set a window for, by the header: the bit depth of what came earlier is not known."""
        if image.format not in MAY_BE_DEEP or not (image.has_view or self.is_big(image)):
            return 0  # a browser shows it as it is
        known = self._bands.get(image.sha256)
        if known is not None:
            return known
        try:
            picture = pixels.header(self._store.workspace.original(image.sha256))
        except UnreadableImage as error:
            log.warning("%s: %s", image.name, error)
            return 0
        if picture.bit_depth != image.bit_depth:
            self._store.images.set_bit_depth(image.id, picture.bit_depth)
        self._bands[image.sha256] = picture.grey_bands
        return picture.grey_bands

    def _next(self) -> None:
        with self._lock:
            if self._child is not None:
                key, child = self._child
                if child.poll() is None:
                    return
                self._child = None
                if child.returncode != 0:
                    said = child.communicate()[0]
                    self._failed[key] = (said.decode("utf-8", "replace") if said else "") or KILLED
                    log.warning("no tiles of %s: %s", key[0], self._failed[key])
            while self._queue:
                key, _ = self._queue.popitem(last=False)
                if key in self._failed or self._store.workspace.tiles(*key).exists():
                    continue
                place = str(self._store.workspace.root.resolve())
                options = ["--workspace", place, "--sha256", key[0], "--band", str(key[1])]
                self._child = key, self._start([*options, "--big-pixels", str(self._big)])
                return


def number_of(found: TileFile, level: int, column: int, row: int) -> int:
    """Where a tile stands in its file. Raises NotFound where there is none."""
    tile, levels = found.facts["tile"], found.facts["levels"]
    grids = [(-(-width // tile), -(-height // tile)) for width, height in levels]
    if not (0 <= level < len(grids) and 0 <= column < grids[level][0] and 0 <= row < grids[level][1]):
        raise NotFound("there is no such tile")
    before: int = sum(columns * rows for columns, rows in grids[:level])
    columns: int = grids[level][0]
    return before + row * columns + column
