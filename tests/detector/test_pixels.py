"""Every kind of picture comes in as the same upright RGB, or is refused with the reason."""

from __future__ import annotations

import io
import struct
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from detector import pixels
from detector.domain import ImageSize
from detector.errors import UnreadableImage

RED, GREEN, BLUE, BLACK = "red", "green", "blue", "black"


def encoded(image: Image.Image, format: str, **options: Any) -> bytes:
    held = io.BytesIO()
    image.save(held, format, **options)
    return held.getvalue()


def corner_picture() -> Image.Image:
    """30 x 20: red in the upper left corner, green in the upper right, blue in the lower left, black elsewhere."""
    values = np.zeros((20, 30, 3), np.uint8)
    values[:6, :6], values[:6, -6:], values[-6:, :6] = (255, 0, 0), (0, 255, 0), (0, 0, 255)
    return Image.fromarray(values)


def colour(image: Image.Image, x: int, y: int) -> str:
    value = image.getpixel((x, y))
    assert isinstance(value, tuple)
    return BLACK if max(value) < 90 else (RED, GREEN, BLUE)[value.index(max(value))]


def corners(image: Image.Image) -> list[str]:
    """Colours of the corners: upper left, upper right, lower left, lower right."""
    right, bottom = image.width - 3, image.height - 3
    return [colour(image, x, y) for x, y in [(2, 2), (right, 2), (2, bottom), (right, bottom)]]


def refusal(data: bytes | Path) -> str:
    with pytest.raises(UnreadableImage) as caught:
        pixels.load(data)
    return str(caught.value)


@pytest.mark.parametrize(
    ("format", "options", "ready"),
    [
        ("JPEG", {"quality": 95}, True),
        ("PNG", {}, True),
        ("WEBP", {"lossless": True}, True),
        ("BMP", {}, True),
        ("GIF", {}, True),
        ("TIFF", {}, False),
        ("HEIF", {"quality": 95}, False),
    ],
)
def test_each_format_is_taken(tmp_path: Path, format: str, options: dict[str, Any], ready: bool) -> None:
    data = encoded(corner_picture(), format, **options)
    path = tmp_path / "named wrongly.txt"
    path.write_bytes(data)
    for source in (data, path, str(path)):
        seen = pixels.inspect(source)
        assert (seen.format, seen.size, seen.orientation, seen.frames) == (format, ImageSize(30, 20), 1, 1)
        assert seen.browser_ready is ready
        loaded = pixels.load(source)
        assert (loaded.mode, loaded.size) == ("RGB", (30, 20))
        assert corners(loaded) == [RED, GREEN, BLUE, BLACK]


# How the corners of the stored picture lie once it is turned, from the EXIF standard's table.
TURNED = {
    1: [RED, GREEN, BLUE, BLACK],
    2: [GREEN, RED, BLACK, BLUE],
    3: [BLACK, BLUE, GREEN, RED],
    4: [BLUE, BLACK, RED, GREEN],
    5: [RED, BLUE, GREEN, BLACK],
    6: [BLUE, RED, BLACK, GREEN],
    7: [BLACK, GREEN, BLUE, RED],
    8: [GREEN, BLACK, RED, BLUE],
}


