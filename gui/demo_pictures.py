"""Pictures for the demo and the tests: a stained blood smear under a microscope, drawn, with the truth known.

Light is absorbed as in a real stain: every cell adds optical density in red, green and blue, and the picture is the
lamp's light times exp(-density) (Beer-Lambert), so that overlapping cells darken each other as they do on a slide. The
same index and seed give the same picture.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from detector.domain import Box, ImageSize, clipped
from storage.formats.dataset import NamedBox

Density = NDArray[np.float32]  # [H, W, 3], optical density in red, green, blue

RED_CELL, WHITE_CELL, PLATELET = "red cell", "white cell", "platelet"
CLASS_NAMES = (RED_CELL, WHITE_CELL, PLATELET)
PICTURE_SIZE = ImageSize(640, 480)

LAMP = np.array([244, 238, 226], np.float32)  # what the empty slide looks like
EOSIN = np.array([0.10, 0.52, 0.40], np.float32)  # the pink of red cells
CYTOPLASM = np.array([0.30, 0.26, 0.08], np.float32)
NUCLEUS = np.array([0.95, 1.25, 0.42], np.float32)
GRANULE = np.array([0.55, 0.80, 0.28], np.float32)
LEAST_VISIBLE = 0.35  # a cell of which less lies in the picture is not drawn: nobody could say what it is


@dataclass(frozen=True, slots=True)
class DrawnPicture:
    """A picture (RGB) and everything that can be found in it, each with the box round all that is seen of it."""

    image: Image.Image
    truth: tuple[NamedBox, ...]


@dataclass(frozen=True, slots=True)
class _Cell:
    """Where a cell lies: centre, half axes in pixels, and the angle of the longer one in radians."""

    class_name: str
    x: float
    y: float
    a: float
    b: float
    angle: float

    def half_extent(self) -> tuple[float, float]:
        """Half width and half height of the upright box round the turned ellipse."""
        cos, sin = np.cos(self.angle), np.sin(self.angle)
        return float(np.hypot(self.a * cos, self.b * sin)), float(np.hypot(self.a * sin, self.b * cos))

    def box_in(self, size: ImageSize) -> Box | None:
        """The visible part, in whole pixels; None where too little of the cell lies in the picture."""
        w, h = self.half_extent()
        left, top, right, bottom = (round(v) for v in (self.x - w, self.y - h, self.x + w, self.y + h))
        seen = clipped(left, top, right, bottom, size)
        if seen is None or seen.area < LEAST_VISIBLE * (right - left) * (bottom - top):
            return None
        return seen


def draw(index: int, seed: int = 0, size: ImageSize = PICTURE_SIZE) -> DrawnPicture:
    """Draw picture number `index` of the smear `seed`.

    Returns:
        An RGB picture of `size` and the boxes of all its cells, in whole pixels inside the picture.
    """
    dice = np.random.default_rng([seed, index])
    cells = _scatter(dice, size)
    density: Density = np.zeros((size.height, size.width, 3), np.float32)
    truth = []
    for cell in cells:
        box = cell.box_in(size)
        if box is not None:
            _STAIN[cell.class_name](density, cell, dice)
            truth.append(NamedBox(cell.class_name, box))
    return DrawnPicture(_photograph(density, dice), tuple(truth))


def _scatter(dice: np.random.Generator, size: ImageSize) -> list[_Cell]:
    """Throw cells onto the slide: the few large ones first, so that the others find their place between them."""
    share = size.width * size.height / (PICTURE_SIZE.width * PICTURE_SIZE.height)
    scale = float(dice.uniform(0.92, 1.08))
    wanted = (
        [WHITE_CELL] * int(dice.choice([0, 1, 1, 2]) * max(1.0, share) if share >= 0.2 else dice.integers(0, 2))
        + [RED_CELL] * max(1, round(int(dice.integers(9, 19)) * share))
        + [PLATELET] * round(int(dice.integers(1, 7)) * max(0.5, share))
    )
    placed: list[_Cell] = []
    for name in wanted:
        for _ in range(40):
            cell = _throw(name, dice, size, scale)
            if all(_apart(cell, other) for other in placed):
                placed.append(cell)
                break
    return placed


def _throw(name: str, dice: np.random.Generator, size: ImageSize, scale: float) -> _Cell:
    mean, spread, flatness = {RED_CELL: (38, 3.5, 0.14), WHITE_CELL: (62, 7, 0.12), PLATELET: (11, 2.2, 0.3)}[name]
    a = scale * float(np.clip(dice.normal(mean, spread), mean - 2 * spread, mean + 2 * spread))
    return _Cell(
        class_name=name,
        x=float(dice.uniform(-0.1 * a, size.width + 0.1 * a)),
        y=float(dice.uniform(-0.1 * a, size.height + 0.1 * a)),
        a=a,
        b=a * float(1 - dice.uniform(0, flatness)),
        angle=float(dice.uniform(0, np.pi)),
    )


def _apart(one: _Cell, other: _Cell) -> bool:
    """Red cells may overlap each other a little, as they do; nothing lies under a white cell or a platelet."""
    nearest = 0.74 if one.class_name == other.class_name == RED_CELL else 1.04
    return bool(np.hypot(one.x - other.x, one.y - other.y) > nearest * (one.a + other.a))


def _window(cell: _Cell, shape: tuple[int, ...]) -> tuple[slice, slice]:
    reach = cell.a * 1.15 + 2
    rows = slice(max(0, int(cell.y - reach)), min(shape[0], int(cell.y + reach) + 1))
    columns = slice(max(0, int(cell.x - reach)), min(shape[1], int(cell.x + reach) + 1))
    return rows, columns


def _radius(cell: _Cell, window: tuple[slice, slice], dice: np.random.Generator, wobble: float) -> NDArray[np.float32]:
    """Distance from the centre in units of the rim, [h, w]: 0 in the centre, 1 on a slightly uneven rim."""
    y, x = np.mgrid[window].astype(np.float32)
    dx, dy = x + 0.5 - cell.x, y + 0.5 - cell.y
    cos, sin = np.cos(cell.angle), np.sin(cell.angle)
    u, v = (dx * cos + dy * sin) / cell.a, (dy * cos - dx * sin) / cell.b
    turn = np.arctan2(v, u)
    rim = 1 + sum(wobble / k * np.cos(k * turn + dice.uniform(0, 2 * np.pi)) for k in (2, 3, 5))
    # The uneven rim is scaled to stay within the ellipse, so that the box is tight but never too small.
    radius: NDArray[np.float32] = (np.hypot(u, v) * (1 + 1.2 * wobble) / rim).astype(np.float32)
    return radius


def _inside(radius: NDArray[np.float32], softness: float) -> NDArray[np.float32]:
    """1 inside the rim, 0 outside, with a soft edge."""
    soft: NDArray[np.float32] = np.clip((1 - radius) / softness + 0.5, 0, 1)
    return soft


def _stain_red(density: Density, cell: _Cell, dice: np.random.Generator) -> None:
    """A disc that is thinner in the middle, which lets more light through there."""
    window = _window(cell, density.shape)
    radius = _radius(cell, window, dice, 0.025)
    pallor = float(dice.uniform(0.35, 0.75)) * np.exp(-((radius / float(dice.uniform(0.42, 0.55))) ** 2) * 1.6)
    rim = 0.35 * np.exp(-(((radius - 0.88) / 0.1) ** 2))
    thickness = _inside(radius, 0.09) * (1 - pallor + rim) * float(dice.uniform(0.8, 1.1))
    density[window] += thickness[..., None] * EOSIN * dice.uniform(0.94, 1.06, 3).astype(np.float32)


def _stain_white(density: Density, cell: _Cell, dice: np.random.Generator) -> None:
    """Pale granular cytoplasm and a dark nucleus of two to four lobes."""
    window = _window(cell, density.shape)
    radius = _radius(cell, window, dice, 0.04)
    body = _inside(radius, 0.06)
    grain = _clouds(radius.shape, 3, dice)
    density[window] += (body * (0.75 + 0.5 * grain))[..., None] * CYTOPLASM
    nucleus = np.zeros_like(radius)
    lobes = int(dice.integers(2, 5))
    start = float(dice.uniform(0, 2 * np.pi))
    for lobe in range(lobes):
        turn = start + lobe * float(dice.uniform(1.1, 1.6))
        off = cell.a * float(dice.uniform(0.26, 0.36))
        size = cell.a * float(dice.uniform(0.36, 0.46))
        part = _Cell(WHITE_CELL, cell.x + off * np.cos(turn), cell.y + off * np.sin(turn), size, size * 0.8, turn)
        nucleus = np.maximum(nucleus, _inside(_radius(part, window, dice, 0.05), 0.12))
    chromatin = 0.7 + 0.6 * _clouds(radius.shape, 5, dice)
    density[window] += (body * nucleus * chromatin)[..., None] * NUCLEUS


def _stain_platelet(density: Density, cell: _Cell, dice: np.random.Generator) -> None:
    """A small ragged purple speck with darker grains."""
    window = _window(cell, density.shape)
    radius = _radius(cell, window, dice, 0.1)
    grains = 0.5 + 0.9 * _clouds(radius.shape, 2, dice)
    density[window] += (_inside(radius, 0.3) * grains * float(dice.uniform(0.7, 1.0)))[..., None] * GRANULE


_STAIN = {RED_CELL: _stain_red, WHITE_CELL: _stain_white, PLATELET: _stain_platelet}


def _clouds(shape: tuple[int, ...], grain: int, dice: np.random.Generator) -> NDArray[np.float32]:
    """Smooth random texture in 0..1, [h, w], with features of about `grain` pixels."""
    coarse = dice.random((shape[0] // grain + 2, shape[1] // grain + 2), np.float32)
    picture = Image.fromarray(np.round(coarse * 255).astype(np.uint8))
    smooth: NDArray[np.float32] = np.asarray(picture.resize((shape[1], shape[0]), Image.Resampling.BICUBIC), np.float32)
    return smooth / np.float32(255)


def _photograph(density: Density, dice: np.random.Generator) -> Image.Image:
    """What the camera sees: an uneven lamp, a little blur, the stain's haze, the sensor's noise."""
    height, width, _ = density.shape
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    from_centre = np.hypot(x / width - dice.uniform(0.42, 0.58), y / height - dice.uniform(0.42, 0.58))
    lamp = LAMP * dice.uniform(0.96, 1.0, 3).astype(np.float32) * (1 - 0.28 * from_centre**2)[..., None]
    haze = 0.035 * _clouds((height, width), 90, dice)[..., None] * (EOSIN + 0.3)
    light = np.clip(lamp * np.exp(-(density + haze)), 0, 255)
    sharp = Image.fromarray(np.round(light).astype(np.uint8))
    seen = np.asarray(sharp.filter(ImageFilter.GaussianBlur(float(dice.uniform(0.7, 1.3)))), np.float32)
    noise = dice.normal(0, 2.2, (height, width, 1)) + dice.normal(0, 1.2, (height, width, 3))
    return Image.fromarray(np.clip(np.round(seen + noise), 0, 255).astype(np.uint8))
