"""Labelled pictures, and what becomes of them on the canvas: letterbox, flips, scale jitter, light and colour."""

from __future__ import annotations

import random
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from PIL import Image, ImageEnhance
from torch import Tensor

from detector import pixels
from detector.domain import Annotation, ImageSize
from detector.geometry import Letterbox

SMALLEST, LARGEST = 0.7, 1.3  # scale jitter, relative to the whole picture on the canvas
ENHANCERS = (ImageEnhance.Brightness, ImageEnhance.Contrast, ImageEnhance.Color)
LIGHT = 0.25  # strength of the photometric changes


@dataclass(frozen=True, slots=True)
class Example:
    """A labelled picture.

    Attributes:
        path: of the file.   size: as a person sees it.   key: tells it from others and seeds its augmentation.
        annotations: its boxes; none means that nothing is to be found on it, which is trained on like the rest.
        by_models: how many of them people took over from a model, with the model's edges.
    """

    path: Path
    size: ImageSize
    annotations: tuple[Annotation, ...]
    key: str
    by_models: int = 0


class Truth(NamedTuple):
    """What is to be found on a view.   boxes: [N, 4] float32 canvas pixels.   labels: [N] int64."""

    boxes: Tensor
    labels: Tensor


@dataclass(frozen=True, slots=True)
class View:
    """A picture on the canvas.

    pixels: [3, H, W] uint8.   boxes, labels: as in Truth.
    """

    pixels: Tensor
    boxes: Tensor
    labels: Tensor


@dataclass(frozen=True, slots=True)
class Change:
    """How a view differs from the plain picture; the default does not."""

    flip_x: bool = False
    flip_y: bool = False
    zoom: float = 1.0
    shift: tuple[float, float] = (0.0, 0.0)  # where the freedom left by the zoom is spent, 0..1 each
    light: tuple[float, float, float] = (1.0, 1.0, 1.0)

    @classmethod
    def draw(cls, rng: random.Random) -> Change:
        return cls(
            flip_x=rng.random() < 0.5,
            flip_y=rng.random() < 0.5,
            zoom=rng.uniform(SMALLEST, LARGEST),
            shift=(rng.random(), rng.random()),
            light=(_factor(rng), _factor(rng), _factor(rng)),
        )


def _factor(rng: random.Random) -> float:
    return rng.uniform(1 - LIGHT, 1 + LIGHT)


MIRRORED = (Change(), Change(flip_x=True), Change(flip_y=True), Change(flip_x=True, flip_y=True))


def change_for(example: Example, view: int, seed: int) -> Change:
    """The change of an example's view number; the same in any order, process or resumed run.

    The first four are the picture itself and its mirror images: a network that knows nothing yet learns the objects
    sooner where they keep their size (docs/adr/0006). Those after them are drawn, against learning pictures by heart.
    """
    if view < len(MIRRORED):
        return MIRRORED[view]
    return Change.draw(random.Random(f"{seed}/{example.key}/{view}"))  # noqa: S311


def load_view(example: Example, canvas: ImageSize, pad: tuple[int, int, int], change: Change | None = None) -> View:
    """Read a picture and lay it on the canvas, changed as told.

    Raises:
        UnreadableImage: the file is no picture any more.
    """
    picture, size = pixels.load_for(example.path, canvas)
    change = change or Change()
    return View(pixels_of(picture, canvas, pad, change, size), *boxes_of(example.annotations, size, canvas, change))


def place(
    picture: Image.Image,
    annotations: tuple[Annotation, ...],
    canvas: ImageSize,
    pad: tuple[int, int, int],
    change: Change,
) -> View:
    """Lay an RGB picture and its boxes on the canvas. Boxes are clipped to it; what is left under a pixel is dropped.

    Of a box that a zoom pushes over the edge, less than a third in sight is dropped too: nobody would label it.
    """
    size = ImageSize(picture.width, picture.height)
    return View(pixels_of(picture, canvas, pad, change), *boxes_of(annotations, size, canvas, change))


