"""By which figure a run is judged where the labels that it is judged by were drawn by a model.

Boxes that people take over have the edges that the model gave them. On such labels mAP, which rewards exact edges,
flatters that very model, and no later one could beat it however much more it finds. AP50 asks only what is found.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # the pages judge figures, too, and load no torch
    from detector.pictures.dataset import Example

FLATTERING = 0.1  # share of boxes drawn by models, from which on mAP is not trusted
TOLERATED = 0.01  # of AP50: less than a few boxes' worth of luck


def is_flattering(boxes: int, by_models: int) -> bool:
    """Whether figures on so many boxes, of which models drew some, flatter the models that drew them."""
    return by_models > FLATTERING * boxes


def ap50_to_beat(val: Iterable[Example], parent: float) -> float | None:
    """The AP50 from which a model is as good as its parent, or None where mAP can be trusted.

    Args:
        parent: AP50 of the parent on the same examples.
    """
    examples = list(val)
    boxes = sum(len(example.annotations) for example in examples)
    by_models = sum(example.by_models for example in examples)
    return parent - TOLERATED if is_flattering(boxes, by_models) else None
