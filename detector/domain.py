"""What a box is, and the few things said with boxes. Standard library only; every object checks itself.

Everywhere inside Boxloop a box is float `[x1, y1, x2, y2]` in pixels of the picture as a person sees it
(EXIF orientation applied once, by `detector.pixels`), with `0 <= x1 < x2 <= W` and `0 <= y1 < y2 <= H`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from detector.errors import InvalidBox

SAME_OBJECT = 0.5  # IoU from which two boxes are one object, as in COCO's AP50


@dataclass(frozen=True, slots=True)
class ImageSize:
    """Width and height of a picture as a person sees it, in whole pixels."""

    width: int
    height: int

    def __post_init__(self) -> None:
        if self.width < 1 or self.height < 1:
            raise ValueError(f"a picture needs at least one pixel, got {self.width}x{self.height}")

    @property
    def area(self) -> int:
        """How many pixels it has."""
        return self.width * self.height

    @property
    def turned(self) -> ImageSize:
        """The same area standing the other way."""
        return ImageSize(self.height, self.width)


@dataclass(frozen=True, slots=True)
class Box:
    """An axis-aligned rectangle with an area, in pixels.

    Raises:
        InvalidBox: a coordinate is not finite or negative, or the box has no area.
    """

    x1: float
    y1: float
    x2: float
    y2: float

    def __post_init__(self) -> None:
        # one comparison for the usual case: a large project has a million boxes; NaN is never less than anything
        if not (0 <= self.x1 < self.x2 < math.inf and 0 <= self.y1 < self.y2 < math.inf):
            raise InvalidBox(self._fault())

    def _fault(self) -> str:
        if not all(math.isfinite(v) for v in self.as_tuple()):
            return f"a box needs four finite numbers, got {self.as_tuple()}"
        if self.x1 < 0 or self.y1 < 0:
            return f"a box cannot start left of or above the picture, got {self.as_tuple()}"
        return f"a box needs x1 < x2 and y1 < y2, got {self.as_tuple()}"

    @property
    def width(self) -> float:
        return self.x2 - self.x1

    @property
    def height(self) -> float:
        return self.y2 - self.y1

    @property
    def area(self) -> float:
        return self.width * self.height

    def as_tuple(self) -> tuple[float, float, float, float]:
        return (self.x1, self.y1, self.x2, self.y2)

    def must_lie_in(self, size: ImageSize) -> None:
        """Raise InvalidBox where the box sticks out of a picture of this size."""
        if self.x2 > size.width or self.y2 > size.height:
            raise InvalidBox(f"box {self.as_tuple()} sticks out of a picture of {size.width}x{size.height} pixels")


def clipped(x1: float, y1: float, x2: float, y2: float, size: ImageSize) -> Box | None:
    """The part of a rectangle that lies in the picture, or None where nothing with an area is left.

    Raises:
        InvalidBox: a coordinate is not finite, so that no part of it can be meant.
    """
    if not all(math.isfinite(v) for v in (x1, y1, x2, y2)):
        raise InvalidBox(f"a box needs four finite numbers, got {(x1, y1, x2, y2)}")
    left, top = max(0.0, x1), max(0.0, y1)
    right, bottom = min(float(size.width), x2), min(float(size.height), y2)
    if left >= right or top >= bottom:
        return None
    return Box(left, top, right, bottom)


@dataclass(frozen=True, slots=True)
class Annotation:
    """A box that is held to be true; `label` is 0..K-1 in the order of a LabelSet."""

    box: Box
    label: int

    def __post_init__(self) -> None:
        if self.label < 0:  # -1 would silently train the last class
            raise ValueError(f"a label is 0 or more, got {self.label}")


@dataclass(frozen=True, slots=True)
class Prediction:
    """A box that a model believes in, with a score in 0..1; `label` as in Annotation."""

    box: Box
    label: int
    score: float

    def __post_init__(self) -> None:
        if self.label < 0:
            raise ValueError(f"a label is 0 or more, got {self.label}")
        if not 0.0 <= self.score <= 1.0:
            raise ValueError(f"a score lies in 0..1, got {self.score}")


@dataclass(frozen=True, slots=True)
class LabelSet:
    """The classes of one model, in the order of its outputs. No background class.

    Attributes:
        ids: class ids as the database knows them (never renumbered).
        names: what people called them when the model was made.
    """

    ids: tuple[int, ...]
    names: tuple[str, ...]

    def __post_init__(self) -> None:
        if len(self.ids) != len(self.names):
            raise ValueError(f"{len(self.ids)} class ids but {len(self.names)} names")
        if len(set(self.ids)) != len(self.ids):
            raise ValueError(f"class ids must differ, got {self.ids}")

    def __len__(self) -> int:
        return len(self.ids)

    def label_of(self, class_id: int) -> int:
        """Model-space label (0..K-1) of a class id. Raises ValueError for a class that the model does not know."""
        return self.ids.index(class_id)