def boxes_of(annotations: tuple[Annotation, ...], size: ImageSize, canvas: ImageSize, change: Change) -> Truth:
    """The boxes of a view, as `place` gives them; needs no pixels, only their size."""
    letterbox = _letterbox(size, canvas, change)
    kept = []
    for annotation in annotations:
        moved = letterbox.onto_canvas(annotation.box, canvas)
        if moved is not None and moved.area >= annotation.box.area * letterbox.scale**2 / 3:
            kept.append((moved.as_tuple(), annotation.label))
    boxes = torch.tensor([box for box, _ in kept], dtype=torch.float32).reshape(-1, 4)
    labels = torch.tensor([label for _, label in kept], dtype=torch.int64)
    if change.flip_x:
        boxes = boxes[:, [2, 1, 0, 3]] * torch.tensor([-1.0, 1, -1, 1]) + torch.tensor([1.0, 0, 1, 0]) * canvas.width
    if change.flip_y:
        boxes = boxes[:, [0, 3, 2, 1]] * torch.tensor([1.0, -1, 1, -1]) + torch.tensor([0.0, 1, 0, 1]) * canvas.height
    return Truth(boxes, labels)


def pixels_of(
    picture: Image.Image,
    canvas: ImageSize,
    pad: tuple[int, int, int],
    change: Change,
    size: ImageSize | None = None,
) -> Tensor:
    """[3, H, W] uint8 of a view, as `place` gives them.

    Args:
        size: of the whole picture, where `pixels.load_for` gave a smaller one.
    """
    size = size or ImageSize(picture.width, picture.height)
    image = _drawn(picture, size, canvas, _letterbox(size, canvas, change), pad, change.light)
    turned = [axis for axis, flipped in ((2, change.flip_x), (1, change.flip_y)) if flipped]
    return (image.flip(turned) if turned else image).contiguous()


def _letterbox(size: ImageSize, canvas: ImageSize, change: Change) -> Letterbox:
    scale = Letterbox.fit(size, canvas).scale * change.zoom
    # Positive where the picture leaves room on the canvas, negative where it is larger than the canvas.
    free_x, free_y = canvas.width - size.width * scale, canvas.height - size.height * scale
    return Letterbox(scale, change.shift[0] * free_x, change.shift[1] * free_y)


def _drawn(
    picture: Image.Image,
    size: ImageSize,
    canvas: ImageSize,
    letterbox: Letterbox,
    pad: tuple[int, int, int],
    light: tuple[float, float, float],
) -> Tensor:
    """[3, H, W] uint8: the part of the picture that lies on the canvas, resized without aliasing, on the pad colour."""
    left, top = max(0.0, letterbox.left), max(0.0, letterbox.top)
    right = min(float(canvas.width), letterbox.left + size.width * letterbox.scale)
    bottom = min(float(canvas.height), letterbox.top + size.height * letterbox.scale)
    # Whole canvas pixels; the source rectangle follows from them, so that boxes and pixels stay together.
    x1, y1 = round(left), round(top)
    x2, y2 = max(x1 + 1, round(right)), max(y1 + 1, round(bottom))
    scale = letterbox.scale * size.width / picture.width  # of the pixels at hand, fewer where it was decoded smaller
    source = (
        max(0.0, (x1 - letterbox.left) / scale),
        max(0.0, (y1 - letterbox.top) / scale),
        min(float(picture.width), (x2 - letterbox.left) / scale),
        min(float(picture.height), (y2 - letterbox.top) / scale),
    )
    part = picture.resize((x2 - x1, y2 - y1), Image.Resampling.BILINEAR, box=source, reducing_gap=3.0)
    for enhancer, factor in zip(ENHANCERS, light, strict=True):
        if factor != 1.0:
            part = enhancer(part).enhance(factor)
    board = Image.new("RGB", (canvas.width, canvas.height), pad)
    board.paste(part, (x1, y1))
    return torch.from_numpy(np.array(board)).permute(2, 0, 1)
