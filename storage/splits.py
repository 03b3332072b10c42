"""Which images a model learns from and which it is judged by. Pure: no database.

An image keeps its split for good, so that the figures of two models can be compared and no image that was learnt
from is ever judged by.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from storage.records import Split

VAL_SHARE = 0.2
FEWEST_VAL = 2  # one image alone says next to nothing
FEWEST_FOR_VAL = 3  # with fewer images all are needed to learn from


@dataclass(frozen=True, slots=True)
class Candidate:
    """A done image: its id, the digest of its bytes, its split so far, and the classes on it."""

    id: int
    sha256: str
    split: Split | None
    class_ids: frozenset[int]


@dataclass(frozen=True, slots=True)
class Standing:
    """How the images stand of which splits are drawn: the done ones, those kept for testing left out.

    Attributes:
        images, val: how many there are, and how many of them are in val.
        on_images, on_val: on how many of either a class is, by its id.
    """

    images: int
    val: int
    on_images: Mapping[int, int]
    on_val: Mapping[int, int]

    def draws_anew(self, free: int) -> bool:
        """Whether val has to be drawn from all images of train, as no image is in it and `free` have no split."""
        return not self.val and _val_target(self.images) > 0 and free < FEWEST_VAL


def assign(images: Sequence[Candidate]) -> dict[int, Split]:
    """Splits for the images that have none: train or val, so that val is about a fifth of the two.

    Which image goes where depends on its bytes alone (a hash), not on names or the order of labelling. Classes on at
    least two images get one into val where there is room, rare classes first, and keep one in train. A split that is
    given is never changed, but for one case: where there is no val image at all and the free ones are too few to be
    judged by, val is drawn once from all images of train.

    Returns:
        The new split by image id; images that keep theirs are not in it.
    """
    pool = [image for image in images if image.split is not Split.TEST]
    free = [image for image in pool if image.split is None]
    val = [image for image in pool if image.split is Split.VAL]
    standing = Standing(len(pool), len(val), _class_counts(pool), _class_counts(val))
    return draw(pool if standing.draws_anew(len(free)) else free, standing)


def draw(candidates: Sequence[Candidate], standing: Standing) -> dict[int, Split]:
    """As `assign`, where of the images that keep their splits only the numbers are known.

    Args:
        candidates: the images without a split; all but those kept for testing where `standing.draws_anew`.
    """
    free = [image for image in candidates if image.split is None]
    target = _val_target(standing.images)
    if standing.draws_anew(len(free)):
        chosen = _choose(candidates, target, standing)
        return {image.id: Split.TRAIN for image in free} | dict.fromkeys(sorted(chosen), Split.VAL)
    chosen = _choose(free, target - standing.val, standing)
    return {image.id: Split.VAL if image.id in chosen else Split.TRAIN for image in free}


def _val_target(images: int) -> int:
    return 0 if images < FEWEST_FOR_VAL else max(FEWEST_VAL, round(VAL_SHARE * images))


def _choose(free: Sequence[Candidate], count: int, standing: Standing) -> set[int]:
    """Ids of at most `count` free images for val, by the hash of their bytes."""
    order = sorted(free, key=lambda image: hashlib.sha256(f"val {image.sha256}".encode()).digest())
    on_images, in_val = Counter(standing.on_images), Counter(standing.on_val)
    chosen: dict[int, Candidate] = {}

    def take(image: Candidate) -> None:
        chosen[image.id] = image
        in_val.update(image.class_ids)

    def leaves_all_in_train(image: Candidate) -> bool:
        return all(on_images[c] - in_val[c] >= 2 for c in image.class_ids)

    for class_id in sorted((c for c, n in on_images.items() if n >= 2), key=lambda c: (on_images[c], c)):
        if in_val[class_id] or len(chosen) >= count:
            continue
        bearers = [image for image in order if class_id in image.class_ids and leaves_all_in_train(image)]
        if bearers:
            take(bearers[0])
    for only_spare in (True, False):  # first those that no class needs in train, then any
        for image in order:
            if len(chosen) >= count:
                break
            if image.id not in chosen and (leaves_all_in_train(image) or not only_spare):
                take(image)
    return set(chosen)


def _class_counts(images: Iterable[Candidate]) -> Counter[int]:
    return Counter(class_id for image in images for class_id in image.class_ids)
