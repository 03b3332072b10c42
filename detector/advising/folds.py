"""How labelled images are dealt into folds, of which each is looked at by a model that has not learnt from it.

No torch here: the server says how long it takes before the click.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from detector.learning import costs
from detector.learning.fitting import Pictured
from detector.runs import Preset, Scope

FEWEST_IMAGES = 10
USUAL_CANVAS = (384, 288)  # pixels
SHORTEST, LONGEST = 60.0, 150.0  # seconds that a fold may learn; most end before, as nothing gets better
LONG_FROM = 300  # images from which it is the longest
FEWEST_EPOCHS = 6  # whatever they take
MOST_VAL = 16  # images of the others that choose the best moment
OVERHEAD = 6.0  # seconds of a fold beside learning: loading, and what does not grow with the images
LOOK_SECONDS = 0.06  # on an image


@dataclass(frozen=True, slots=True)
class Crossing:
    """How images are crossed.

    Attributes:
        folds: how many.   seconds: that each may learn, on two cores of a CPU or whatever else there is.
    """

    folds: int
    seconds: float

    @classmethod
    def usual(cls, images: int) -> Crossing:
        """Fewer and longer ones the more images there are; few images need each other more."""
        folds = 5 if images < 40 else 4 if images < 150 else 3
        share = min(1.0, images / LONG_FROM)
        return cls(folds, SHORTEST + (LONGEST - SHORTEST) * share)

    def expected(self, images: int) -> float:
        """A guess of the wall clock of all of it on a CPU, in seconds, where the features are known."""
        learnt = (images - images // self.folds, MOST_VAL)
        fewest = costs.stage_seconds(Preset.LITE, Scope.HEAD, USUAL_CANVAS, FEWEST_EPOCHS, learnt, "cpu")
        return self.folds * (max(self.seconds, fewest) + OVERHEAD) + images * LOOK_SECONDS


def too_few(images: int) -> str | None:
    """Why so many images cannot be crossed, and what to do; None where they can."""
    if images >= FEWEST_IMAGES:
        return None
    there = f"there {'is' if images == 1 else 'are'} {images}"
    return f"Checking needs at least {FEWEST_IMAGES} images that are done; {there}. Label some more first."


def deal(examples: Sequence[Pictured], folds: int, group: NDArray[np.int64] | None = None) -> NDArray[np.int64]:
    """[N] the fold of each image: rare classes are spread over all, and images of a group stay together.

    Args:
        group: [N] a number for each image; None makes each its own. One that is larger than a fold is cut into several:
            where all images look alike something must still be left to learn from.
    """
    group = np.arange(len(examples)) if group is None else _cut_down(group, max(1, len(group) // folds))
    images_with = Counter(label for example in examples for label in {a.label for a in example.annotations})
    rarest = [
        min(((images_with[a.label], a.label) for a in example.annotations), default=(len(examples), -1))
        for example in examples
    ]
    dice = np.random.default_rng(0).permutation(len(examples))
    fold_of: dict[int, int] = {}
    for place in sorted(range(len(examples)), key=lambda n: (rarest[n], dice[n])):
        fold_of.setdefault(int(group[place]), len(fold_of) % folds)
    return np.array([fold_of[int(g)] for g in group], np.int64)


def _cut_down(group: NDArray[np.int64], most: int) -> NDArray[np.int64]:
    """The same groups, those of more than so many images as several."""
    nth = np.zeros(len(group), np.int64)
    for one in np.unique(group).tolist():
        rows = np.flatnonzero(group == one)
        nth[rows] = np.arange(len(rows)) // most
    _, numbers = np.unique(np.stack([group, nth], axis=1), axis=0, return_inverse=True)
    return np.asarray(numbers, np.int64).reshape(-1)
