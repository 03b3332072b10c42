"""Anchor boxes with stated strides.

With nine anchors a cell the grid is the one that torchvision's COCO weights were trained with (anchor centres on the
cells' upper left corners, sides rounded), except that strides are stated as 8..128 instead of being computed from the
grid: for a canvas side that is no multiple of 128 the computed ones are wrong. With one anchor a cell it stands in the
cell's middle.
"""

from __future__ import annotations

import torch
from torch import Tensor

from detector.domain import ImageSize

STRIDES = (8, 16, 32, 64, 128)
RATIOS = (0.5, 1.0, 2.0)  # height / width
OCTAVES = (1.0, 2 ** (1 / 3), 2 ** (2 / 3))


def grid_shapes(canvas: ImageSize) -> tuple[tuple[int, int], ...]:
    """(rows, columns) of each level; from 32 on each level is a stride-2 convolution with padding of the one before."""
    shapes = [(canvas.height // stride, canvas.width // stride) for stride in STRIDES[:3]]
    while len(shapes) < len(STRIDES):
        rows, columns = shapes[-1]
        shapes.append(((rows + 1) // 2, (columns + 1) // 2))
    return tuple(shapes)


def base_anchors(size: float) -> Tensor:
    """[5, 9, 4] float32: the anchors of each level round the origin; `size` is the finest level's first octave."""
    sides = torch.tensor([[int(size * 2**level * octave) for octave in OCTAVES] for level in range(len(STRIDES))])
    tall = torch.tensor(RATIOS).sqrt()
    heights = (tall[None, :, None] * sides[:, None, :]).flatten(1)
    widths = (sides[:, None, :] / tall[None, :, None]).flatten(1)
    return (torch.stack([-widths, -heights, widths, heights], dim=-1) / 2).round()


def square_anchors(size: float) -> Tensor:
    """[5, 1, 4] float32: a square of the middle octave for each level, round the origin."""
    half = torch.tensor([size * OCTAVES[1] * 2**level / 2 for level in range(len(STRIDES))])
    return torch.stack([-half, -half, half, half], dim=-1)[:, None]


def make_anchors(canvas: ImageSize, size: float, per_cell: int) -> tuple[Tensor, tuple[int, ...]]:
    """All anchors of a canvas, [A, 4] float32 xyxy, ordered by level, row, column, anchor; and how many a level has."""
    levels = []
    bases, place = (square_anchors(size), 0.5) if per_cell == 1 else (base_anchors(size), 0.0)
    for (rows, columns), stride, base in zip(grid_shapes(canvas), STRIDES, bases, strict=True):
        down, across = (torch.arange(rows) + place) * stride, (torch.arange(columns) + place) * stride
        y, x = torch.meshgrid(down, across, indexing="ij")
        centres = torch.stack([x, y, x, y], dim=-1).reshape(-1, 1, 4).float()
        levels.append((centres + base[None]).reshape(-1, 4))
    return torch.cat(levels), tuple(len(level) for level in levels)
