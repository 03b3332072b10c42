"""Grey is handed out as it was measured, whatever its depth, turned as a person sees it, band by band."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import pytest
from PIL import Image

from detector import pixels
from detector.errors import UnreadableImage
from detector.pictures.deep_grey import load_deep, window_of

VALUES = (np.arange(200 * 300).reshape(200, 300) % 4096).astype(np.uint16)


def encoded(picture: Image.Image, form: str, **options: Any) -> bytes:
    held = io.BytesIO()
    picture.save(held, form, **options)
    return held.getvalue()


def stack(*pages: Any) -> bytes:
    first, *rest = [Image.fromarray(page) for page in pages]
    return encoded(first, "TIFF", save_all=True, append_images=rest)


@pytest.mark.parametrize("form", ["PNG", "TIFF"])
def test_16_bits_stay_as_they_are(form: str) -> None:
    data = encoded(Image.fromarray(VALUES), form)
    picture, header = pixels.inspect(data), pixels.header(data)
    assert (picture.bit_depth, picture.grey_bands) == (16, 1)
    assert header == (60_000, 16, 1)
    grey = load_deep(data)
    assert (grey.offset, grey.step, grey.bits) == (0, 1, 16)
    assert (grey.values == VALUES).all()


@pytest.mark.parametrize("orientation", range(1, 9))
def test_deep_grey_is_turned_as_the_8_bit_picture_is(orientation: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    data = encoded(Image.fromarray(VALUES), "PNG", exif=exif.tobytes())
    seen = np.asarray(pixels.load(data))[..., 0].astype(int)
    values = load_deep(data).values
    assert values.shape == seen.shape
    assert np.abs(values / 4095 * 255 - seen).max() <= 1


def test_the_bands_of_a_stack_are_its_pages_of_one_size() -> None:
    data = stack(VALUES, VALUES + 7, VALUES[:50, :50])
    assert pixels.inspect(data).grey_bands == 2
    assert (load_deep(data, 1).values == VALUES + 7).all()
    with pytest.raises(UnreadableImage, match="band 9"):
        load_deep(data, 8)
    eight = (VALUES % 256).astype(np.uint8)
    assert (pixels.inspect(stack(eight, eight)).bit_depth, pixels.inspect(stack(eight, eight)).grey_bands) == (8, 2)


def test_measured_values_of_any_kind_are_given_back() -> None:
    measured = VALUES.astype(np.float32) / 7 - 3
    grey = load_deep(encoded(Image.fromarray(measured), "TIFF"))
    assert np.abs(grey.offset + grey.step * grey.values - measured).max() <= grey.step
    window = window_of(grey)
    assert (window.low, round(window.high, 3)) == (-3, round(4095 / 7 - 3, 3))
    assert sum(window.histogram) == VALUES.size
    assert len(window.histogram) == 256


def test_an_automatic_window_leaves_single_bright_pixels_out() -> None:
    values = np.full((100, 100), 500, np.uint16)
    values[:50] = 700
    values[0, 0] = 60_000
    window = window_of(load_deep(encoded(Image.fromarray(values), "PNG")))
    assert (window.low, window.high, window.auto_low, window.auto_high) == (500, 60_000, 500, 700)
    assert (window.near_low, window.near_high, len(window.histogram)) == (500, 900, 256)


@pytest.mark.parametrize("mode", ["RGB", "L", "P", "RGBA"])
def test_8_bits_are_not_deep(mode: str) -> None:
    data = encoded(Image.new(mode, (20, 10)), "PNG")
    assert (pixels.inspect(data).bit_depth, pixels.inspect(data).grey_bands) == (8, 0)
