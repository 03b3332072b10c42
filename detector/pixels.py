"""The one image loader: what is taken, what is refused and why, orientation, bit depth. Pillow, no torch.

Page, training, prediction and export all read pictures through this file, so that all see the same pixels.

How a picture becomes 8-bit RGB, always the same way:

- first frame only of an animation; the primary picture of a HEIC file;
- EXIF orientation applied once (HEIC and TIFF decoders apply it themselves); orientation in XMP alone is not read,
  because no browser reads it;
- more than 8 bits of grey (16-bit PNG and TIFF, 32-bit TIFF): the range from the smallest to the largest value of this
  picture is spread over 0..255; a picture of one value keeps its upper 8 bits;
- 16 bits a colour: the upper 8 bits;
- transparency (alpha, transparent palette entries): laid on black;
- CMYK: by Pillow's plain conversion, Adobe's inverted JPEGs turned the right way round;
- colour profiles are not applied;
- a JPEG that is far larger than what it is wanted for (`load_for`) is decoded at a half, a quarter or an eighth.

This is what networks see. On the Label page a person may set another window for deep grey (`deep_grey`).
"""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, NamedTuple

import numpy as np
import pillow_heif
import psutil
from PIL import Image, UnidentifiedImageError

from detector.depth import DEEP_GREY, bit_depth_of, grey_bands_of
from detector.domain import ImageSize
from detector.errors import UnreadableImage

Source = Path | str | bytes
"""A file by its path, or its bytes."""

UPLOAD_FORMATS: tuple[str, ...] = ("JPEG", "PNG", "WEBP", "BMP", "GIF", "TIFF", "HEIF")
"""What is taken, as Pillow names it. Judged by content; the name of a file says nothing."""

UPLOAD_SUFFIXES: tuple[str, ...] = (
    *(".jpg", ".jpeg", ".jpe", ".jfif", ".mpo", ".png", ".apng", ".webp"),
    *(".bmp", ".dib", ".gif", ".tif", ".tiff", ".heic", ".heif", ".hif"),
)
"""Endings (lower case) under which such files are looked for in a folder or an archive."""

MAX_PIXELS = 500_000_000
"""More than this is refused by the header, before anything is decoded (2 GB as RGB, which Pillow keeps in 4 bytes)."""

BIG_PIXELS = 30_000_000
"""More than this is big: shown from tiles, and decoded only where there is the memory for it."""

BYTES_A_PIXEL = 8
"""Of memory that decoding takes at most, for the picture as it lies in the file and as it is handed out."""

SPARE_PIXELS = 2.0
"""How many times as many pixels as it will be drawn with, in each direction, a picture keeps in `load_for`."""

_TAKEN = "JPEG, PNG, WebP, BMP, GIF, TIFF or HEIC"
_ORIENTATION = 0x0112  # EXIF tag
_SHOWN_BY_BROWSERS = frozenset({"JPEG", "PNG", "WEBP", "BMP", "GIF"})
_SHOWN_MODES = frozenset({"1", "L", "P", "RGB"})
_JPEG_SIDE = 65_500  # libjpeg's limit
_PNG_LEVEL = 3  # zlib level: views are written once and read over loopback, so speed counts more than size

# What decoders throw at a damaged file. Pillow's plugins raise nearly every built-in error there is.
_DECODER_ERRORS = (
    *(OSError, EOFError, SyntaxError, ValueError, TypeError, LookupError, ArithmeticError, AttributeError),
    *(RuntimeError, AssertionError, struct.error, zlib.error),
)

# Pillow refuses above twice its limit and warns above it; both are refused here. Ours is also the limit for whoever
# else in this process opens a picture.
Image.MAX_IMAGE_PIXELS = MAX_PIXELS
pillow_heif.register_heif_opener()


