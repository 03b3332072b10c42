"""Boxes between a picture and the canvas that a network sees. Plain arithmetic; no torch, so that anyone may ask."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from detector.domain import Box, ImageSize, clipped


@dataclass(frozen=True, slots=True)
class Letterbox:
    """How a picture is laid on a canvas: scaled by one factor, never squashed, then moved by `(left, top)`.

    A point `(x, y)` of the picture comes to `(x * scale + left, y * scale + top)` on the canvas, in pixels.
    """

    scale: float
    left: float = 0.0
    top: float = 0.0

    @classmethod
    def fit(cls, picture: ImageSize, canvas: ImageSize) -> Letterbox:
        """As large as fits, in the upper left corner; smaller pictures are enlarged."""
        return cls(min(canvas.width / picture.width, canvas.height / picture.height))

    def onto_canvas(self, box: Box, canvas: ImageSize) -> Box | None:
        """The part of a picture's box that lies on the canvas, or None where less than one pixel is left."""
        moved = clipped(
            box.x1 * self.scale + self.left,
            box.y1 * self.scale + self.top,
            box.x2 * self.scale + self.left,
            box.y2 * self.scale + self.top,
            canvas,
        )
        return moved if moved is not None and moved.width >= 1 and moved.height >= 1 else None

    def onto_picture(self, x1: float, y1: float, x2: float, y2: float, picture: ImageSize) -> Box | None:
        """A canvas rectangle back in the picture, clipped to it; None where nothing with an area is left."""
        return clipped(
            (x1 - self.left) / self.scale,
            (y1 - self.top) / self.scale,
            (x2 - self.left) / self.scale,
            (y2 - self.top) / self.scale,
            picture,
        )


def canvas_for(picture: ImageSize, canvas: ImageSize) -> ImageSize:
    """The canvas as it stands for this picture: turned where the picture is upright and the canvas lies, or vice versa.

    As many pixels either way, but fewer of them are margin.
    """
    against = (picture.width - picture.height) * (canvas.width - canvas.height) < 0
    return canvas.turned if against else canvas


def iou(a: Box, b: Box) -> float:
    """Intersection over union of two boxes, 0..1."""
    width = min(a.x2, b.x2) - max(a.x1, b.x1)
    height = min(a.y2, b.y2) - max(a.y1, b.y1)
    if width <= 0 or height <= 0:
        return 0.0
    shared = width * height
    return shared / (a.area + b.area - shared)


def match(truths: Sequence[Box], found: Sequence[Box], threshold: float = 0.5) -> list[int | None]:
    """For each found box, in the given order, the index of the truth it takes, or None.

    A truth is taken once; each found box takes the free truth it overlaps most, from `threshold` up.
    """
    taken: set[int] = set()
    result: list[int | None] = []
    for candidate in found:
        overlaps = [(iou(candidate, truth), -i) for i, truth in enumerate(truths) if i not in taken]
        best, index = max(overlaps, default=(0.0, 0))
        if overlaps and best >= threshold:
            taken.add(-index)
            result.append(-index)
        else:
            result.append(None)
    return result
