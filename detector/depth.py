"""How deep an opened picture is, and how many bands of grey it holds, by its header."""

from __future__ import annotations

from PIL import Image

DEEP_GREY = frozenset({"I", "F", "I;16", "I;16B", "I;16L", "I;16N"})
"""Pillow's modes of grey with more than 8 bits."""

MOST_BANDS = 64  # of grey, in one file
_BITS_PER_SAMPLE = 0x0102  # TIFF tag


def bit_depth_of(image: Image.Image) -> int:
    """Bits of one sample in the file; 8 where there are fewer. To be asked before the pixels are decoded."""
    if image.mode in DEEP_GREY:
        return 16 if image.mode.startswith("I;16") else 32
    if image.format == "TIFF":
        bits = image.getexif().get(_BITS_PER_SAMPLE, 8)
        return max(8, *bits) if isinstance(bits, tuple) else max(8, int(bits))
    if image.format == "HEIF":
        return int(image.info.get("bit_depth", 8))
    # a PNG with 16 bits a colour says so in the name by which its decoder knows the bytes
    return 16 if image.format == "PNG" and "16" in str([tile[3] for tile in getattr(image, "tile", ())]) else 8


def grey_bands_of(image: Image.Image, frames: int) -> int:
    """How many bands of grey there are to set a window for; see `pixels.Picture`."""
    if image.mode in DEEP_GREY and (image.format != "TIFF" or frames == 1):
        return 1
    if image.format != "TIFF" or frames == 1 or image.mode not in DEEP_GREY | {"L"}:
        return 0
    size, mode, bands = image.size, image.mode, 1
    while bands < min(frames, MOST_BANDS):
        image.seek(bands)
        if (image.size, image.mode) != (size, mode):  # a smaller copy of the first page, or its mask
            break
        bands += 1
    image.seek(0)
    return bands if bands > 1 or mode in DEEP_GREY else 0
