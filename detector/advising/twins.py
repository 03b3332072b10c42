"""Which pictures show the same: the same file re-encoded, made smaller, a little lighter.

Found as usual for near-duplicates: a hash of which of two neighbouring cells is lighter (dHash, Krawetz 2013) proposes
pairs, and the small grey pictures themselves decide, so that a small object that moved keeps two apart.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from detector import pixels
from detector.domain import ImageSize
from detector.errors import UnreadableImage

SIDE = 32  # cells of a small picture
HASH_SIDE = 8  # of a hash: 64 bits
BANDS = 4  # of 16 bits; pictures with one in common are looked at
MOST_BITS = 6  # of the hash that may differ
MOST_GREY = 12.0  # of 255, by which a cell may differ once both are equally light on average
CROWD = 200  # pictures with a band in common of which not all pairs are looked at: they are flat and say nothing

Bytes = NDArray[np.uint8]
_WINDOW = ImageSize(2 * SIDE, 2 * SIDE)


def small(source: Path) -> Bytes | None:
    """[SIDE, SIDE] a picture in grey, squashed; None where it cannot be read."""
    try:
        picture, _ = pixels.load_for(source, _WINDOW)
    except (UnreadableImage, OSError):
        return None
    return np.asarray(picture.convert("L").resize((SIDE, SIDE), Image.Resampling.BOX), np.uint8)


def find_twins(sources: Sequence[Path], should_stop: Callable[[], bool] = lambda: False) -> NDArray[np.int64]:
    """[T, 2] the places of pictures that show the same, the lower first. What cannot be read has no twin."""
    places, read = [], []
    for place, source in enumerate(sources):
        if should_stop():
            break
        if (picture := small(source)) is not None:
            places.append(place)
            read.append(picture)
    if not read:
        return np.zeros((0, 2), np.int64)
    return np.array(places, np.int64)[alike(np.stack(read))]


def alike(pictures: Bytes) -> NDArray[np.int64]:
    """[T, 2] rows of [N, SIDE, SIDE] pictures that show the same, the lower first."""
    hashes = _hashes(pictures)
    pairs = _proposed(hashes)
    near = np.bitwise_count(hashes[pairs[:, 0]] ^ hashes[pairs[:, 1]]) <= MOST_BITS
    pairs = pairs[near]
    level = pictures.mean(axis=(1, 2))
    same = [
        float(np.abs((pictures[a] - level[a]) - (pictures[b] - level[b])).max()) <= MOST_GREY for a, b in pairs.tolist()
    ]
    kept: NDArray[np.int64] = pairs[np.array(same, bool)]
    return kept


def _hashes(pictures: Bytes) -> NDArray[np.uint64]:
    """[N] a bit for each cell that is lighter than the one to its left."""
    step = SIDE // HASH_SIDE
    cells = pictures.reshape(len(pictures), HASH_SIDE, step, HASH_SIDE, step).mean(axis=(2, 4))
    lighter = cells > np.roll(cells, 1, axis=2)
    return np.packbits(lighter.reshape(len(pictures), -1), axis=1).view(np.uint64)[:, 0]


def _proposed(hashes: NDArray[np.uint64]) -> NDArray[np.int64]:
    """[P, 2] rows whose hashes have a band in common: those that differ in fewer bits than there are bands do."""
    bands = hashes.view(np.uint16).reshape(len(hashes), BANDS)
    found = [np.zeros((0, 2), np.int64)]
    for band in bands.T:
        order = np.argsort(band, kind="stable")
        for group in np.split(order, np.flatnonzero(np.diff(band[order])) + 1):
            if 1 < len(group) <= CROWD:
                a, b = np.triu_indices(len(group), 1)
                found.append(np.sort(np.stack([group[a], group[b]], axis=1), axis=1))
    return np.unique(np.concatenate(found), axis=0)


def groups(count: int, twins: NDArray[np.int64]) -> NDArray[np.int64]:
    """[count] a number for each picture, the same for twins and their twins: the lowest of their places."""
    group = np.arange(count)
    while True:
        before = group.copy()
        np.minimum.at(group, twins[:, 0], group[twins[:, 1]])
        np.minimum.at(group, twins[:, 1], group[twins[:, 0]])
        if (group == before).all():
            return group
