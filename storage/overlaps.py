"""Intersection over union of many boxes at once."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from detector.domain import SAME_OBJECT


def iou(a: NDArray[Any], b: NDArray[Any]) -> NDArray[np.float64]:
    """IoU of each box of `a` [N, 4] with each of `b` [M, 4], as x1, y1, x2, y2; [N, M], 0..1."""
    return _iou(a.astype(np.float64)[:, None], b.astype(np.float64)[None])


def found_twice(group: NDArray[np.int64], stored: NDArray[Any], box: NDArray[Any]) -> NDArray[np.bool_]:
    """[N] which boxes lie on a better one of their group, stored as another class, that is not such a box itself.

    Of two boxes of one stored class nothing is said: the model that kept both means two objects.

    Args:
        group: [N] the same for boxes of one image that are seen as one class, the best first.
        stored: [N] class ids as they are stored.   box: [N, 4] x1 .. y2.
    """
    order = _of_mixed_groups(group, stored)
    found = np.zeros(len(group), np.bool_)
    group, stored, box = group[order], stored[order], box[order].astype(np.float64)
    pairs = [np.zeros((0, 2), np.int64)]
    better, step = np.arange(len(group) - 1), 1
    while better.size:  # each box with the next one of its group, then with the one after that, as far as groups go
        better = better[better + step < len(group)]
        better = better[group[better] == group[better + step]]
        unlike = better[stored[better] != stored[better + step]]
        near = unlike[_iou(box[unlike], box[unlike + step]) >= SAME_OBJECT]
        pairs.append(np.stack((near + step, near), axis=1))
        step += 1
    dropped = np.zeros(len(group), np.bool_)
    for worse, good in sorted(map(tuple, np.concatenate(pairs).tolist())):
        dropped[worse] |= not dropped[good]
    found[order] = dropped
    return found


def _of_mixed_groups(group: NDArray[np.int64], stored: NDArray[Any]) -> NDArray[np.int64]:
    """Rows of groups with more than one stored class, group by group; there are few of them, or none, as a rule."""
    order = np.argsort(group, kind="stable")
    if not len(order):
        return order
    group, stored = group[order], stored[order]
    first = np.flatnonzero(np.concatenate(([True], group[1:] != group[:-1])))
    mixed = np.minimum.reduceat(stored, first) != np.maximum.reduceat(stored, first)
    rows: NDArray[np.int64] = order[np.repeat(mixed, np.diff(np.append(first, len(group))))]
    return rows


def _iou(ours: NDArray[np.float64], theirs: NDArray[np.float64]) -> NDArray[np.float64]:
    sides = np.minimum(ours[..., 2:], theirs[..., 2:]) - np.maximum(ours[..., :2], theirs[..., :2])
    shared = np.prod(np.maximum(sides, 0.0), axis=-1)
    areas = [np.prod(boxes[..., 2:] - boxes[..., :2], axis=-1) for boxes in (ours, theirs)]
    found: NDArray[np.float64] = shared / (areas[0] + areas[1] - shared)
    return found
