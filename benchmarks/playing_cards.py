"""Faces and a back of playing cards, drawn from the four suits' outlines and Pillow's own letters.

Six ranks that look alike and differ in fine detail: nine and ten by one pip, jack, queen and king by hat, hair and
beard, all of them by the small letter in two corners.
"""

from __future__ import annotations

import math
from functools import cache

import numpy as np
from PIL import Image, ImageDraw, ImageFont

RANKS = {"nine": "9", "ten": "10", "jack": "J", "queen": "Q", "king": "K", "ace": "A"}
SUITS = ("spade", "heart", "diamond", "club")
FACE_SIZE = (300, 420)  # pixels
_DRAWN = 2  # faces are drawn so many times larger, and reduced, which smooths their edges

Point = tuple[float, float]
_PAPER, _BLACK, _RED, _YELLOW, _BLUE, _SKIN = "#f7f4ea", "#1c1b20", "#c02030", "#e3b23c", "#2c4a86", "#f0d3b0"


@cache
def face(rank: str, suit: str) -> Image.Image:
    """A card of FACE_SIZE as RGBA, transparent outside its round corners.

    Raises:
        KeyError: no such rank.
    """
    card = _blank(_PAPER)
    half = _blank("#00000000")
    draw = ImageDraw.Draw(half)
    color = _RED if suit in {"heart", "diamond"} else _BLACK
    _corner(draw, RANKS[rank], suit, color)
    if rank in {"jack", "queen", "king"}:
        _court(draw, rank, suit, color)
    card.alpha_composite(half)
    card.alpha_composite(half.rotate(180))
    pips = ImageDraw.Draw(card)
    for x, y, size in _PIPS.get(rank, ()):
        _pip(pips, suit, x * _DRAWN, y * _DRAWN, size * _DRAWN, color, upside_down=y > 215)
    return _finished(card)


@cache
def back(color: str) -> Image.Image:
    """The back of a card, of FACE_SIZE as RGBA: a lattice in `color` (any name or #rrggbb that Pillow knows)."""
    card = _blank(_PAPER)
    draw = ImageDraw.Draw(card)
    width, height = card.size
    inner = (28, 28, width - 28, height - 28)
    draw.rectangle(inner, fill=color)
    for offset in range(-height, width, 36):
        draw.line((offset, 28, offset + height, height + 28), fill=_PAPER, width=5)
        draw.line((offset + height, 28, offset, height + 28), fill=_PAPER, width=5)
    draw.rectangle(inner, outline=color, width=10)
    margin = Image.new("L", card.size, 0)
    ImageDraw.Draw(margin).rectangle(inner, fill=255)
    return _finished(Image.composite(card, _blank(_PAPER), margin))


_PIPS: dict[str, tuple[tuple[float, float, float], ...]] = {
    "ace": ((150, 210, 110),),
    "nine": (*((x, y, 48) for x in (95, 205) for y in (70, 163, 257, 350)), (150, 210, 48)),
    "ten": (*((x, y, 48) for x in (95, 205) for y in (70, 163, 257, 350)), (150, 116, 48), (150, 304, 48)),
}
"""Where the suit stands on a face: centre and height in pixels of FACE_SIZE."""


def _blank(color: str) -> Image.Image:
    return Image.new("RGBA", (FACE_SIZE[0] * _DRAWN, FACE_SIZE[1] * _DRAWN), color)


def _finished(card: Image.Image) -> Image.Image:
    """Round corners, a thin dark rim, and the size that is promised."""
    edge = (0, 0, card.width - 1, card.height - 1)
    ImageDraw.Draw(card).rounded_rectangle(edge, 36, outline="#8c8a84", width=4)
    shape = Image.new("L", card.size, 0)
    ImageDraw.Draw(shape).rounded_rectangle(edge, 36, fill=255)
    card.putalpha(shape)
    return card.resize(FACE_SIZE, Image.Resampling.LANCZOS)


def _corner(draw: ImageDraw.ImageDraw, letter: str, suit: str, color: str) -> None:
    """The upper left index: the rank's letter with its suit below."""
    font = ImageFont.load_default(84 if len(letter) == 1 else 70)
    draw.text((52, 58), letter, fill=color, font=font, anchor="mm", stroke_width=3, stroke_fill=color)
    _pip(draw, suit, 52, 130, 52, color)


