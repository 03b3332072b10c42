"""The tables that drawn cards lie on, the clutter on them, and what a phone's camera makes of the whole."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter

from detector.domain import ImageSize

Dice = np.random.Generator
Pixels = NDArray[np.float32]  # [H, W, 3], 0..255

_GROUNDS = ("#6b4a2f", "#a87f52", "#3f2c20", "#1f5a3c", "#27406b", "#c9c1b2", "#8d8f94", "#e6dfd0", "#7c2f2f")
_THINGS = ("#d8d4c8", "#2b2d31", "#b03a2e", "#2e6f95", "#d4a017", "#5b7f3a", "#f3efe4", "#7a4b8a")


def ground(size: ImageSize, dice: Dice) -> Image.Image:
    """A table top: wood with its grain, a woven or chequered cloth, or speckled stone."""
    color = np.array(Image.new("RGB", (1, 1), str(dice.choice(_GROUNDS))))[0, 0].astype(np.float32)
    texture = (_wood, _cloth, _stone)[int(dice.integers(3))](size, dice)
    light = 1 + 0.25 * (clouds(size, 160, dice) - 0.5)
    return _image(color * (texture * light)[..., None])


def clutter(picture: Image.Image, dice: Dice) -> None:
    """Put two to nine everyday things on the table: coins, pens, mugs, slips of paper, phones."""
    for _ in range(int(dice.integers(2, 10))):
        thing = (_coin, _pen, _mug, _paper, _phone)[int(dice.integers(5))]
        x, y = float(dice.uniform(0, picture.width)), float(dice.uniform(0, picture.height))
        part = thing(dice).rotate(float(dice.uniform(0, 360)), Image.Resampling.BICUBIC, expand=True)
        picture.paste(part, (round(x - part.width / 2), round(y - part.height / 2)), part)


def photograph(picture: Image.Image, dice: Dice) -> Image.Image:
    """Uneven light, a cast of colour, soft shadows, focus and motion blur, grain."""
    size = ImageSize(*picture.size)
    light = _lamp(size, dice) * _shadows(size, dice)
    cast = dice.uniform(0.82, 1.08, 3).astype(np.float32)
    lit = _image(np.asarray(picture, np.float32) * light[..., None] * cast * float(dice.uniform(0.6, 1.15)))
    blurred = lit.filter(ImageFilter.GaussianBlur(float(dice.uniform(0.2, 1.5))))
    if dice.random() < 0.25:
        blurred = _shaken(blurred, dice)
    strength = float(dice.uniform(2, 11))
    noise = dice.normal(0, strength, (size.height, size.width, 1)) + dice.normal(
        0, strength / 2, (size.height, size.width, 3)
    )
    return _image(np.asarray(blurred, np.float32) + noise.astype(np.float32))


def clouds(size: ImageSize, grain: int, dice: Dice) -> NDArray[np.float32]:
    """Smooth random values in 0..1, [H, W], with features of about `grain` pixels."""
    coarse = dice.random((size.height // grain + 2, size.width // grain + 2), np.float32)
    smooth = Image.fromarray(coarse).resize((size.width, size.height), Image.Resampling.BICUBIC)
    return np.clip(np.asarray(smooth, np.float32), 0, 1)


def _image(values: Pixels) -> Image.Image:
    return Image.fromarray(np.clip(np.round(values), 0, 255).astype(np.uint8))


def _wood(size: ImageSize, dice: Dice) -> NDArray[np.float32]:
    """Grain along x: values that change quickly across the boards and slowly along them, with seams between."""
    rows = dice.random((size.height // 3 + 1, size.width // 180 + 2), np.float32)
    grain = np.asarray(Image.fromarray(rows).resize((size.width, size.height), Image.Resampling.BICUBIC), np.float32)
    board = int(dice.integers(70, 200))
    seams = np.ones(size.height, np.float32)
    seams[int(dice.integers(board)) :: board] = 0.45
    return (0.75 + 0.45 * grain) * seams[:, None]


def _cloth(size: ImageSize, dice: Dice) -> NDArray[np.float32]:
    y, x = np.mgrid[0 : size.height, 0 : size.width].astype(np.float32)
    weave = 1 + 0.06 * np.sin(x * 1.9) * np.sin(y * 1.9)
    if dice.random() < 0.6:
        pitch = float(dice.uniform(30, 90))
        angle = float(dice.uniform(0, math.pi))
        u = (x * math.cos(angle) + y * math.sin(angle)) // pitch
        v = (y * math.cos(angle) - x * math.sin(angle)) // pitch
        weave = weave * np.where((u + v) % 2 == 0, 1.0, float(dice.uniform(0.6, 0.95)))
    woven: NDArray[np.float32] = weave.astype(np.float32)
    return woven


def _stone(size: ImageSize, dice: Dice) -> NDArray[np.float32]:
    return 0.7 + 0.25 * clouds(size, 5, dice) + 0.35 * clouds(size, 45, dice)


def _part(width: float, height: float) -> Image.Image:
    return Image.new("RGBA", (max(4, round(width)), max(4, round(height))), "#00000000")


def _coin(dice: Dice) -> Image.Image:
    side = float(dice.uniform(22, 48))
    part = _part(side, side)
    draw = ImageDraw.Draw(part)
    draw.ellipse((0, 0, side - 1, side - 1), fill=str(dice.choice(["#b08d57", "#c0c0c0", "#b87333"])), outline="#444")
    draw.ellipse((side * 0.3, side * 0.25, side * 0.7, side * 0.75), outline="#5c5040", width=2)
    return part


def _pen(dice: Dice) -> Image.Image:
    length, width = float(dice.uniform(150, 320)), float(dice.uniform(7, 14))
    part = _part(length, width)
    draw = ImageDraw.Draw(part)
    draw.rounded_rectangle((0, 0, length * 0.93, width - 1), width / 2, fill=str(dice.choice(_THINGS)))
    draw.polygon([(length * 0.9, 0), (length - 1, width / 2), (length * 0.9, width - 1)], fill="#333")
    return part


def _mug(dice: Dice) -> Image.Image:
    side = float(dice.uniform(90, 180))
    part = _part(side, side)
    draw = ImageDraw.Draw(part)
    draw.ellipse((0, 0, side - 1, side - 1), fill=str(dice.choice(_THINGS)), outline="#333", width=2)
    draw.ellipse(
        (side * 0.1, side * 0.1, side * 0.9, side * 0.9), fill=str(dice.choice(["#3b2314", "#c68642", "#eee"]))
    )
    return part


def _paper(dice: Dice) -> Image.Image:
    """A slip as white as a card, with lines of scribble in ink and in red."""
    width, height = float(dice.uniform(70, 200)), float(dice.uniform(90, 260))
    part = _part(width, height)
    draw = ImageDraw.Draw(part)
    draw.rectangle((0, 0, width - 1, height - 1), fill=str(dice.choice(["#f5f2e8", "#fdfdf8", "#f7e98e"])))
    for y in np.arange(12, height - 10, float(dice.uniform(9, 20))):
        x = 10.0
        while x < width - 14:
            word = float(dice.uniform(5, 26))
            draw.line((x, y, min(x + word, width - 8), y), fill=str(dice.choice(["#222", "#223a7a", "#a22"])), width=3)
            x += word + 5
    return part


def _phone(dice: Dice) -> Image.Image:
    width = float(dice.uniform(70, 120))
    part = _part(width, width * 2)
    draw = ImageDraw.Draw(part)
    draw.rounded_rectangle((0, 0, width - 1, width * 2 - 1), width * 0.12, fill="#15161a", outline="#555", width=2)
    draw.rectangle((5, 12, width - 6, width * 2 - 13), fill=str(dice.choice(["#0c0d10", "#24405e", "#3a3a44"])))
    return part


def _lamp(size: ImageSize, dice: Dice) -> NDArray[np.float32]:
    y, x = np.mgrid[0 : size.height, 0 : size.width].astype(np.float32)
    away = np.hypot(x / size.width - dice.uniform(0.2, 0.8), y / size.height - dice.uniform(0.2, 0.8))
    light: NDArray[np.float32] = (1.08 - float(dice.uniform(0.1, 0.6)) * away**2).astype(np.float32)
    return light


def _shadows(size: ImageSize, dice: Dice) -> NDArray[np.float32]:
    """The hand, the head or the phone of whoever takes the picture, between lamp and table."""
    mask = Image.new("L", (size.width, size.height), 255)
    draw = ImageDraw.Draw(mask)
    for _ in range(int(dice.integers(0, 3))):
        x, y = float(dice.uniform(0, size.width)), float(dice.uniform(0, size.height))
        corners = [
            (x + float(dice.uniform(60, 320)) * math.cos(turn), y + float(dice.uniform(60, 320)) * math.sin(turn))
            for turn in np.linspace(0, 2 * math.pi, 7)[:-1]
        ]
        draw.polygon(corners, fill=int(dice.integers(110, 200)))
    soft = mask.filter(ImageFilter.GaussianBlur(float(dice.uniform(4, 25))))
    return np.asarray(soft, np.float32) / np.float32(255)


def _shaken(picture: Image.Image, dice: Dice) -> Image.Image:
    """The mean of the picture with itself, moved by a few pixels along one line."""
    angle, length = float(dice.uniform(0, math.pi)), float(dice.uniform(1.5, 4))
    total = np.zeros((picture.height, picture.width, 3), np.float32)
    steps = np.linspace(-length / 2, length / 2, 5)
    for step in steps:
        matrix = (1, 0, step * math.cos(angle), 0, 1, step * math.sin(angle))
        moved = picture.transform(picture.size, Image.Transform.AFFINE, matrix, Image.Resampling.BILINEAR)
        total += np.asarray(moved, np.float32)
    return _image(total / np.float32(len(steps)))
