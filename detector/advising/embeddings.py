"""One row of numbers for an image, from what the frozen part of the network sees in it: what looks alike lies close.

Rows are kept in a file for each frozen part, canvas and precision, since they are the same for every model that shares
them. Nothing of it must last: what is missing or damaged is computed again.
"""

from __future__ import annotations

import contextlib
import hashlib
import logging
import time
import uuid
import zipfile
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from detector import devices, pixels
from detector.architectures.interface import Architecture
from detector.architectures.retinanet import RetinaNet
from detector.domain import ImageSize
from detector.errors import UnreadableImage
from detector.features.feature_cache import FeatureCache
from detector.features.views import view_key
from detector.geometry import Letterbox, canvas_for
from detector.models.checkpoints import load_model
from detector.models.precision import quicker_precision
from detector.pictures.dataset import Change, Example, pixels_of
from detector.runs import Scope

log = logging.getLogger(__name__)

POOLING = 1  # raise it when the same features come to other rows
MOST_ROWS = 200_000  # in a file; those that were put in first go
MOST_FILES = 4  # those written last stay
SUFFIX = ".npz"

Row = NDArray[np.float16]


class EmbeddingStore:
    """Rows by the key of a picture, a file for each name, in a folder that is made when first needed."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def load(self, name: str) -> dict[str, Row]:
        """What was saved under this name; nothing where it is missing or damaged."""
        try:
            with (self._folder / f"{name}{SUFFIX}").open("rb") as file, np.load(file, allow_pickle=False) as kept:
                keys, rows = kept["keys"], kept["rows"]
        except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
            return {}
        if rows.ndim != 2 or rows.dtype != np.float16 or len(keys) != len(rows):
            return {}
        return {key.decode(): row for key, row in zip(keys.tolist(), rows, strict=True)}

    def save(self, name: str, rows: Mapping[str, Row]) -> None:
        """Keep these in the place of those before. A disk that does not take them costs time later, nothing else."""
        kept = list(rows.items())[-MOST_ROWS:]
        keys, values = np.array([key.encode() for key, _ in kept]), np.stack([row for _, row in kept])
        beside = self._folder / f".{uuid.uuid4().hex}"
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            with beside.open("xb") as file:
                np.savez(file, keys=keys, rows=values)
            beside.replace(self._folder / f"{name}{SUFFIX}")
            self._tidy()
        except OSError as error:
            log.warning("What images look like could not be kept: %s", error)
        finally:
            with contextlib.suppress(OSError):
                beside.unlink(missing_ok=True)

    def _tidy(self) -> None:
        files = sorted(self._folder.glob(f"*{SUFFIX}"), key=lambda path: path.stat().st_mtime)
        for path in files[:-MOST_FILES]:
            path.unlink(missing_ok=True)


def network_of(folder: Path) -> RetinaNet | None:
    """The network of a model, cut and as precise as where its features are kept; None where it looks at tiles, whose
    features say little about the whole picture.

    Raises:
        CheckpointError: the folder holds no whole model.
    """
    network, meta = load_model(folder)
    if meta.tiling is not None:
        return None
    network = network.to(devices.resolve("auto")).eval()
    network.set_scope(Scope.HEAD)
    network.precision = quicker_precision(network.device)
    return network


def name_of(network: Architecture) -> str:
    """What rows depend on beside the picture, as 64 hexadecimal digits."""
    canvas = network.spec.canvas
    parts = (POOLING, network.frozen_digest(), canvas.width, canvas.height, network.precision)
    return hashlib.sha256(repr(parts).encode()).hexdigest()


def pooled(features: Iterable[Tensor], size: ImageSize, canvas: ImageSize) -> Row:
    """[2 C] means and maxima of the deepest map over the part of the canvas that the picture covers.

    Args:
        features: of one picture, [C, h, w] each, the deepest last.   canvas: as it stands for this picture.
    """
    deepest = list(features)[-1].float()
    scale = Letterbox.fit(size, canvas).scale
    rows = max(1, round(deepest.shape[1] * size.height * scale / canvas.height))
    columns = max(1, round(deepest.shape[2] * size.width * scale / canvas.width))
    covered = deepest[:, :rows, :columns].flatten(1)
    row = torch.cat([covered.mean(dim=1), covered.amax(dim=1)])
    return row.clamp(-65000, 65000).to(torch.float16).cpu().numpy()


def embed(
    network: Architecture,
    examples: Iterable[Example],
    cache: FeatureCache,
    store: EmbeddingStore,
    *,
    seconds: float,
    should_stop: Callable[[], bool] = lambda: False,
) -> dict[str, Row]:
    """Rows by key, of the examples as far as the time goes, and of whatever was known before.

    What the cache knows is read from there, and what it does not know is computed and put there. Pictures that cannot
    be read are left out. The network must have a frozen part.
    """
    name, digest = name_of(network), network.frozen_digest()
    known = store.load(name)
    before, end = len(known), time.monotonic() + seconds
    for example in examples:
        if example.key in known:
            continue
        if time.monotonic() >= end or should_stop():
            break
        try:
            known[example.key] = _row(network, digest, example, cache)
        except (UnreadableImage, OSError) as error:
            log.warning("%s: %s", example.path.name, error)
    if len(known) > before:
        store.save(name, known)
    return known


def _row(network: Architecture, digest: str, example: Example, cache: FeatureCache) -> Row:
    canvas = canvas_for(example.size, network.spec.canvas)
    key = view_key(network, digest, example, Change())
    features = cache.get(key)
    if features is None:
        picture, size = pixels.load_for(example.path, canvas)
        drawn = pixels_of(picture, canvas, network.pad_color, Change(), size)
        levels = network.frozen_features(drawn[None].to(network.device))
        features = tuple(level[0] for level in levels)
        cache.put(key, features)
    return pooled(features, example.size, canvas)
