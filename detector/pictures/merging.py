"""From what was found on the tiles of a picture to what there is on the picture."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor
from torchvision.ops import batched_nms

from detector.domain import ImageSize, Prediction, clipped
from detector.pictures.tiling import Tile

EDGE = 0.01  # of a tile's longer side: a box that ends so near to where the tile was cut is probably cut, too
COVERED = 0.5  # share of such a box in a whole one from which on it is the same object
AS_SURE = 0.5  # times its score, which the whole one must have at least
MOST_FULL = 10  # tiles: a picture has room for the boxes of so many that show as many as a tile may
AT_ONCE = 512  # boxes compared with all others


def limit_of(tiles: int, a_tile: int) -> int:
    """How many boxes a picture may have, where one of its tiles may have `a_tile`."""
    return a_tile * min(MOST_FULL, max(1, tiles))


def merge(
    found: Sequence[tuple[Tile, Sequence[Prediction], ImageSize]], picture: ImageSize, nms_iou: float, limit: int
) -> tuple[tuple[Prediction, ...], bool]:
    """Predictions on a picture from those on its tiles.

    Where tiles overlap an object is found more than once. Of boxes of a class that overlap the best stays, as within a
    tile; and a box that ends where its tile was cut gives way to a whole one that holds half of it.

    Args:
        found: tile, what was found on it, and the size in pixels in which that is measured.
        nms_iou: overlap from which on two whole boxes of a class are one object.

    Returns:
        The best `limit`, best first, in pixels of the picture; and whether there were more.
    """
    boxes, scores, labels, cut = _on_picture(found, picture)
    whole, parts = (~cut).nonzero().flatten(), cut.nonzero().flatten()
    keep = whole[batched_nms(boxes[whole], scores[whole], labels[whole], nms_iou)]
    parts = parts[batched_nms(boxes[parts], scores[parts], labels[parts], nms_iou)]
    parts = parts[~_held(boxes, scores, labels, parts, keep)]
    every = torch.cat([keep, parts])
    best = every[scores[every].argsort(descending=True, stable=True)]
    rows = zip(boxes[best].tolist(), labels[best].tolist(), scores[best].tolist(), strict=True)
    on_it = ((clipped(x1, y1, x2, y2, picture), label, score) for (x1, y1, x2, y2), label, score in rows)
    made = [Prediction(box, label, score) for box, label, score in on_it if box is not None]
    return tuple(made[:limit]), len(made) > limit


def _on_picture(
    found: Sequence[tuple[Tile, Sequence[Prediction], ImageSize]], picture: ImageSize
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Boxes [N, 4] in pixels of the picture, scores [N], labels [N], and which end where their tile was cut [N]."""
    boxes, scores, labels, cut = [], [], [], []
    for tile, predictions, size in found:
        x, y = tile.size.width / size.width, tile.size.height / size.height
        near = EDGE * max(tile.size.width, tile.size.height)
        left, top = tile.left > 0, tile.top > 0
        right, bottom = tile.right < picture.width, tile.bottom < picture.height
        for p in predictions:
            x1, y1, x2, y2 = p.box.x1 * x, p.box.y1 * y, p.box.x2 * x, p.box.y2 * y
            boxes.append((x1 + tile.left, y1 + tile.top, x2 + tile.left, y2 + tile.top))
            scores.append(p.score)
            labels.append(p.label)
            cut.append(
                (left and x1 < near)
                or (top and y1 < near)
                or (right and x2 > tile.size.width - near)
                or (bottom and y2 > tile.size.height - near)
            )
    return (
        torch.tensor(boxes, dtype=torch.float64).reshape(-1, 4),
        torch.tensor(scores, dtype=torch.float64),
        torch.tensor(labels, dtype=torch.int64),
        torch.tensor(cut, dtype=torch.bool),
    )


def _held(boxes: Tensor, scores: Tensor, labels: Tensor, parts: Tensor, whole: Tensor) -> Tensor:
    """[P] whether a whole box of the class, about as sure, holds half of it."""
    held = torch.zeros(len(parts), dtype=torch.bool)
    for start in range(0, len(parts), AT_ONCE):
        some = parts[start : start + AT_ONCE]
        a, b = boxes[some][:, None], boxes[whole][None]
        sides = (torch.minimum(a[..., 2:], b[..., 2:]) - torch.maximum(a[..., :2], b[..., :2])).clamp(min=0)
        areas = (a[..., 2:] - a[..., :2]).prod(-1)
        same = (labels[some][:, None] == labels[whole][None]) & (scores[whole][None] >= AS_SURE * scores[some][:, None])
        held[start : start + AT_ONCE] = (same & (sides.prod(-1) >= COVERED * areas)).any(dim=1)
    return held
