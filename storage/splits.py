"""Which images a model learns from and which it is judged by. Pure: no database.

An image keeps its split for good, so that the figures of two models can be compared and no image that was learnt
from is ever judged by.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence
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
    has_val = any(image.split is Split.VAL for image in pool)
    target = _val_target(len(pool))
    if not has_val and target and len(free) < FEWEST_VAL:
        chosen = _choose(pool, pool, target)
        drawn = {image.id: Split.VAL for image in pool if image.id in chosen}
        return {image.id: Split.TRAIN for image in free} | drawn
    chosen = _choose(pool, free, target - sum(image.split is Split.VAL for image in pool))
    return {image.id: Split.VAL if image.id in chosen else Split.TRAIN for image in free}


def _val_target(images: int) -> int:
    return 0 if images < FEWEST_FOR_VAL else max(FEWEST_VAL, round(VAL_SHARE * images))


def _choose(pool: Sequence[Candidate], free: Sequence[Candidate], count: int) -> set[int]:
    """Ids of at most `count` free images for val, by the hash of their bytes."""
    order = sorted(free, key=lambda image: hashlib.sha256(f"val {image.sha256}".encode()).digest())
    on_images = _class_counts(pool)
    in_val = _class_counts(image for image in pool if image.split is Split.VAL)
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
