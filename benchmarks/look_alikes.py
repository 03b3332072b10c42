"""Drawn phone pictures of playing cards: six classes that look alike, as a Pascal VOC folder.

    python -m benchmarks.look_alikes FOLDER [--train 180] [--val 30] [--test 40]

A drawn stand-in for data sets that cannot be shipped: photographs from a phone, upright and lying, of things that
differ in fine detail only. Cards from nine to ace lie one by one or fanned out over each other, turned by any angle and
seen aslant, on textured and cluttered tables, in uneven light, out of focus and noisy. Of each card one of the two
corners with its letter is in sight, so that every label can be told. The same numbers give the same pictures.
"""

from __future__ import annotations

import argparse
import math
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from benchmarks.playing_cards import FACE_SIZE, RANKS, SUITS, back, face
from benchmarks.tables import Dice, clutter, ground, photograph
from detector.domain import Box, ImageSize
from storage.formats import voc
from storage.formats.dataset import ExportedDataset, ExportedImage, NamedBox
from storage.records import Split

SEED = 7
CLASS_NAMES = tuple(RANKS)
SIZES = (ImageSize(960, 540), ImageSize(540, 960))
LEAST_SEEN = 0.22  # share of a card; where less of one is seen, the picture is laid out again
MOST_CARDS = 6
_LETTERS = ((26.0, 47.0), (274.0, 373.0))  # where letter and suit stand on a face, in pixels of FACE_SIZE
_BACKS = ("#8a1f2d", "#1f3f8a")
_LAYOUTS = 200  # tries before giving up; a few are enough on average

Quad = NDArray[np.float64]  # [4, 2]: where the corners of a card come to lie, in pixels, from its upper left clockwise


@dataclass(frozen=True, slots=True)
class _Card:
    """A card on the table: its class (None: face down), what is drawn, and where."""

    rank: str | None
    drawn: Image.Image
    quad: Quad


def draw(index: int, seed: int = SEED) -> tuple[Image.Image, tuple[NamedBox, ...]]:
    """Picture number `index` (RGB, 960x540 or 540x960) and the boxes round what is seen of each card, 1 to 6.

    Raises:
        RuntimeError: no layout shows enough of every card (a fault of the figures above, not of the numbers).
    """
    dice = np.random.default_rng([seed, index])
    size = SIZES[int(dice.integers(2))]
    picture = ground(size, dice)
    clutter(picture, dice)
    many = int(dice.integers(1, MOST_CARDS + 1))
    for _ in range(_LAYOUTS):
        cards = _laid_out(many, size, dice)
        boxes = _seen(cards, size)
        if boxes is not None:
            for card in cards:
                _lay(picture, card, dice)
            return photograph(picture, dice), boxes
    raise RuntimeError(f"picture {index}: no layout shows enough of each card")


def write(folder: Path, counts: dict[Split, int], seed: int = SEED) -> None:
    """Write so many pictures of each split as a Pascal VOC data set.

    Raises:
        OSError: the folder cannot be written.
    """
    with tempfile.TemporaryDirectory() as made:
        images = []
        splits = [split for split, count in counts.items() for _ in range(count)]
        for index, split in enumerate(splits):
            picture, boxes = draw(index, seed)
            name = f"table-{index:03d}.jpg"
            picture.save(Path(made) / name, "JPEG", quality=60 + index * 7 % 30)
            images.append(ExportedImage(Path(made) / name, name, ImageSize(*picture.size), split, boxes))
        voc.write(folder, ExportedDataset(tuple(images), CLASS_NAMES))


def _laid_out(many: int, size: ImageSize, dice: Dice) -> list[_Card]:
    """So many cards with their faces up, in fans and one by one, and now and then some that lie face down."""
    height = float(np.exp(dice.uniform(math.log(115), math.log(270))))
    slant = _slant(size, dice)
    cards: list[_Card] = []
    for _ in range(int(dice.choice([0, 0, 0, 1, 2]))):
        cards.append(_Card(None, back(str(dice.choice(_BACKS))), _quad(_spot(size, dice), height, dice, slant)))
    while many:
        held = int(dice.integers(2, many + 1)) if many > 1 and dice.random() < 0.55 else 1
        cards += _fan(held, size, height, dice, slant)
        many -= held
    return cards


def _fan(many: int, size: ImageSize, height: float, dice: Dice, slant: Quad) -> list[_Card]:
    """Cards turned about one point below them, each on top of the one before; one card is a fan of one."""
    spot, start = _spot(size, dice), float(dice.uniform(0, 2 * math.pi))
    step = float(dice.uniform(0.22, 0.5)) * float(dice.choice([1, 1, 1, -1]))
    reach = height * float(dice.uniform(0.45, 0.9))
    cards = []
    for place in range(many):
        turn = start + step * place + float(dice.normal(0, 0.04))
        centre = spot + reach * np.array([math.sin(turn), -math.cos(turn)])
        rank = CLASS_NAMES[int(dice.integers(len(CLASS_NAMES)))]
        suit = SUITS[int(dice.integers(len(SUITS)))]
        cards.append(_Card(rank, face(rank, suit), _seen_aslant(_corners(centre, height, turn), slant)))
    return cards


def _spot(size: ImageSize, dice: Dice) -> NDArray[np.float64]:
    return np.array([dice.uniform(0.1, 0.9) * size.width, dice.uniform(0.1, 0.9) * size.height])


def _quad(centre: NDArray[np.float64], height: float, dice: Dice, slant: Quad) -> Quad:
    return _seen_aslant(_corners(centre, height, float(dice.uniform(0, 2 * math.pi))), slant)


