"""Features of pictures on the disk, so that they are computed once and serve all later runs and predictions.

One file a view, under the first two digits of its key, within a budget of bytes; what was not used for longest goes
first. Several processes may share a folder: files appear whole (written beside, then renamed) and may vanish at any
moment. Nothing here must last: whatever is missing or damaged is computed again.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import threading
import time
import uuid
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import torch
from torch import Tensor

from detector.domain import ImageSize
from detector.features.feature_file import DamagedFeatures, Encoded, decode, encode
from detector.pictures.dataset import Change

DRAWING = 2  # raise it when the same picture and change come to other pixels (`pixels.load_for`, `dataset.pixels_of`)
LARGEST_BUDGET, SHARE_OF_DISK = 10 << 30, 5
LEFT_FREE = 2 << 30  # bytes of the disk that are never taken
SUFFIX, UNFINISHED = ".features", ".new"

TOUCH_AFTER = 120.0  # seconds; a use is noted once in this time, as each note is a write
SPARED = 600.0  # seconds since its last use in which nothing is given up for something new
RETRY_AFTER = 30.0  # seconds until a full cache looks again whether there is room
FORGOTTEN_AFTER = 3600.0  # seconds; an unfinished file as old as this was left by a process that was killed
SLACK = 16  # walk again after writing this part of the budget, and free this part at a time


def feature_key(frozen_digest: str, picture_key: str, canvas: ImageSize, change: Change, dtype: torch.dtype) -> str:
    """What the features of a view depend on, as 64 hexadecimal digits.

    Args:
        frozen_digest: of the weights up to the seam, and of where that is.
        picture_key: sha256 of the picture's file, or whatever else stands for its content and not only for its name.
    """
    parts = (DRAWING, frozen_digest, picture_key, canvas.width, canvas.height, change, dtype)
    return hashlib.sha256(repr(parts).encode()).hexdigest()


class _Entry(NamedTuple):
    used: float  # seconds since the epoch; 0 for a time to come, which only a clock set wrong has written
    size: int
    path: str


class FeatureCache:
    """Tensors by key, in a folder. May be used by several threads, and a folder by several processes.

    Files are read into fresh memory and not mapped. Mapped pages count as the process's own, and of a mapped batch
    every page is touched anyway; a file cut short under a map kills the process, where a read finds out; and on
    Windows a mapped file can be neither replaced nor removed.

    Args:
        folder: made when first needed.
        budget: bytes; None takes a fifth of the disk space that is free or already the cache's, 10 GiB at most.
        left_free: bytes of the disk that stay free whatever the budget; nothing is kept where there are fewer.
    """

    def __init__(self, folder: Path, budget: int | None = None, *, left_free: int = LEFT_FREE) -> None:
        self.folder = folder
        self._given_budget = budget
        self._left_free = left_free
        self._lock = threading.Lock()
        self._budget = 0
        self._used: int | None = None  # bytes, as far as this process knows; None before the first walk
        self._written = 0  # bytes since the last walk
        self._full_until = 0.0  # time.monotonic()

    @property
    def budget(self) -> int:
        """Bytes that the cache may take."""
        with self._lock:
            if self._used is None:
                self._walk()
            return self._budget

    def get(self, key: str) -> tuple[Tensor, ...] | None:
        """The tensors put under this key, bit for bit, on the CPU. None where there are none, or damaged ones."""
        path = self._path(key)
        try:
            with path.open("rb", buffering=0) as file:
                status = os.fstat(file.fileno())
                features = decode(file, key, status.st_size)
        except DamagedFeatures:
            self._remove(path)
            return None
        except OSError:
            return None
        self._note_use(path, status.st_mtime)
        return features

    def put(self, key: str, features: Sequence[Tensor]) -> bool:
        """Keep these tensors. False where there is no room for them, or the disk does not take them.

        Raises:
            ValueError: such tensors cannot be kept.
        """
        encoded = encode(key, features)
        if not self._make_room(encoded.size):
            return False
        path = self._path(key)
        try:
            replaced = self._write(path, encoded)
        except OSError:
            with self._lock:
                self._full_until = time.monotonic() + RETRY_AFTER
            return False
        with self._lock:
            self._used = (self._used or 0) + encoded.size - replaced
            self._written += encoded.size
        return True

    def __contains__(self, key: str) -> bool:
        """Whether there is a file. It is not opened, so `get` may still find it damaged."""
        return self._path(key).exists()

    def trim(self) -> None:
        """Remove what was not used for longest until the rest is within the budget; never raises for a file."""
        with self._lock:
            self._free(0, spared=0.0)

    def _path(self, key: str) -> Path:
        return self.folder / key[:2] / f"{key}{SUFFIX}"

    def _write(self, path: Path, encoded: Encoded) -> int:
        """Returns the bytes that lay there before. Leaves nothing behind where it fails.

        Without fsync: after a power cut a file may be there without its content, which its checksum tells; waiting
        for the disk each time would cost more than computing the few lost ones again.
        """
        path.parent.mkdir(parents=True, exist_ok=True)
        beside = path.with_name(f".{uuid.uuid4().hex}{UNFINISHED}")
        try:
            with beside.open("xb") as file:
                file.writelines(encoded.parts)
            replaced = _size(path)
            _replace(beside, path)
        finally:
            with contextlib.suppress(OSError):
                beside.unlink(missing_ok=True)
        return replaced

    def _note_use(self, path: Path, noted: float) -> None:
        """Access times are often switched off, so the time of the last change stands for that of the last use."""
        if not 0 <= time.time() - noted < TOUCH_AFTER:
            with contextlib.suppress(OSError):
                os.utime(path)

    def _remove(self, path: Path) -> None:
        size = _size(path)
        with contextlib.suppress(OSError):
            path.unlink()
            with self._lock:
                self._used = None if self._used is None else max(0, self._used - size)

    def _make_room(self, size: int) -> bool:
        with self._lock:
            if time.monotonic() < self._full_until:
                return False
            # Other processes write too, and only a walk can tell how much.
            if self._used is None or self._written > self._budget // SLACK:
                self._walk()
            if not self._fits(size):
                self._free(size, spared=SPARED)
            if self._fits(size):
                return True
            self._full_until = time.monotonic() + RETRY_AFTER
            return False

    def _fits(self, size: int) -> bool:
        return (self._used or 0) + size <= self._limit()

    def _limit(self) -> int:
        """Bytes that may be taken now: the budget, or less where the disk is short."""
        return max(0, min(self._budget, (self._used or 0) + _free_bytes(self.folder) - self._left_free))

    def _free(self, wanted: int, *, spared: float) -> None:
        """Remove least recently used files until `wanted` more bytes fit; the lock is held.

        Those used within the last `spared` seconds stay. Otherwise a set of pictures larger than the budget would push
        itself out in a circle, each file just before it is wanted again.
        """
        entries, now = self._walk(), time.time()
        limit = self._limit()
        if self._used is None or wanted > limit or self._used + wanted <= limit:
            return
        goal = limit - wanted - limit // SLACK  # some more, so as not to walk again at the very next file
        for entry in sorted(entries):
            if self._used <= goal or now - entry.used < spared:
                return
            with contextlib.suppress(OSError):  # gone already, or open elsewhere on Windows
                Path(entry.path).unlink(missing_ok=True)
                self._used -= entry.size

    def _walk(self) -> list[_Entry]:
        """Count anew; the lock is held. What killed processes left unfinished is removed on the way."""
        now, entries = time.time(), []
        for file in _files(self.folder):
            with contextlib.suppress(OSError):
                status = file.stat()
                age = now - status.st_mtime
                if file.name.endswith(SUFFIX):
                    entries.append(_Entry(status.st_mtime if age >= -1 else 0.0, status.st_size, file.path))
                elif file.name.endswith(UNFINISHED) and age > FORGOTTEN_AFTER:
                    Path(file.path).unlink()
        self._used, self._written = sum(entry.size for entry in entries), 0
        if self._given_budget is not None:
            self._budget = self._given_budget
        elif self._budget == 0:
            self._budget = min(LARGEST_BUDGET, (self._used + _free_bytes(self.folder)) // SHARE_OF_DISK)
        return entries


def _files(folder: Path) -> Iterator[os.DirEntry[str]]:
    """Files in the two-letter folders; what vanishes meanwhile is left out."""
    try:
        with os.scandir(folder) as rooms:
            names = [room.path for room in rooms if len(room.name) == 2 and room.is_dir(follow_symlinks=False)]
    except OSError:
        return
    for name in names:
        with contextlib.suppress(OSError), os.scandir(name) as files:
            yield from files


def _replace(source: Path, target: Path) -> None:
    try:
        source.replace(target)
    except PermissionError:
        # Windows replaces no file that somebody reads. It then holds the same features, as keys stand for content.
        if not target.exists():
            raise


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


def _free_bytes(folder: Path) -> int:
    """Of the disk that the folder lies on, or will lie on; 0 where that cannot be told."""
    for place in (folder, *folder.parents):
        with contextlib.suppress(OSError):
            return shutil.disk_usage(place).free
    return 0