@dataclass(frozen=True, slots=True)
class Picture:
    """What the header of a picture says.

    Attributes:
        size: as a person sees it (orientation applied).
        stored_size: of the pixels as they lie in the file, before orientation.
        format: one of UPLOAD_FORMATS.
        orientation: 1..8 as in EXIF; 1 for HEIC, whose decoder turns it before anyone sees it.
        mode: Pillow's name for the kind of pixels in the file ("RGB", "L", "P", "I;16", "CMYK", ...).
        frames: 1, or more where the file holds an animation or several pages; only the first is used.
        browser_ready: a browser shows the file itself exactly as `load` gives it, so no copy is needed.
        bit_depth: bits of one sample in the file; 8 where there are fewer.
        grey_bands: how many bands of grey there are to set a window for: 1 for a picture with more than 8 bits of
            grey, the number of pages for a TIFF of several grey ones of this size, else 0.
    """

    size: ImageSize
    stored_size: ImageSize
    format: str
    orientation: int
    mode: str
    frames: int
    browser_ready: bool
    bit_depth: int = 8
    grey_bands: int = 0


class Header(NamedTuple):
    """As in Picture; `area` is the number of pixels."""

    area: int
    bit_depth: int
    grey_bands: int


def inspect(source: Source) -> Picture:
    """What the header says. Pixels are not decoded, so a file cut short may pass here and be refused by `load`.

    Raises:
        UnreadableImage: empty, missing, not a picture that is taken, or more than MAX_PIXELS; the text says which.
    """
    with opened(source) as image:
        return _described(image)


def header(source: Source) -> Header:
    """A part of what `inspect` says, which never needs the pixels. Raises UnreadableImage as `inspect`."""
    with opened(source) as image:
        frames = int(getattr(image, "n_frames", 1))
        return Header(image.width * image.height, bit_depth_of(image), grey_bands_of(image, frames))


def load(source: Source) -> Image.Image:
    """The picture as a person sees it: mode "RGB", size (width, height) oriented, first frame.

    Raises:
        UnreadableImage: as `inspect`, and where the pixels are cut short or damaged.
    """
    with opened(source) as image:
        return _as_rgb(image)


def load_lean(source: Source) -> Image.Image:
    """As `load`, but in mode "L" where the file holds 8-bit grey: a quarter of the memory."""
    with opened(source) as image:
        return _as_rgb(image, or_grey=True)