def _corners(centre: NDArray[np.float64], height: float, turn: float) -> Quad:
    """A card of that height lying flat, its top pointing up and then turned clockwise by `turn` radians."""
    width = height * FACE_SIZE[0] / FACE_SIZE[1]
    flat = np.array([[-width, -height], [width, -height], [width, height], [-width, height]]) / 2
    cos, sin = math.cos(turn), math.sin(turn)
    quad: Quad = centre + flat @ np.array([[cos, sin], [-sin, cos]])
    return quad


def _slant(size: ImageSize, dice: Dice) -> Quad:
    """The table as the camera sees it: a plane map [3, 3] that keeps the middle of the picture where it is."""
    middle = np.array([[1, 0, -size.width / 2], [0, 1, -size.height / 2], [0, 0, 1]])
    squeeze, lean = float(dice.uniform(0.68, 1.0)), float(dice.normal(0, 0.08))
    away = dice.normal(0, 1.6e-4), dice.uniform(-5e-4, 0)  # what lies higher up is further off
    seen = np.array([[1, lean, 0], [0, squeeze, 0], [away[0], away[1], 1]])
    plane: Quad = np.linalg.inv(middle) @ seen @ middle
    return plane


def _seen_aslant(quad: Quad, slant: Quad) -> Quad:
    flat = np.concatenate([quad, np.ones((4, 1))], axis=1) @ slant.T
    seen: Quad = flat[:, :2] / flat[:, 2:]
    return seen


def _seen(cards: list[_Card], size: ImageSize) -> tuple[NamedBox, ...] | None:
    """The bounds of what is seen of each card that lies face up; None where it is too little of one."""
    top = np.full((size.height, size.width), -1, np.int16)
    whole = []
    for number, card in enumerate(cards):
        shape = np.asarray(_placed(card, size)[1]) >= 128
        top[shape] = number
        whole.append(abs(_area(card.quad)))
    boxes = []
    for number, card in enumerate(cards):
        rows, columns = np.nonzero(top == number)
        if card.rank is None:
            continue
        if len(rows) < LEAST_SEEN * whole[number] or not _letter_in_sight(card, top == number):
            return None
        box = Box(int(columns.min()), int(rows.min()), int(columns.max()) + 1, int(rows.max()) + 1)
        boxes.append(NamedBox(card.rank, box))
    return tuple(boxes)


def _letter_in_sight(card: _Card, seen: NDArray[np.bool_]) -> bool:
    """Whether one of the two letters lies in what is seen of the card, [H, W]."""
    inverse = np.linalg.inv(np.array([*_plane_map(card.quad, _flat(*FACE_SIZE)), 1.0]).reshape(3, 3))
    for u, v in _LETTERS:
        x, y, w = inverse @ np.array([u, v, 1.0])
        row, column = round(y / w), round(x / w)
        if 0 <= row < seen.shape[0] and 0 <= column < seen.shape[1] and seen[row, column]:
            return True
    return False


def _flat(width: float, height: float) -> Quad:
    return np.array([[0, 0], [width, 0], [width, height], [0, height]], float)


def _area(quad: Quad) -> float:
    x, y = quad[:, 0], quad[:, 1]
    return float((x * np.roll(y, -1) - y * np.roll(x, -1)).sum() / 2)


def _placed(card: _Card, size: ImageSize) -> tuple[Image.Image, Image.Image]:
    """The card as it is seen, on a picture of `size`: its colours (RGB) and where it is (L)."""
    tall = float(np.linalg.norm(card.quad[0] - card.quad[3]))
    scale = min(1.0, 1.15 * tall / FACE_SIZE[1])  # reduced first: the plane map takes single pixels and would flicker
    small = card.drawn.resize((round(FACE_SIZE[0] * scale), round(FACE_SIZE[1] * scale)), Image.Resampling.LANCZOS)
    seen = small.transform(
        (size.width, size.height),
        Image.Transform.PERSPECTIVE,
        _plane_map(card.quad, _flat(*small.size)),
        Image.Resampling.BICUBIC,
    )
    return seen.convert("RGB"), seen.getchannel("A")


def _plane_map(seen: Quad, flat: Quad) -> list[float]:
    """Pillow's eight numbers: they take a point of the picture to the point of the card that is seen there."""
    rows, values = [], []
    for (x, y), (u, v) in zip(seen, flat, strict=True):
        rows += [[x, y, 1, 0, 0, 0, -u * x, -u * y], [0, 0, 0, x, y, 1, -v * x, -v * y]]
        values += [u, v]
    solved: list[float] = np.linalg.solve(np.array(rows), np.array(values)).tolist()
    return solved


def _lay(picture: Image.Image, card: _Card, dice: Dice) -> None:
    """Put the card down with the soft shadow that it throws on what lies below."""
    colors, shape = _placed(card, ImageSize(*picture.size))
    shadow = shape.filter(ImageFilter.GaussianBlur(3)).point([value // 2 for value in range(256)])
    offset = int(dice.integers(-3, 4)), int(dice.integers(1, 5))
    picture.paste("#0b0a09", offset, shadow)
    picture.paste(colors, (0, 0), shape)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    for split, count in ((Split.TRAIN, 180), (Split.VAL, 30), (Split.TEST, 40)):
        parser.add_argument(f"--{split.value}", type=int, default=count, help=f"pictures to draw for it ({count})")
    options = parser.parse_args()
    write(options.folder, {split: getattr(options, split.value) for split in Split})
    print(f"wrote {options.train + options.val + options.test} pictures to {options.folder}")


if __name__ == "__main__":
    main()