def _court(draw: ImageDraw.ImageDraw, rank: str, suit: str, color: str) -> None:
    """The upper half of a court card: frame, robe, face, and what tells the three from each other."""
    draw.rectangle((104, 60, 496, 420), outline=_BLUE, width=5)
    first, second = (_YELLOW, color) if suit in {"spade", "diamond"} else (color, _YELLOW)
    draw.polygon([(110, 420), (190, 290), (410, 290), (490, 420)], fill=_BLUE)
    for stripe in range(5):
        x = 200 + stripe * 45
        draw.polygon([(x, 292), (x + 22, 292), (x + 60, 420), (x + 20, 420)], fill=(first, second)[stripe % 2])
    draw.ellipse((245, 175, 355, 305), fill=_SKIN, outline=_BLACK, width=4)
    for eye in (278, 322):
        draw.ellipse((eye - 6, 228, eye + 6, 240), fill=_BLACK)
    draw.line((285, 275, 315, 275), fill=_RED, width=5)
    _HEADS[rank](draw, first)
    _pip(draw, suit, 165, 115, 70, color)


def _jack(draw: ImageDraw.ImageDraw, color: str) -> None:
    draw.rectangle((238, 150, 362, 190), fill=color, outline=_BLACK, width=4)
    draw.line((350, 160, 400, 95, 440, 90), fill=_BLACK, width=8)
    draw.rectangle((236, 190, 252, 260), fill="#7a5a2c")


def _queen(draw: ImageDraw.ImageDraw, color: str) -> None:
    for side in (232, 342):
        draw.ellipse((side, 190, side + 28, 310), fill="#7a5a2c", outline=_BLACK, width=3)
    draw.polygon([(245, 190), (240, 140), (270, 165), (300, 130), (330, 165), (360, 140), (355, 190)], fill=color)
    for tip in (240, 300, 360):
        draw.ellipse((tip - 9, 122, tip + 9, 140), fill=_RED)


def _king(draw: ImageDraw.ImageDraw, color: str) -> None:
    draw.polygon([(245, 190), (235, 105), (268, 150), (300, 95), (332, 150), (365, 105), (355, 190)], fill=color)
    draw.line((245, 188, 355, 188), fill=_BLACK, width=6)
    draw.polygon([(250, 262), (350, 262), (330, 325), (300, 340), (270, 325)], fill="#7a5a2c", outline=_BLACK)


_HEADS = {"jack": _jack, "queen": _queen, "king": _king}


def _pip(
    draw: ImageDraw.ImageDraw, suit: str, x: float, y: float, height: float, color: str, *, upside_down: bool = False
) -> None:
    """One suit sign round (x, y)."""
    scale = height / 2 * (-1 if upside_down else 1)
    for part in _outlines(suit):
        draw.polygon([(x + u * scale, y + v * scale) for u, v in part], fill=color)


@cache
def _outlines(suit: str) -> tuple[tuple[Point, ...], ...]:
    """Polygons in -1..1, y downwards, that together make the sign."""
    foot: tuple[Point, ...] = ((0.0, 0.1), (-0.35, 1.0), (0.35, 1.0))
    if suit == "diamond":
        return (((0, -1), (0.72, 0), (0, 1), (-0.72, 0)),)
    if suit == "club":
        return (_disc(0, -0.5, 0.44), _disc(-0.46, 0.16, 0.44), _disc(0.46, 0.16, 0.44), foot)
    turns = [2 * math.pi * step / 48 for step in range(48)]
    # Sixteen sin cubed is the usual curve of a heart; a spade is that curve turned round, on a foot.
    heart = [
        (math.sin(t) ** 3, -(13 * math.cos(t) - 5 * math.cos(2 * t) - 2 * math.cos(3 * t) - math.cos(4 * t)) / 16)
        for t in turns
    ]
    if suit == "heart":
        return (tuple(heart),)
    return (tuple((u * 0.95, -v * 0.85 - 0.12) for u, v in heart), foot)


def _disc(x: float, y: float, radius: float) -> tuple[Point, ...]:
    return tuple((x + radius * float(np.cos(t)), y + radius * float(np.sin(t))) for t in np.linspace(0, 6.28, 32))
