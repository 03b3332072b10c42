"""Which view of the pictures a pass of the training shows, and what a view's features are called in the cache.

Views are changes of a picture drawn once from the seed, numbered from 0, the plain one. A new one has to be computed
by the frozen part of the network, one that is kept costs nothing: the first passes bring new ones, as few views are
soon learnt by heart, and later ones now and then.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

from detector.architectures.interface import Architecture
from detector.dataset import Change, Example, change_for
from detector.feature_cache import FeatureCache, feature_key

NEW_AT_FIRST = 4  # passes that each bring a new view
NEW_EVERY = 3  # of the passes after them, so many bring one new view
MISSING_SHARE = 0.05  # of the pictures may have to be computed in a view that counts as ready


def view_of(turn: int, views: int, ready: int = 0) -> int:
    """The view that pass number `turn` (from 0) shows: a new one, or of the known ones that unseen for longest.

    Args:
        views: how many there are in all.   ready: how many, from 0 on, were in the cache when the run began; they are
            known from the start.
    """
    at_first = max(NEW_AT_FIRST, ready)
    known: deque[int] = deque()
    for passed in range(turn + 1):
        due = passed < at_first or (passed - at_first) % NEW_EVERY == NEW_EVERY - 1
        known.append(len(known) if due and len(known) < views else known.popleft())
    return known[-1]


def views_ready(
    network: Architecture, examples: Sequence[Example], cache: FeatureCache, *, views: int, seed: int
) -> int:
    """How many views, from 0 on and up to `views`, lie in the cache for nearly all examples.

    A few new pictures do not make the many kept ones worthless: theirs are computed as they come up.
    """
    digest = network.frozen_digest()
    spare = int(MISSING_SHARE * len(examples))
    for view in range(views):
        missing = 0
        for example in examples:
            missing += view_key(network, digest, example, change_for(example, view, seed)) not in cache
            if missing > spare:
                return view
    return views


def view_key(network: Architecture, digest: str, example: Example, change: Change) -> str:
    """Args: digest: what `network.frozen_digest()` says, which takes too long to ask for each picture."""
    return feature_key(digest, example.key, network.spec.canvas, change, network.precision)
