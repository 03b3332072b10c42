"""Which anchor shall find which box (Lin et al. 2017, section 4: IoU 0.5 and up is positive, below 0.4 negative)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from detector.errors import InvalidBox

POSITIVE_IOU, NEGATIVE_IOU = 0.5, 0.4
LARGEST_SHARE = 0.1  # of positive anchors; more means that boxes and anchors are not of one picture


@dataclass(frozen=True, slots=True)
class Targets:
    """What the anchors of one picture shall say.

    positive: [P] int64 anchor indices.   ignored: [I] int64 anchor indices, neither positive nor negative.
    boxes: [P, 4] float32 canvas pixels and labels: [P] int64, of the positive anchors.
    """

    positive: Tensor
    ignored: Tensor
    boxes: Tensor
    labels: Tensor


def must_be_boxes(boxes: Tensor) -> None:
    """Raises InvalidBox where one of [N, 4] is not finite or has no area: its loss may be finite all the same."""
    if not bool(torch.isfinite(boxes).all()) or not bool((boxes[:, 2:] > boxes[:, :2]).all()):
        raise InvalidBox("A box without area, or one that is not finite, came to the training. The run was stopped.")


def assign(anchors: Tensor, boxes: Tensor, labels: Tensor) -> Targets:
    """Give each anchor its box, and each box at least its best anchors where those overlap it at all.

    Args:
        anchors: [A, 4].   boxes: [N, 4], inside the canvas.   labels: [N].

    Raises:
        InvalidBox: a box is not finite or has no area, or so many anchors came out positive that something is wrong.
    """
    must_be_boxes(boxes)
    if len(boxes) == 0:
        none = torch.zeros(0, dtype=torch.int64)
        return Targets(none, none, boxes.reshape(0, 4), labels.reshape(0))
    best, owner, forced = _best_boxes(anchors, boxes)
    positive = best >= POSITIVE_IOU
    positive[forced] = True
    if float(positive.sum()) > LARGEST_SHARE * len(anchors) + len(boxes) * 9:
        raise InvalidBox(
            f"{int(positive.sum())} of {len(anchors)} anchors would be positive, which cannot be right. A box "
            "probably covers nearly all of the picture, or lies outside of it."
        )
    where = positive.nonzero().flatten()
    ignored = ((best >= NEGATIVE_IOU) & ~positive).nonzero().flatten()
    return Targets(where, ignored, boxes[owner[where]], labels[owner[where]])


def _best_boxes(anchors: Tensor, boxes: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Best IoU of each anchor [A], the box it is with [A], and the anchors that are some box's best [F].

    An IoU of 0 is no best: otherwise one stray box would make every anchor positive, with a finite loss.

    In NumPy, as this runs in threads beside the network: PyTorch would start as many threads again in each of them.
    """
    left, top, right, bottom = np.ascontiguousarray(anchors.numpy().T)
    areas = (right - left) * (bottom - top)
    best, owner = np.zeros(len(anchors), np.float32), np.zeros(len(anchors), np.int64)
    forced = [np.zeros(0, np.int64)]
    for index, (x1, y1, x2, y2) in enumerate(boxes.float().numpy()):
        # Nearly all anchors are nowhere near.
        near = np.flatnonzero((left < x2) & (right > x1) & (top < y2) & (bottom > y1))
        if len(near) == 0:
            continue
        width = np.minimum(right[near], x2) - np.maximum(left[near], x1)
        shared = width * (np.minimum(bottom[near], y2) - np.maximum(top[near], y1))
        overlap = shared / ((x2 - x1) * (y2 - y1) + areas[near] - shared)
        better = overlap > best[near]
        taken = near[better]
        best[taken], owner[taken] = overlap[better], index
        forced.append(near[(overlap == overlap.max()) & (overlap > 0)])
    return torch.from_numpy(best), torch.from_numpy(owner), torch.from_numpy(np.concatenate(forced))
