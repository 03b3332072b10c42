"""Which view of the pictures a pass of the training shows, and what a view's features are called in the cache.

Views are changes of a picture, the same whenever they are asked for, numbered from 0, the plain one. A new one has to
be computed by the frozen part of the network, one that is kept costs nothing: the first passes bring new ones, as few
views are soon learnt by heart, and later ones now and then. The order is the same where all are kept already: what is
easy first is learnt sooner.
"""

from __future__ import annotations

from collections import deque

from detector.architectures.interface import Architecture
from detector.features.feature_cache import feature_key
from detector.geometry import canvas_for
from detector.pictures.dataset import Change, Example

NEW_AT_FIRST = 8  # passes that each bring a new view
NEW_EVERY = 3  # of the passes after them, so many bring one new view


def view_of(turn: int, views: int) -> int:
    """The view that pass number `turn` (from 0) shows: a new one, or of the known ones that unseen for longest.

    Args:
        views: how many there are in all.
    """
    known: deque[int] = deque()
    for passed in range(turn + 1):
        due = passed < NEW_AT_FIRST or (passed - NEW_AT_FIRST) % NEW_EVERY == NEW_EVERY - 1
        known.append(len(known) if due and len(known) < views else known.popleft())
    return known[-1]


def view_key(network: Architecture, digest: str, example: Example, change: Change) -> str:
    """Args: digest: what `network.frozen_digest()` says, which takes too long to ask for each picture."""
    canvas = canvas_for(example.size, network.spec.canvas)
    return feature_key(digest, example.key, canvas, change, network.precision)
