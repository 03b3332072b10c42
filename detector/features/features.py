"""What crosses the seam between a network's frozen and its trained part, computed once where it can be kept.

A view of a picture is read from the cache on the disk ahead of the network; where it is not there, the picture is
loaded, sent through the frozen part and put there, for this run, later ones and predictions. What the disk does not
take is kept in memory as far as that goes. Without a frozen part every pass draws new views and nothing is kept.

On the CPU pictures go through the frozen part one at a time: that costs no more than together, and a picture's
features are then the same bits whatever else was missing, so that a cold, a warm and a resumed run see the same.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

import psutil
import torch
from torch import Tensor

from detector import pixels
from detector.architectures.interface import Architecture
from detector.domain import ImageSize
from detector.errors import UnreadableImage
from detector.features.feature_cache import FeatureCache
from detector.features.views import view_key, view_of
from detector.geometry import canvas_for
from detector.pictures.dataset import Change, Example, Truth, boxes_of, change_for, pixels_of
from detector.shortage import is_shortage

MOST_VIEWS = 16  # in memory
MOST_ON_DISK = 32
FEWEST_VIEWS = 4  # fewer would be learnt by heart
MEMORY_SHARE, MOST_BYTES = 0.25, 6 << 30
DISK_SHARE = 0.5  # of the cache; the rest is for other projects, and for pictures that are only predicted
BESIDE_DISK = 512 << 20  # bytes of memory for what the disk did not take
AHEAD = 2  # batches
MOST_TOGETHER = 64  # pictures at once through the frozen part


@dataclass(frozen=True, slots=True)
class Part:
    """Pictures of a batch that lie on the same canvas.

    features: what `Architecture.predict_from` takes.   truths: one a picture.   indices: of the examples.
    """

    features: tuple[Tensor, ...]
    truths: tuple[Truth, ...]
    indices: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Batch:
    """parts: two where some pictures are upright and some lie, else one."""

    parts: tuple[Part, ...]

    def __len__(self) -> int:
        return sum(len(part.truths) for part in self.parts)


@dataclass(frozen=True, slots=True)
class _Loaded:
    """features: each [C, h, w] on the CPU, or None where `pixels` [3, H, W] must go through the frozen part first.

    canvas: on which the picture lies.
    """

    index: int
    canvas: ImageSize
    truth: Truth
    features: tuple[Tensor, ...] | None
    pixels: Tensor | None


def views_that_fit(
    network: Architecture, pictures: int, budget: int | None = None, cache: FeatureCache | None = None
) -> int | None:
    """How many views of each picture can be kept, or None where keeping them does not pay.

    Args:
        budget: bytes of memory; None takes a share of what is free now.
        cache: where they are to be kept; memory counts only where it has no room for enough.
    """
    if not network.has_frozen_part:
        return None
    one = max(1, pictures * bytes_of_a_view(network))
    on_disk = int(cache.budget * DISK_SHARE) // one if cache is not None else 0
    if on_disk >= FEWEST_VIEWS:
        return min(MOST_ON_DISK, on_disk)
    free = budget if budget is not None else _memory()
    return min(MOST_VIEWS, free // one) if free // one >= FEWEST_VIEWS else None


def bytes_of_a_view(network: Architecture) -> int:
    canvas = network.spec.canvas
    blank = torch.zeros(1, 3, canvas.height, canvas.width, dtype=torch.uint8, device=network.device)
    return sum(level.numel() * level.element_size() for level in network.frozen_features(blank))


def _memory() -> int:
    return min(MOST_BYTES, int(psutil.virtual_memory().available * MEMORY_SHARE))


class FeatureSource:
    """Batches of features and targets of a list of examples.

    The network's frozen part and its precision must stay as they are from now on.

    Args:
        examples: with a cache, their keys must stand for the content of the files.
        views: how many views of a picture there are, all of them kept; None for endlessly many, none kept.
        workers: threads that load pictures ahead of the network.
        cache: keeps features on the disk; None keeps them in memory.
        together: pictures at once through the frozen part; None takes all of a batch on CUDA and else one. Where memory
            is short it becomes one.
    """

    def __init__(
        self,
        network: Architecture,
        examples: Sequence[Example],
        *,
        seed: int,
        augment: bool,
        views: int | None,
        cache: FeatureCache | None = None,
        workers: int = 2,
        together: int | None = None,
    ) -> None:
        self._network = network
        self._together = together or (MOST_TOGETHER if network.device.type == "cuda" else 1)
        self._examples = examples
        self._seed = seed
        self._augment = augment
        self._views = views
        self._cache = cache if views is not None and network.has_frozen_part else None
        self._named = network.frozen_digest()
        self._kept: dict[tuple[int, int], tuple[Tensor, ...]] = {}
        self._room = BESIDE_DISK if self._cache is not None else _memory()
        self._pool = ThreadPoolExecutor(workers, thread_name_prefix="pictures")

    def close(self) -> None:
        self._pool.shutdown(wait=True, cancel_futures=True)

    def fits(self, network: Architecture) -> bool:
        """Whether what this source keeps is what the network's frozen part gives now."""
        return network is self._network and network.frozen_digest() == self._named

    def view_of(self, turn: int) -> int:
        """The view that a pass shows. Turn 0, and every turn without augmentation, is plain."""
        if not self._augment:
            return 0
        return turn if self._views is None else view_of(turn, self._views)

    def batches(self, order: Sequence[int], turn: int, size: int) -> Iterator[Batch]:
        """Batches of the examples in this order.

        Args:
            turn: number of the pass, from 0; chooses the view.

        Raises:
            UnreadableImage: a picture is not what it was.   InvalidBox: a box is not.
        """
        view = self.view_of(turn)
        groups = (order[start : start + size] for start in range(0, len(order), size))
        asked: deque[list[Future[_Loaded]]] = deque()
        try:
            for group in groups:
                asked.append([self._pool.submit(self._load, index, view) for index in group])
                if len(asked) > AHEAD:
                    yield self._batch(asked.popleft(), view)
            while asked:
                yield self._batch(asked.popleft(), view)
        finally:
            for future in (future for group in asked for future in group):
                future.cancel()

    def _load(self, index: int, view: int) -> _Loaded:
        """In a thread of the pool: all that is possible without the network."""
        example, network = self._examples[index], self._network
        canvas = canvas_for(example.size, network.spec.canvas)
        change = change_for(example, view, self._seed)
        truth = boxes_of(example.annotations, example.size, canvas, change)
        features = self._stored(index, view, change)
        if features is not None:
            return _Loaded(index, canvas, truth, features, None)
        picture, size = pixels.load_for(example.path, canvas)
        if size != example.size:
            raise UnreadableImage(f"{example.path.name} has another size than when it was labelled; add it anew")
        return _Loaded(index, canvas, truth, None, pixels_of(picture, canvas, network.pad_color, change, size))

    def _stored(self, index: int, view: int, change: Change) -> tuple[Tensor, ...] | None:
        if self._views is None:
            return None
        kept = self._kept.get((index, view))
        if kept is not None or self._cache is None:
            return kept
        return self._cache.get(view_key(self._network, self._named, self._examples[index], change))

    def _batch(self, asked: Sequence[Future[_Loaded]], view: int) -> Batch:
        by_canvas: dict[ImageSize, list[_Loaded]] = {}
        for future in asked:
            loaded = future.result()
            by_canvas.setdefault(loaded.canvas, []).append(loaded)
        return Batch(tuple(self._part(group, view) for group in by_canvas.values()))

    def _part(self, loaded: Sequence[_Loaded], view: int) -> Part:
        fresh = [item for item in loaded if item.pixels is not None]
        made = iter(self._through_frozen_part([item.pixels for item in fresh if item.pixels is not None]))
        rows = []
        for item in loaded:
            features = item.features if item.features is not None else next(made)
            if item.features is None and self._views is not None:
                self._keep(item.index, view, features)
            rows.append(features)
        levels = tuple(_stacked(level, self._network.device) for level in zip(*rows, strict=True))
        return Part(levels, tuple(item.truth for item in loaded), tuple(item.index for item in loaded))

    def _through_frozen_part(self, images: Sequence[Tensor]) -> Iterator[tuple[Tensor, ...]]:
        done = 0
        while done < len(images):
            group = list(images[done : done + self._together])
            try:
                features = self._network.frozen_features(torch.stack(group).to(self._network.device))
            except (MemoryError, RuntimeError) as error:
                if len(group) == 1 or not is_shortage(error):
                    raise
                self._together = 1
                continue
            for row in range(len(group)):
                yield tuple(level[row].clone() if len(group) > 1 else level[row] for level in features)
            done += len(group)

    def _keep(self, index: int, view: int, features: tuple[Tensor, ...]) -> None:
        if self._cache is not None:
            example = self._examples[index]
            key = view_key(self._network, self._named, example, change_for(example, view, self._seed))
            if self._cache.put(key, features):
                return
        size = sum(level.nbytes for level in features)
        if size <= self._room:
            self._kept[index, view] = tuple(level.cpu() for level in features)
            self._room -= size


def _stacked(rows: Sequence[Tensor], device: torch.device) -> Tensor:
    """[B, C, h, w] channels last of rows [C, h, w], on the device; one copy where the rows lie channels last."""
    batch = torch.empty(
        (len(rows), *rows[0].shape), dtype=rows[0].dtype, device=device, memory_format=torch.channels_last
    )
    for place, row in zip(batch, rows, strict=True):
        place.copy_(row, non_blocking=True)
    return batch
