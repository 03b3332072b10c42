"""What crosses the seam between a network's frozen and its trained part, kept in memory where that pays.

A picture has a fixed number of views (changes drawn once from the seed). Each is loaded and sent through the frozen
part when first needed and taken from memory from then on, so the first step comes at once and later passes are several
times quicker. Without a frozen part, or where memory is short, every pass draws new views and nothing is kept.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

import psutil
import torch
from torch import Tensor

from detector.architectures.interface import Architecture
from detector.dataset import Example, View, change_for, load_view
from detector.targets import Targets, assign

MOST_VIEWS = 16
FEWEST_VIEWS = 4  # fewer would be learnt by heart
MEMORY_SHARE, MOST_BYTES = 0.25, 6 << 30


@dataclass(frozen=True, slots=True)
class Batch:
    """features: what `Architecture.predict_from` takes.   targets: one a picture."""

    features: tuple[Tensor, ...]
    targets: tuple[Targets, ...]


@dataclass(frozen=True, slots=True)
class _Kept:
    features: tuple[Tensor, ...]  # each [C, h, w], on the CPU
    targets: Targets


def views_that_fit(network: Architecture, pictures: int, budget: int | None = None) -> int | None:
    """How many views of each picture can be kept, or None where keeping them does not pay.

    Args:
        budget: bytes; None takes a share of the memory that is free now.
    """
    if not network.has_frozen_part:
        return None
    free = budget if budget is not None else min(MOST_BYTES, int(psutil.virtual_memory().available * MEMORY_SHARE))
    views = free // max(1, pictures * bytes_of_a_view(network))
    return min(MOST_VIEWS, views) if views >= FEWEST_VIEWS else None


def bytes_of_a_view(network: Architecture) -> int:
    canvas = network.spec.canvas
    blank = torch.zeros(1, 3, canvas.height, canvas.width, dtype=torch.uint8, device=network.device)
    return sum(level.numel() * level.element_size() for level in network.frozen_features(blank))


class FeatureSource:
    """Batches of features and targets of a list of examples.

    Args:
        views: how many views of a picture there are, all of them kept; None for endlessly many, none kept.
        workers: threads that load pictures ahead of the network.
    """

    def __init__(
        self,
        network: Architecture,
        examples: Sequence[Example],
        *,
        seed: int,
        augment: bool,
        views: int | None,
        workers: int = 2,
    ) -> None:
        self._network = network
        self._examples = examples
        self._seed = seed
        self._augment = augment
        self._views = views
        self._anchors = network.anchors().cpu()
        self._kept: dict[tuple[int, int], _Kept] = {}
        self._pool = ThreadPoolExecutor(workers, thread_name_prefix="pictures")

    def close(self) -> None:
        self._pool.shutdown(wait=True, cancel_futures=True)

    def batches(self, order: Sequence[int], turn: int, size: int) -> Iterator[Batch]:
        """Batches of the examples in this order.

        Args:
            turn: number of the pass, from 0; chooses the views. Turn 0, and every turn without augmentation, is plain.
        """
        view = 0 if not self._augment else turn if self._views is None else turn % self._views
        groups = [order[start : start + size] for start in range(0, len(order), size)]
        ahead = self._ask_for(groups[0], view) if groups else {}
        for position, group in enumerate(groups):
            loading = ahead
            ahead = self._ask_for(groups[position + 1], view) if position + 1 < len(groups) else {}
            yield self._batch(group, view, loading)

    def _ask_for(self, group: Sequence[int], view: int) -> dict[int, Future[tuple[View, Targets]]]:
        return {i: self._pool.submit(self._load, i, view) for i in group if (i, view) not in self._kept}

    def _load(self, index: int, view: int) -> tuple[View, Targets]:
        example, network = self._examples[index], self._network
        change = change_for(example, view, self._seed)
        loaded = load_view(example, network.spec.canvas, network.pad_color, change)
        return loaded, assign(self._anchors, loaded.boxes, loaded.labels)

    def _batch(self, group: Sequence[int], view: int, loading: dict[int, Future[tuple[View, Targets]]]) -> Batch:
        fresh = self._through_frozen_part({i: future.result() for i, future in loading.items()})
        if self._views is not None:
            self._kept.update({(i, view): kept for i, kept in fresh.items()})
        items = [fresh[i] if i in fresh else self._kept[i, view] for i in group]
        device = self._network.device
        levels = zip(*(item.features for item in items), strict=True)
        stacked = tuple(
            torch.stack(level).to(device, non_blocking=True).contiguous(memory_format=torch.channels_last)
            for level in levels
        )
        return Batch(stacked, tuple(item.targets for item in items))

    def _through_frozen_part(self, loaded: dict[int, tuple[View, Targets]]) -> dict[int, _Kept]:
        if not loaded:
            return {}
        pixels = torch.stack([view.pixels for view, _ in loaded.values()]).to(self._network.device)
        features = self._network.frozen_features(pixels)
        return {
            i: _Kept(tuple(level[row].cpu().clone() for level in features), targets)
            for row, (i, (_, targets)) in enumerate(loaded.items())
        }