def load_for(source: Source, canvas: ImageSize) -> tuple[Image.Image, ImageSize]:
    """The picture as `load` gives it, or smaller where it is to be drawn on this canvas, and the size of the whole.

    A smaller one is exactly 1/2, 1/4 or 1/8 of the whole in both directions, and at least twice as large as it will
    be drawn when fitted onto the canvas, so that boxes come out where they would.

    Raises:
        UnreadableImage: as `load`.
    """
    with opened(source) as image:
        size = _described(image).size
        if image.format in {"JPEG", "MPO"} and image.mode in {"RGB", "L"}:
            shrink = _shrink(size, canvas)
            image.draft(image.mode, (image.width // shrink, image.height // shrink))
        return _as_rgb(image), size


def _shrink(size: ImageSize, canvas: ImageSize) -> int:
    """The largest of 8, 4, 2 and 1 that leaves enough pixels and divides both sides, so that no pixel is cut."""
    most = max(size.width / canvas.width, size.height / canvas.height) / SPARE_PIXELS
    whole = (n for n in (8, 4, 2) if n <= most and size.width % n == 0 and size.height % n == 0)
    return next(whole, 1)


def view_bytes(source: Source) -> tuple[bytes, Literal["png", "jpg"]]:
    """A copy of full size that every browser shows exactly as `load` gives it, and its file ending.

    PNG (nothing lost), except where the original is itself lossy and photographic: then JPEG of high quality.

    Raises:
        UnreadableImage: as `load`.
    """
    with opened(source) as image:
        lossy = image.format in {"JPEG", "MPO", "HEIF"} and max(image.size) <= _JPEG_SIDE
        picture = _as_rgb(image)
    written = io.BytesIO()
    if lossy:
        picture.save(written, "JPEG", quality=95, subsampling=0)
        return written.getvalue(), "jpg"
    picture.save(written, "PNG", compress_level=_PNG_LEVEL)
    return written.getvalue(), "png"


def thumbnail(source: Source, side: int = 320) -> bytes:
    """JPEG bytes of the picture made to fit `side` x `side` pixels; never enlarged. Decodes the whole file.

    Raises:
        UnreadableImage: as `load`.
    """
    with opened(source) as image:
        if image.format in {"JPEG", "MPO"} and image.mode in {"RGB", "L"}:
            image.draft("RGB", (2 * side, 2 * side))  # decodes at 1/2, 1/4 or 1/8 of the size: several times faster
        small = _as_rgb(image)
    small.thumbnail((side, side), Image.Resampling.LANCZOS, reducing_gap=2.0)
    written = io.BytesIO()
    small.save(written, "JPEG", quality=85)
    return written.getvalue()


@contextmanager
def opened(source: Source) -> Iterator[Image.Image]:
    """The picture opened, its header judged; whatever a decoder raises meanwhile becomes UnreadableImage."""
    try:
        _refuse_what_is_no_picture(_first_bytes(source))
        with Image.open(io.BytesIO(source) if isinstance(source, bytes) else source, formats=UPLOAD_FORMATS) as image:
            _refuse_too_many_pixels(image)
            yield image
    except UnreadableImage:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as exc:
        raise UnreadableImage(_too_many_pixels()) from exc
    except FileNotFoundError as exc:
        raise UnreadableImage("the file is missing") from exc
    except PermissionError as exc:
        raise UnreadableImage("the file may not be read; check its permissions") from exc
    except UnidentifiedImageError as exc:
        raise UnreadableImage(f"not a picture, or damaged from its start; Boxloop takes {_TAKEN}") from exc
    except MemoryError as exc:
        raise UnreadableImage("there is not enough memory to decode it; make it smaller") from exc
    except _DECODER_ERRORS as exc:
        raise UnreadableImage(f"cut short or damaged ({_in_short(exc)}); copy or save it again") from exc


def _first_bytes(source: Source) -> bytes:
    if isinstance(source, bytes):
        return source[:512]
    path = Path(source)
    if path.is_dir():
        raise UnreadableImage("this is a folder, not a picture")
    with path.open("rb") as file:
        return file.read(512)


def _refuse_what_is_no_picture(head: bytes) -> None:
    """Name the two mistakes that people make most, so that they need not guess."""
    if not head:
        raise UnreadableImage("the file is empty (0 bytes)")
    text = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if b"<svg" in text and text.startswith(b"<"):
        raise UnreadableImage(f"this is an SVG drawing; save it as a picture of pixels first ({_TAKEN})")
    if text.startswith((b"<!doctype html", b"<html", b"<head", b"<body", b"<script")):
        raise UnreadableImage("this is a web page, not a picture, whatever its name says")


def _refuse_too_many_pixels(image: Image.Image) -> None:
    if image.width * image.height > MAX_PIXELS:
        raise UnreadableImage(_too_many_pixels(f"{image.width} x {image.height} pixels are "))


def _too_many_pixels(how_many: str = "it has ") -> str:
    return f"{how_many}more than the {MAX_PIXELS // 1_000_000} million pixels that are taken; make it smaller"


def _described(image: Image.Image) -> Picture:
    as_opened = image.size
    bit_depth = bit_depth_of(image)  # first, since the pixels of a PNG may be decoded to find its orientation
    orientation = orientation_of(image)
    size = ImageSize(*as_opened)
    swapped = ImageSize(size.height, size.width) if orientation >= 5 else size
    # Pillow's TIFF reader already states the turned size, all others the stored one.
    seen, stored = (size, swapped) if image.format == "TIFF" else (swapped, size)
    named = "JPEG" if image.format == "MPO" else str(image.format)
    frames = int(getattr(image, "n_frames", 1))
    # A camera's MPO holds further pictures after the first; browsers show the first as plain JPEG.
    still = frames == 1 or named == "JPEG"
    # All browsers turn JPEG by EXIF; they disagree about PNG and WebP.
    upright = orientation == 1 or named == "JPEG"
    plain = image.mode in _SHOWN_MODES and "transparency" not in image.info
    ready = named in _SHOWN_BY_BROWSERS and plain and still and upright
    return Picture(seen, stored, named, orientation, image.mode, frames, ready, bit_depth, grey_bands_of(image, frames))


def orientation_of(image: Image.Image) -> int:
    """1..8; 1 where there is none or it makes no sense."""
    if image.format == "HEIF":
        return 1
    if image.format == "TIFF":
        found = image.getexif().get(_ORIENTATION, 1)
    else:
        if image.format == "PNG" and "exif" not in image.info:
            refuse_without_memory(image)
            image.load()  # a PNG may carry its EXIF after the pixels
        found = _exif_orientation(image.info.get("exif"))
    return found if isinstance(found, int) and 1 <= found <= 8 else 1


def _exif_orientation(exif: bytes | None) -> object:
    """Damaged EXIF is no reason to refuse a picture: it then has no orientation, as in every browser."""
    if not exif:
        return None
    tags = Image.Exif()
    try:
        tags.load(exif)
        return tags.get(_ORIENTATION)
    except (*_DECODER_ERRORS, UserWarning):  # Pillow warns of it too, and who runs us may turn warnings into errors
        return None


TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


def refuse_without_memory(image: Image.Image) -> None:
    """A big picture that does not fit into what is free would take the whole process, or the machine, along."""
    count = image.width * image.height
    free = psutil.virtual_memory().available
    if count > BIG_PIXELS and count * BYTES_A_PIXEL > free:
        raise UnreadableImage(
            f"decoding its {count // 1_000_000} million pixels takes up to {count * BYTES_A_PIXEL / 1e9:.1f} GB of "
            f"memory, and {free / 1e9:.1f} GB are free; close other programs, or make it smaller"
        )


def _as_rgb(image: Image.Image, or_grey: bool = False) -> Image.Image:
    refuse_without_memory(image)
    image.load()
    # TIFF and HEIC come out of their decoders already turned.
    turn = None if image.format in {"TIFF", "HEIF"} else TURNS.get(orientation_of(image))
    plain = or_grey and image.mode == "L" and "transparency" not in image.info
    rgb = image if plain else _without_depth_and_alpha(image)
    return rgb.transpose(turn) if turn is not None else rgb


def _without_depth_and_alpha(image: Image.Image) -> Image.Image:
    """The picture in mode "RGB"; its pixels are in memory, so that the file can be closed."""
    if image.mode in DEEP_GREY:
        return _spread_grey(image).convert("RGB")
    if image.mode in {"LA", "La", "PA", "RGBA", "RGBa"} or "transparency" in image.info:
        opaque = image.convert("RGBA")
        ground = Image.new("RGBA", opaque.size, (0, 0, 0, 255))
        return Image.alpha_composite(ground, opaque).convert("RGB")
    return image.convert("RGB") if image.mode != "RGB" else image  # a copy would double the memory of a big one


def _spread_grey(image: Image.Image) -> Image.Image:
    """Mode "L": smallest value of the picture -> 0, largest -> 255. What is not finite becomes 0."""
    values = np.asarray(image)
    if values.dtype.kind == "f":
        values = np.nan_to_num(values, nan=0.0, posinf=0.0, neginf=0.0)
    low, high = float(values.min()), float(values.max())
    if low == high:
        eight_bits = low if high <= 255 else low / 256
        return Image.new("L", image.size, int(min(max(eight_bits, 0), 255)))
    if values.dtype == np.uint16:  # by a table: a tenth of the memory
        table = (np.arange(65536, dtype=np.float64) - low) * (255.0 / (high - low))
        return Image.fromarray(np.clip(np.rint(table), 0, 255).astype(np.uint8)[values])
    spread = (values.astype(np.float64) - low) * (255.0 / (high - low))
    return Image.fromarray(np.rint(spread).astype(np.uint8))


def _in_short(exc: BaseException) -> str:
    text = " ".join(str(exc).split()) or type(exc).__name__
    return text if len(text) <= 120 else text[:119] + "…"
