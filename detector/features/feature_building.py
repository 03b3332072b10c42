"""Features of pictures computed before anybody asks for them, so that training and predicting find them ready."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

from torch import Tensor

from detector import pixels
from detector.architectures.interface import Architecture
from detector.errors import UnreadableImage
from detector.features.feature_cache import FeatureCache
from detector.features.features import bytes_of_a_view
from detector.features.views import view_key
from detector.geometry import canvas_for
from detector.pictures.dataset import Change, Example, change_for, pixels_of


@dataclass(frozen=True, slots=True)
class Built:
    """What came of it.

    made: views computed and kept.   unreadable: pictures left out, and why, one each.
    complete: False where it was told to stop, or where there is no room for more.
    """

    made: int
    unreadable: tuple[tuple[Example, str], ...]
    complete: bool


@dataclass(frozen=True, slots=True)
class _Wanted:
    number: int  # from 1, of all views asked for, those included that were there
    example: Example
    key: str
    change: Change


def build_features(
    network: Architecture,
    examples: Sequence[Example],
    cache: FeatureCache,
    *,
    views: int,
    seed: int,
    should_stop: Callable[[], bool],
    on_progress: Callable[[int, int], None],
) -> Built:
    """Put the features of all examples into the cache: view 0 of each in the given order, then view 1, and so on.

    What is there is passed over. No more is built than the cache holds, as the first would go to make room for the
    last. The frozen part sees one picture at a time, as in `features`, so that the bits are those of a training run.

    Args:
        seed: of the training that shall use further views; view 0 is the same for every seed.
        should_stop: asked before each picture.
        on_progress: told (done, total) in views, those included that were there or could not be read.
    """
    if not network.has_frozen_part:
        return Built(0, (), complete=True)
    total = views * len(examples)
    fitting = cache.budget // bytes_of_a_view(network)
    made, unreadable = 0, dict[str, tuple[Example, str]]()

    def drawn(wanted: _Wanted) -> Tensor:
        canvas = canvas_for(wanted.example.size, network.spec.canvas)
        picture, size = pixels.load_for(wanted.example.path, canvas)
        return pixels_of(picture, canvas, network.pad_color, wanted.change, size)

    missing = _missing(network, examples, cache, min(total, fitting), seed)
    with ThreadPoolExecutor(1, thread_name_prefix="pictures") as pool:
        for wanted, picture in _one_ahead(pool, drawn, missing):
            if should_stop():
                return Built(made, tuple(unreadable.values()), complete=False)
            try:
                features = network.frozen_features(picture.result()[None].to(network.device))
            except UnreadableImage as error:
                unreadable[wanted.example.key] = (wanted.example, str(error))
            else:
                if not cache.put(wanted.key, [level[0] for level in features]):
                    return Built(made, tuple(unreadable.values()), complete=False)
                made += 1
            on_progress(wanted.number, total)
    return Built(made, tuple(unreadable.values()), complete=fitting >= total)


def _missing(
    network: Architecture, examples: Sequence[Example], cache: FeatureCache, views: int, seed: int
) -> Iterator[_Wanted]:
    """Those of the first so many views that are not in the cache, found as they are asked for."""
    digest = network.frozen_digest()
    for place in range(views):
        view, index = divmod(place, len(examples))
        example = examples[index]
        change = change_for(example, view, seed)
        key = view_key(network, digest, example, change)
        if key not in cache:
            yield _Wanted(place + 1, example, key, change)


def _one_ahead(
    pool: ThreadPoolExecutor, draw: Callable[[_Wanted], Tensor], missing: Iterator[_Wanted]
) -> Iterator[tuple[_Wanted, Future[Tensor]]]:
    """Each with its pixels, which are being drawn while the network is busy with the one before."""
    before: tuple[_Wanted, Future[Tensor]] | None = None
    for wanted in missing:
        asked = (wanted, pool.submit(draw, wanted))
        if before is not None:
            yield before
        before = asked
    if before is not None:
        yield before
