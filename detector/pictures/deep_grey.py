"""Grey of more than 8 bits, or in several bands, as it was measured: for a person who sets the window it is seen in.

Networks never see this: `pixels.load` spreads the range of a picture's first band over 8 bits, always the same way.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from detector.errors import UnreadableImage
from detector.pixels import TURNS, Source, opened, orientation_of, refuse_without_memory

SHARES = (0.5, 99.5)  # percentiles of the values that a window shows where nobody has set one
LARGEST = 65535
STEPS = 256  # a histogram has no more bars

Values = npt.NDArray[np.uint16]


@dataclass(frozen=True, slots=True)
class DeepGrey:
    """One band of a picture as a person sees it (oriented): `offset + step * values` is what was measured.

    Attributes:
        values: [H, W].
        bits: of a sample of the file. Whole numbers of up to 16 bits stand in `values` as they are.
    """

    values: Values
    offset: float
    step: float
    bits: int


@dataclass(frozen=True, slots=True)
class Window:
    """What a page needs to know to set a window, all in measured values.

    Attributes:
        low, high: the smallest and the largest.   auto_low, auto_high: between which all but 1 % lie.
        near_low, near_high: where a window is looked for: the automatic one and as much again on either side.
        histogram: how many pixels lie in each of equal parts of that, up to 256.
    """

    low: float
    high: float
    auto_low: float
    auto_high: float
    near_low: float
    near_high: float
    histogram: tuple[int, ...]


def load_deep(source: Source, band: int = 0) -> DeepGrey:
    """A band of grey, from 0.

    Raises:
        UnreadableImage: as `pixels.load`; or the picture has no such band.
    """
    with opened(source) as image:
        refuse_without_memory(image)
        if band:
            if band >= int(getattr(image, "n_frames", 1)):
                raise UnreadableImage(f"it has no band {band + 1}")
            image.seek(band)
        image.load()
        turn = None if image.format == "TIFF" else TURNS.get(orientation_of(image))
        values = np.asarray(image)
        if values.ndim != 2:
            raise UnreadableImage(f"its band {band + 1} is in colour, so no window can be set")
        bits = 8 * values.dtype.itemsize
        grey = _in_16_bits(values, bits)
    if turn is None:
        return grey
    turned = TURNED[turn](grey.values)
    return DeepGrey(np.ascontiguousarray(turned), grey.offset, grey.step, grey.bits)


def window_of(grey: DeepGrey) -> Window:
    """Range, automatic window and histogram; from every pixel, so that no bright speck is missed."""
    counts = np.bincount(grey.values.reshape(-1), minlength=LARGEST + 1)
    there = np.flatnonzero(counts)
    low, high = int(there[0]), int(there[-1])
    below = np.cumsum(counts)
    auto_low, auto_high = (int(np.searchsorted(below, share / 100 * below[-1])) for share in SHARES)
    if auto_low >= auto_high:
        auto_low, auto_high = low, high
    wide = auto_high - auto_low
    near = max(low, auto_low - wide), min(high, auto_high + wide)
    starts = np.unique(np.linspace(0, near[1] - near[0], STEPS, endpoint=False, dtype=int))
    bars = np.add.reduceat(counts[near[0] : near[1] + 1], starts)

    def measured(value: int) -> float:
        return grey.offset + grey.step * value

    return Window(
        low=measured(low),
        high=measured(high),
        auto_low=measured(auto_low),
        auto_high=measured(auto_high),
        near_low=measured(near[0]),
        near_high=measured(near[1]),
        histogram=tuple(map(int, bars)),
    )


def _in_16_bits(values: npt.NDArray[Any], bits: int) -> DeepGrey:
    if values.dtype.kind in "ub" and bits <= 16:
        return DeepGrey(values.astype(np.uint16), 0.0, 1.0, max(8, bits))
    if values.dtype.kind == "f":
        values = np.nan_to_num(values, nan=0.0, posinf=0.0, neginf=0.0)
    low, high = float(values.min()), float(values.max())
    if values.dtype.kind != "f" and low >= 0 and high <= LARGEST:
        return DeepGrey(values.astype(np.uint16), 0.0, 1.0, bits)
    step = (high - low) / LARGEST or 1.0
    whole = np.empty(values.shape, np.uint16)
    for row in range(0, len(values), 256):  # a few rows at a time: float64 of all would take four times the memory
        whole[row : row + 256] = np.rint((values[row : row + 256].astype(np.float64) - low) / step)
    return DeepGrey(whole, low, step, bits)


TURNED = {
    TURNS[2]: lambda a: a[:, ::-1],
    TURNS[3]: lambda a: a[::-1, ::-1],
    TURNS[4]: lambda a: a[::-1],
    TURNS[5]: lambda a: a.T,
    TURNS[6]: lambda a: np.rot90(a, -1),
    TURNS[7]: lambda a: a[::-1, ::-1].T,
    TURNS[8]: lambda a: np.rot90(a),
}