@pytest.mark.parametrize("orientation", TURNED)
@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP", "TIFF", "HEIF"])
def test_orientation_is_applied_exactly_once(format: str, orientation: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    options = {"lossless": True} if format == "WEBP" else {"quality": 95} if format in {"JPEG", "HEIF"} else {}
    data = encoded(corner_picture(), format, exif=exif if format == "TIFF" else exif.tobytes(), **options)
    upright = ImageSize(20, 30) if orientation >= 5 else ImageSize(30, 20)
    seen = pixels.inspect(data)
    assert seen.size == upright
    if format != "HEIF":  # its decoder turns the picture before anyone can ask
        assert (seen.orientation, seen.stored_size) == (orientation, ImageSize(30, 20))
    loaded = pixels.load(data)
    assert loaded.size == (upright.width, upright.height)
    assert corners(loaded) == TURNED[orientation]
    view = Image.open(io.BytesIO(pixels.view_bytes(data)[0]))
    assert corners(view.convert("RGB")) == TURNED[orientation]
    assert "exif" not in view.info
    small = Image.open(io.BytesIO(pixels.thumbnail(data)))
    assert (small.size, corners(small)) == (loaded.size, TURNED[orientation])


@pytest.mark.parametrize("orientation", [0, 9, 77])
def test_an_orientation_that_makes_no_sense_counts_as_none(orientation: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    data = encoded(corner_picture(), "JPEG", exif=exif.tobytes())
    assert pixels.inspect(data).orientation == 1
    assert corners(pixels.load(data)) == TURNED[1]


@pytest.mark.filterwarnings("ignore:.*EXIF data:UserWarning")  # Pillow says so where it reads the resolution
def test_damaged_exif_does_not_cost_the_picture() -> None:
    data = encoded(corner_picture(), "JPEG", exif=b"Exif\0\0II*\0\x08\0\0\0\xff\xffnonsense")
    assert corners(pixels.load(data)) == TURNED[1]


@pytest.mark.parametrize("format", ["TIFF", "PNG"])
def test_sixteen_bit_grey_is_spread_over_its_range(format: str) -> None:
    values = np.array([[1000, 1500], [2000, 3000]], np.uint16)
    data = encoded(Image.fromarray(values), format)
    assert pixels.inspect(data).browser_ready is False
    assert np.asarray(pixels.load(data))[..., 0].tolist() == [[0, 64], [128, 255]]


def test_sixteen_bit_grey_of_one_value_keeps_its_upper_bits() -> None:
    flat = Image.fromarray(np.full((3, 3), 0x8000, np.uint16))
    assert np.asarray(pixels.load(encoded(flat, "TIFF")))[..., 0].tolist() == [[128] * 3] * 3


def test_a_tiff_of_floats_is_spread_and_what_is_not_finite_is_zero() -> None:
    values = np.array([[0.0, 0.5], [1.0, np.nan]], np.float32)
    assert np.asarray(pixels.load(encoded(Image.fromarray(values), "TIFF")))[..., 0].tolist() == [[0, 128], [255, 0]]


def test_an_eight_bit_grey_tiff_is_left_as_it_is() -> None:
    values = np.array([[10, 20], [30, 40]], np.uint8)
    assert np.asarray(pixels.load(encoded(Image.fromarray(values), "TIFF")))[..., 1].tolist() == values.tolist()


@pytest.mark.parametrize(
    ("mode", "pixel", "expected"),
    [
        ("LA", (200, 255), (200, 200, 200)),
        ("LA", (200, 0), (0, 0, 0)),
        ("RGBA", (255, 100, 50, 255), (255, 100, 50)),
        ("RGBA", (255, 100, 50, 0), (0, 0, 0)),
        ("RGBA", (200, 100, 50, 128), (100, 50, 25)),
        ("L", 77, (77, 77, 77)),
        ("1", 1, (255, 255, 255)),
    ],
)
def test_transparency_lies_on_black(mode: str, pixel: Any, expected: tuple[int, int, int]) -> None:
    data = encoded(Image.new(mode, (4, 4), pixel), "PNG")
    found = pixels.load(data).getpixel((1, 1))
    assert isinstance(found, tuple)
    assert max(abs(a - b) for a, b in zip(found, expected, strict=True)) <= 1
    assert pixels.inspect(data).browser_ready is (mode in {"L", "1"})


def test_a_transparent_palette_entry_is_black() -> None:
    image = Image.new("P", (4, 4), 0)
    image.putpalette([255, 0, 0, 0, 255, 0])
    image.putpixel((1, 1), 1)
    data = encoded(image, "PNG", transparency=0)
    loaded = pixels.load(data)
    assert (loaded.getpixel((0, 0)), loaded.getpixel((1, 1))) == ((0, 0, 0), (0, 255, 0))
    assert pixels.inspect(data).browser_ready is False


def test_a_cmyk_jpeg_of_adobe_is_not_inverted() -> None:
    data = encoded(Image.new("CMYK", (16, 16), (0, 255, 255, 0)), "JPEG", quality=95)
    assert b"Adobe" in data  # so its ink values are stored inverted
    assert pixels.inspect(data).mode == "CMYK"
    assert pixels.inspect(data).browser_ready is False
    assert colour(pixels.load(data), 8, 8) == RED
    view, ending = pixels.view_bytes(data)
    assert ending == "jpg"
    assert Image.open(io.BytesIO(view)).mode == "RGB"


@pytest.mark.parametrize("format", ["GIF", "WEBP", "PNG"])
def test_of_an_animation_the_first_frame_is_taken(format: str) -> None:
    frames = [Image.new("RGB", (24, 24), name) for name in (RED, GREEN, BLUE)]
    data = encoded(frames[0], format, save_all=True, append_images=frames[1:], duration=50)
    seen = pixels.inspect(data)
    assert (seen.frames, seen.browser_ready) == (3, False)
    assert colour(pixels.load(data), 12, 12) == RED
    assert colour(Image.open(io.BytesIO(pixels.view_bytes(data)[0])).convert("RGB"), 12, 12) == RED


def test_of_a_tiff_with_pages_the_first_is_taken() -> None:
    pages = [Image.new("RGB", (8, 8), name) for name in (GREEN, RED)]
    data = encoded(pages[0], "TIFF", save_all=True, append_images=pages[1:])
    assert pixels.inspect(data).frames == 2
    assert pixels.load(data).getpixel((4, 4)) == (0, 128, 0)  # "green" is half bright


@pytest.mark.parametrize("size", [(1, 1), (30_000, 2), (2, 30_000)], ids=str)
@pytest.mark.parametrize("format", ["JPEG", "PNG", "TIFF"])
def test_extreme_sizes_are_taken(format: str, size: tuple[int, int]) -> None:
    data = encoded(Image.new("RGB", size, RED), format)
    assert pixels.load(data).size == size
    small = Image.open(io.BytesIO(pixels.thumbnail(data)))
    assert small.size == {(1, 1): (1, 1), (30_000, 2): (320, 1), (2, 30_000): (1, 320)}[size]


def test_a_thumbnail_keeps_the_shape_and_is_never_enlarged() -> None:
    wide = encoded(Image.new("RGB", (2000, 1000), GREEN), "JPEG")
    assert Image.open(io.BytesIO(pixels.thumbnail(wide))).size == (320, 160)
    assert Image.open(io.BytesIO(pixels.thumbnail(encoded(corner_picture(), "PNG")))).size == (30, 20)


def test_a_view_of_what_is_not_lossy_loses_nothing() -> None:
    noise = Image.fromarray(np.random.default_rng(0).integers(0, 256, (20, 30, 3), np.uint8))
    data = encoded(noise, "TIFF")
    view, ending = pixels.view_bytes(data)
    assert ending == "png"
    assert np.array_equal(np.asarray(Image.open(io.BytesIO(view))), np.asarray(pixels.load(data)))


@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP", "BMP", "TIFF", "HEIF"])
def test_a_picture_cut_short_is_refused(format: str) -> None:
    noise = Image.fromarray(np.random.default_rng(0).integers(0, 256, (64, 64, 3), np.uint8))
    data = encoded(noise, format)
    assert refusal(data[: len(data) * 2 // 3])
    with pytest.raises(UnreadableImage):
        pixels.thumbnail(data[: len(data) * 2 // 3])


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "empty"),
        (b"just a note", "not a picture"),
        (b"\xff\xd8\xff\xe0", "not a picture"),
        (b"<!DOCTYPE html><html><script>alert(1)</script>", "web page"),
        (b'<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg"></svg>', "SVG"),
        (b"\xef\xbb\xbf  <svg onload='alert(1)'/>", "SVG"),
        (b"%PDF-1.7", "not a picture"),
        (b"P6 1 1 255 abc", "not a picture"),  # Pillow could read it, but it is none of ours
    ],
)
def test_what_is_no_picture_is_refused_whatever_its_name(tmp_path: Path, data: bytes, said: str) -> None:
    path = tmp_path / "holiday.jpg"
    path.write_bytes(data)
    assert said in refusal(path)
    assert said in refusal(data)


def test_a_missing_file_and_a_folder_are_refused(tmp_path: Path) -> None:
    assert "missing" in refusal(tmp_path / "nothing.jpg")
    assert "folder" in refusal(tmp_path)


def test_a_decompression_bomb_is_refused_by_its_header() -> None:
    """A PNG that claims 50,000 x 50,000 pixels and holds none; decoding it would need 7.5 GB."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    for side in (23_000, 50_000):  # above the limit, and above twice the limit, where Pillow itself refuses
        header = chunk(b"IHDR", struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0))
        bomb = b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")
        with pytest.raises(UnreadableImage, match="500 million"):
            pixels.inspect(bomb)


def test_no_picture_keeps_its_file_open(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    corner_picture().save(path)
    loaded = pixels.load(path)
    path.unlink()
    assert corners(loaded) == TURNED[1]


@pytest.mark.parametrize(
    ("size", "canvas", "shrunk"),
    [
        ((1600, 1200), (384, 288), 2),
        ((1600, 1200), (192, 160), 4),
        ((1600, 1200), (96, 96), 8),
        ((1600, 1200), (32, 32), 8),  # an eighth is the least that JPEG has
        ((1600, 1200), (800, 608), 1),
        ((1604, 1202), (96, 96), 2),  # only what divides both sides
        ((1601, 1200), (96, 96), 1),
        ((100, 80), (640, 640), 1),
    ],
)
@pytest.mark.parametrize("orientation", [1, 6])
def test_a_jpeg_is_decoded_no_larger_than_needed(
    size: tuple[int, int], canvas: tuple[int, int], shrunk: int, orientation: int
) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    stored = size if orientation == 1 else size[::-1]
    data = encoded(Image.new("L" if shrunk == 8 else "RGB", stored, 77), "JPEG", exif=exif)
    picture, whole = pixels.load_for(data, ImageSize(*canvas))
    assert whole == ImageSize(*size) == pixels.inspect(data).size
    assert (picture.mode, picture.size) == ("RGB", (size[0] // shrunk, size[1] // shrunk))
    assert pixels.load(data).size == size


def test_what_is_no_plain_jpeg_is_loaded_whole() -> None:
    for mode, format in (("RGB", "PNG"), ("CMYK", "JPEG")):
        data = encoded(Image.new(mode, (800, 640)), format)
        assert pixels.load_for(data, ImageSize(64, 64))[0].size == (800, 640)
    with pytest.raises(UnreadableImage):
        pixels.load_for(b"no picture", ImageSize(64, 64))
