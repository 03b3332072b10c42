"""Which pictures of a large data set are looked at where a run is planned: some stand for all. No torch here.

A plan needs how many pictures there are and which boxes are usual, and a few thousand of either say that as well as a
million. The same pictures are chosen each time, by their places alone: so the server can read only those, and the run
that has all of them comes to the same plan.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from detector.domain import Annotation, ImageSize
from detector.learning.fitting import Pictured

MOST = 2000  # pictures that are looked at, apart from those with rare classes
RARE = 100  # boxes of a class on all pictures, up to which every one of them is looked at
SEED = 20


@dataclass(frozen=True, slots=True)
class Picture:
    """The smallest thing that can be planned with: no file, no pixels."""

    size: ImageSize
    annotations: tuple[Annotation, ...] = ()


@dataclass(frozen=True, slots=True)
class Sample:
    """Pictures that stand for all.

    Attributes:
        pictures: those that are looked at, in their order.
        total: how many pictures there are.
        boxes: how many boxes there are on all of them, by label.
    """

    pictures: Sequence[Pictured]
    total: int
    boxes: Mapping[int, int]

    @property
    def is_all(self) -> bool:
        """Whether nothing is left out, so that what is counted on `pictures` is exact."""
        return len(self.pictures) == self.total

    def of_all(self, counted: int) -> int:
        """So many of the pictures looked at stand for how many of all."""
        return counted if self.is_all else round(counted * self.total / len(self.pictures))


def places(total: int) -> Sequence[int]:
    """Which of so many pictures are looked at, ascending from 0: all of a few, else MOST of them."""
    if total <= MOST:
        return range(total)
    return sorted(random.Random(SEED).sample(range(total), MOST))  # noqa: S311  nothing is secret here


def sample(pictures: Sequence[Pictured]) -> Sample:
    """Those of the pictures that are looked at: at `places`, and those with a class that has at most RARE boxes."""
    boxes = Counter(a.label for picture in pictures for a in picture.annotations)
    chosen = set(places(len(pictures)))
    if len(chosen) < len(pictures):
        rare = {label for label, number in boxes.items() if number <= RARE}
        chosen |= {i for i, p in enumerate(pictures) if any(a.label in rare for a in p.annotations)}
    return Sample([pictures[place] for place in sorted(chosen)], len(pictures), dict(sorted(boxes.items())))
