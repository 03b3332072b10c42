"""Intersection over union of many boxes at once."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


def iou(a: NDArray[Any], b: NDArray[Any]) -> NDArray[np.float64]:
    """IoU of each box of `a` [N, 4] with each of `b` [M, 4], as x1, y1, x2, y2; [N, M], 0..1."""
    ours, theirs = a.astype(np.float64)[:, None], b.astype(np.float64)[None]
    sides = np.minimum(ours[..., 2:], theirs[..., 2:]) - np.maximum(ours[..., :2], theirs[..., :2])
    shared = np.prod(np.maximum(sides, 0.0), axis=2)
    areas = [np.prod(boxes[..., 2:] - boxes[..., :2], axis=2) for boxes in (ours, theirs)]
    found: NDArray[np.float64] = shared / (areas[0] + areas[1] - shared)
    return found
