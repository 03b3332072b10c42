"""Which prediction shall find which box, decided by the predictions themselves (task-aligned assignment).

Feng et al. 2021 (TOOD), section 3.2: an anchor answers for a box the better, the surer it is of the class and the
closer its own box already lies; the best few are made positive, and are to say how well they place it. So scores learn
to order boxes by how exact they are, which fixed overlaps between anchors and boxes cannot teach.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torchvision.ops import box_iou

ALPHA, BETA = 1.0, 6.0  # exponents of score and IoU in the alignment
MOST_PER_BOX = 13
MOST_AT_FIRST = 9
NEAREST = 3  # anchors that a box gets although none is centred in it
TINY = 1e-9


@dataclass(frozen=True, slots=True)
class Alignment:
    """What the anchors of one picture shall say.

    positive: [P] int64 anchor indices.   owner: [P] int64, the box of each.
    quality: [P] float32 in 0..1, the score that each shall give its box's class; all others shall say 0.
    """

    positive: Tensor
    owner: Tensor
    quality: Tensor


@torch.no_grad()
def align(scores: Tensor, predicted: Tensor, centres: Tensor, boxes: Tensor, labels: Tensor) -> Alignment:
    """Share out the anchors of one picture.

    Args:
        scores: [A, K] in 0..1.   predicted: [A, 4] boxes.   centres: [A, 2] of the anchors.
        boxes: [N, 4] true boxes.   labels: [N].
    """
    if len(boxes) == 0:
        none = torch.zeros(0, dtype=torch.int64, device=scores.device)
        return Alignment(none, none, scores.new_zeros(0))
    overlap = box_iou(boxes, predicted)  # [N, A]
    allowed = _centred_in(centres, boxes)
    alignment = scores[:, labels].T.pow(ALPHA) * overlap.pow(BETA) * allowed
    # Before anything is learned all may be 0: then any allowed anchor is better than none.
    wish = alignment + TINY * allowed
    best = wish.topk(min(MOST_PER_BOX, len(centres)), dim=1)
    chosen = torch.zeros_like(allowed).scatter_(1, best.indices, best.values > 0)
    chosen = _none_left_out(_one_box_each(chosen, overlap), wish)
    alignment = alignment * chosen
    largest = alignment.amax(dim=1, keepdim=True)
    closest = (overlap * chosen).amax(dim=1, keepdim=True)
    quality = (alignment / (largest + TINY) * closest).amax(dim=0)
    positive = chosen.any(dim=0).nonzero().flatten()
    return Alignment(positive, chosen[:, positive].int().argmax(dim=0), quality[positive])


@torch.no_grad()
def align_at_first(predicted: Tensor, anchors: Tensor, boxes: Tensor) -> Alignment:
    """Share out the anchors by where they stand, for the first steps: predictions say nothing yet.

    Without it, kinds of small or rare objects lose the race for scores at the start and take long to recover.

    Args:
        predicted: [A, 4] boxes, which the quality is still measured on.   anchors: [A, 4].   boxes: [N, 4] true boxes.
    """
    if len(boxes) == 0:
        none = torch.zeros(0, dtype=torch.int64, device=anchors.device)
        return Alignment(none, none, anchors.new_zeros(0))
    overlap = box_iou(boxes, anchors)
    near = overlap * _centred_in((anchors[:, :2] + anchors[:, 2:]) / 2, boxes)
    best = near.topk(min(MOST_AT_FIRST, len(anchors)), dim=1)
    chosen = torch.zeros_like(overlap, dtype=torch.bool).scatter_(1, best.indices, best.values > 0)
    chosen = _none_left_out(_one_box_each(chosen, overlap), near)
    positive = chosen.any(dim=0).nonzero().flatten()
    owner = chosen[:, positive].int().argmax(dim=0)
    quality = box_iou(predicted[positive], boxes).gather(1, owner[:, None])[:, 0]
    return Alignment(positive, owner, quality)


def _centred_in(centres: Tensor, boxes: Tensor) -> Tensor:
    """[N, A] bool: the anchors centred in each box; for one too small for that, the nearest ones."""
    inside = ((centres[None] > boxes[:, None, :2]) & (centres[None] < boxes[:, None, 2:])).all(dim=-1)
    empty = (~inside.any(dim=1)).nonzero().flatten()
    if len(empty):
        middles = (boxes[empty, :2] + boxes[empty, 2:]) / 2
        near = torch.cdist(middles, centres).topk(min(NEAREST, len(centres)), largest=False).indices
        inside[empty[:, None], near] = True
    return inside


def _one_box_each(chosen: Tensor, overlap: Tensor) -> Tensor:
    """An anchor wanted by several boxes goes to the one that its prediction overlaps most."""
    shared = (chosen.sum(dim=0) > 1).nonzero().flatten()
    if len(shared):
        winner = torch.where(chosen[:, shared], overlap[:, shared], -1.0).argmax(dim=0)
        chosen[:, shared] = False
        chosen[winner, shared] = True
    return chosen


def _none_left_out(chosen: Tensor, wish: Tensor) -> Tensor:
    """A box that lost all its anchors to others takes one back, from a box that has more than one.

    Boxes in the same place, or several small ones in one cell, would otherwise be one object to the network.
    """
    for box in (~chosen.any(dim=1)).nonzero().flatten().tolist():
        spared = chosen[chosen.sum(dim=1) == 1].any(dim=0)
        wanted = torch.where(spared, 0.0, wish[box])
        anchor = int(wanted.argmax())
        if wanted[anchor] > 0:
            chosen[:, anchor] = False
            chosen[box, anchor] = True
    return chosen
