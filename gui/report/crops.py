"""Small pictures of mistakes, with the true box and the one of the model drawn into them."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass

from detector.domain import Box, ImageSize
from detector.errors import DetectorError
from gui.charts.chart import ClassName
from gui.cropping import Cropper
from gui.report.worst import Marked, Mistake
from storage.errors import StorageError
from storage.records import StoredImage

SIDE = 240  # pixels of the longer side of a crop
ROUND = 0.6  # of the longer side of the boxes: what is shown round them, so that one sees where they are
LEAST = 48.0  # pixels of the picture on each side


@dataclass(frozen=True, slots=True)
class Outline:
    """A box to draw, in pixels of the picture."""

    x: float
    y: float
    width: float
    height: float
    color: str
    dashed: bool


@dataclass(frozen=True, slots=True)
class Crop:
    """A cut of a picture.

    Attributes:
        source: a data address; "" where the picture cannot be read.
        place: the cut, in pixels of the picture.
        outlines: what is true, then, dashed, what the model found.
    """

    source: str
    place: Box
    outlines: tuple[Outline, ...]


def crop_of(mistake: Mistake, image: StoredImage, cropper: Cropper, classes: Sequence[ClassName]) -> Crop:
    """Cut out both boxes with what is round them."""
    marked = [one for one in (mistake.truth, mistake.found) if one is not None]
    place = _with_margin([one.box for one in marked], image.size)
    outlines = tuple(_outline(one, classes) for one in marked)
    try:
        data, place = cropper.crop(image, place, SIDE, exact=True)
    except (StorageError, DetectorError):
        return Crop("", place, outlines)
    return Crop(f"data:image/jpeg;base64,{base64.b64encode(data).decode()}", place, outlines)


def _with_margin(boxes: Sequence[Box], size: ImageSize) -> Box:
    left, top = min(box.x1 for box in boxes), min(box.y1 for box in boxes)
    right, bottom = max(box.x2 for box in boxes), max(box.y2 for box in boxes)
    margin = max(ROUND * max(right - left, bottom - top), (LEAST - min(right - left, bottom - top)) / 2)
    return Box(
        max(0.0, left - margin),
        max(0.0, top - margin),
        min(float(size.width), right + margin),
        min(float(size.height), bottom + margin),
    )


def _outline(one: Marked, classes: Sequence[ClassName]) -> Outline:
    box = one.box
    return Outline(box.x1, box.y1, box.width, box.height, classes[one.label].color, one.score is not None)
